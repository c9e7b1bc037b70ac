import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files by their SHA-256, on disk and synced before `put` answers. */
export type Storage = {
  /** Takes bytes or a stream; throws TooLarge past the limit, and WrongHash where `expect` is not met; either leaves nothing behind. */
  readonly put: (
    source: Uint8Array | AsyncIterable<Uint8Array>,
    given?: { readonly limit?: number; readonly expect?: string },
  ) => Promise<{ readonly sha256: string; readonly size: number }>;
  /** Bytes from `from` up to but not including `to`. */
  readonly get: (sha256: string, range?: { readonly from?: number; readonly to?: number }) => ReadStream;
  /** So many bytes from an offset on; fewer where the file ends. */
  readonly read: (sha256: string, offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;
  readonly size: (sha256: string) => Promise<number | undefined>;
  readonly remove: (sha256: string) => Promise<void>;
};

export class TooLarge extends Error {}
export class WrongHash extends Error {}

export async function openStorage(folder: string): Promise<Storage> {
  const incoming = join(folder, 'incoming');
  // What a crash left half-written was never acknowledged.
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true });
  const placeOf = (sha256: string): { folder: string; file: string } => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError('not a file name');
    const inner = join(folder, sha256.slice(0, 2), sha256.slice(2, 4));
    return { folder: inner, file: join(inner, sha256) };
  };
  const size = async (sha256: string): Promise<number | undefined> =>
    (await stat(placeOf(sha256).file).catch(() => undefined))?.size;

  return {
    size,
    get: (sha256, range = {}) =>
      createReadStream(placeOf(sha256).file, {
        ...(range.from === undefined ? {} : { start: range.from }),
        ...(range.to === undefined ? {} : { end: range.to - 1 }),
        highWaterMark: 256 * 1024,
      }),
    async read(sha256, offset, length) {
      const handle = await open(placeOf(sha256).file, 'r');
      try {
        const bytes = new Uint8Array(length);
        let filled = 0;
        while (filled < length) {
          const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
          if (bytesRead === 0) return bytes.slice(0, filled);
          filled += bytesRead;
        }
        return bytes;
      } finally {
        await handle.close();
      }
    },
    remove: (sha256) => rm(placeOf(sha256).file, { force: true }),
    async put(source, given = {}) {
      const temporary = join(incoming, randomUUID());
      const handle = await open(temporary, 'wx', 0o600);
      const hash = createHash('sha256');
      let length = 0;
      try {
        for await (const piece of source instanceof Uint8Array ? [source] : source) {
          length += piece.length;
          if (given.limit !== undefined && length > given.limit) throw new TooLarge();
          hash.update(piece);
          await handle.writeFile(piece);
        }
        await handle.sync();
      } catch (fault) {
        await handle.close();
        await rm(temporary, { force: true });
        throw fault;
      }
      await handle.close();
      const sha256 = hash.digest('hex');
      if (given.expect !== undefined && given.expect !== sha256) {
        await rm(temporary, { force: true });
        throw new WrongHash();
      }
      const place = placeOf(sha256);
      await mkdir(place.folder, { recursive: true });
      await rename(temporary, place.file);
      await syncFolder(place.folder);
      return { sha256, size: length };
    },
  };
}

/** A rename is durable only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
