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
  Partial<Pick<SealingFacts, 'stages'>>;
type Party = { readonly uscc?: unknown } | null | undefined;
type Notice = {
  readonly tender?: unknown;
  readonly keyringHash?: unknown;
  readonly deadline?: unknown;
  readonly lots?: readonly { readonly id?: unknown }[];
  readonly by?: { readonly person?: unknown; readonly organisation?: unknown; readonly uscc?: unknown };
  readonly content?: {
    readonly purchaser?: Party;
    readonly agency?: Party;
    readonly sealing?: { readonly gate?: unknown; readonly objectionMinutes?: unknown };
  };
};

/** Is this deadline and this list of officers what the purchaser's side signed for the lot, and is that in the public log? */
export async function checkPublished(facts: Published, anchors: Anchors): Promise<NoticeCheck> {
  const [entry, key, checkpoint] = await Promise.all([
    call(findEntry, { params: { hash: facts.noticeHash } }),
    call(readLogKey),
    call(readCheckpoint),
  ]);
  if (!entry.ok || !key.ok || !checkpoint.ok) return { outcome: 'unknown' };

  const { body, index } = entry.value;
  if (body === null || body.t !== 'tender.publish') return { outcome: 'broken', what: 'notice' };
  const leaf = leafHash(publicLeaf(body));
  if (toHex(leaf) !== facts.noticeHash) return { outcome: 'broken', what: 'notice' };
  const tree = openCheckpoint(checkpoint.value, [parseVerifierKey(key.value.verifierKey)]);
  const proof = await call(proveEntry, { query: { index, size: tree.size } });
  if (!proof.ok) return { outcome: 'unknown' };
  if (!provesInclusion({ index, size: tree.size, leaf, proof: proof.value.proof.map(fromHex), root: tree.root }))
    return { outcome: 'broken', what: 'log' };

  const hash = body.p['act'];
  if (typeof hash !== 'string') return { outcome: 'broken', what: 'notice' };
  const act = await call(readAct, { params: { hash } });
  if (!act.ok) return { outcome: 'unknown' };
  if (sha256Hex(bytesOf(act.value.act)) !== hash) return { outcome: 'broken', what: 'notice' };
  const notice = JSON.parse(act.value.act) as Notice;
  if (notice.keyringHash !== facts.keyringHash) return { outcome: 'broken', what: 'keyring' };
  if (
    notice.tender !== facts.tenderId ||
    notice.deadline !== facts.deadline ||
    notice.lots?.some(({ id }) => id === facts.lotId) !== true ||
    // Whoever could leave the gate out could have the bid opened without its bidder.
    facts.stages?.some(({ gate }) => gate !== notice.content?.sealing?.gate) === true
  )
    return { outcome: 'broken', what: 'notice' };

  // Anybody who writes the log could name officers of their own; only the purchaser's side can sign that it did.
  const signed = await verifyDetached({
    ...anchors,
    content: bytesOf(act.value.act),
    signature: fromHex(act.value.signature),
    at: new Date(body.ts),
  });
  if (!signed.ok || !isBySide(notice, signed.certificate.subject)) return { outcome: 'broken', what: 'notice' };
  const trust = trustOf(notice);
  const seen = trust ? await witnessed({ trust, index, leaf: toHex(leaf), checkpoint: checkpoint.value }) : 'holds';
  if (seen === 'broken') return { outcome: 'broken', what: 'log' };
  if (seen === 'unknown') return { outcome: 'unknown', what: 'witnesses' };
  const minutes = notice.content?.sealing?.objectionMinutes;
  return { outcome: 'holds', index, trust, objectionMinutes: typeof minutes === 'number' ? minutes : 0 };
}

function isBySide({ by, content }: Notice, subject: Parameters<typeof judgeSubject>[0]): boolean {
  const { person, organisation, uscc } = by ?? {};
  if (typeof person !== 'string' || typeof organisation !== 'string' || typeof uscc !== 'string') return false;
  const sides = [content?.purchaser?.uscc, content?.agency?.uscc];
  return (
    sides.includes(uscc) && judgeSubject(subject, { person, organisation: { name: organisation, uscc } }).length === 0
  );
}
