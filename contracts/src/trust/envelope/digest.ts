import { createSHA256 } from 'hash-wasm';
import { iterate } from '../chunked.ts';
import type { ByteSource, FileDigest, FileSource } from './types.ts';

/** SHA-256 of a whole file as it streams by: what `sha256sum` prints. */
export async function digestOf(source: ByteSource, progress?: (bytes: number) => void): Promise<string> {
  const hash = await createSHA256();
  let read = 0;
  for await (const bytes of iterate(source)) {
    hash.update(bytes);
    read += bytes.length;
    progress?.(read);
  }
  return hash.digest('hex');
}

/** The same file, whose hash is told when it was read from beginning to end. */
export function hashing(file: FileSource, tell: (digest: FileDigest) => void): FileSource {
  const { name, size } = file;
  return {
    name,
    size,
    async *stream(from, to) {
      const hash = from === 0 && to === undefined ? await createSHA256() : undefined;
      for await (const bytes of iterate(file.stream(from, to))) {
        hash?.update(bytes);
        yield bytes;
      }
      if (hash) tell({ name, size, sha256: hash.digest('hex') });
    },
  };
}
