import { makeAct, type ActBy } from '../identity/act.schema.ts';
import type { PrecheckVerdict } from './officer.schema.ts';

/** What an officer signs after trying the shares of a batch. */
export const precheckAct = (
  by: ActBy,
  facts: {
    readonly lotId: string;
    /** `precheckBatchHash` of the items. */
    readonly batch: string;
    readonly officer: string;
    readonly answers: readonly { readonly item: string; readonly answer: PrecheckVerdict }[];
  },
) =>
  makeAct('share.check', by, {
    lotId: facts.lotId,
    batch: facts.batch,
    officer: facts.officer,
    answers: facts.answers.map(({ item, answer }) => ({ item, answer })),
  });
