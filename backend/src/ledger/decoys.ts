import type { EntityManager } from '@mikro-orm/core';
import { addTime } from '@xinbiao/contracts/kernel';
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { transact } from '../platform/index.ts';
import { LedgerDisclosure, LedgerEntry } from './ledger.entity.ts';
import type { Waiting } from './batch.ts';
import { disclose, record } from './record.ts';

const scope = 'decoy';
const hour = 3_600_000;
/** How long a decoy passes for an entry; longer than bids are taken for. */
const disguise = 60 * 24 * hour;

export type DecoyNeeds = {
  readonly fork: () => EntityManager;
  readonly now: () => Date;
  /** On average; 0 for none. The more there are, the less the growth of the log says about bids. */
  readonly perHour: number;
  readonly report: (fault: unknown) => void;
};

/** Records decoys: sealed entries that say nothing, and look like every other. */
export async function addDecoys(fork: () => EntityManager, at: Date, count: number): Promise<Waiting[]> {
  const ids = await transact(fork(), async (tx) => {
    const recorded: string[] = [];
    for (let left = count; left > 0; left -= 1)
      recorded.push((await record(tx, { scope, type: 'decoy', visibility: 'commit', body: {}, at })).entryId);
    return recorded;
  });
  const rows = await fork().find(LedgerEntry, { id: { $in: ids } }, { disableIdentityMap: true });
  return rows.map(({ id, number, leaf }) => ({ id, scope, number, leaf, sealed: true }));
}

/** Opens the decoys that are old enough, so that nobody is left with entries that were never explained. */
export async function discloseDecoys(fork: () => EntityManager, at: Date): Promise<number> {
  let [number, count] = [Number.MAX_SAFE_INTEGER, 0];
  for (;;) {
    const page = await fork().find(
      LedgerEntry,
      { scope, at: { $lt: addTime(at, -disguise) }, number: { $lt: number } },
      { orderBy: { number: 'desc' }, limit: 200 },
    );
    const open = new Set(
      (await fork().find(LedgerDisclosure, { entry: { $in: page.map(({ id }) => id) } })).map(({ entry }) => entry),
    );
    const due = page.filter(({ id }) => !open.has(id));
    if (due.length === 0) return count;
    await transact(fork(), async (tx) => {
      for (const { id } of due) await disclose(tx, id, at);
    });
    number = page.at(-1)?.number ?? 0;
    count += due.length;
  }
}

/**
 * Adds decoys at moments without a pattern, a few at a time, until stopped, so that nobody can count bids by
 * watching the log grow.
 */
export function startDecoys({ fork, now, perHour, report }: DecoyNeeds): { stop: () => Promise<void> } {
  const stop = new AbortController();
  const run = async () => {
    while (!stop.signal.aborted) {
      // Exponential waits: what has been seen so far says nothing about what comes.
      const wait = (-Math.log((randomInt(2 ** 32) + 1) / 2 ** 32) * hour * 2.5) / perHour;
      await pause(Math.min(wait, 24 * hour), undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return;
      try {
        await addDecoys(fork, now(), randomInt(1, 5));
        await discloseDecoys(fork, now());
      } catch (fault) {
        report(fault);
      }
    }
  };
  const running = perHour > 0 ? run() : Promise.resolve();
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Opens what is old enough once an hour, for a log whose decoys come with its slots. */
export function startDisclosing({ fork, now, report }: Omit<DecoyNeeds, 'perHour'>): { stop: () => Promise<void> } {
  const stop = new AbortController();
  const run = async () => {
    while (!stop.signal.aborted) {
      await discloseDecoys(fork, now()).catch(report);
      await pause(hour, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
