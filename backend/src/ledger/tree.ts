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
import { rowsOf } from './sql.ts';

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

/** How many leaves the database holds, those included that no checkpoint covers yet. */
export async function storedSize(em: EntityManager): Promise<number> {
  const [row] = await rowsOf<{ last: number | null }>(em, 'select max(`idx`) as `last` from `log_leaf`');
  return row?.last == null ? 0 : Number(row.last) + 1;
}

/** A leaf as it is stored: its text, and the hash that was stored for it. */
export type StoredLeaf = { readonly index: number; readonly leaf: string; readonly hash: string };

/** The leaves of a stretch with their stored hashes, in the order of the tree; throws where one is missing. */
export async function storedLeaves(em: EntityManager, from: number, to: number): Promise<StoredLeaf[]> {
  const rows = await rowsOf<{ idx: number; leaf: string; hash: string }>(
    em,
    'select l.`idx`, e.`leaf`, h.`hash` from `log_leaf` l join `ledger_entry` e on e.`id` = l.`entry` join `log_hash` h on h.`level` = 0 and h.`idx` = l.`idx` where l.`idx` >= ? and l.`idx` < ? order by l.`idx`',
    [from, to],
  );
  return Array.from({ length: to - from }, (_, at) => {
    const row = rows[at];
    if (!row || Number(row.idx) !== from + at) throw new Error(`entry ${from + at}: missing`);
    return { index: from + at, leaf: row.leaf, hash: row.hash };
  });
}

/** The stored hashes of a level above the leaves, in order. */
export async function storedHashes(em: EntityManager, level: number, from: number, to: number): Promise<string[]> {
  const rows = await rowsOf<{ hash: string }>(
    em,
    'select `hash` from `log_hash` where `level` = ? and `idx` >= ? and `idx` < ? order by `idx`',
    [level, from, to],
  );
  if (rows.length !== to - from) throw new Error('the stored tree has a hole');
  return rows.map(({ hash }) => hash);
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
