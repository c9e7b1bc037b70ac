import { makeAct, type ActBy } from '../identity/index.ts';
import { canonicalBytes } from '../trust/canonical.ts';
import { keyringHash, type Keyring } from '../trust/envelope/keyring.ts';
import { labelledHash, sha256Hex } from '../trust/hash.ts';
import type { Attachment, TenderContent } from './tender.schema.ts';

/** The name of a tender's content in acts: SHA-256 of its canonical form. */
export const contentHash = (content: TenderContent): string => sha256Hex(canonicalBytes(content));

/** One hash over all files that belong to a tender, in their order, names included. */
export const filesRoot = (attachments: readonly Attachment[]): string =>
  labelledHash(
    'xinbiao/v1/files\n',
    attachments.map(({ name, size, sha256, kind }) => ({ name, size, sha256, kind })),
  );

/** What both who check before publication put their names to; the words are part of what is signed. @law 政府信息公开条例 §17 */
export const confidentialityStatement =
  '已按照“谁发布谁审查”的要求逐项审查：拟公开的内容不涉及国家秘密、商业秘密和个人隐私，可以公开。';

type TenderName = { readonly id: string; readonly code: string };

/** The act by which a second person confirms that a tender may be made public. */
export const checkAct = (
  by: ActBy,
  facts: { readonly tender: TenderName; readonly version: number; readonly content: TenderContent },
) =>
  makeAct('tender.check', by, {
    tender: facts.tender.id,
    code: facts.tender.code,
    version: facts.version,
    contentHash: contentHash(facts.content),
    filesRoot: filesRoot(facts.content.attachments),
    statement: confidentialityStatement,
  });

/**
 * Whom to trust about the log, as it was when a tender was published: clients go by this and not by what the server
 * says later, so that nobody can take witnesses away from a tender that has them.
 */
export type LogTrust = { readonly logKey: string; readonly policy: string };

export type PublishFacts = {
  readonly tender: TenderName;
  readonly rulebook: string;
  readonly content: TenderContent;
  readonly lots: readonly { readonly id: string; readonly no: number }[];
  readonly keyring: Keyring;
  /** SHA-256 of the checker's act. */
  readonly check: string;
  readonly trust: LogTrust;
};

/** The act of publication: the whole notice, and the hashes by which later documents name its pieces. */
export const publishAct = (by: ActBy, { tender, rulebook, content, lots, keyring, check, trust }: PublishFacts) =>
  makeAct('tender.publish', by, {
    tender: tender.id,
    code: tender.code,
    regime: 'ZC',
    method: 'openTender',
    rulebook,
    content,
    contentHash: contentHash(content),
    filesRoot: filesRoot(content.attachments),
    deadline: content.deadline,
    lots: lots.map(({ id, no }) => ({ id, no })),
    keyring,
    keyringHash: keyringHash(keyring),
    check,
    trust: { logKey: trust.logKey, policy: trust.policy },
    statement: confidentialityStatement,
  });
