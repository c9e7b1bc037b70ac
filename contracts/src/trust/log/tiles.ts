import { Malformed } from '../canonical.ts';
import { joined } from '../hash.ts';
import { parseCount } from './checkpoint.ts';
import { nodeHash, rootOfLeaves, type Hash, type ReadSubtree } from './merkle.ts';

/** A piece of a log as it is published (c2sp.org/tlog-tiles): up to 256 hashes of one level, or 256 entries. */
export type Tile = { readonly level: number | 'entries'; readonly index: number; readonly width: number };

export const tileWidth = 256;
/** Longest entry that a bundle can hold. */
export const maxEntryLength = 65_535;

/** Where a tile is served below the log's address, e.g. `tile/0/x001/067.p/12`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const name = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${name}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** Reads a tile's path; only the one spelling of a path is accepted. */
export function parseTilePath(path: string): Tile {
  const match = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
  if (!match) throw new Malformed('tile path');
  const [, level = '', name = '', width] = match;
  const tile: Tile = {
    level: level === 'entries' ? level : parseCount(level),
    index: Number(name.replace(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  };
  if (!Number.isSafeInteger(tile.index) || tilePath(tile) !== path) throw new Malformed('tile path');
  return tile;
}

/** How many hashes a level of tiles has in a tree of some size. */
export const levelWidth = (size: number, level: number): number => Math.floor(size / tileWidth ** level);

/** The tile in which a hash of a level stands, as wide as a tree of this size makes it. */
export function tileAt(level: number | 'entries', index: number, size: number): Tile {
  const available = levelWidth(size, level === 'entries' ? 0 : level) - index * tileWidth;
  if (available <= 0) throw new RangeError('no such tile in this tree');
  return { level, index, width: Math.min(tileWidth, available) };
}

/** All bundles of entries of a tree, in order. */
export function* entryTiles(size: number, from = 0): Generator<Tile> {
  for (let index = Math.floor(from / tileWidth); index * tileWidth < size; index += 1)
    yield tileAt('entries', index, size);
}

/** All tiles of hashes of a tree, level by level. */
export function* hashTiles(size: number): Generator<Tile> {
  for (let level = 0; levelWidth(size, level) > 0; level += 1) {
    for (let index = 0; index * tileWidth < levelWidth(size, level); index += 1) yield tileAt(level, index, size);
  }
}

/** Entries as a bundle: each after its length, two bytes, the high one first. */
export function bundleOf(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joined(
    ...entries.flatMap((entry) => {
      if (entry.length > maxEntryLength) throw new Malformed('entry is too long');
      return [new Uint8Array([entry.length >> 8, entry.length & 255]), entry];
    }),
  );
}

/** Takes a bundle apart; throws Malformed unless it holds exactly so many entries. */
export function entriesOf(bundle: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length && entries.length < width) {
    const length = ((bundle[at] ?? 0) << 8) + (bundle[at + 1] ?? 0);
    if (at + 2 + length > bundle.length) throw new Malformed('entry bundle');
    entries.push(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  if (entries.length !== width || at !== bundle.length) throw new Malformed('entry bundle');
  return entries;
}

/** Takes a tile of hashes apart; throws Malformed unless it is exactly so wide. */
export function hashesOf(tile: Uint8Array, width: number): Hash[] {
  if (tile.length !== width * 32) throw new Malformed('hash tile');
  return Array.from({ length: width }, (_, at) => new Uint8Array(tile.subarray(at * 32, at * 32 + 32)));
}

/**
 * Reads the subtrees of a tree through its tiles, asking for each tile once. What comes back is only as true
 * as the tiles; a proof made of it convinces nobody unless it meets the root.
 */
export function nodesFromTiles(size: number, fetchTile: (tile: Tile) => Promise<readonly Hash[]>): ReadSubtree {
  const levels = new Map<string, Promise<readonly (readonly Hash[])[]>>();
  return async ({ level, index }) => {
    const height = level % 8;
    const tileLevel = (level - height) / 8;
    const first = index * 2 ** height;
    const tile = tileAt(tileLevel, Math.floor(first / tileWidth), size);
    const path = tilePath(tile);
    const rows = levels.get(path) ?? fetchTile(tile).then(rowsAbove);
    levels.set(path, rows);
    const hash = (await rows)[height]?.[(first % tileWidth) / 2 ** height];
    if (!hash) throw new Malformed('hash tile');
    return hash;
  };
}

/** A tile's hashes and the rows of complete pairs above them. */
function rowsAbove(hashes: readonly Hash[]): Hash[][] {
  const rows: Hash[][] = [[...hashes]];
  for (let height = 1; height < 8; height += 1) {
    const below = rows[height - 1] ?? [];
    const row: Hash[] = [];
    for (let at = 0; at + 1 < below.length; at += 2) {
      const [left, right] = below.slice(at, at + 2);
      if (left && right) row.push(nodeHash(left, right));
    }
    rows.push(row);
  }
  return rows;
}

/** The root of a full tile, which stands in the tile above it. */
export function rootOfTile(hashes: readonly Hash[]): Hash {
  if (hashes.length !== tileWidth) throw new Malformed('hash tile');
  return rootOfLeaves(hashes);
}
