import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';

/** How an instance runs. A demonstration has a turning clock, its own certificate authority and loaded keys; production has none. */
export type Mode = 'demo' | 'production';

export type Config = {
  readonly mode: Mode;
  readonly host: string;
  readonly port: number;
  /** Where everything lies that is not in the database server: files, embedded database, keys. */
  readonly folder: string;
  /** `mysql://user:password@host:port/name`; undefined means the embedded database. */
  readonly databaseUrl: string | undefined;
  /** Address under which people reach the house, for links in papers and the log's origin. */
  readonly publicUrl: string;
  readonly logOrigin: string | undefined;
  readonly logPassphrase: string | undefined;
  /** Files of a certificate and its key, or one of our own making (`XINBIAO_TLS=self-signed`). */
  readonly tls: { readonly certificate: string; readonly key: string } | 'self-signed' | undefined;
  readonly cityName: { readonly zh: string; readonly en: string };
  readonly tenderPrefix: string;
  readonly regionCode: string;
  readonly catalogFile: string | undefined;
  /** Folder of PEM files of trusted certificate authorities. */
  readonly trustFolder: string;
  /** Milliseconds between two batches of the log. */
  readonly logCadence: number;
  /** Sealed entries an hour, on average, that say nothing: so that nobody counts bids by watching the log grow. */
  readonly decoysPerHour: number;
  /** Whether pages are served; tests of the API leave them out. */
  readonly pages: boolean;
};

/** Reads the settings; throws with the name of the setting that is wrong. */
export function configOf(env: Readonly<Record<string, string | undefined>>): Config {
  const mode = env['XINBIAO_MODE'] ?? 'demo';
  if (mode !== 'demo' && mode !== 'production') throw new Error('XINBIAO_MODE must be demo or production');
  const port = integer(env['PORT'] ?? '3000', 'PORT', 65_535);
  const folder = resolve(env['XINBIAO_DATA'] ?? '.xinbiao');
  const host = env['HOST'] ?? '127.0.0.1';
  const certificate = env['XINBIAO_TLS_CERT'];
  const key = env['XINBIAO_TLS_KEY'];
  if ((certificate === undefined) !== (key === undefined))
    throw new Error('XINBIAO_TLS_CERT and XINBIAO_TLS_KEY belong together');
  const ownTls = env['XINBIAO_TLS'] === 'self-signed';
  if (env['XINBIAO_TLS'] !== undefined && !ownTls) throw new Error('XINBIAO_TLS can only be self-signed');
  return {
    mode,
    host,
    port,
    folder,
    databaseUrl: env['DATABASE_URL'],
    publicUrl: (
      env['XINBIAO_URL'] ?? `${certificate === undefined && !ownTls ? 'http' : 'https'}://localhost:${port}`
    ).replace(/\/$/, ''),
    logOrigin: env['XINBIAO_LOG_ORIGIN'],
    logPassphrase: env['XINBIAO_LOG_PASSPHRASE'],
    tls: certificate === undefined || key === undefined ? (ownTls ? 'self-signed' : undefined) : { certificate, key },
    cityName: { zh: env['XINBIAO_CITY'] ?? '青澜市', en: env['XINBIAO_CITY_EN'] ?? 'Qinglan' },
    tenderPrefix: env['XINBIAO_PREFIX'] ?? 'QL',
    regionCode: env['XINBIAO_REGION'] ?? '370200',
    catalogFile: env['XINBIAO_CATALOG'],
    trustFolder: join(folder, 'trust'),
    logCadence: integer(env['XINBIAO_LOG_CADENCE'] ?? '1000', 'XINBIAO_LOG_CADENCE', 60_000),
    decoysPerHour: integer(env['XINBIAO_DECOYS'] ?? '12', 'XINBIAO_DECOYS', 36_000),
    pages: env['XINBIAO_PAGES'] !== 'off',
  };
}

function integer(text: string, name: string, max: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) > max) throw new Error(`${name} must be a number up to ${max}`);
  return Number(text);
}

export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('hex');
