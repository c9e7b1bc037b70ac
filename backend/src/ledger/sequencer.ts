import type { EntityManager } from '@mikro-orm/core';
import { toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  emptyFrontier,
  equalBytes,
  grow,
  leafHash,
  openCheckpoint,
  rootOf,
  signCheckpoint,
  type Frontier,
  type Hash,
  type SignerKey,
} from '@xinbiao/contracts/trust';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LedgerEntry, LedgerLease, LedgerOutbox, LogCheckpoint, LogHash, LogLeaf } from './ledger.entity.ts';
import type { SecondPlace } from './second-place.ts';
import { leavesBetween, type StoredTree } from './tree.ts';

export type SequencerNeeds = {
  /** A fresh look at the database, with nothing remembered. */
  readonly fork: () => EntityManager;
  readonly key: SignerKey;
  readonly tree: StoredTree;
  readonly secondPlace: SecondPlace;
  /** Real time, which no turned clock moves. */
  readonly realNow: () => Date;
  readonly report: (fault: unknown) => void;
  /** How long between batches, in milliseconds. */
  readonly cadence?: number;
};

const batchLength = 512;
const leaseLength = 5_000;
const patience = 30_000;

/**
 * The one that puts entries into the tree, in the order of their scopes, a batch at a time. Any number may run
 * on any number of machines: the keys of the tree let one of them win each place, and the others look again.
 */
export class Sequencer {
  readonly #needs: SequencerNeeds;
  readonly #holder = randomUUID();
  #frontier: Frontier | undefined;
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
    while (!signal.aborted) {
      await this.#alone(() => this.#drain()).catch(this.#needs.report);
      await pause(this.#needs.cadence ?? 500, undefined, { signal }).catch(() => undefined);
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
    return this.#alone(() => this.#drain());
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
      if (place) return place.index;
      if (this.#halted) throw this.#halted;
      if (this.#needs.realNow().getTime() >= until) throw new Error('the log did not take the entry in time');
      if (this.#stop || (await this.drain()) === 0) await pause(25);
    }
  }

  /** One batch at a time in this process. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#busy.then(work);
    this.#busy = turn.catch(() => undefined);
    return turn;
  }

  async #drain(): Promise<number> {
    let [total, conflicts] = [0, 0];
    for (;;) {
      if (this.#halted) throw this.#halted;
      try {
        const count = await this.#step();
        if (count === 0) return total;
        total += count;
        conflicts = 0;
      } catch (fault) {
        // What another sequencer did, or what the database kept of our try, is found out by looking again.
        this.#frontier = undefined;
        conflicts += 1;
        if (this.#halted || conflicts > 5) throw fault;
        await pause(20 * conflicts);
      }
    }
  }

  async #step(): Promise<number> {
    const em = this.#needs.fork();
    if (!(await this.#holdLease(em))) return 0;
    const before = await this.#current(em);
    const batch = await nextBatch(em);
    if (batch.length === 0 && (before.size > 0 || (await em.count(LogCheckpoint)) > 0)) return 0;
    const { after, leaves, hashes } = integrate(before, batch);
    const note = signCheckpoint({ size: after.size, root: rootOf(after) }, this.#needs.key);
    await em.transactional(async (tx) => {
      if (leaves.length > 0) await tx.insertMany(LogLeaf, leaves);
      if (hashes.length > 0) await tx.insertMany(LogHash, hashes);
      await tx.insert(LogCheckpoint, { size: after.size, note, at: this.#needs.realNow() });
      const gone = await tx.nativeDelete(LedgerOutbox, { entry: { $in: batch.map(({ id }) => id) } });
      if (gone !== batch.length) throw new Error('another sequencer took these entries');
    });
    await this.#readBack(before, after, note);
    this.#frontier = after;
    return batch.length;
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

  /** Nothing is published that was not read back: a disk that lies, or a second hand, stops the log here. */
  async #readBack(before: Frontier, after: Frontier, note: string): Promise<void> {
    const { fork, tree, key, secondPlace } = this.#needs;
    const em = fork();
    try {
      const where = { level: 0, index: { $gte: before.size, $lt: after.size } };
      const stored = await em.find(LogHash, where, { orderBy: { index: 'asc' }, disableIdentityMap: true });
      let again = before;
      for (const { leaf, index } of await leavesBetween(em, before.size, after.size)) {
        const hash = leafHash(bytesOf(leaf));
        if (stored[index - before.size]?.hash !== toHex(hash)) throw new Error(`the hash at ${index} differs`);
        again = grow(again, hash);
      }
      const row = await em.findOneOrFail(LogCheckpoint, { size: after.size });
      const checkpoint = openCheckpoint(row.note, [key]);
      const kept = await tree.frontier(em, checkpoint);
      if (row.note !== note || again.size !== after.size || !equalBytes(rootOf(again), rootOf(kept)))
        throw new Error('the roots differ');
    } catch (cause) {
      this.#halted = new Error(`the log stands still: what was written at ${after.size} entries does not read back`, {
        cause,
      });
      throw this.#halted;
    }
    secondPlace.write(note);
  }
}

/** The rows that a batch adds to the tree. */
function integrate(before: Frontier, batch: readonly Leaf[]) {
  const leaves: { index: number; entry: string }[] = [];
  const hashes: { level: number; index: number; hash: string }[] = [];
  let after = before;
  for (const { id, hash } of batch) {
    leaves.push({ index: after.size, entry: id });
    after = grow(after, hash, ({ level, index }, complete) => {
      // Tiles publish every eighth row of the tree; the rows between follow from them.
      if (level % 8 === 0) hashes.push({ level: level / 8, index, hash: toHex(complete) });
    });
  }
  return { after, leaves, hashes };
}

type Leaf = { readonly id: string; readonly hash: Hash };

/** Arrival decides between scopes; within a scope its numbers do, whatever the clocks of the machines said. */
async function nextBatch(em: EntityManager): Promise<Leaf[]> {
  const arrived = await em.find(
    LedgerOutbox,
    {},
    { orderBy: { at: 'asc', entry: 'asc' }, limit: batchLength, disableIdentityMap: true },
  );
  const highest = new Map<string, number>();
  for (const { scope, number } of arrived) highest.set(scope, Math.max(number, highest.get(scope) ?? 0));
  // Only a full batch can have cut off an earlier number.
  const earlier =
    arrived.length < batchLength
      ? []
      : await em.find(
          LedgerOutbox,
          {
            entry: { $nin: arrived.map(({ entry }) => entry) },
            $or: [...highest].map(([scope, number]) => ({ scope, number: { $lt: number } })),
          },
          { disableIdentityMap: true },
        );
  const byScope = Map.groupBy([...earlier, ...arrived], ({ scope }) => scope);
  for (const queue of byScope.values()) queue.sort((one, other) => one.number - other.number);
  const order = [...earlier, ...arrived].flatMap(({ scope }) => byScope.get(scope)?.shift()?.entry ?? []);
  const entries = await em.find(LedgerEntry, { id: { $in: order } }, { disableIdentityMap: true });
  const hashes = new Map(entries.map((entry) => [entry.id, leafHash(bytesOf(entry.leaf))]));
  return order.map((id) => {
    const hash = hashes.get(id);
    if (!hash) throw new Error(`the entry ${id} is missing`);
    return { id, hash };
  });
}
