import type { EntityManager } from '@mikro-orm/core';
import {
  checkpointRequest,
  joinCosignature,
  Malformed,
  parseCount,
  proveConsistency,
  type Hash,
  type SignedCheckpoint,
} from '@xinbiao/contracts/trust';
import { setTimeout as pause } from 'node:timers/promises';
import { LogCosignature } from './ledger.entity.ts';
import type { SecondPlace } from './second-place.ts';
import { StaleDatabase } from './second-place.ts';
import type { StoredTree } from './tree.ts';
import type { WitnessDoor } from './witnesses.ts';

export type CosigningNeeds = {
  readonly fork: () => EntityManager;
  readonly tree: StoredTree;
  readonly doors: readonly WitnessDoor[];
  readonly now: () => Date;
  readonly report: (fault: unknown) => void;
  /** A witness is asked at most so often, in milliseconds; checkpoints between two questions are covered by the next. */
  readonly rest?: number | undefined;
};

type Asked = 'signed' | 'ahead' | 'refused';

/**
 * Asks a witness to cosign a checkpoint, from whichever size it remembers. `ahead` means it has cosigned a larger
 * tree of this log than there is here.
 */
async function ask(
  door: WitnessDoor,
  from: number,
  checkpoint: SignedCheckpoint,
  prove: (from: number) => Promise<Hash[]>,
): Promise<{ asked: Asked; size: number; line?: string; time?: number }> {
  let old = from;
  for (let tries = 0; tries < 3; tries += 1) {
    const { status, body } = await door.addCheckpoint(
      checkpointRequest({ old, proof: await prove(old), note: checkpoint.note }),
    );
    if (status === 200)
      return { asked: 'signed', size: checkpoint.size, ...joinCosignature(checkpoint.note, body, door.key) };
    if (status !== 409) return { asked: 'refused', size: old };
    const size = parseCount(body.trim());
    if (size > checkpoint.size) return { asked: 'ahead', size };
    // It remembers the very size that was named: then it is another tree.
    if (size === old) return { asked: 'refused', size };
    old = size;
  }
  return { asked: 'refused', size: old };
}

/** Has witnesses cosign the newest checkpoint, in the background: nothing that happens in the log waits for them. */
export class Cosigning {
  readonly #needs: CosigningNeeds;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];
  #wake = Promise.withResolvers<void>();
  /** Up to where each witness has come, and those that did not answer when they were last asked. */
  readonly #known = new Map<WitnessDoor, number>();
  readonly #away = new Set<WitnessDoor>();
  /** Witnesses that contradict this log, by name: what they said belongs on the status page. */
  readonly contradicted = new Set<string>();

  constructor(needs: CosigningNeeds) {
    this.#needs = needs;
    this.#loops = needs.doors.map((door) => this.#loop(door));
  }

  /** Real time: a turned clock makes no cosignature older. */
  now(): Date {
    return this.#needs.now();
  }

  /** There is a new checkpoint. */
  wake(): void {
    const woken = this.#wake;
    this.#wake = Promise.withResolvers();
    woken.resolve();
  }

  /** Waits until every witness that answers has seen a tree of this size, but no longer than this. */
  async settled(size: number, milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0 && !this.#stop.signal.aborted; left -= 20) {
      if (this.#needs.doors.every((door) => this.#away.has(door) || (this.#known.get(door) ?? -1) >= size)) return;
      await pause(20);
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await Promise.all(this.#loops);
  }

  async #loop(door: WitnessDoor): Promise<void> {
    const { signal } = this.#stop;
    const { report, rest = 1000 } = this.#needs;
    let patience = rest;
    while (!signal.aborted) {
      const woken = this.#wake.promise;
      try {
        this.#known.set(door, await this.#once(door, this.#known.get(door) ?? 0));
        this.#away.delete(door);
        patience = rest;
        await woken;
        await pause(rest, undefined, { signal }).catch(() => undefined);
      } catch (fault) {
        this.#away.add(door);
        if (signal.aborted) return;
        // A witness that is away is not an incident, and comes back: it is asked ever more seldom until it does.
        if (!isAway(fault)) report(fault);
        patience = Math.min(60_000, patience * 2);
        await pause(patience, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Gives the size that the witness remembers now. */
  async #once(door: WitnessDoor, known: number): Promise<number> {
    const { fork, tree, now } = this.#needs;
    const em = fork();
    const checkpoint = await tree.checkpoint(em);
    if (!checkpoint) return known;
    const { name } = door.key;
    if ((await em.count(LogCosignature, { size: checkpoint.size, witness: name })) > 0) return checkpoint.size;
    const { size } = checkpoint;
    const prove = (from: number) => proveConsistency(from, size, tree.nodes(em, size));
    const answer = await ask(door, Math.min(known, size), checkpoint, prove);
    if (answer.asked !== 'signed') {
      this.contradicted.add(name);
      throw new Error(
        answer.asked === 'ahead'
          ? `the witness ${name} has cosigned ${answer.size} entries of this log, here are ${size}`
          : `the witness ${name} does not cosign ${size} entries: it remembers another tree`,
      );
    }
    this.contradicted.delete(name);
    await em.upsert(
      LogCosignature,
      { size, witness: name, line: answer.line ?? '', at: now() },
      { onConflictAction: 'ignore' },
    );
    return size;
  }
}

const isAway = (fault: unknown): boolean =>
  fault instanceof Error &&
  (fault.name === 'TimeoutError' || fault.name === 'WitnessAway' || fault instanceof TypeError);

/**
 * A second place that a witness keeps: no checkpoint is published that it has not cosigned first. `beside` is where
 * its words can be read from.
 */
export function witnessPlace(door: WitnessDoor, beside: SecondPlace): SecondPlace {
  const asking = async (after: SignedCheckpoint, from: number, prove: (from: number) => Promise<Hash[]>) => {
    try {
      return await ask(door, Math.min(from, after.size), after, prove);
    } catch (fault) {
      if (fault instanceof Malformed) return { asked: 'refused' as const, size: from };
      throw fault;
    }
  };
  return {
    name: `${door.key.name} (${beside.name})`,
    read: () => beside.read(),
    compareAndSet: async (step) => {
      const { asked } = await asking(step.after, step.before?.size ?? 0, step.prove);
      return asked === 'signed' && beside.compareAndSet(step);
    },
    confirm: async (now, prove) => {
      const { asked, size } = await asking(now, now.size, prove);
      if (asked === 'ahead')
        throw new StaleDatabase(
          `the database ends at ${now.size} entries, but ${door.key.name} has cosigned ${size}: it is an old copy`,
        );
      if (asked === 'refused')
        throw new StaleDatabase(`${door.key.name} remembers another tree than the database holds`);
    },
  };
}
