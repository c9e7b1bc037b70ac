import type { EntityManager } from '@mikro-orm/core';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bundleOf,
  bytesOf,
  emptyFrontier,
  equalBytes,
  grow,
  joined,
  leafHash,
  levelWidth,
  openCheckpoint,
  proveConsistency,
  rootOf,
  frontierOf,
  signCheckpoint,
  tileWidth,
  type Frontier,
  type SignerKey,
  type Tile,
} from '@xinbiao/contracts/trust';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { transact } from '../platform/index.ts';
import { nextBatch, nextSlot, type Waiting } from './batch.ts';
import { LedgerLease, LogCheckpoint, LogLeaf } from './ledger.entity.ts';
import type { PublicLog } from './public-log.ts';
import { keepCheckpoint, StaleDatabase, Superseded, type SecondPlace, type Stored } from './second-place.ts';
import { deleteRows, insertRows } from './sql.ts';
import { storedHashes, storedLeaves, storedSize, type StoredTree } from './tree.ts';

/** How the log hides what happens: at fixed moments it takes a fixed number of sealed entries, decoys among them. */
export type Cover = {
  /** Milliseconds between two such moments now; nothing where nothing needs hiding. Only public facts may decide it. */
  readonly slot: (em: EntityManager) => Promise<number | undefined>;
  /** So many sealed entries each time. */
  readonly leaves: number;
  /** Records so many decoys, and gives their entries. */
  readonly decoys: (count: number) => Promise<Waiting[]>;
};

export type SequencerNeeds = {
  /** A fresh look at the database, with nothing remembered. */
  readonly fork: () => EntityManager;
  readonly key: SignerKey;
  readonly tree: StoredTree;
  readonly secondPlace: SecondPlace;
  /** Where the log is laid out as files; left out where nobody reads them. */
  readonly publicLog?: PublicLog | undefined;
  readonly cover?: Cover | undefined;
  /** Told of every checkpoint once it is public. */
  readonly published?: (() => void) | undefined;
  /** Real time, which no turned clock moves. */
  readonly realNow: () => Date;
  readonly report: (fault: unknown) => void;
  /** How long between batches, in milliseconds. */
  readonly cadence?: number;
};

const leaseLength = 5_000;
const patience = 30_000;
/** Leaves that are read back and written as files at once. */
const stretch = 16 * tileWidth;

/**
 * The one that puts entries into the tree, in the order of their scopes, a batch at a time. Any number may run
 * on any number of machines: the keys of the tree let one of them win each place, and the others look again.
 */
export class Sequencer {
  readonly #needs: SequencerNeeds;
  readonly #holder = randomUUID();
  #frontier: Frontier | undefined;
  #laidOut: number | undefined;
  #busy: Promise<unknown> = Promise.resolve();
  #halted: Error | undefined;
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(needs: SequencerNeeds) {
    this.#needs = needs;
  }

  /** Integrates at a fixed cadence until stopped, so that the moment of an entry does not show. */
  run(): void {
    if (this.#stop) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#running = this.#loop(stop.signal);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { cover, report, fork, realNow } = this.#needs;
    const cadence = this.#needs.cadence ?? 500;
    const now = () => realNow().getTime();
    while (!signal.aborted) {
      const length = await (cover?.slot(fork()) ?? Promise.resolve(undefined)).catch((fault: unknown) => {
        report(fault);
        // Rather too much cover than none.
        return cadence;
      });
      if (length === undefined) await this.drain().catch(report);
      else await this.slot().catch(report);
      // On the stroke of the clock, however long the batch took: its length must not move the next one.
      const wait = length === undefined ? cadence : length - (now() % length);
      // A slot that is far away must not keep a closing lot waiting once the pace has changed.
      for (let left = wait; left > 0 && !signal.aborted; left -= 1000) {
        await pause(Math.min(left, 1000), undefined, { signal }).catch(() => undefined);
        if (left > 1000 && length !== undefined && (await cover?.slot(fork()).catch(() => length)) !== length) break;
      }
    }
  }

  /** Stops after the batch at hand, and lets another go on at once. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    await this.#running;
    await this.#busy;
    await this.#needs.fork().nativeUpdate(LedgerLease, { name: 'sequencer', holder: this.#holder }, { until: 0 });
  }

  /** Puts everything recorded so far into the tree; says how many entries that were. */
  drain(): Promise<number> {
    return this.#alone(async () => {
      let total = 0;
      for (;;) {
        const count = await this.#persist((em) => nextBatch(em));
        if (count === 0) return total;
        total += count;
      }
    });
  }

  /** Takes one slot's fill into the tree: a fixed number of sealed entries, be they bids or nothing, and what is public. */
  slot(): Promise<number> {
    const { cover } = this.#needs;
    if (!cover) return this.drain();
    return this.#alone(() => this.#persist((em) => nextSlot(em, cover)));
  }

  /**
   * Waits until an entry is in the tree, its checkpoint published and read back; gives its place. Call it after
   * the transaction that recorded the entry has committed, never inside.
   */
  async integrated(entryId: string): Promise<number> {
    const until = this.#needs.realNow().getTime() + patience;
    for (;;) {
      await this.#busy;
      const place = await this.#needs.fork().findOne(LogLeaf, { entry: entryId });
      if (place && (await this.#needs.fork().count(LogCheckpoint, { size: { $gt: place.index } })) > 0)
        return place.index;
      if (this.#halted) throw this.#halted;
      if (this.#needs.realNow().getTime() >= until) throw new Error('the log did not take the entry in time');
      // Whoever waits must not make a slot come: that would show that there is somebody.
      if (this.#stop || this.#needs.cover || (await this.drain()) === 0) await pause(25);
    }
  }

  /** One batch at a time in this process. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#busy.then(work);
    this.#busy = turn.catch(() => undefined);
    return turn;
  }

  /** Tries again where another sequencer was faster. */
  async #persist(choose: (em: EntityManager) => Promise<readonly Waiting[]>): Promise<number> {
    for (let conflicts = 1; ; conflicts += 1) {
      if (this.#halted) throw this.#halted;
      try {
        return await this.#step(choose);
      } catch (fault) {
        // What another sequencer did, or what the database kept of our try, is found out by looking again.
        this.#frontier = undefined;
        if (fault instanceof StaleDatabase) this.#halted = fault;
        if (this.#halted || conflicts > 5) throw fault;
        await pause(20 * conflicts);
      }
    }
  }

  async #step(choose: (em: EntityManager) => Promise<readonly Waiting[]>): Promise<number> {
    const em = this.#needs.fork();
    if (!(await this.#holdLease(em))) return 0;
    const before = await this.#current(em);
    this.#frontier = before;
    const size = await storedSize(em);
    // What was written when somebody was stopped before signing it: it is checked like everything else, and signed.
    if (size > before.size) await this.#publish(before, size);
    const from: Frontier = size > before.size ? (this.#frontier ?? before) : before;
    const batch = await choose(em);
    if (batch.length === 0 && (from.size > 0 || (await em.count(LogCheckpoint)) > 0)) return size - before.size;
    const { after, leaves, hashes } = integrate(from, batch);
    await transact(em, async (tx) => {
      await insertRows(tx, { table: 'log_leaf', columns: ['idx', 'entry'] }, leaves);
      await insertRows(tx, { table: 'log_hash', columns: ['level', 'idx', 'hash'] }, hashes);
      const gone = await deleteRows(
        tx,
        { table: 'ledger_outbox', key: 'entry' },
        batch.map(({ id }) => id),
      );
      if (gone !== batch.length) throw new Error('another sequencer took these entries');
    });
    await this.#publish(from, after.size, after);
    return size - before.size + batch.length;
  }

  async #holdLease(em: EntityManager): Promise<boolean> {
    const now = this.#needs.realNow().getTime();
    const mine = { holder: this.#holder, until: now + leaseLength };
    const where = { name: 'sequencer', $or: [{ holder: this.#holder }, { until: { $lt: now } }] };
    if ((await em.nativeUpdate(LedgerLease, where, mine)) > 0) return true;
    if ((await em.count(LedgerLease, { name: 'sequencer' })) > 0) return false;
    await em.insert(LedgerLease, { name: 'sequencer', ...mine });
    return true;
  }

  /** The tree as the database has it; what this process remembers counts only while nobody else went on. */
  async #current(em: EntityManager): Promise<Frontier> {
    const checkpoint = await this.#needs.tree.checkpoint(em);
    if (!checkpoint) return emptyFrontier;
    const known = this.#frontier;
    if (known?.size === checkpoint.size && equalBytes(rootOf(known), checkpoint.root)) return known;
    return this.#needs.tree.frontier(em, checkpoint);
  }

  /**
   * Reads back what was written, lays it out as files, and only then signs it, keeps the checkpoint in the second
   * place, and publishes it. `expected` is what the tree must be, where this process made it.
   */
  async #publish(before: Frontier, size: number, expected?: Frontier): Promise<void> {
    const { fork, tree, key, secondPlace, publicLog, realNow, published } = this.#needs;
    const em = fork();
    const { after, tiles } = await this.#readBack(em, before, size, expected);
    const checkpoint = openCheckpoint(signCheckpoint({ size, root: rootOf(after) }, key), [key]);
    const stored: Stored = {
      size: await storedSize(em),
      rootAt: async (at) => rootOf(await frontierOf(at, tree.nodes(em, at))),
    };
    const prove = (from: number) => proveConsistency(from, size, tree.nodes(em, size));
    const rootBefore = rootOf(before);
    await keepCheckpoint({ place: secondPlace, key, before, rootBefore, after: checkpoint, stored, prove });
    await this.#insert(em, { size, note: checkpoint.note, at: realNow() });
    publicLog?.put('checkpoint', checkpoint.note);
    publicLog?.clear(tiles);
    this.#laidOut = size;
    this.#frontier = after;
    published?.();
  }

  async #insert(em: EntityManager, row: { size: number; note: string; at: Date }): Promise<void> {
    try {
      await em.insert(LogCheckpoint, row);
    } catch (fault) {
      // Another sequencer finished the same batch: the log says the same thing once.
      const there = await this.#needs.fork().findOne(LogCheckpoint, { size: row.size });
      if (there?.note !== row.note) throw fault;
    }
  }

  /** Nothing is signed that was not read back: a disk that lies, or a second hand, stops the log here. */
  async #readBack(em: EntityManager, before: Frontier, size: number, expected: Frontier | undefined) {
    const { publicLog } = this.#needs;
    this.#laidOut ??= this.#sizeLaidOut();
    const laidOut = publicLog ? Math.min(this.#laidOut, before.size) : before.size;
    const tiles: [Tile, Uint8Array][] = [];
    let after = before;
    try {
      for (let at = alignedTo(laidOut); at < size; at += stretch) {
        const end = Math.min(size, at + stretch);
        const rows = (await storedLeaves(em, at, end)).map(({ leaf, ...row }) => ({ ...row, bytes: bytesOf(leaf) }));
        for (const { index, bytes, hash } of rows) {
          const own = leafHash(bytes);
          if (toHex(own) !== hash) throw new Error(`the hash at ${index} differs`);
          if (index >= before.size) after = grow(after, own);
        }
        if (publicLog) {
          const some = leafTiles(rows, at, Math.max(at, laidOut));
          await publicLog.write(some);
          tiles.push(
            ...some.filter(([{ width }]) => width === tileWidth).map(([tile]) => [tile, empty] as [Tile, Uint8Array]),
          );
        }
      }
      const root = rootOf(await frontierOf(size, this.#needs.tree.nodes(em, size)));
      if (!equalBytes(rootOf(after), root) || (expected && !equalBytes(rootOf(expected), root)))
        throw new Error('the roots differ');
      if (publicLog) {
        const upper = await upperTiles(em, laidOut, size);
        await publicLog.write(upper);
        tiles.push(...upper);
      }
    } catch (cause) {
      // Where somebody else went on, what is stored is not ours to judge.
      if ((await storedSize(this.#needs.fork())) !== size) throw new Superseded('another sequencer went on', { cause });
      this.#halted = new Error(`the log stands still: what was written at ${size} entries does not read back`, {
        cause,
      });
      throw this.#halted;
    }
    return { after, tiles };
  }

  /** As far as the folder goes by its own checkpoint; tiles that a stop left behind it are written again. */
  #sizeLaidOut(): number {
    const note = this.#needs.publicLog?.checkpoint();
    if (note === undefined) return 0;
    try {
      return openCheckpoint(note, [this.#needs.key]).size;
    } catch {
      return 0;
    }
  }
}

const empty = new Uint8Array();
const alignedTo = (size: number): number => size - (size % tileWidth);

/** Bundles and lowest tiles that end after `from`; `rows` begin on the border of a tile at `first`. */
function leafTiles(
  rows: readonly { bytes: Uint8Array; hash: string }[],
  first: number,
  from: number,
): [Tile, Uint8Array][] {
  const tiles: [Tile, Uint8Array][] = [];
  for (let at = 0; at < rows.length; at += tileWidth) {
    const some = rows.slice(at, at + tileWidth);
    if (first + at + some.length <= from) continue;
    const place = { index: (first + at) / tileWidth, width: some.length };
    tiles.push([{ level: 'entries', ...place }, bundleOf(some.map(({ bytes }) => bytes))]);
    tiles.push([{ level: 0, ...place }, joined(...some.map(({ hash }) => fromHex(hash)))]);
  }
  return tiles;
}

/** Tiles of the higher levels that grew between two sizes. */
async function upperTiles(em: EntityManager, from: number, to: number): Promise<[Tile, Uint8Array][]> {
  const tiles: [Tile, Uint8Array][] = [];
  for (let level = 1; levelWidth(to, level) > 0; level += 1) {
    const [had, has] = [levelWidth(from, level), levelWidth(to, level)];
    if (had === has) continue;
    const first = alignedTo(had);
    const hashes = await storedHashes(em, level, first, has);
    for (let at = 0; at < hashes.length; at += tileWidth) {
      const some = hashes.slice(at, at + tileWidth);
      tiles.push([{ level, index: (first + at) / tileWidth, width: some.length }, joined(...some.map(fromHex))]);
    }
  }
  return tiles;
}

/** The rows that a batch adds to the tree. */
function integrate(before: Frontier, batch: readonly Waiting[]) {
  const leaves: [number, string][] = [];
  const hashes: [number, number, string][] = [];
  let after = before;
  for (const { id, leaf } of batch) {
    leaves.push([after.size, id]);
    after = grow(after, leafHash(bytesOf(leaf)), ({ level, index }, complete) => {
      // Tiles publish every eighth row of the tree; the rows between follow from them.
      if (level % 8 === 0) hashes.push([level / 8, index, toHex(complete)]);
    });
  }
  return { after, leaves, hashes };
}
