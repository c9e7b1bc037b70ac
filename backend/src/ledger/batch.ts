import type { EntityManager } from '@mikro-orm/core';
import { randomInt } from 'node:crypto';
import { rowsOf } from './sql.ts';

/** An entry that is not in the tree yet. */
export type Waiting = {
  readonly id: string;
  readonly scope: string;
  readonly number: number;
  readonly leaf: string;
  readonly sealed: boolean;
};

const batchLength = 4096;

type Row = { entry: string; scope: string; number: number; leaf: string; visibility: string };
const columns =
  'select o.`entry`, o.`scope`, o.`number`, e.`leaf`, e.`visibility` from `ledger_outbox` o join `ledger_entry` e on e.`id` = o.`entry`';
const waiting = ({ entry, scope, number, leaf, visibility }: Row): Waiting => ({
  id: entry,
  scope,
  number: Number(number),
  leaf,
  sealed: visibility === 'commit',
});

/** Arrival decides between scopes; within a scope its numbers do, whatever the clocks of the machines said. */
export async function nextBatch(em: EntityManager): Promise<Waiting[]> {
  const arrived = (await rowsOf<Row>(em, `${columns} order by o.\`at\`, o.\`entry\` limit ${batchLength}`)).map(
    waiting,
  );
  const earlier = arrived.length < batchLength ? [] : await cutOff(em, arrived);
  const byScope = Map.groupBy([...earlier, ...arrived], ({ scope }) => scope);
  for (const queue of byScope.values()) queue.sort((one, other) => one.number - other.number);
  return [...earlier, ...arrived].flatMap(({ scope }) => byScope.get(scope)?.shift() ?? []);
}

/** Only a full batch can have cut off an earlier number of a scope. */
async function cutOff(em: EntityManager, arrived: readonly Waiting[]): Promise<Waiting[]> {
  const highest = new Map<string, number>();
  for (const { scope, number } of arrived) highest.set(scope, Math.max(number, highest.get(scope) ?? 0));
  const there = new Set(arrived.map(({ id }) => id));
  const earlier: Waiting[] = [];
  for (const [scope, number] of highest)
    earlier.push(
      ...(await rowsOf<Row>(em, `${columns} where o.\`scope\` = ? and o.\`number\` < ?`, [scope, number])).map(waiting),
    );
  return earlier.filter(({ id }) => !there.has(id));
}

/** Up to so many slots a queue may wait for before more are taken at once. */
const longestQueue = 8;

/** How many sealed entries a slot has: the agreed number, or, in a rush, doubled until the queue is eight slots long. */
export function roomFor(queue: number, leaves: number): number {
  let room = leaves;
  while (queue > room * longestQueue) room *= 2;
  return room;
}

/**
 * What one slot takes in: sealed entries as far as there is room, decoys for the rest of it, in an order that tells
 * neither from the other, and then what is public. An entry never passes an earlier one of its scope.
 */
export async function nextSlot(
  em: EntityManager,
  { leaves, decoys }: { readonly leaves: number; readonly decoys: (count: number) => Promise<Waiting[]> },
): Promise<Waiting[]> {
  const queue = await nextBatch(em);
  const room = roomFor(queue.filter(({ sealed }) => sealed).length, leaves);
  const [taken, open]: [Waiting[], Waiting[]] = [[], []];
  const [waits, shown] = [new Set<string>(), new Set<string>()];
  for (const entry of queue) {
    // Sealed entries come first in a slot, so none that follows something public of its scope can be in the same.
    const fits = !waits.has(entry.scope) && (!entry.sealed || (taken.length < room && !shown.has(entry.scope)));
    if (!fits) waits.add(entry.scope);
    else if (entry.sealed) taken.push(entry);
    else {
      open.push(entry);
      shown.add(entry.scope);
    }
  }
  const sealed = mixed(taken, taken.length < room ? await decoys(room - taken.length) : []);
  return [...sealed, ...open];
}

/** Every place is as likely to be a decoy's as any other; entries keep their order among themselves. */
function mixed(entries: readonly Waiting[], decoys: readonly Waiting[]): Waiting[] {
  const [real, rest] = [[...entries], [...decoys]];
  const order: Waiting[] = [];
  while (real.length + rest.length > 0) {
    const next = randomInt(real.length + rest.length) < real.length ? real.shift() : rest.shift();
    if (next) order.push(next);
  }
  return order;
}
