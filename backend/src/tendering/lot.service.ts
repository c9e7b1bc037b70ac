import { LockMode, type EntityManager } from '@mikro-orm/core';
import { instantText, step } from '@xinbiao/contracts/kernel';
import {
  leastAdvanced,
  lotLife,
  nextPrecheck,
  precheckTimes,
  tenderLife,
  type FailureReason,
  type LotMove,
  type LotParty,
  type TenderMove,
  type TenderParty,
} from '@xinbiao/contracts/tendering';
import { record, type Recorded } from '../ledger/index.ts';
import { Refused } from '../platform/index.ts';
import { Lot, Tender } from './tender.entity.ts';
import { contentOf } from './tender.content.ts';

/** The lot, locked until the transaction ends: whatever moves it waits here. */
export async function lockLot(tx: EntityManager, lotId: string): Promise<Lot> {
  const lot = await tx.findOne(Lot, { id: lotId }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (!lot) throw new Refused([{ code: 'lot.unknown' }]);
  return lot;
}

/** The lot as it is now. */
export async function lotOf(em: EntityManager, lotId: string): Promise<Lot> {
  const lot = await em.findOne(Lot, { id: lotId });
  if (!lot) throw new Refused([{ code: 'lot.unknown' }]);
  return lot;
}

/** The tender of a lot, or by its own id. */
export async function tenderOf(em: EntityManager, of: Pick<Lot, 'tenderId'> | string): Promise<Tender> {
  const tender = await em.findOne(Tender, { id: typeof of === 'string' ? of : of.tenderId });
  if (!tender) throw new Refused([{ code: 'tender.unknown' }]);
  return tender;
}

/** The tender, locked until the transaction ends. Take a lot's lock before its tender's, never after. */
export async function lockTender(tx: EntityManager, tenderId: string): Promise<Tender> {
  const tender = await tx.findOne(Tender, { id: tenderId }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (!tender) throw new Refused([{ code: 'tender.unknown' }]);
  return tender;
}

export type LotAdvance = {
  readonly move: LotMove;
  readonly by: LotParty;
  readonly now: Date;
  /** The entry that the caller wrote about this very step; without one a public entry `lot.<move>` is written here. */
  readonly recorded?: Pick<Recorded, 'leafHash'> | undefined;
  /** Public facts of the entry written here. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  readonly failure?: FailureReason | undefined;
  /** When the clock has to look at the lot again. */
  readonly wakeAt?: Date | null | undefined;
  readonly actor?: string | undefined;
};

/** The only function that changes a lot's state. The lot must have been locked by `lockLot`; no step happens without a ledger entry. */
export async function advanceLot(
  tx: EntityManager,
  lot: Lot,
  { move, by, now, recorded, facts, failure, wakeAt, actor }: LotAdvance,
): Promise<Lot> {
  const row = step(lotLife, lot.state, move);
  if (!row) throw new Refused([{ code: 'lot.move-not-allowed', facts: { state: lot.state } }]);
  if (row[3] !== by) throw new Refused([{ code: 'auth.not-allowed' }]);
  if ((move === 'fail') !== (failure !== undefined)) throw new Error('a lot fails for a reason, and only then');
  const body = { tender: lot.tenderId, lot: lot.id, ...(failure ? { reason: failure } : {}), ...facts };
  const { leafHash } =
    recorded ?? (await record(tx, { scope: lot.id, type: `lot.${move}`, visibility: 'public', at: now, actor, body }));
  lot.state = row[2];
  lot.wakeAt = wakeAt ?? null;
  if (failure) lot.failure = failure;
  lot.steps = [...lot.steps, { move, to: row[2], at: instantText(now), leaf: leafHash }];
  await tx.flush();
  const tender = await lockTender(tx, lot.tenderId);
  tender.lotStates = { ...tender.lotStates, [lot.id]: lot.state };
  tender.lotState = leastAdvanced(Object.values(tender.lotStates));
  await tx.flush();
  return lot;
}

/**
 * Moves the deadline of a lot that takes bids, as its own document promises; the lot must have been locked, and the
 * caller has written the entry. The notice stays as it was signed.
 */
export async function moveDeadline(tx: EntityManager, lot: Lot, to: Date, now: Date): Promise<void> {
  if (lot.state !== 'bidding' || to <= lot.deadline)
    throw new Error('a deadline only moves on, and only before the close');
  lot.deadline = to;
  lot.wakeAt = to;
  await tx.flush();
  const tender = await lockTender(tx, lot.tenderId);
  if (!tender.deadline || tender.deadline < to) tender.deadline = to;
  // Bids of the time that was added are tried like those before.
  if (tender.publishedAt && contentOf(tender).sealing.precheck !== 'off')
    lot.precheckAt = nextPrecheck(precheckTimes(tender.publishedAt, to), now) ?? null;
  await tx.flush();
}

/** Has the clock look at a lot at another time; the lot must have been locked. */
export async function wakeLot(tx: EntityManager, lot: Lot, at: Date): Promise<void> {
  lot.wakeAt = at;
  await tx.flush();
}

/** Moves a tender along its life; whoever calls has checked the person and writes the entry. */
export function advanceTender(tender: Tender, { move, by }: { move: TenderMove; by: TenderParty }): void {
  const row = step(tenderLife, tender.state, move);
  if (!row) throw new Refused([{ code: 'tender.move-not-allowed', facts: { state: tender.state } }]);
  if (row[3] !== by) throw new Refused([{ code: 'auth.not-allowed' }]);
  tender.state = row[2];
}

/** Does this seat work for the tender's purchaser or agency? */
export const isStaffOf = (
  actor: { readonly organisationId: string | null } | null,
  tender: Pick<Tender, 'purchaserId' | 'agencyId'>,
): boolean =>
  actor !== null &&
  actor.organisationId !== null &&
  (actor.organisationId === tender.purchaserId || actor.organisationId === tender.agencyId);

/** Lots that the clock has to look at, the longest waiting first. */
export function dueLots(
  em: EntityManager,
  now: Date,
  { state, limit = 100 }: { state?: Lot['state']; limit?: number } = {},
): Promise<Lot[]> {
  return em.find(
    Lot,
    { wakeAt: { $lte: now }, ...(state ? { state } : {}) },
    { orderBy: { wakeAt: 'asc', id: 'asc' }, limit },
  );
}

/** All lots of a tender in their order. */
export const lotsOf = (em: EntityManager, tenderId: string): Promise<Lot[]> =>
  em.find(Lot, { tenderId }, { orderBy: { no: 'asc' } });
