import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { optionalText } from '../kernel/text.ts';
import { Day, Instant } from '../kernel/time.ts';
import { PriceFlag, PublicEvaluation } from '../evaluation/evaluation.public.ts';
import { drawStates, drawTerms } from '../draw/index.ts';
import { SignedActBody } from '../identity/index.ts';
import { suiteNames } from '../trust/index.ts';

export const LotParams = z.object({ lotId: Id });

/** Days that run from the result. */
export const AwardLimits = z.object({
  /** Last day to decide. @law 政府采购法实施条例 §43 */
  decideBy: Day,
  /** Last day to publish the result and issue the letter. @law 87号令 §69 */
  noticeBy: Day.nullable(),
  /** Last day of the notice itself. @law 87号令 §69 */
  noticeUntil: Day.nullable(),
  /** Last day to question the result. @law 政府采购法 §52 */
  questionsUntil: Day.nullable(),
  /** Last day to sign the contract. @law 政府采购法 §46 */
  contractBy: Day.nullable(),
});
export type AwardLimits = z.infer<typeof AwardLimits>;

/** Among bids that share the first rank: how it is settled. @law 87号令 §68 */
export const Tie = z.object({
  equals: z.int(),
  draw: z
    .object({ drawId: Id, state: z.enum(drawStates), bidId: Id.nullable(), resultHash: z.string().nullable() })
    .nullable(),
});
export const TieDrawBody = SignedActBody.extend(drawTerms);

export const RankedBid = z.object({
  bidId: Id,
  bidder: z.object({ name: z.string(), uscc: z.string() }),
  price: FenText,
  total: z.int(),
  rank: z.int(),
});
export const DecisionReply = z.object({
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  state: z.string(),
  /** In which its draws are held, too. */
  suite: z.enum(suiteNames),
  method: z.enum(['comprehensive', 'lowestPrice']),
  rankedAt: Instant.nullable(),
  reportHash: Sha256Hex.nullable(),
  resultHash: Sha256Hex.nullable(),
  candidates: z.array(RankedBid),
  flags: z.array(PriceFlag),
  signatures: z.object({ signed: z.int(), of: z.int() }),
  limits: AwardLimits.nullable(),
  decided: z.object({ bidId: Id, at: Instant, by: z.string() }).nullable(),
  tie: Tie.nullable(),
  allowed: z.array(z.enum(['award', 'draw'])),
});
export type DecisionReply = z.infer<typeof DecisionReply>;

/** Among bids that share rank 1 the reason says how the document settles it. @law 87号令 §68 */
export const AwardBody = SignedActBody.extend({ bidId: Id, reason: optionalText(500) });
export const AwardReply = z.object({ state: z.string(), awardId: Id, limits: AwardLimits });

/** The result as everybody may read it. @law 87号令 §69 */
export const ResultNotice = z.object({
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  outcome: z.enum(['awarded', 'failed']),
  at: Instant,
  purchaser: z.object({ name: z.string(), address: z.string(), contact: z.string(), phone: z.string() }),
  agency: z.object({ name: z.string(), address: z.string(), contact: z.string(), phone: z.string() }).nullable(),
  winner: z
    .object({
      bidId: Id,
      name: z.string(),
      uscc: z.string(),
      address: z.string().nullable(),
      price: FenText,
      priceWords: z.string(),
      total: z.int(),
      deliveryDays: z.int().nullable(),
      projectLead: z.string().nullable(),
      /** Name, model, quantity and unit price of what was won: the law makes these public, of the winner alone. */
      lines: z.array(
        z.object({
          name: z.string(),
          specification: z.string(),
          quantity: z.string(),
          unitPrice: FenText,
          amount: FenText,
        }),
      ),
    })
    .nullable(),
  subject: z.object({ content: z.string(), quantity: z.string(), deliveryPlace: z.string() }),
  evaluation: PublicEvaluation.nullable(),
  /** Where several shared the first rank: by which draw, or by what the document says, the winner was told from them. */
  settled: z.object({ drawId: Id.nullable(), reason: z.string() }).nullable(),
  failure: z.object({ reason: z.string(), law: z.string() }).nullable(),
  limits: AwardLimits.nullable(),
  noticeDays: z.int(),
});
export type ResultNotice = z.infer<typeof ResultNotice>;

/** What a bidder may know of its own result. @law 87号令 §69 */
export const OwnResult = z.object({
  tenderId: Id,
  lotId: Id,
  bidId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  outcome: z.enum(['won', 'lost', 'rejected', 'failed']),
  at: Instant,
  price: FenText.nullable(),
  rank: z.int().nullable(),
  total: z.int().nullable(),
  priceScore: z.int().nullable(),
  objective: z.int().nullable(),
  subjective: z.int().nullable(),
  items: z.array(
    z.object({
      item: z.string(),
      name: z.string(),
      kind: z.enum(['objective', 'subjective']),
      max: z.int(),
      score: z.int(),
    }),
  ),
  rejected: z
    .object({ at: z.enum(['opening', 'qualification', 'conformity']), reasons: z.array(z.string()), law: z.string() })
    .nullable(),
  winner: z.object({ name: z.string(), price: FenText, total: z.int() }).nullable(),
  questionsUntil: Day.nullable(),
  letter: z.boolean(),
});
export type OwnResult = z.infer<typeof OwnResult>;
