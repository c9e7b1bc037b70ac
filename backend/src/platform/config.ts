import type { SuiteName } from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';

/** How an instance runs. A demonstration has a turning clock, its own certificate authority and loaded keys; production has none. */
export type Mode = 'demo' | 'production';

export type Config = {
  readonly mode: Mode;
  /** What new drafts and new keys are made of unless somebody chooses otherwise: the national algorithms under the profile `cn`. */
  readonly suite: SuiteName;
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
  /** How the log hides how many bids come: sealed entries at a constant rate, decoys at random, or not at all. */
  readonly logCover: 'constant' | 'random' | 'off';
  /** Milliseconds between two slots of a constant rate; a deadline that is near makes them shorter. */
  readonly logSlot: number;
  /** Sealed entries in a slot, bids or decoys. */
  readonly logSlotLeaves: number;
  /** Sealed entries an hour, on average, that say nothing, where they come at random. */
  readonly decoysPerHour: number;
  /** File that names the witnesses of the log and how many of them are enough. */
  readonly witnessPolicy: string | undefined;
  /** A witness of that file that must cosign a checkpoint before it is published. */
  readonly logKeeper: string | undefined;
  /** Where the last checkpoint is kept apart from database and key, e.g. on another disk. */
  readonly logSecondPlace: string | undefined;
  /** Timestamp authorities to ask, beside their roots in `trust/tsa`. */
  readonly timeAuthorities: readonly { readonly name: string; readonly url: string }[];
  /** Milliseconds after a deadline within which the close waits for a timestamp before it does without. */
  readonly closeGrace: number;
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
  const cover = env['XINBIAO_LOG_COVER'] ?? 'constant';
  if (cover !== 'constant' && cover !== 'random' && cover !== 'off')
    throw new Error('XINBIAO_LOG_COVER must be constant, random or off');
  const profile = env['XINBIAO_PROFILE'] ?? 'general';
  if (profile !== 'general' && profile !== 'cn') throw new Error('XINBIAO_PROFILE must be general or cn');
  return {
    mode,
    suite: profile === 'cn' ? 'XB1-SM' : 'XB1',
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
    logCover: cover,
    logSlot: Math.max(
      10,
      integer(env['XINBIAO_LOG_SLOT'] ?? (mode === 'demo' ? '2000' : '10000'), 'XINBIAO_LOG_SLOT', 600_000),
    ),
    logSlotLeaves: Math.max(1, integer(env['XINBIAO_LOG_SLOT_LEAVES'] ?? '1', 'XINBIAO_LOG_SLOT_LEAVES', 1024)),
    witnessPolicy: env['XINBIAO_WITNESS_POLICY'],
    logKeeper: env['XINBIAO_LOG_KEEPER'],
    logSecondPlace: env['XINBIAO_LOG_SECOND_PLACE'],
    decoysPerHour: integer(env['XINBIAO_DECOYS'] ?? '12', 'XINBIAO_DECOYS', 36_000),
    timeAuthorities: timeAuthoritiesOf(env['XINBIAO_TSA'] ?? ''),
    closeGrace: integer(env['XINBIAO_CLOSE_GRACE'] ?? '10', 'XINBIAO_CLOSE_GRACE', 1_440) * 60_000,
    pages: env['XINBIAO_PAGES'] !== 'off',
  };
}

/** `name=url,name=url` */
function timeAuthoritiesOf(text: string): Config['timeAuthorities'] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      const [name, url] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
      if (at < 1 || name.length > 100 || !/^https?:\/\//.test(url) || !URL.canParse(url))
        throw new Error('XINBIAO_TSA must be name=url,name=url');
      return { name, url };
    });
}

function integer(text: string, name: string, max: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) > max) throw new Error(`${name} must be a number up to ${max}`);
  return Number(text);
}

export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('hex');
