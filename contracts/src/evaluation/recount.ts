import type { RulebookId } from '../rulebook/index.ts';
import { canonical, isCommittedSheet, type Json } from '../trust/index.ts';
import { rankBids } from './arithmetic.ts';
import { evaluate, type JudgedBid } from './evaluation.rules.ts';
import type { PublicEvaluation } from './evaluation.public.ts';
import type { Criteria, EvaluationResult, ScoreSheet } from './evaluation.schema.ts';

/** A sheet with what shows that it is the one committed to. */
export type ProvedSheet = {
  readonly expert: string;
  readonly commitment: string;
  readonly salt: string;
  readonly from: 'reveal' | 'escrow';
  readonly sheet: ScoreSheet;
};

export type RecountFault = {
  readonly code: 'sheet-not-committed' | 'sheet-not-closed' | 'sheet-missing' | 'result-differs';
  /** Experts or bids. */
  readonly about: readonly string[];
};

/**
 * Counts an evaluation again from the sheets themselves: each must be the one that the log fixed when the last came
 * in, none may be missing, and the result must follow. For whoever is entitled to the sheets.
 */
export function recount({
  closed,
  sheets,
  criteria,
  bids,
  result,
  rulebook,
}: {
  /** What the log says of the panel when its last sheet came in: the body of `eval.close`. */
  readonly closed: readonly { readonly expert: string; readonly commitment: string }[];
  readonly sheets: readonly ProvedSheet[];
  readonly criteria: Criteria;
  readonly bids: readonly JudgedBid[];
  readonly result: EvaluationResult;
  readonly rulebook: RulebookId;
}): RecountFault[] {
  const faults: RecountFault[] = [];
  const tell = (code: RecountFault['code'], about: readonly string[]) => {
    if (about.length > 0) faults.push({ code, about });
  };
  tell(
    'sheet-not-committed',
    sheets
      .filter(({ commitment, salt, sheet }) => !isCommittedSheet(commitment, { salt, sheet: sheet as unknown as Json }))
      .map(({ expert }) => expert),
  );
  const fixed = new Map(closed.map(({ expert, commitment }) => [expert, commitment]));
  tell(
    'sheet-not-closed',
    sheets.filter(({ expert, commitment }) => fixed.get(expert) !== commitment).map(({ expert }) => expert),
  );
  tell(
    'sheet-missing',
    [...fixed.keys()].filter((expert) => sheets.filter((one) => one.expert === expert).length !== 1),
  );
  const again = evaluate({ tenderId: result.tenderId, criteria, bids, sheets, rulebook });
  if (canonical(again) !== canonical(result)) {
    const other = again.bids.filter(
      (bid) => canonical(bid) !== canonical(result.bids.find(({ bidId }) => bidId === bid.bidId) ?? null),
    );
    tell('result-differs', other.length > 0 ? other.map(({ bidId }) => bidId) : ['result']);
  }
  return faults;
}

export type AddingFault = { readonly bidId: string; readonly what: 'objective' | 'subjective' | 'total' | 'rank' };

/** Adds up again what is published to everybody; an altered item, sum or rank shows. */
export function addUp({ method, scores }: Pick<PublicEvaluation, 'method' | 'scores'>): AddingFault[] {
  const of = (bid: PublicEvaluation['scores'][number], kind: 'objective' | 'subjective'): number =>
    bid.items.filter((item) => item.kind === kind).reduce((total, { score }) => total + score, 0);
  const ranks = new Map(
    rankBids(
      method,
      scores.map(({ bidId, price, total }) => ({ id: bidId, price: BigInt(price), total: BigInt(total) })),
    ).map(({ id, rank }) => [id, rank]),
  );
  return scores.flatMap((bid): AddingFault[] => {
    const { bidId } = bid;
    return [
      ...(of(bid, 'objective') === bid.objective ? [] : [{ bidId, what: 'objective' } as const]),
      ...(of(bid, 'subjective') === bid.subjective ? [] : [{ bidId, what: 'subjective' } as const]),
      ...(bid.priceScore + bid.objective + bid.subjective === bid.total ? [] : [{ bidId, what: 'total' } as const]),
      ...(ranks.get(bidId) === bid.rank ? [] : [{ bidId, what: 'rank' } as const]),
    ];
  });
}
