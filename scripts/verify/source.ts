import { tilePath, type AuditedAct, type Disclosed, type LogSource } from '@xinbiao/contracts/trust';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads a log from the server that publishes it. `address` is the site, or its log, e.g. `https://host/api/log`. */
export function logAt(address: string): LogSource {
  const log = logAddress(address);
  const get = async (path: string): Promise<Response | undefined> => {
    const answer = await fetch(`${log}/${path}`, { redirect: 'error', signal: AbortSignal.timeout(30_000) });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${log}/${path}: ${answer.status}`);
    return answer;
  };
  return {
    checkpoint: async () => (await get('checkpoint'))?.text(),
    verifierKey: async () => ((await (await get('key'))?.json()) as { verifierKey?: string } | undefined)?.verifierKey,
    policy: async () => (await get('policy'))?.text(),
    tile: async (tile) => {
      const answer = await get(tilePath(tile));
      return answer && new Uint8Array(await answer.arrayBuffer());
    },
    disclosed: async (from, to) =>
      ((await (await get(`disclosed?from=${from}&to=${to}`))?.json()) as { rows: Disclosed[] } | undefined)?.rows ?? [],
    act: async (hash) => (await (await get(`acts/${hash}`))?.json()) as AuditedAct | undefined,
  };
}

export function logAddress(address: string): string {
  const url = address.replace(/\/+$/, '');
  return url.endsWith('/log') ? url : `${url.replace(/\/api$/, '')}/api/log`;
}

/** Reads a log that was copied to a folder by `exportLog`, with no network at all. */
export function logIn(folder: string): LogSource {
  const read = (path: string): Uint8Array | undefined =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path)) : undefined;
  const text = (path: string): string | undefined =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined;
  return {
    checkpoint: async () => text('checkpoint'),
    verifierKey: async () => text('log.vkey'),
    policy: async () => text('policy'),
    tile: async (tile) => read(tilePath(tile)),
    disclosed: async (from, to) =>
      files(join(folder, 'disclosed')).flatMap((name) => {
        const index = Number(name.replace('.json', ''));
        if (!(index >= from && index < to)) return [];
        return [{ index, ...readJson<Omit<Disclosed, 'index'>>(join(folder, 'disclosed', name)) }];
      }),
    act: async (hash) => {
      const act = text(`acts/${hash}.json`);
      const signature = read(`acts/${hash}.p7s`);
      return act === undefined || !signature ? undefined : { act, signature: Buffer.from(signature).toString('hex') };
    },
  };
}

/** The receipts that lie in a folder. */
export const receiptsIn = (folder: string): { name: string; text: string }[] =>
  files(join(folder, 'receipts'))
    .filter((name) => name.endsWith('.tlog-proof'))
    .map((name) => ({ name, text: readFileSync(join(folder, 'receipts', name), 'utf8') }));

const files = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** A file that is no JSON any more counts as an opening that opens nothing. */
function readJson<T>(path: string): T | { salt: ''; body: null } {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return { salt: '', body: null };
  }
}
