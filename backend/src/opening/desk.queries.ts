import type { EntityManager } from '@mikro-orm/core';
import { Bid } from '../bidding/index.ts';
import { Lot, Tender } from '../tendering/index.ts';
import type { Actor } from '../platform/index.ts';
import { BidOmission } from './course.entity.ts';
import { courseOf, type Course } from './course.queries.ts';

/** What an opening asks of a bidder now, and until when. */
export type BidderAsk = {
  readonly verb: 'checkList' | 'answerComplaint' | 'recoverBid' | 'decryptBid';
  readonly lot: Lot;
  readonly title: string;
  readonly until: Date | null;
  readonly law: string | null;
};

function askOf(course: Course, organisationId: string): Omit<BidderAsk, 'lot' | 'title'> | undefined {
  const { step, disputes, bids, recovered, gates, facts } = course;
  const bid = bids.find((one) => one.organisationId === organisationId);
  if (!bid) return undefined;
  const dispute = disputes.find(({ bidId, verdict }) => bidId === bid.bidId && verdict === null);
  if (dispute) return { verb: 'answerComplaint', until: dispute.until, law: '电子招标投标办法 §31' };
  if (step.kind !== 'wait') return undefined;
  if (step.phase === 'objecting') return { verb: 'checkList', until: facts.objectionUntil, law: '87号令 §40' };
  if (step.phase === 'recovering' && !recovered.has(bid.bidId))
    return { verb: 'recoverBid', until: facts.recoveryUntil, law: '电子招标投标办法 §31' };
  if (step.phase === 'decrypting' && !gates.has(bid.bidId))
    return { verb: 'decryptBid', until: facts.gateUntil, law: '电子招标投标办法 §30' };
  return undefined;
}

/** Openings that ask something of this bidder now. */
export async function bidderAsks(em: EntityManager, actor: Actor, now: Date): Promise<BidderAsk[]> {
  const { organisationId } = actor;
  if (organisationId === null) return [];
  const own = await em.find(Bid, { organisationId, standing: 'counted' }, { fields: ['lotId'] });
  const lots = await em.find(Lot, { id: { $in: own.map(({ lotId }) => lotId) }, state: 'closed' });
  const asks: BidderAsk[] = [];
  for (const lot of lots) {
    const course = await courseOf(em, lot, now);
    const ask = course && askOf(course, organisationId);
    if (ask) asks.push({ ...ask, lot, title: course.tender.title });
  }
  return asks;
}

/** Lots that stand still because a bid was proven to be left out. */
export async function undecidedOmissions(em: EntityManager): Promise<{ lot: Lot; title: string }[]> {
  const rows = await em.find(BidOmission, { decidedAt: null }, { fields: ['lotId'] });
  const lots = await em.find(Lot, { id: { $in: rows.map(({ lotId }) => lotId) }, state: 'closed' });
  const titles = new Map(
    (await em.find(Tender, { id: { $in: lots.map(({ tenderId }) => tenderId) } }, { fields: ['id', 'title'] })).map(
      ({ id, title }) => [id, title],
    ),
  );
  return lots.map((lot) => ({ lot, title: titles.get(lot.tenderId) ?? '' }));
}
