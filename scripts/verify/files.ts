import { filesOfTar, type EvidenceFiles } from '@xinbiao/contracts/verify';
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/* An evidence bundle on disk: the tar as it was downloaded, or the folder it was unpacked to. */

/** The files of a bundle's tar, read as they are needed. */
export async function tarFiles(path: string): Promise<EvidenceFiles> {
  const length = statSync(path).size;
  const handle = openSync(path, 'r');
  const read = async (offset: number, size: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(Math.max(0, Math.min(size, fstatSync(handle).size - offset)));
    for (let filled = 0; filled < bytes.length;) {
      const count = readSync(handle, bytes, filled, bytes.length - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes;
  };
  try {
    return await filesOfTar(read, length);
  } catch (fault) {
    closeSync(handle);
    throw fault;
  }
}

/** The files of a bundle that was unpacked to a folder. */
export function folderFiles(folder: string): EvidenceFiles {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
  const known = new Set(names);
  return {
    names,
    size: (name) => (known.has(name) ? statSync(join(folder, name)).size : undefined),
    // Only what was listed is read: a name in the index cannot lead out of the folder.
    read: async (name) => (known.has(name) ? new Uint8Array(readFileSync(join(folder, name))) : undefined),
  };
}

/** Is this a bundle, packed or unpacked? */
export function isEvidence(path: string): boolean {
  if (!existsSync(path)) return false;
  if (statSync(path).isDirectory()) return existsSync(join(path, 'index.json')) && existsSync(join(path, 'SHA256SUMS'));
  const handle = openSync(path, 'r');
  try {
    const head = Buffer.alloc(512);
    return readSync(handle, head, 0, 512, 0) === 512 && head.toString('latin1', 257, 262) === 'ustar';
  } finally {
    closeSync(handle);
  }
}
