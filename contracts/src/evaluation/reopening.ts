import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { text } from '../kernel/text.ts';
import { Instant } from '../kernel/time.ts';
import { makeAct, SignedActBody, type ActBy } from '../identity/index.ts';
import type { LotName } from './evaluation.acts.ts';

/** For what reason, and no other, a panel may evaluate again. @law 87号令 §64 */
export const reopenGrounds = {
  'sum-wrong': { law: '87号令 §64', zh: '分值汇总计算错误', en: 'Points were added up wrong' },
  'out-of-range': { law: '87号令 §64', zh: '分项评分超出评分标准范围', en: 'A score lies outside its range' },
  'objective-differs': {
    law: '87号令 §64',
    zh: '评标委员会成员对客观评审因素评分不一致',
    en: 'Members scored an objective item differently',
  },
  outlier: {
    law: '87号令 §64',
    zh: '经评标委员会认定评分畸高、畸低',
    en: 'The panel finds a score unreasonably high or low',
  },
} as const;
export type ReopenGround = keyof typeof reopenGrounds;
export const reopenGroundNames = [
  'sum-wrong',
  'out-of-range',
  'objective-differs',
  'outlier',
] as const satisfies readonly ReopenGround[];

export const ReopenBody = SignedActBody.extend({
  ground: z.enum(reopenGroundNames),
  reason: text(500),
  /** Until when the new sheets must be in. */
  sheetsUntil: Instant,
});

/** An evaluation that was reopened: what had been found, and why it is found again. Public. */
export const Reopening = z.object({
  round: z.int(),
  at: Instant,
  ground: z.enum(reopenGroundNames),
  law: z.string(),
  reason: z.string(),
  by: z.string(),
  /** What the round before had found. */
  resultHash: Sha256Hex,
  leaf: Sha256Hex,
});
export type Reopening = z.infer<typeof Reopening>;

/** Has the panel evaluate again: public from the moment it is signed. @law 87号令 §64 */
export const reopenAct = (
  by: ActBy,
  facts: {
    readonly lot: LotName;
    readonly round: number;
    readonly ground: ReopenGround;
    readonly reason: string;
    readonly resultHash: string;
    readonly sheetsUntil: string;
  },
) =>
  makeAct('eval.reopen', by, {
    ...facts.lot,
    round: facts.round,
    ground: facts.ground,
    law: reopenGrounds[facts.ground].law,
    reason: facts.reason,
    resultHash: facts.resultHash,
    sheetsUntil: facts.sheetsUntil,
  });
