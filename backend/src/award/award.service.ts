import type { EntityManager } from '@mikro-orm/core';
import {
  awardAct,
  awardLimits,
  decideAward,
  drawAmongEquals,
  mayAward,
  readDecision,
  readOwnResult,
  readResultNotice,
  tieDrawAct,
  type AwardLimits,
} from '@xinbiao/contracts/award';
import { capitals, fen, instantText, type ReplyOf } from '@xinbiao/contracts/kernel';
import { rulebooks } from '@xinbiao/contracts/rulebook';
import type { Readable } from 'node:stream';
import { Bid } from '../bidding/index.ts';
import { Draw, driveDraw, holdDraw, standingIn } from '../draw/index.ts';
import {
  decide,
  discloseEvaluation,
  failureOf,
  isActive,
  lotFacts,
  membersOf,
  openedBids,
  publicEvaluation,
  resultOf,
  technicalFacts,
  type LotFacts,
} from '../evaluation/index.ts';
import { actorBy, Organisation } from '../identity/index.ts';
import { newId, obey, Refused, transact, type Actor, type Call, type House } from '../platform/index.ts';
import { advanceLot, calendar, isStaffOf, lockLot } from '../tendering/index.ts';
import { Award } from './award.entity.ts';
import { letterPaper, noticePaper, type Winner } from './result.paper.ts';

/** The facts of a lot, in this stage's words. */
async function factsOf(em: EntityManager, lotId: string): Promise<LotFacts> {
  try {
    return await lotFacts(em, lotId);
  } catch (fault) {
    if (fault instanceof Refused) throw new Refused([{ code: 'award.no-such-lot' }]);
    throw fault;
  }
}

export const awardOf = (em: EntityManager, lotId: string): Promise<Award | null> => em.findOne(Award, { lotId });

/** The days that run for a lot; null before the ranking. */
export async function limitsOf(em: EntityManager, facts: LotFacts): Promise<AwardLimits | null> {
  const found = await resultOf(em, facts.lot.id);
  if (!found || found.result.outcome !== 'ranked') return null;
  const award = await awardOf(em, facts.lot.id);
  return awardLimits({
    rankedAt: found.row.rankedAt,
    awardedAt: award?.at ?? null,
    rulebook: facts.rulebook,
    calendar,
  });
}

/** What the purchaser decides on. */
export async function decisionOf({
  em,
  actor,
  params,
}: Pick<Call<typeof readDecision>, 'em' | 'actor' | 'params'>): Promise<ReplyOf<typeof readDecision>> {
  const facts = await factsOf(em, params.lotId);
  const { lot, tender } = facts;
  if (!isStaffOf(actor, tender)) throw new Refused([{ code: 'award.not-your-tender' }]);
  const found = await resultOf(em, lot.id);
  const award = await awardOf(em, lot.id);
  const bids = await openedBids(em, lot.id);
  const bidderOf = (bidId: string) => bids.find((bid) => bid.bidId === bidId)?.bidder ?? { name: '', uscc: '' };
  const members = (await membersOf(em, lot.id)).filter(isActive);
  const equals = (found?.result.bids ?? []).filter(({ rank }) => rank === 1);
  const tie = found ? await tieOf(em, lot.id, found.row.rankedAt) : null;
  const own = actor.organisationId === tender.purchaserId && actor.scopes.includes('award:decide');
  return {
    tenderId: tender.id,
    lotId: lot.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotTitle: lot.title,
    state: lot.state,
    suite: facts.content.sealing.suite,
    method: facts.criteria.method,
    rankedAt: found ? instantText(found.row.rankedAt) : null,
    reportHash: found?.row.reportHash ?? null,
    resultHash: found?.row.resultHash ?? null,
    candidates: (found?.result.bids ?? [])
      .flatMap((bid) =>
        bid.rank === null
          ? []
          : [{ bidId: bid.bidId, bidder: bidderOf(bid.bidId), price: bid.price, total: bid.total, rank: bid.rank }],
      )
      .toSorted((a, b) => a.rank - b.rank),
    flags: (found?.result.flags ?? []).map((flag) => ({ ...flag, bidder: bidderOf(flag.bidId) })),
    signatures: { signed: members.filter(({ reportSignedAt }) => reportSignedAt).length, of: members.length },
    limits: await limitsOf(em, facts),
    decided: award ? { bidId: award.bidId, at: instantText(award.at), by: award.byName } : null,
    tie: equals.length > 1 ? { equals: equals.length, draw: tie } : null,
    allowed: [
      ...(own && lot.state === 'ranked' ? (['award'] as const) : []),
      ...(lot.state === 'ranked' && equals.length > 1 && (!tie || tie.state === 'void') ? (['draw'] as const) : []),
    ],
  };
}

/** The newest draw among equals of this ranking, and the bid it named. */
async function tieOf(em: EntityManager, lotId: string, rankedAt: Date) {
  const [draw] = await em.find(
    Draw,
    { scope: lotId, purpose: 'tie', proposedAt: { $gte: rankedAt } },
    { orderBy: { id: 'desc' }, limit: 1 },
  );
  if (!draw) return null;
  const standing = (await standingIn(em, draw.id))?.groups[0]?.standing[0];
  return { drawId: draw.id, state: draw.state, bidId: standing?.id ?? null, resultHash: draw.resultHash ?? null };
}

/** Has a draw settle among the bids that share the first rank. @law 87号令 §68 */
export async function drawEquals({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof drawAmongEquals>): Promise<ReplyOf<typeof readDecision>> {
  const drawId = await transact(em, async (tx) => {
    const facts = await factsOf(tx, params.lotId);
    const lot = await lockLot(tx, facts.lot.id);
    if (!isStaffOf(actor, facts.tender)) throw new Refused([{ code: 'award.not-your-tender' }]);
    const found = await resultOf(tx, lot.id);
    if (lot.state !== 'ranked' || !found) throw new Refused([{ code: 'award.not-ranked' }]);
    const bids = await openedBids(tx, lot.id);
    const equals = found.result.bids
      .filter(({ rank }) => rank === 1)
      .map(({ bidId }) => {
        const bid = bids.find((one) => one.bidId === bidId);
        return { bidId, name: bid?.bidder.name ?? '', organisationId: bid?.organisationId ?? '' };
      });
    if (equals.length < 2) throw new Refused([{ code: 'award.no-tie' }]);
    const running = await tieOf(tx, lot.id, found.row.rankedAt);
    if (running && running.state !== 'void') throw new Refused([{ code: 'award.draw-runs' }]);
    const { title, contributors, minutes, repeats } = body;
    const signed = await house.identity.checkAct({
      em: tx,
      actor,
      now,
      act: body.act,
      signature: body.signature,
      expect: tieDrawAct(actorBy(actor), {
        lot: facts.name,
        title,
        contributors,
        minutes,
        repeats,
        resultHash: found.row.resultHash,
        equals,
      }),
    });
    const candidates = equals.map(({ bidId, name }) => ({ id: bidId, label: name }));
    const group = { id: 'first', title: '并列第一', take: 1, reserve: 0, candidates };
    const proposal = {
      purpose: 'tie' as const,
      scope: lot.id,
      title,
      groups: [group],
      excluded: [],
      contributors,
      joiners: equals.map(({ organisationId }) => organisationId),
      suite: facts.content.sealing.suite,
      minutes,
      repeats,
    };
    return (await holdDraw(tx, { house, actor, now, signed }, proposal)).id;
  });
  await driveDraw(house, drawId);
  return decisionOf({ em: house.fork(), actor, params });
}

/** Awards to rank 1, publishes the result and issues the letter. @law 87号令 §68–69 */
export async function award({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof decideAward>): Promise<ReplyOf<typeof decideAward>> {
  const facts = await factsOf(em, params.lotId);
  if (actor.organisationId !== facts.tender.purchaserId) throw new Refused([{ code: 'award.not-your-tender' }]);
  const found = await resultOf(em, facts.lot.id);
  if (facts.lot.state !== 'ranked' || !found) throw new Refused([{ code: 'award.not-ranked' }]);
  const tie = await tieOf(em, facts.lot.id, found.row.rankedAt);
  const drawn = tie && tie.state !== 'void' ? tie.bidId : undefined;
  obey(mayAward({ ranked: found.result.bids, bidId: body.bidId, reason: body.reason, drawn }));

  const ranked = found.result.bids.find(({ bidId }) => bidId === body.bidId);
  const bid = (await openedBids(em, facts.lot.id)).find(({ bidId }) => bidId === body.bidId);
  if (!ranked || !bid) throw new Error('a ranked bid was never opened');
  const organisation = await em.findOne(Organisation, { id: bid.organisationId });
  const limits = awardLimits({ rankedAt: found.row.rankedAt, awardedAt: now, rulebook: facts.rulebook, calendar });
  const winner: Winner = {
    ...bid.bidder,
    address: organisation?.profile.address ?? null,
    price: BigInt(ranked.price),
    total: ranked.total,
    deliveryDays: bid.opened.offer?.deliveryDays ?? null,
    projectLead: bid.opened.offer?.projectLead ?? null,
    lines: await wonLines(house, em, bid.bidId),
  };
  // Papers first: they take their time, and what is ranked cannot change while they are made.
  const evaluation = await publicEvaluation(em, facts.lot, { early: true });
  if (!evaluation) throw new Error('a ranked lot has an evaluation');
  const awarded = { house, facts, winner, limits, at: now };
  const [letter, notice] = await Promise.all([
    letterPaper(awarded).then((paper) => house.storage.put(paper)),
    noticePaper({ ...awarded, evaluation }).then((paper) => house.storage.put(paper)),
  ]);

  return transact(em, async (tx) => {
    const lot = await lockLot(tx, facts.lot.id);
    if (lot.state !== 'ranked') throw new Refused([{ code: 'award.not-ranked' }]);
    const expect = awardAct(actorBy(actor), {
      lot: facts.name,
      bidId: bid.bidId,
      bidder: bid.bidder,
      price: ranked.price,
      rank: 1,
      total: ranked.total,
      reportHash: found.row.reportHash,
      resultHash: found.row.resultHash,
      reason: body.reason,
      drawn: tie?.bidId ? { drawId: tie.drawId, resultHash: tie.resultHash ?? '' } : null,
    });
    const recorded = await decide(
      tx,
      { house, actor, now },
      {
        scope: lot.id,
        signed: body,
        expect,
        visibility: 'public',
        facts: { lot: lot.id, letter: letter.sha256, notice: notice.sha256 },
      },
    );
    const id = newId(now);
    tx.create(Award, {
      lotId: lot.id,
      id,
      tenderId: facts.tender.id,
      bidId: bid.bidId,
      organisationId: bid.organisationId,
      winnerName: winner.name,
      winnerUscc: winner.uscc,
      winnerAddress: winner.address,
      price: fen(winner.price),
      total: winner.total,
      reason: body.reason,
      byName: `${actor.name}（${actor.organisationName ?? ''}）`,
      at: now,
      entryId: recorded.entryId,
      leaf: recorded.leafHash,
      letterHash: letter.sha256,
      noticeHash: notice.sha256,
    });
    await discloseEvaluation(tx, lot.id, now);
    await tx.flush();
    await advanceLot(tx, lot, { move: 'award', by: 'purchaser', now, recorded, actor: actor.personId });
    return { state: lot.state, awardId: id, limits };
  });
}

/** The draw among equals that named the winner: an award follows none but the newest. */
const drawnIn = (em: EntityManager, lotId: string) =>
  em.findOne(Draw, { scope: lotId, purpose: 'tie', state: 'drawn' }, { orderBy: { id: 'desc' } });

/** What was won, line by line. Nothing else of the technical part is public. @law 87号令 §69 */
async function wonLines(house: House, em: EntityManager, bidId: string): Promise<Winner['lines']> {
  const lines = (await technicalFacts(house, em, bidId))?.offer.lines ?? [];
  return lines.map(({ name, specification, quantity, unitPrice, amount }) => ({
    name,
    specification,
    quantity,
    unitPrice,
    amount,
  }));
}

/** The result as everybody may read it. */
export async function noticeOf({
  house,
  em,
  params,
}: Pick<Call<typeof readResultNotice>, 'house' | 'em' | 'params'>): Promise<ReplyOf<typeof readResultNotice>> {
  const facts = await factsOf(em, params.lotId);
  const { lot, tender, content, part } = facts;
  if (lot.state !== 'awarded' && lot.state !== 'failed') throw new Refused([{ code: 'award.no-result' }]);
  const decided = await awardOf(em, lot.id);
  const failure = failureOf(lot);
  const offer = decided
    ? (await openedBids(em, lot.id)).find(({ bidId }) => bidId === decided.bidId)?.opened.offer
    : null;
  const evaluation = (await publicEvaluation(em, lot)) ?? null;
  const party = ({ name, address, contact, phone }: LotFacts['content']['purchaser']) => ({
    name,
    address,
    contact,
    phone,
  });
  return {
    tenderId: tender.id,
    lotId: lot.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotTitle: lot.title,
    outcome: lot.state === 'awarded' ? 'awarded' : 'failed',
    at: decided ? instantText(decided.at) : (failure?.at ?? instantText(lot.deadline)),
    purchaser: party(content.purchaser),
    agency: content.agency ? party(content.agency) : null,
    winner: decided
      ? {
          bidId: decided.bidId,
          name: decided.winnerName,
          uscc: decided.winnerUscc,
          address: decided.winnerAddress ?? null,
          price: decided.price.toString(),
          priceWords: capitals(decided.price),
          total: decided.total,
          deliveryDays: offer?.deliveryDays ?? null,
          projectLead: offer?.projectLead ?? null,
          lines: await wonLines(house, em, decided.bidId),
        }
      : null,
    subject: { content: part.content, quantity: part.quantity, deliveryPlace: part.deliveryPlace },
    evaluation,
    settled:
      decided && (evaluation?.scores.filter(({ rank }) => rank === 1).length ?? 0) > 1
        ? { drawId: (await drawnIn(em, lot.id))?.id ?? null, reason: decided.reason }
        : null,
    failure: failure ? { reason: failure.reason, law: failure.law } : null,
    limits: await limitsOf(em, facts),
    noticeDays: rulebooks[facts.rulebook].resultNoticeDays.value,
  };
}

/** A bidder's own scores and rank, and nobody else's but the winner's price and total. */
export async function ownResultOf({
  em,
  actor,
  params,
}: Call<typeof readOwnResult>): Promise<ReplyOf<typeof readOwnResult>> {
  const bid = await em.findOne(Bid, { id: params.bidId });
  if (!bid || actor.organisationId !== bid.organisationId) throw new Refused([{ code: 'award.not-your-bid' }]);
  const facts = await factsOf(em, bid.lotId);
  const { lot, tender } = facts;
  // A bid that was withdrawn or never handed in has no result.
  if ((lot.state !== 'awarded' && lot.state !== 'failed') || (bid.standing !== 'counted' && bid.standing !== 'void'))
    throw new Refused([{ code: 'award.no-result' }]);
  const decided = await awardOf(em, lot.id);
  const found = await resultOf(em, lot.id);
  const evaluation = await publicEvaluation(em, lot);
  const scored = evaluation?.scores.find(({ bidId }) => bidId === bid.id);
  const rejected = evaluation?.rejected.find(({ bidId }) => bidId === bid.id) ?? null;
  const price = (await openedBids(em, lot.id)).find(({ bidId }) => bidId === bid.id)?.price ?? null;
  const won = decided?.bidId === bid.id;
  return {
    tenderId: tender.id,
    lotId: lot.id,
    bidId: bid.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    outcome: outcomeOf({ won, rejected: rejected !== null, failed: lot.state === 'failed' }),
    at: decided ? instantText(decided.at) : (failureOf(lot)?.at ?? instantText(found?.row.rankedAt ?? lot.deadline)),
    price: price?.toString() ?? null,
    rank: scored?.rank ?? null,
    total: scored?.total ?? null,
    priceScore: scored?.priceScore ?? null,
    objective: scored?.objective ?? null,
    subjective: scored?.subjective ?? null,
    items: scored?.items ?? [],
    rejected: rejected ? { at: rejected.at, reasons: rejected.reasons, law: rejected.law } : null,
    winner: decided ? { name: decided.winnerName, price: decided.price.toString(), total: decided.total } : null,
    questionsUntil: (await limitsOf(em, facts))?.questionsUntil ?? null,
    letter: won,
  };
}

function outcomeOf({
  won,
  rejected,
  failed,
}: {
  won: boolean;
  rejected: boolean;
  failed: boolean;
}): 'won' | 'lost' | 'rejected' | 'failed' {
  if (won) return 'won';
  if (rejected) return 'rejected';
  return failed ? 'failed' : 'lost';
}

/** The letter, for the winner, the tender's staff and supervision. */
export async function letterFile(house: House, em: EntityManager, actor: Actor, lotId: string): Promise<Readable> {
  const facts = await factsOf(em, lotId);
  const decided = await awardOf(em, lotId);
  const entitled =
    decided &&
    (actor.organisationId === decided.organisationId ||
      isStaffOf(actor, facts.tender) ||
      actor.scopes.includes('oversight:read'));
  if (!decided || !entitled) throw new Refused([{ code: 'award.no-letter' }]);
  return house.storage.get(decided.letterHash);
}

/** The notice on paper, for everybody. */
export async function noticeFile(house: House, em: EntityManager, lotId: string): Promise<Readable> {
  await factsOf(em, lotId);
  const decided = await awardOf(em, lotId);
  if (!decided) throw new Refused([{ code: 'award.no-result' }]);
  return house.storage.get(decided.noticeHash);
}
