import { makeAct, type ActBy } from '../identity/act.schema.ts';
import { canonicalBytes, sha256Hex } from '../trust/index.ts';
import type { ReleasedShare } from './opening.schema.ts';

/** What an officer signs first: the hash of the batch that is about to be revealed. It is logged before anything is. */
export const batchAct = (
  by: ActBy,
  batch: {
    readonly lotId: string;
    readonly closeHash: string;
    readonly officer: string;
    readonly batch: string;
    /** 1 at first; one more after each batch that was not accepted. */
    readonly attempt: number;
  },
) => makeAct('open.batch', by, batch);

/** The name of a batch: SHA-256 of the act that reveals it. The same shares give the same name whenever it is made. */
export const batchHashOf = (act: object): string => sha256Hex(canonicalBytes(act));

/** Which announcement a batch needs: the one that stands, where it is of this very batch, else the next. */
export const attemptFor = (
  batch: string,
  given: { readonly announced: { readonly batch: string; readonly attempt: number } | null; readonly attempt: number },
): number => (given.announced?.batch === batch ? given.announced.attempt : given.attempt);

/** What an officer signs to release: every bid of the close document at once, or none. */
export const releaseAct = (
  by: ActBy,
  batch: {
    readonly lotId: string;
    readonly closeHash: string;
    readonly officer: string;
    readonly shares: readonly ReleasedShare[];
  },
) => makeAct('open.reveal', by, batch);

/** A bidder confirms or objects to the record of the opening as it stands. */
export const remarkAct = (
  by: ActBy,
  remark: {
    readonly lotId: string;
    readonly kind: 'confirm' | 'object';
    readonly text: string;
    readonly recordHash: string;
  },
) =>
  makeAct(remark.kind === 'confirm' ? 'open.confirm' : 'open.object', by, {
    lotId: remark.lotId,
    text: remark.text,
    recordHash: remark.recordHash,
  });

/** The purchaser's side answers an objection. */
export const answerAct = (
  by: ActBy,
  answer: { readonly lotId: string; readonly remarkId: string; readonly text: string },
) => makeAct('open.answer', by, answer);

/** A bidder says that its bid is missing from the close list, and shows the receipt. */
export const omissionAct = (
  by: ActBy,
  omission: { readonly lotId: string; readonly closeHash: string; readonly receipt: string },
) => makeAct('open.omission', by, omission);

/** The supervisor's finding on a bid that was left out; what follows for the lot is the law's to say. */
export const decisionAct = (
  by: ActBy,
  decision: { readonly lotId: string; readonly omissionId: string; readonly finding: string },
) => makeAct('open.decision', by, decision);

/** A bidder opens its own bid where the officers did not: the stage's key, which the manifest commits to. */
export const recoveryAct = (
  by: ActBy,
  recovery: {
    readonly lotId: string;
    readonly manifestHash: string;
    readonly keys: readonly { readonly stage: string; readonly key: string }[];
  },
) => makeAct('open.recovery', by, recovery);

/** A bidder adds its own key to those of the officers. */
export const gateAct = (
  by: ActBy,
  gate: {
    readonly lotId: string;
    readonly manifestHash: string;
    readonly gates: readonly { readonly stage: string; readonly blob: string }[];
  },
) => makeAct('open.gate', by, gate);

/** A bidder answers an officer's complaint with the one scalar that opens that officer's wrap. */
export const rebuttalAct = (
  by: ActBy,
  rebuttal: {
    readonly lotId: string;
    readonly manifestHash: string;
    readonly stage: string;
    readonly officer: string;
    readonly ephemeral: string;
  },
) => makeAct('dispute.rebuttal', by, rebuttal);
