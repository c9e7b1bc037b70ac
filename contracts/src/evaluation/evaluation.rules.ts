import type { Refusal, Verdict } from '../kernel/refusal.ts';
import { failures } from '../tendering/lot.life.ts';
import type { LotContent } from '../tendering/tender.schema.ts';
import { rulebooks, type RulebookId } from '../rulebook/index.ts';
import { labelledHash, sha256Hex, canonicalBytes } from '../trust/index.ts';
import { isMajority, isOverLimit, lowPrices, meanScore, priceScore, rankBids, sum } from './arithmetic.ts';
import type { EvaluationCode } from './evaluation.refusals.ts';
import type { Criteria, EvaluationResult, QualificationFindings, ResultBid, ScoreSheet } from './evaluation.schema.ts';

type No = Refusal<EvaluationCode>;

/** What a lot is judged by, from the tender as published. */
export const criteriaOf = (lotId: string, lot: LotContent): Criteria => ({
  lotId,
  method: lot.method,
  priceWeight: lot.priceWeight ?? 0,
  budget: lot.budget,
  ceiling: lot.ceiling,
  qualifications: lot.qualifications.map(({ id, text, evidence }) => ({ id, text, evidence })),
  items:
    lot.method === 'lowestPrice'
      ? []
      : lot.items.map(({ id, name, kind, max, guidance, options }) => ({
          id,
          name,
          kind,
          max,
          guidance,
          ...(options ? { options: options.map((option) => ({ ...option })) } : {}),
        })),
});

/** How sheets and results name what they were judged by. */
export const criteriaHash = (criteria: Criteria): string => labelledHash('xinbiao/v1/criteria\n', criteria);
/** How reports and the log name a result. */
export const resultHash = (result: EvaluationResult): string => sha256Hex(canonicalBytes(result));
/** The amount a price may not exceed: the published ceiling, else the budget. @law 87号令 §63 */
export const limitOf = ({ ceiling, budget }: Pick<Criteria, 'ceiling' | 'budget'>): bigint => BigInt(ceiling ?? budget);

/* ---------- qualification ---------- */

/** Is every bid that stands judged once, for every requirement, and does every "no" say why? @law 87号令 §44 */
export function mayJudge({
  standing,
  criteria,
  bids,
}: {
  readonly standing: readonly string[];
  readonly criteria: Criteria;
  readonly bids: readonly QualificationFindings[];
}): Verdict<EvaluationCode> {
  const named = bids.map(({ bidId }) => bidId);
  if (!sameSet(named, standing)) return [{ code: 'qualification.bids-differ' }];
  const asked = criteria.qualifications.map(({ id }) => id);
  return bids.flatMap(({ findings }, at): No[] => {
    if (
      !sameSet(
        findings.map(({ qualification }) => qualification),
        asked,
      )
    )
      return [{ code: 'qualification.findings-differ', field: `bids.${at}` }];
    const silent = findings.findIndex(({ met, reason }) => !met && reason === '');
    return silent < 0 ? [] : [{ code: 'qualification.no-reason', field: `bids.${at}.findings.${silent}` }];
  });
}

/** Does a lot go on with this many bids? @law 87号令 §43 */
export const enough = (count: number, rulebook: RulebookId): boolean => count >= rulebooks[rulebook].minQualified.value;
export const failureLaw = (reason: keyof typeof failures): string => failures[reason].law;

/* ---------- the panel ---------- */

/** How large a panel must be, and how many of it may represent the purchaser. @law 87号令 §47 */
export function panelRule(budget: bigint, rulebook: RulebookId) {
  const book = rulebooks[rulebook];
  const least = budget >= BigInt(book.largeBudget.value) ? book.largePanelSize.value : book.panelSize.value;
  return { least, mostRepresentatives: mostRepresentatives(least, rulebook), law: book.panelSize.law };
}
/** At least two thirds are experts, so at most a third, rounded down, represents the purchaser. */
const mostRepresentatives = (size: number, rulebook: RulebookId): number =>
  Math.floor((size * (3 - rulebooks[rulebook].expertThirds.value)) / 3);

export type CandidateFacts = {
  readonly seatId: string;
  readonly kind: 'expert' | 'purchaser';
  readonly recused: boolean;
  readonly name: string;
};

/** May these people be a lot's panel? @law 87号令 §47 */
export function mayAppoint({
  members,
  candidates,
  budget,
  rulebook,
  drawn,
  selfChosen,
}: {
  readonly members: readonly { seatId: string; kind: 'expert' | 'purchaser' }[];
  /** Seats of those drawn who stand; null where nobody was drawn. */
  readonly drawn: readonly string[] | null;
  readonly selfChosen: string;
  readonly candidates: readonly CandidateFacts[];
  readonly budget: bigint;
  readonly rulebook: RulebookId;
}): Verdict<EvaluationCode> {
  const { least } = panelRule(budget, rulebook);
  const refused: No[] = [];
  if (members.length < least) refused.push({ code: 'panel.too-small', field: 'members', facts: { least } });
  if (members.length % 2 === 0) refused.push({ code: 'panel.even', field: 'members', facts: { size: members.length } });
  const representatives = members.filter(({ kind }) => kind === 'purchaser').length;
  const most = mostRepresentatives(members.length, rulebook);
  if (representatives > most)
    refused.push({ code: 'panel.too-few-experts', field: 'members', facts: { most, size: members.length } });
  if (new Set(members.map(({ seatId }) => seatId)).size !== members.length)
    refused.push({ code: 'panel.twice', field: 'members' });
  const experts = members.flatMap(({ seatId, kind }) => (kind === 'expert' ? [seatId] : []));
  if (drawn === null && selfChosen === '' && experts.length > 0)
    refused.push({ code: 'panel.draw-or-reason', field: 'selfChosen' });
  if (drawn !== null && !sameSet(experts, drawn)) refused.push({ code: 'panel.not-the-drawn', field: 'members' });
  return [...refused, ...members.flatMap((member, at) => maySit(member, candidates, `members.${at}`))];
}

/** May this one person sit on the panel? @law 政府采购法实施条例 §9 */
export function maySit(
  member: { readonly seatId: string; readonly kind: 'expert' | 'purchaser' },
  candidates: readonly CandidateFacts[],
  field: string,
): Verdict<EvaluationCode> {
  const found = candidates.find(({ seatId, kind }) => seatId === member.seatId && kind === member.kind);
  if (!found) return [{ code: 'panel.not-a-candidate', field }];
  return found.recused ? [{ code: 'panel.must-stay-away', field, facts: { name: found.name } }] : [];
}

/* ---------- sheets ---------- */

/** Does a sheet judge exactly these bids by exactly these criteria? */
export function maySheetCount(
  sheet: ScoreSheet,
  {
    criteria,
    bidIds,
    expert,
  }: { readonly criteria: Criteria; readonly bidIds: readonly string[]; readonly expert: string },
): Verdict<EvaluationCode> {
  if (sheet.lotId !== criteria.lotId || sheet.criteriaHash !== criteriaHash(criteria) || sheet.expert !== expert)
    return [{ code: 'sheet.wrong-bids' }];
  if (
    !sameSet(
      sheet.bids.map(({ bidId }) => bidId),
      bidIds,
    )
  )
    return [{ code: 'sheet.wrong-bids', field: 'bids' }];
  const items = criteria.items.filter(({ kind }) => kind === 'subjective');
  return sheet.bids.flatMap(({ responsive, reasons, scores }, at): No[] => {
    const field = `bids.${at}`;
    if (
      !sameSet(
        scores.map(({ item }) => item),
        items.map(({ id }) => id),
      )
    )
      return [{ code: 'sheet.wrong-items', field: `${field}.scores` }];
    const over = scores.find(({ item, score }) => score > (items.find(({ id }) => id === item)?.max ?? 0));
    if (over) return [{ code: 'sheet.out-of-range', field: `${field}.scores`, facts: { item: over.item } }];
    return !responsive && reasons.length === 0 ? [{ code: 'sheet.no-reason', field: `${field}.reasons` }] : [];
  });
}

/** The points of the option that a bid claims, item by item; nothing claimed, or nothing known, is nothing scored. @law 87号令 §64 */
export function objectiveScores(
  criteria: Criteria,
  claims: readonly { readonly item: string; readonly option: string }[],
): { item: string; option: string | null; label: string | null; score: number }[] {
  return criteria.items
    .filter(({ kind }) => kind === 'objective')
    .map(({ id, max, options = [] }) => {
      const claimed = claims.find(({ item }) => item === id)?.option;
      const option = options.find((one) => one.id === claimed);
      return {
        item: id,
        option: option?.id ?? null,
        label: option?.label ?? null,
        score: Math.min(option?.points ?? 0, max),
      };
    });
}

export type JudgedBid = {
  readonly bidId: string;
  readonly price: bigint;
  readonly objective: readonly { readonly item: string; readonly option: string }[];
};
export type JudgedSheet = {
  readonly expert: string;
  readonly commitment: string;
  readonly from: 'reveal' | 'escrow';
  readonly sheet: ScoreSheet;
};

/**
 * Ranks: the same criteria, bids and sheets always give the same document, byte for byte. Steps and rounding are
 * those of `arithmetic.ts`. @law 87号令 §54–57
 */
export function evaluate({
  tenderId,
  criteria,
  bids,
  sheets,
  rulebook,
}: {
  readonly tenderId: string;
  readonly criteria: Criteria;
  readonly bids: readonly JudgedBid[];
  readonly sheets: readonly JudgedSheet[];
  readonly rulebook: RulebookId;
}): EvaluationResult {
  const limit = limitOf(criteria);
  const ordered = bids.toSorted((a, b) => (a.bidId < b.bidId ? -1 : 1));
  const votesOf = (bidId: string) => sheets.map(({ sheet }) => sheet.bids.find((one) => one.bidId === bidId));
  const stands = ordered.map((bid) => {
    const votes = votesOf(bid.bidId);
    const inFavour = votes.filter((vote) => vote?.responsive === true).length;
    const overLimit = isOverLimit(bid.price, limit);
    return { bid, votes, inFavour, overLimit, responsive: isMajority(inFavour, sheets.length) && !overLimit };
  });
  const responsive = stands.filter((one) => one.responsive);
  const goesOn = enough(responsive.length, rulebook);
  const base = responsive.reduce<bigint | null>(
    (lowest, { bid }) => (lowest === null || bid.price < lowest ? bid.price : lowest),
    null,
  );
  const scored = stands.map(({ bid, votes, inFavour, overLimit, responsive: counts }) => {
    const objective = objectiveScores(criteria, bid.objective);
    const items = criteria.items.map(({ id, kind }) => ({
      item: id,
      kind,
      score:
        kind === 'objective'
          ? (objective.find(({ item }) => item === id)?.score ?? 0)
          : Number(meanScore(votes.map((vote) => BigInt(vote?.scores.find(({ item }) => item === id)?.score ?? 0)))),
    }));
    const total = (kind: 'objective' | 'subjective'): bigint =>
      sum(items.filter((one) => one.kind === kind).map(({ score }) => BigInt(score)));
    const price =
      counts && base !== null && criteria.method === 'comprehensive'
        ? priceScore({ base, price: bid.price, weight: BigInt(criteria.priceWeight) })
        : 0n;
    const parts = { objective: total('objective'), subjective: total('subjective'), price };
    const reasons = [...new Set(votes.flatMap((vote) => (vote?.responsive === false ? vote.reasons : [])))].toSorted();
    return {
      bid,
      inFavour,
      overLimit,
      responsive: counts,
      reasons,
      items,
      parts,
      total: parts.objective + parts.subjective + parts.price,
    };
  });
  const ranks = goesOn
    ? rankBids(
        criteria.method,
        scored.filter((one) => one.responsive).map(({ bid, total }) => ({ id: bid.bidId, price: bid.price, total })),
      )
    : [];
  return {
    v: 'xinbiao/eval-result/v1',
    tenderId,
    lotId: criteria.lotId,
    criteriaHash: criteriaHash(criteria),
    method: criteria.method,
    outcome: goesOn ? 'ranked' : 'lt3Responsive',
    limit: limit.toString(),
    base: base?.toString() ?? null,
    sheets: sheets
      .map(({ expert, commitment, from }) => ({ expert, commitment, from }))
      .toSorted((a, b) => (a.expert < b.expert ? -1 : 1)),
    bids: scored.map(({ bid, inFavour, overLimit, responsive: counts, reasons, items, parts, total }): ResultBid => ({
      bidId: bid.bidId,
      price: bid.price.toString(),
      responsive: counts,
      overLimit,
      votes: { for: inFavour, against: sheets.length - inFavour },
      reasons,
      items,
      objective: Number(parts.objective),
      subjective: Number(parts.subjective),
      priceScore: Number(parts.price),
      total: Number(total),
      rank: ranks.find(({ id }) => id === bid.bidId)?.rank ?? null,
    })),
    flags: lowPrices(
      responsive.map(({ bid }) => ({ id: bid.bidId, price: bid.price })),
      limit,
    ).map(({ id, rule, price, reference, threshold, percent }) => ({
      bidId: id,
      rule,
      price: price.toString(),
      reference: reference.toString(),
      threshold: threshold.toString(),
      percent: Number(percent),
    })),
  };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set(a).size === a.length && a.every((one) => b.includes(one));
}
