import { makeAct, type ActBy } from '../identity/act.schema.ts';
import type { ReleasedShare } from './opening.schema.ts';

/** What an officer signs to release: every bid of the close document at once, or none. */
export const releaseAct = (
  by: ActBy,
  batch: {
    readonly lotId: string;
    readonly closeHash: string;
    readonly officer: string;
    readonly shares: readonly ReleasedShare[];
  },
) => makeAct('open.batch', by, batch);

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
