import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { Instant } from '../kernel/time.ts';
import { Reopening } from './reopening.ts';

export const PartyName = z.object({ name: z.string(), uscc: z.string() });

/** Where an event lies in the public log; the index is null for the second or less until the sequencer took it in. */
export const RecordPlace = z.object({ index: z.int().nullable(), leaf: Sha256Hex });
export type RecordPlace = z.infer<typeof RecordPlace>;

/** Averages and sums that any reader can add up again; in hundredths of a point. No single expert's score. */
export const PublicScore = z.object({
  bidId: Id,
  bidder: PartyName,
  price: FenText,
  rank: z.int(),
  total: z.int(),
  priceScore: z.int(),
  objective: z.int(),
  subjective: z.int(),
  items: z.array(
    z.object({
      item: z.string(),
      name: z.string(),
      kind: z.enum(['objective', 'subjective']),
      max: z.int(),
      score: z.int(),
    }),
  ),
});
export type PublicScore = z.infer<typeof PublicScore>;

/** A bid that does not stand, where it fell and why, as the result notice must say. @law 87号令 §69 */
export const RejectedBid = z.object({
  bidId: Id,
  bidder: PartyName,
  at: z.enum(['opening', 'qualification', 'conformity']),
  reasons: z.array(z.string()),
  law: z.string(),
});

export const PriceFlag = z.object({
  bidId: Id,
  bidder: PartyName,
  rule: z.enum(['half-of-mean', 'half-of-second', 'share-of-ceiling']),
  price: FenText,
  /** The amount that the price lies under, and the figure it was taken from. */
  threshold: FenText,
  reference: FenText,
  percent: z.int(),
});

/** Published with the result: scores, reasons, the committee's names. */
export const PublicEvaluation = z.object({
  method: z.enum(['comprehensive', 'lowestPrice']),
  rankedAt: Instant,
  basePrice: FenText.nullable(),
  scores: z.array(PublicScore),
  rejected: z.array(RejectedBid),
  flags: z.array(PriceFlag),
  panel: z.array(z.object({ name: z.string(), kind: z.enum(['expert', 'purchaser']) })),
  resultHash: Sha256Hex,
  reportHash: Sha256Hex.nullable(),
  record: RecordPlace.nullable(),
  /** The draw that named the experts, or why they were chosen instead. @law 87号令 §48 */
  drawId: Id.nullable(),
  selfChosen: z.string().nullable(),
  reopened: z.array(Reopening),
});
export type PublicEvaluation = z.infer<typeof PublicEvaluation>;
