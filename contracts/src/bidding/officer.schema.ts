import { z } from 'zod';
import { Hex, Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { PrecheckItem } from '../trust/officer.ts';

/** Officers' answers: the share opens as committed, or it does not. Nothing else is said. */
export const PrecheckVerdict = z.enum(['accept', 'complaint']);
export type PrecheckVerdict = z.infer<typeof PrecheckVerdict>;

/** A batch that waits for an officer's answers. */
export const PrecheckBatchView = z.object({
  batchId: Id,
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  deadline: Instant,
  no: z.int(),
  madeAt: Instant,
  officer: Sha256Hex,
  items: z.array(PrecheckItem),
});
export type PrecheckBatchView = z.infer<typeof PrecheckBatchView>;
export const PrecheckDesk = z.object({
  now: Instant,
  rows: z.array(PrecheckBatchView),
  /** Batches of open lots that this officer has answered. */
  answered: z.int(),
});
export type PrecheckDesk = z.infer<typeof PrecheckDesk>;

/** What an officer signs (`precheckAct`): one answer for every item of the batch. */
export const PrecheckAct = z.strictObject({
  v: z.literal('xinbiao/act/v1'),
  type: z.literal('share.check'),
  by: z.strictObject({ person: z.string(), organisation: z.string().nullable(), uscc: z.string().nullable() }),
  lotId: Id,
  batch: Sha256Hex,
  officer: Sha256Hex,
  answers: z
    .array(z.strictObject({ item: Sha256Hex, answer: PrecheckVerdict }))
    .min(1)
    .max(256),
});
export type PrecheckAct = z.infer<typeof PrecheckAct>;

export const AnsweredBatch = z.object({ batchId: Id, answeredAt: Instant });

/** What the trials brought, public after close. `bid` names the envelope by its manifest; `dummy` by the seed that rebuilds it. */
export const PrecheckRecord = z.object({
  lotId: Id,
  mode: z.enum(['off', 'dummy', 'on']),
  /** For each bid that counts: how many officers of each group accepted their share of it before the close. */
  bids: z.array(
    z.object({
      manifestHash: Sha256Hex,
      groups: z.array(
        z.object({ id: z.string(), t: z.int(), accepted: z.array(Sha256Hex), complained: z.array(Sha256Hex) }),
      ),
      /** Every group reached its threshold: the bid can be opened whatever its bidder does. */
      proven: z.boolean(),
    }),
  ),
  batches: z.array(
    z.object({
      no: z.int(),
      madeAt: Instant,
      keyringHash: Sha256Hex,
      envelopes: z.array(
        z.object({
          ctxHash: Sha256Hex,
          kind: z.enum(['bid', 'dummy', 'other']),
          manifestHash: Sha256Hex.nullable(),
          seed: Sha256Hex.nullable(),
        }),
      ),
      answers: z.array(
        z.object({
          officer: Sha256Hex,
          at: Instant,
          act: z.string(),
          signature: Hex,
          /** The items that the act names, in its order: which envelope and stage each was of. */
          items: z.array(z.object({ item: Sha256Hex, ctxHash: Sha256Hex, stage: z.string() })),
        }),
      ),
    }),
  ),
});
export type PrecheckRecord = z.infer<typeof PrecheckRecord>;

/** Why a bidder is asked to seal again: an officer could not read its share, or officers were replaced. */
export const ResealAsk = z.object({
  why: z.enum(['share', 'officers']),
  /** Without it the bid may not open. */
  must: z.boolean(),
  /** Since when it is asked; null where the notice's amendment says so. */
  at: Instant.nullable(),
});
export type ResealAsk = z.infer<typeof ResealAsk>;
