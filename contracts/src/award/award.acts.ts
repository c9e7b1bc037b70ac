import type { LotName } from '../evaluation/evaluation.acts.ts';
import { makeAct, type ActBy } from '../identity/index.ts';

/** The purchaser decides who wins. @law 87号令 §68 */
export const awardAct = (
  by: ActBy,
  facts: {
    readonly lot: LotName;
    readonly bidId: string;
    readonly bidder: { readonly name: string; readonly uscc: string };
    readonly price: string;
    readonly rank: number;
    readonly total: number;
    readonly reportHash: string;
    readonly resultHash: string;
    readonly reason: string;
  },
) =>
  makeAct('award.decide', by, {
    ...facts.lot,
    bidId: facts.bidId,
    bidder: { name: facts.bidder.name, uscc: facts.bidder.uscc },
    price: facts.price,
    rank: facts.rank,
    total: facts.total,
    reportHash: facts.reportHash,
    resultHash: facts.resultHash,
    reason: facts.reason,
  });
