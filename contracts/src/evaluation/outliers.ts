import { z } from 'zod';
import { Id } from '../kernel/id.ts';
import { LabelId } from '../trust/index.ts';
import { meanScore, sum } from './arithmetic.ts';
import type { Criteria, ScoreSheet } from './evaluation.schema.ts';

/**
 * When an expert's points for a bid are so far from the others' that somebody should look: as data, so that another
 * rule is another row. A flag with its facts, never a verdict. @law 87号令 §64
 */
export const outlierRule = {
  /** Of the points that can be given for subjective items. */
  percent: 30n,
  law: '87号令 §64',
} as const;

export const Outlier = z.object({
  expert: LabelId,
  bidId: Id,
  /** Hundredths of a point, all subjective items together. */
  score: z.int(),
  /** Of all the other sheets. */
  mean: z.int(),
  /** How far they may lie apart. */
  allowed: z.int(),
});
export type Outlier = z.infer<typeof Outlier>;

/** Every expert and bid where the rule says that somebody should look. */
export function outliersIn(
  criteria: Pick<Criteria, 'items'>,
  sheets: readonly { readonly expert: string; readonly sheet: ScoreSheet }[],
  { percent }: { readonly percent: bigint } = outlierRule,
): Outlier[] {
  const most = sum(criteria.items.filter(({ kind }) => kind === 'subjective').map(({ max }) => BigInt(max)));
  if (most === 0n || sheets.length < 2) return [];
  const given = (sheet: ScoreSheet, bidId: string): bigint =>
    sum((sheet.bids.find((bid) => bid.bidId === bidId)?.scores ?? []).map(({ score }) => BigInt(score)));
  const bidIds = [...new Set(sheets.flatMap(({ sheet }) => sheet.bids.map(({ bidId }) => bidId)))].toSorted();
  return sheets
    .flatMap(({ expert, sheet }) =>
      bidIds.flatMap((bidId): Outlier[] => {
        const score = given(sheet, bidId);
        const others = sheets.filter((one) => one.expert !== expert).map((one) => given(one.sheet, bidId));
        const mean = meanScore(others);
        const apart = score > mean ? score - mean : mean - score;
        // Compared without dividing, so that no rounding moves the line.
        return apart * 100n > most * percent
          ? [{ expert, bidId, score: Number(score), mean: Number(mean), allowed: Number((most * percent) / 100n) }]
          : [];
      }),
    )
    .toSorted((a, b) => (a.expert + a.bidId < b.expert + b.bidId ? -1 : 1));
}
