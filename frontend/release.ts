import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { ClientRelease } from '@xinbiao/contracts/house';
import { canonicalBytes } from '@xinbiao/contracts/trust';

const name = 'client-release.json';

/** Lists every file of a built client by its hash, the frame of the pages included, and writes the list beside them. */
export function writeRelease(client: string, version: string): void {
  const files = readdirSync(client, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(client, path).split(sep).join('/'), bytes: readFileSync(path) }))
    .filter(({ path }) => path !== name)
    .map(({ path, bytes }) => ({
      path,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size: bytes.length,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const offline = Object.fromEntries(
    files.flatMap(({ path, sha256 }) => {
      const tool = /^offline\/([a-z]+)\.html$/.exec(path)?.[1];
      return tool === undefined ? [] : [[tool, sha256]];
    }),
  );
  const release: ClientRelease = { v: 'xinbiao/client-release/v1', version, files, offline };
  writeFileSync(join(client, name), canonicalBytes(release));
}
