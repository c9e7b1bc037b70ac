import { equalBytes, tilePath, tileWidth, type Tile } from '@xinbiao/contracts/trust';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder, writeDurably } from './step-store.ts';

/**
 * The log as a folder of files that any web server can serve (c2sp.org/tlog-tiles): tiles and bundles first, each
 * durable and read back, and only then the checkpoint that makes them the log.
 */
export class PublicLog {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The checkpoint that lies there. */
  checkpoint(): string | undefined {
    const path = join(this.folder, 'checkpoint');
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** The file of a tile or bundle, if it was written. */
  file(tile: Tile): string | undefined {
    const path = join(this.folder, tilePath(tile));
    return existsSync(path) ? path : undefined;
  }

  /** The bytes of a tile or bundle as the file has them. */
  bytes(tile: Tile): Uint8Array<ArrayBuffer> | undefined {
    const path = this.file(tile);
    return path === undefined ? undefined : new Uint8Array(readFileSync(path));
  }

  /** Writes tiles and bundles, and reads each back; throws where a disk gives back something else. */
  async write(tiles: readonly (readonly [Tile, Uint8Array])[]): Promise<void> {
    const folders = new Set<string>();
    const queue = [...tiles];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [tile, bytes] = next;
        const path = join(this.folder, tilePath(tile));
        if (existsSync(path) && equalBytes(await readFile(path), bytes)) continue;
        this.#makeFolder(dirname(path), folders);
        await writeFile(`${path}.draft`, bytes, { mode: 0o644, flush: true });
        await rename(`${path}.draft`, path);
        folders.add(dirname(path));
        if (!equalBytes(await readFile(path), bytes)) throw new Error(`${tilePath(tile)} does not read back`);
      }
    };
    // A few at a time: a disk makes many files durable in hardly more time than one.
    await Promise.all(Array.from({ length: 8 }, work));
    for (const folder of folders) syncFolder(folder);
  }

  /** A new folder is only there for good once the one that holds it knows. */
  #makeFolder(folder: string, folders: Set<string>): void {
    if (existsSync(folder)) return;
    this.#makeFolder(dirname(folder), folders);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    folders.add(dirname(folder));
  }

  /** Lays a file beside the tiles: the checkpoint, the key, the policy. Whoever reads it sees the old text or the new. */
  put(name: 'checkpoint' | 'log.vkey' | 'policy', text: string): void {
    const path = join(this.folder, name);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
    mkdirSync(this.folder, { recursive: true, mode: 0o755 });
    writeDurably(`${path}.draft`, text, 0o644);
    renameSync(`${path}.draft`, path);
    syncFolder(this.folder);
  }

  /** Clears away the narrower forms of tiles that are full now; whoever asks for one is given the full tile's beginning. */
  clear(tiles: readonly (readonly [Tile, Uint8Array])[]): void {
    for (const [tile] of tiles) {
      if (tile.width === tileWidth) rmSync(join(this.folder, `${tilePath(tile)}.p`), { recursive: true, force: true });
    }
  }
}
