import type { LotName } from '../evaluation/evaluation.acts.ts';
import type { DrawTerms } from '../draw/index.ts';
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
    /** The draw that settled among equals. */
    readonly drawn?: { readonly drawId: string; readonly resultHash: string } | null;
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
    ...(facts.drawn ? { drawn: { drawId: facts.drawn.drawId, resultHash: facts.drawn.resultHash } } : {}),
  });

/** Asks that a draw settle among equals, where the document names no other way. @law 87号令 §68 */
export const tieDrawAct = (
  by: ActBy,
  facts: DrawTerms & {
    readonly lot: LotName;
    readonly resultHash: string;
    readonly equals: readonly { readonly bidId: string; readonly name: string }[];
  },
) =>
  makeAct('draw.propose', by, {
    ...facts.lot,
    purpose: 'tie',
    title: facts.title,
    repeats: facts.repeats,
    contributors: facts.contributors,
    minutes: facts.minutes,
    resultHash: facts.resultHash,
    equals: facts.equals.map(({ bidId, name }) => ({ bidId, name })),
  });
