import type { EntityManager } from '@mikro-orm/core';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bundleOf,
  bytesOf,
  equalBytes,
  frontierOf,
  joined,
  levelWidth,
  nodesFromTiles,
  openCheckpoint,
  rootOf,
  tilePath,
  tileWidth,
  type Frontier,
  type Hash,
  type ReadSubtree,
  type SignedCheckpoint,
  type Tile,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { LedgerEntry, LogCheckpoint, LogHash, LogLeaf } from './ledger.entity.ts';

/** Full tiles never change, so a few of them are worth keeping. */
const keptTiles = 256;

/** Reads the stored tree; trusts nothing it has not compared with a signed checkpoint. */
export class StoredTree {
  readonly #key: VerifierKey;
  readonly #kept = new Map<string, Promise<readonly Hash[]>>();

  constructor(key: VerifierKey) {
    this.#key = key;
  }

  /** The newest checkpoint, its signature checked; nothing when the log has not begun. */
  async checkpoint(em: EntityManager): Promise<SignedCheckpoint | undefined> {
    const [newest] = await em.find(
      LogCheckpoint,
      {},
      { orderBy: { size: 'desc' }, limit: 1, disableIdentityMap: true },
    );
    return newest && openCheckpoint(newest.note, [this.#key]);
  }

  async tile(em: EntityManager, tile: Tile): Promise<readonly Hash[]> {
    const path = tilePath(tile);
    const kept = this.#kept.get(path);
    if (kept) return kept;
    const hashes = this.#read(em, tile);
    if (tile.width === tileWidth) {
      this.#kept.set(path, hashes);
      hashes.catch(() => this.#kept.delete(path));
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > keptTiles && oldest !== undefined) this.#kept.delete(oldest);
    }
    return hashes;
  }

  async #read(em: EntityManager, { level, index, width }: Tile): Promise<readonly Hash[]> {
    const from = index * tileWidth;
    const where = { level: Number(level), index: { $gte: from, $lt: from + width } };
    const rows = await em.find(LogHash, where, { orderBy: { index: 'asc' }, disableIdentityMap: true });
    if (rows.length !== width) throw new Error('the stored tree has a hole');
    return rows.map((row) => fromHex(row.hash));
  }

  /** Subtrees of the tree of a size that was reached. */
  nodes(em: EntityManager, size: number): ReadSubtree {
    return nodesFromTiles(size, (tile) => this.tile(em, tile));
  }

  /** What one must know to go on from a checkpoint; throws unless the stored hashes lead to its root. */
  async frontier(em: EntityManager, { size, root }: SignedCheckpoint): Promise<Frontier> {
    const frontier = await frontierOf(size, this.nodes(em, size));
    if (!equalBytes(rootOf(frontier), root)) throw new Error('the stored tree is not the one its checkpoint signs');
    return frontier;
  }

  /** The bytes of a tile of hashes or bundle of entries; nothing where the tree of this size has none so wide. */
  async tileBytes(em: EntityManager, tile: Tile, size: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { level, index, width } = tile;
    const from = index * tileWidth;
    if (from + width > levelWidth(size, level === 'entries' ? 0 : level)) return undefined;
    if (level !== 'entries') return joined(...(await this.tile(em, tile)));
    return bundleOf((await leavesBetween(em, from, from + width)).map(({ leaf }) => bytesOf(leaf)));
  }
}

/** Entries in the order of the tree. */
export async function leavesBetween(
  em: EntityManager,
  from: number,
  to: number,
): Promise<{ index: number; entry: LedgerEntry; leaf: string }[]> {
  const places = await em.find(
    LogLeaf,
    { index: { $gte: from, $lt: to } },
    { orderBy: { index: 'asc' }, disableIdentityMap: true },
  );
  const entries = await em.find(
    LedgerEntry,
    { id: { $in: places.map(({ entry }) => entry) } },
    { disableIdentityMap: true },
  );
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return places.map(({ index, entry: id }) => {
    const entry = byId.get(id);
    if (!entry) throw new Error(`entry ${index} (${id}): missing`);
    return { index, entry, leaf: entry.leaf };
  });
}

export const hexOf = (hashes: readonly Hash[]): string[] => hashes.map(toHex);
