import {
  entriesOf,
  entryTiles,
  hashTiles,
  openCheckpoint,
  parseLeaf,
  parseVerifierKey,
  tilePath,
  type Disclosed,
  type LogSource,
} from '@xinbiao/contracts/trust';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Copies a whole public log into a folder, in the paths of c2sp.org/tlog-tiles, so that it can be checked with no
 * network and kept for as long as one likes. Says how many entries that were.
 */
export async function exportLog(source: LogSource, folder: string): Promise<number> {
  const put = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const key = present(await source.verifierKey(), 'key');
  const note = present(await source.checkpoint(), 'checkpoint');
  const { size } = openCheckpoint(note, [parseVerifierKey(key.trim())]);
  const acts = new Set<string>();
  for (const tile of hashTiles(size)) put(tilePath(tile), present(await source.tile(tile), tilePath(tile)));
  for (const tile of entryTiles(size)) {
    const bundle = present(await source.tile(tile), tilePath(tile));
    put(tilePath(tile), bundle);
    for (const entry of entriesOf(bundle, tile.width)) {
      const leaf = parseLeaf(entry);
      if (leaf.kind === 'public') remember(acts, leaf.body.p);
    }
  }
  for (let from = 0; from < size; from += 1000) {
    for (const { index, salt, body } of await source.disclosed(from, Math.min(size, from + 1000))) {
      put(`disclosed/${index}.json`, JSON.stringify({ salt, body }));
      remember(acts, (body as Disclosed & { p: object }).p);
    }
  }
  for (const hash of acts) {
    const found = await source.act(hash);
    if (!found) continue;
    // As two files, so that anybody can check them with `sha256sum` and `openssl cms -verify`.
    put(`acts/${hash}.json`, found.act);
    put(`acts/${hash}.p7s`, Buffer.from(found.signature, 'hex'));
  }
  put('log.vkey', key.trim());
  put('checkpoint', note);
  const policy = await source.policy?.();
  if (policy !== undefined) put('policy', policy);
  return size;
}

function present<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`the log does not give its ${name}`);
  return thing;
}

function remember(acts: Set<string>, p: object): void {
  const act = (p as { act?: unknown }).act;
  if (typeof act === 'string' && /^[0-9a-f]{64}$/.test(act)) acts.add(act);
}
