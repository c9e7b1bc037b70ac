import type { SealingFacts } from '@xinbiao/contracts/bidding';
import { judgeSubject } from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { findEntry, proveEntry, readAct, readCheckpoint, readLogKey } from '@xinbiao/contracts/ledger';
import {
  bytesOf,
  checkCertificate,
  keyringHash,
  leafHash,
  openCheckpoint,
  parseVerifierKey,
  provesInclusion,
  publicLeaf,
  sha256Hex,
  verifyDetached,
} from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';
import { trustOf, witnessed, type LogTrust } from '../ledger/witnessed.ts';
import { isMovedTo } from './extension.ts';
import { readAnchors, type Anchors } from './anchors.ts';

export type NoticeCheck =
  | {
      readonly outcome: 'holds';
      readonly index: number;
      readonly objectionMinutes: number;
      readonly trust: LogTrust | undefined;
    }
  /** What differs; nothing may be sealed to it. */
  | { readonly outcome: 'broken'; readonly what: 'keyring' | 'notice' | 'log' | 'officer' }
  /** `witnesses`: too few of those that the notice names have seen it. */
  | { readonly outcome: 'unknown'; readonly what?: 'witnesses' };

/**
 * Whoever hands a bidder another list of officers could read the bid. So this browser works out for itself that the
 * officers are those of the notice, that the notice is the one in the public log, signed by the purchaser or its
 * agency, and that the officers' certificates are those of accepted authorities.
 */
export async function checkNotice(facts: SealingFacts, at: Date): Promise<NoticeCheck> {
  if (keyringHash(facts.keyring) !== facts.keyringHash) return { outcome: 'broken', what: 'keyring' };
  const anchors = await readAnchors();
  if (anchors === undefined) return { outcome: 'unknown' };
  const published = await checkPublished(facts, anchors);
  if (published.outcome !== 'holds') return published;
  for (const { certificate } of facts.keyring.groups.flatMap(({ members }) => members))
    if (await checkCertificate({ ...anchors, at, certificate: fromHex(certificate), usage: 'agree' }))
      return { outcome: 'broken', what: 'officer' };
  return published;
}

type Published = Pick<SealingFacts, 'tenderId' | 'lotId' | 'noticeHash' | 'keyringHash' | 'deadline'> &
  Partial<Pick<SealingFacts, 'stages'>> & {
    /** Where the lot's close stands in the log, for those who come after it. */ readonly closedAtIndex?: number;
  };
type Party = { readonly uscc?: unknown } | null | undefined;
type Notice = {
  readonly type?: unknown;
  readonly tender?: unknown;
  /** In an amendment: the leaf of the publication. */
  readonly publication?: unknown;
  readonly keyringHash?: unknown;
  readonly deadline?: unknown;
  readonly lots?: readonly { readonly id?: unknown }[];
  readonly by?: { readonly person?: unknown; readonly organisation?: unknown; readonly uscc?: unknown };
  readonly content?: {
    readonly purchaser?: Party;
    readonly agency?: Party;
    readonly outage?: unknown;
    readonly sealing?: { readonly gate?: unknown; readonly objectionMinutes?: unknown };
  };
};

type Seen =
  | {
      readonly ok: true;
      readonly type: string;
      readonly notice: Notice;
      readonly index: number;
      readonly subject: Subject;
    }
  | { readonly ok: false; readonly check: NoticeCheck };
type Subject = Parameters<typeof judgeSubject>[0];

const broken = (what: 'keyring' | 'notice' | 'log'): Seen => ({ ok: false, check: { outcome: 'broken', what } });
const unknown: Seen = { ok: false, check: { outcome: 'unknown' } };

/** A version of a notice by its leaf: that the log holds it, what it says, and who signed that. */
async function readVersion(hash: string, anchors: Anchors, checkpoint: string, verifierKey: string): Promise<Seen> {
  const entry = await call(findEntry, { params: { hash } });
  if (!entry.ok) return unknown;
  const { body, index } = entry.value;
  if (body === null || !['tender.publish', 'tender.amend'].includes(body.t)) return broken('notice');
  const leaf = leafHash(publicLeaf(body));
  if (toHex(leaf) !== hash) return broken('notice');
  const tree = openCheckpoint(checkpoint, [parseVerifierKey(verifierKey)]);
  const proof = await call(proveEntry, { query: { index, size: tree.size } });
  if (!proof.ok) return unknown;
  if (!provesInclusion({ index, size: tree.size, leaf, proof: proof.value.proof.map(fromHex), root: tree.root }))
    return broken('log');

  const named = body.p['act'];
  if (typeof named !== 'string') return broken('notice');
  const act = await call(readAct, { params: { hash: named } });
  if (!act.ok) return unknown;
  if (sha256Hex(bytesOf(act.value.act)) !== named) return broken('notice');
  // Anybody who writes the log could name officers of their own; only the purchaser's side can sign that it did.
  const signed = await verifyDetached({
    ...anchors,
    content: bytesOf(act.value.act),
    signature: fromHex(act.value.signature),
    at: new Date(body.ts),
  });
  if (!signed.ok) return broken('notice');
  const notice = JSON.parse(act.value.act) as Notice;
  if (notice.type !== body.t) return broken('notice');
  return { ok: true, type: body.t, notice, index, subject: signed.certificate.subject };
}

/**
 * Are this deadline and this list of officers what the purchaser's side signed for the lot, and is that in the public
 * log? Where officers were replaced the newest amendment says who they are, and the publication who may amend it.
 */
export async function checkPublished(facts: Published, anchors: Anchors): Promise<NoticeCheck> {
  const [key, checkpoint] = await Promise.all([call(readLogKey), call(readCheckpoint)]);
  if (!key.ok || !checkpoint.ok) return { outcome: 'unknown' };
  const read = (leaf: string) => readVersion(leaf, anchors, checkpoint.value, key.value.verifierKey);
  const newest = await read(facts.noticeHash);
  if (!newest.ok) return newest.check;
  const { notice } = newest;
  let first = newest;
  if (newest.type === 'tender.amend') {
    const publication = typeof notice.publication === 'string' ? await read(notice.publication) : broken('notice');
    if (!publication.ok) return publication.check;
    if (publication.type !== 'tender.publish' || publication.index >= newest.index)
      return { outcome: 'broken', what: 'notice' };
    first = publication;
  }
  const { content } = first.notice;
  if (notice.keyringHash !== facts.keyringHash) return { outcome: 'broken', what: 'keyring' };
  if (
    notice.tender !== facts.tenderId ||
    first.notice.tender !== facts.tenderId ||
    notice.lots?.some(({ id }) => id === facts.lotId) !== true ||
    // Whoever could leave the gate out could have the bid opened without its bidder.
    facts.stages?.some(({ gate }) => gate !== content?.sealing?.gate) === true ||
    ![newest, first].every((version) => isBySide(version.notice.by, content, version.subject))
  )
    return { outcome: 'broken', what: 'notice' };
  if (notice.deadline !== facts.deadline) {
    // A deadline other than the signed one counts only where the notice itself promised so for an outage.
    const moved = await isMovedTo({
      ...facts,
      signed: String(notice.deadline),
      shown: facts.deadline,
      outage: content?.outage,
      tree: openCheckpoint(checkpoint.value, [parseVerifierKey(key.value.verifierKey)]),
      before: facts.closedAtIndex,
    });
    if (moved !== true) return moved === undefined ? { outcome: 'unknown' } : { outcome: 'broken', what: 'notice' };
  }

  const trust = trustOf(first.notice);
  const seen = trust
    ? await witnessed({ trust, index: newest.index, leaf: facts.noticeHash, checkpoint: checkpoint.value })
    : 'holds';
  if (seen === 'broken') return { outcome: 'broken', what: 'log' };
  if (seen === 'unknown') return { outcome: 'unknown', what: 'witnesses' };
  const minutes = content?.sealing?.objectionMinutes;
  return {
    outcome: 'holds',
    index: newest.index,
    trust,
    objectionMinutes: typeof minutes === 'number' ? minutes : 0,
  };
}

function isBySide(by: Notice['by'], content: Notice['content'], subject: Subject): boolean {
  const { person, organisation, uscc } = by ?? {};
  if (typeof person !== 'string' || typeof organisation !== 'string' || typeof uscc !== 'string') return false;
  const sides = [content?.purchaser?.uscc, content?.agency?.uscc];
  return (
    sides.includes(uscc) && judgeSubject(subject, { person, organisation: { name: organisation, uscc } }).length === 0
  );
}
