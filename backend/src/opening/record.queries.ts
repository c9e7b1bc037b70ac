import type { EntityManager } from '@mikro-orm/core';
import { OpeningRecord, type OpeningBid, type OpeningRemark } from '@xinbiao/contracts/opening';
import { instantText } from '@xinbiao/contracts/kernel';
import { parseCanonical } from '@xinbiao/contracts/trust';
import { Bid } from '../bidding/index.ts';
import { contentOf, type Lot } from '../tendering/index.ts';
import { courseOf, gateOf } from './course.queries.ts';
import { OpenedBid, Opening, Remark } from './opening.entity.ts';
import { groupsOf, lineOf } from './opening.facts.ts';

/** The record of an opening without what was said to it later: the part that is hashed and logged. */
export type RecordData = Omit<OpeningRecord, 'remarks' | 'recordHash'>;

/** What is written into the record in the transaction in which the lot is opened. */
export async function recordData(tx: EntityManager, lot: Lot, openedAt: Date): Promise<RecordData> {
  const course = await courseOf(tx, lot, openedAt);
  if (!course) throw new Error('an opened lot has no close document');
  const { tender, close, members } = course;
  const opened = new Map((await tx.find(OpenedBid, { lotId: lot.id })).map((bid) => [bid.bidId, bid]));
  return {
    number: `${tender.code}-${lot.no}-KB`,
    tenderId: tender.id,
    lotId: lot.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotTitle: lot.title,
    purchaser: tender.purchaserName,
    agency: tender.agencyName ?? null,
    place: contentOf(tender).openingPlace,
    deadline: instantText(lot.deadline),
    closedAt: instantText(close.closedAt),
    openedAt: instantText(openedAt),
    budget: lot.budget.toString(),
    ceiling: lot.ceiling?.toString() ?? null,
    closeHash: close.hash,
    bids: course.bids.map((bid) =>
      lineOf(bid, opened.get(bid.bidId), {
        ceiling: lot.ceiling ?? null,
        members,
        remark: null,
        recovered: course.recovered.has(bid.bidId),
        gate: gateOf(course, bid.bidId),
      }),
    ),
    officers: groupsOf(course.keyrings, course).flatMap(({ id, members: own }) =>
      own.map(({ name, organisation, releasedAt }) => ({ group: id, name, organisation, releasedAt })),
    ),
  };
}

/** What bidders said to the opening of a lot, and how they were answered. */
export async function remarksOf(em: EntityManager, lotId: string): Promise<OpeningRemark[]> {
  const remarks = await em.find(Remark, { lotId }, { orderBy: { at: 'asc', id: 'asc' } });
  const names = new Map(
    (await em.find(Bid, { id: { $in: remarks.map(({ bidId }) => bidId) } })).map(({ id, organisationName }) => [
      id,
      organisationName,
    ]),
  );
  return remarks.map((remark) => remarkView(remark, names.get(remark.bidId) ?? ''));
}

export const remarkView = (
  { id, bidId, kind, text, at, answer, answeredBy, answeredAt }: Remark,
  bidder: string,
): OpeningRemark => ({
  id,
  bidId,
  bidder,
  kind,
  text,
  at: instantText(at),
  answer: answer && answeredBy && answeredAt ? { text: answer, by: answeredBy, at: instantText(answeredAt) } : null,
});

/** A bid whose bidder objected shows that, even where the bidder confirmed the rest. */
export const saidOf = (remarks: readonly OpeningRemark[], bidId: string): OpeningBid['remark'] => {
  const own = remarks.filter((remark) => remark.bidId === bidId);
  if (own.some(({ kind }) => kind === 'object')) return 'objected';
  return own.length > 0 ? 'confirmed' : null;
};

/** The opening record as it was logged, with what was said to it since. */
export async function recordOf(em: EntityManager, lotId: string): Promise<OpeningRecord | undefined> {
  const row = await em.findOne(Opening, { lotId });
  if (!row) return undefined;
  const remarks = await remarksOf(em, lotId);
  const kept = parseCanonical(row.record) as RecordData;
  return OpeningRecord.parse({
    ...kept,
    bids: kept.bids.map((bid) => ({ ...bid, remark: saidOf(remarks, bid.bidId) })),
    remarks,
    recordHash: row.recordHash,
  });
}
