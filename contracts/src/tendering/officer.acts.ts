import { makeAct, type ActBy } from '../identity/act.schema.ts';
import { keyringHash, type Keyring } from '../trust/envelope/keyring.ts';
import type { ChangeReason, OfficerChangeBody } from './officer.schema.ts';

/** An officer accepts: the answer to a test that only the key of the certificate opens, and the tenders it is for. */
export const openerAcceptAct = (
  by: ActBy,
  facts: {
    /** certSha256 of the encryption certificate. */
    readonly officer: string;
    /** `precheckItemHash` of the test. */
    readonly test: string;
    readonly answer: string;
    readonly tenders: readonly string[];
  },
) =>
  makeAct('opener.accept', by, {
    officer: facts.officer,
    test: facts.test,
    answer: facts.answer,
    tenders: facts.tenders.toSorted(),
  });

type TenderName = { readonly id: string; readonly code: string };

/** What one of the tender's staff signs to have officers replaced. It takes effect when a second person signs the amendment. */
export const proposeOfficersAct = (
  by: ActBy,
  facts: {
    readonly tender: TenderName;
    readonly notice: string;
    readonly change: OfficerChangeBody;
    readonly keyring: Keyring;
  },
) =>
  makeAct('officers.propose', by, {
    tender: facts.tender.id,
    code: facts.tender.code,
    amends: facts.notice,
    out: facts.change.out.toSorted(),
    in: facts.change.in,
    reason: facts.change.reason,
    keyringHash: keyringHash(facts.keyring),
  });

export type AmendFacts = {
  readonly tender: TenderName;
  /** Number of this version of the notice; the publication is 1. */
  readonly no: number;
  /** Leaf of the version before. */
  readonly amends: string;
  /** Leaf of the publication. */
  readonly publication: string;
  readonly deadline: string;
  readonly lots: readonly { readonly id: string; readonly no: number }[];
  readonly purchaser: { readonly name: string; readonly uscc: string };
  readonly agency: { readonly name: string; readonly uscc: string } | null;
  readonly reason: ChangeReason;
  /** Every officer who has left so far. */
  readonly gone: readonly string[];
  readonly keyring: Keyring;
  /** SHA-256 of the proposer's act. */
  readonly check: string;
};

/**
 * The amendment by which the officers of a published tender change: a new keyring, under the same notice. Bidders, if
 * there are any, are asked to seal again; the act says so whether there are or not.
 */
export const amendAct = (by: ActBy, facts: AmendFacts) =>
  makeAct('tender.amend', by, {
    tender: facts.tender.id,
    code: facts.tender.code,
    no: facts.no,
    amends: facts.amends,
    publication: facts.publication,
    deadline: facts.deadline,
    lots: facts.lots.map(({ id, no }) => ({ id, no })),
    // Under the same name as in a publication, so that who checks who signed needs to know one form only.
    content: { purchaser: facts.purchaser, agency: facts.agency },
    reason: facts.reason,
    gone: facts.gone.toSorted(),
    keyring: facts.keyring,
    keyringHash: keyringHash(facts.keyring),
    check: facts.check,
    statement: resealStatement,
  });

/** Part of what is signed, and shown to bidders. */
export const resealStatement =
  '开标人已更换。已经提交投标的，请在投标截止前重新封装并提交；尚未投标的，按更换后的开标人封装。';
