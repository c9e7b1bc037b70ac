import type { EntityManager } from '@mikro-orm/core';
import { addTime, instantText } from '@xinbiao/contracts/kernel';
import {
  beatEvery,
  longestSilence,
  own,
  unreachedBy,
  type Reachability as ReachabilityReply,
  type Unreached,
} from '@xinbiao/contracts/timekeeping';
import { bytesOf, Malformed, openAttestation, parsePolicy, sha256Hex } from '@xinbiao/contracts/trust';
import type Koa from 'koa';
import { HouseSetting, newId, transact, type House, type State } from '../platform/index.ts';
import { Attestation, Downtime } from './timekeeping.entity.ts';

/*
 * Whether the platform can be reached is measured from within by a heartbeat that is written down every few seconds —
 * where it stops, the platform was not there — and attested from without by witnesses that look.
 */

const since = 'reach.since';
const last = 'reach.beat';
/** A beat in which at least so many answers were given, and as large a part of them were faults, was no service. */
const fewest = 10;
const largestPart = 0.5;

/**
 * Writes down that the platform is there; what lies between this beat and one too long ago is an outage. A rehearsal
 * that nobody ran is none: whoever stops it in the evening starts it in the morning where it was.
 */
export async function beat(house: House, { starting = false }: { readonly starting?: boolean } = {}): Promise<void> {
  const { clock, time } = house;
  const real = clock.real();
  const { all, failed } = time.answers;
  Object.assign(time.answers, { all: 0, failed: 0 });
  await transact(house.fork(), async (tx) => {
    const before = await tx.findOne(HouseSetting, { name: last }, { disableIdentityMap: true });
    const from = before ? new Date(before.value) : undefined;
    if (!from) await tx.upsert(HouseSetting, { name: since, value: clock.now().toISOString() });
    const failing = all >= fewest && failed >= all * largestPart;
    const isRest = starting && clock.sandbox;
    if (from && !isRest && real.getTime() - from.getTime() > longestSilence)
      await insert(tx, house, { from, to: real, cause: 'silent' });
    else if (from && failing) await insert(tx, house, { from, to: real, cause: 'failing' });
    await tx.upsert(HouseSetting, { name: last, value: real.toISOString() });
  });
}

type Gap = { readonly from: Date; readonly to: Date; readonly cause: 'silent' | 'failing' };

/** The clock is never turned while nobody is there to turn it: the offset of now is that of the gap. */
async function insert(tx: EntityManager, { clock }: House, { from, to, cause }: Gap): Promise<void> {
  await tx.insert(Downtime, {
    id: newId(to),
    fromAt: addTime(from, clock.offset),
    toAt: addTime(to, clock.offset),
    cause,
  });
}

/** Writes an outage down that was measured otherwise than by the heartbeat; in business time. */
export async function noteDowntime(house: House, { from, to, cause }: Gap): Promise<void> {
  await transact(house.fork(), (tx) => tx.insert(Downtime, { id: newId(to), fromAt: from, toAt: to, cause }));
}

/** Beats until it is stopped; a fault is reported, and the next beat tells how long it lasted. */
export function startBeating(house: House): { readonly stop: () => Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => beat(house)).catch((fault: unknown) => house.report(fault));
  }, beatEvery);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** Counts answers and faults among them, for the heartbeat. */
export const countAnswers =
  ({ time }: House): Koa.Middleware<State> =>
  async (ctx, next) => {
    try {
      await next();
    } finally {
      time.answers.all += 1;
      if (ctx.status >= 500) time.answers.failed += 1;
    }
  };

const witnessKeys = (house: House) => parsePolicy(house.ledger.policy).witnesses.map(({ key }) => key);

/** So many witnesses must agree before their word alone counts: two, or all where there are fewer. */
export const witnessesAsked = (house: House): number => Math.min(2, Math.max(1, witnessKeys(house).length));

/** Keeps what a witness signed; false where it is not signed by a witness of this log about this log. */
export async function keepAttestation(house: House, note: string): Promise<boolean> {
  try {
    const seen = openAttestation(note, witnessKeys(house));
    if (seen.log !== house.ledger.origin) return false;
    await house.fork().upsert(
      Attestation,
      {
        hash: sha256Hex(bytesOf(note)),
        witness: seen.by
          .map(({ key }) => key.name)
          .join(', ')
          .slice(0, 200),
        note,
        fromAt: new Date(seen.from * 1000),
        toAt: new Date(seen.to * 1000),
      },
      { onConflictFields: ['hash'], onConflictAction: 'ignore' },
    );
    return true;
  } catch (fault) {
    if (fault instanceof Malformed) return false;
    throw fault;
  }
}

/** Every stretch since an instant in which somebody could not reach the platform, with the notes that say so. */
export async function unreachedSince(
  em: EntityManager,
  house: House,
  from: Date,
): Promise<{ readonly stretches: readonly Unreached[]; readonly notes: readonly Attestation[] }> {
  const measured = await em.find(Downtime, { toAt: { $gt: from } }, { disableIdentityMap: true });
  const notes = await em.find(Attestation, { toAt: { $gt: from } }, { disableIdentityMap: true });
  const keys = witnessKeys(house);
  return {
    stretches: [
      ...measured.map(({ fromAt, toAt }) => ({ from: fromAt, to: toAt, by: own })),
      ...notes.flatMap(({ note }) => readable(note, keys)),
    ],
    notes,
  };
}

/** A witness that the policy no longer names says nothing any more. */
function readable(note: string, keys: Parameters<typeof unreachedBy>[1]): Unreached[] {
  try {
    return unreachedBy(note, keys);
  } catch (fault) {
    if (fault instanceof Malformed) return [];
    throw fault;
  }
}

export async function reachabilityOf(
  em: EntityManager,
  house: House,
  now: Date,
  days: number,
): Promise<ReachabilityReply> {
  const from = addTime(now, -days * 86_400_000);
  const { stretches, notes } = await unreachedSince(em, house, from);
  const begun = await em.findOne(HouseSetting, { name: since });
  return {
    now: instantText(now),
    since: begun?.value ?? null,
    rows: stretches
      .toSorted((a, b) => b.from.getTime() - a.from.getTime())
      .slice(0, 500)
      .map((one) => ({ from: instantText(one.from), to: instantText(one.to), by: one.by })),
    attestations: notes.map(({ hash, witness, note }) => ({ hash, witness, note })),
  };
}
