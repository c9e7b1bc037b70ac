import { defineEntity, p } from '@mikro-orm/core';
import type { PrecheckVerdict } from '@xinbiao/contracts/bidding';
import type { Locked } from '@xinbiao/contracts/trust';
import { columns } from '../platform/index.ts';

const { document, id, instant, longText, sha } = columns;

/** One envelope of a batch: a bid's, or a dummy with the seed it was dealt from. Officers are shown `sealed` alone. */
export type PrecheckEnvelope = {
  readonly envelopeId: string | null;
  readonly seed: string | null;
  readonly sealed: Locked;
};

const PrecheckBatchSchema = defineEntity({
  name: 'PrecheckBatch',
  uniques: [{ properties: ['lotId', 'no'] }],
  properties: {
    id: id().primary(),
    tenderId: id(),
    lotId: id(),
    no: p.integer(),
    keyringHash: sha(),
    madeAt: instant(),
    envelopes: document<PrecheckEnvelope[]>(),
  },
});
/** Shares for officers to try before the close: always as many, always at the same hours. */
export class PrecheckBatch extends PrecheckBatchSchema.class {}
PrecheckBatchSchema.setClass(PrecheckBatch);

/** What an officer said of one item, in the order of the act. */
export type KeptAnswer = {
  readonly item: string;
  readonly ctxHash: string;
  readonly stage: string;
  readonly answer: PrecheckVerdict;
};

const PrecheckAnswerSchema = defineEntity({
  name: 'PrecheckAnswer',
  uniques: [{ properties: ['batchId', 'officer'] }],
  indexes: [{ properties: ['lotId'] }],
  properties: {
    id: id().primary(),
    batchId: id(),
    lotId: id(),
    officer: sha(),
    seatId: id(),
    at: instant(),
    answers: document<KeptAnswer[]>(),
    act: longText(),
    signature: longText(),
    certificate: sha(),
    /** The two entries that record it, sealed until the close. */
    entries: document<string[]>(),
  },
});
/** An officer's signed answers to a batch. */
export class PrecheckAnswer extends PrecheckAnswerSchema.class {}
PrecheckAnswerSchema.setClass(PrecheckAnswer);

export const precheckEntities = [PrecheckBatch, PrecheckAnswer];
