import type { SealingFacts } from '@xinbiao/contracts/bidding';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { findEntry, proveEntry, readAct, readCheckpoint, readLogKey } from '@xinbiao/contracts/ledger';
import { bytesOf, checkCertificate, keyringHash, leafHash, openCheckpoint, parseVerifierKey, provesInclusion, publicLeaf, sha256Hex } from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';
import { readAnchors } from './anchors.ts';

export type NoticeCheck =
  | { readonly outcome: 'holds'; readonly index: number }
  /** What differs; nothing may be sealed to it. */
  | { readonly outcome: 'broken'; readonly what: 'keyring' | 'notice' | 'log' | 'officer' }
  | { readonly outcome: 'unknown' };

/**
 * Whoever hands a bidder another list of officers could read the bid. So this browser works out for itself that the
 * officers are those of the notice, that the notice is the one in the public log, and that their certificates are
 * those of accepted authorities.
 */
export async function checkNotice(facts: SealingFacts, at: Date): Promise<NoticeCheck> {
  if (keyringHash(facts.keyring) !== facts.keyringHash) return { outcome: 'broken', what: 'keyring' };
  const [entry, key, checkpoint, anchors] = await Promise.all([call(findEntry, { params: { hash: facts.noticeHash } }), call(readLogKey), call(readCheckpoint), readAnchors()]);
  if (!entry.ok || !key.ok || !checkpoint.ok || anchors === undefined) return { outcome: 'unknown' };

  const { body, index } = entry.value;
  if (body === null || body.t !== 'tender.publish') return { outcome: 'broken', what: 'notice' };
  const leaf = leafHash(publicLeaf(body));
  if (toHex(leaf) !== facts.noticeHash) return { outcome: 'broken', what: 'notice' };
  const tree = openCheckpoint(checkpoint.value, [parseVerifierKey(key.value.verifierKey)]);
  const proof = await call(proveEntry, { query: { index, size: tree.size } });
  if (!proof.ok) return { outcome: 'unknown' };
  if (!provesInclusion({ index, size: tree.size, leaf, proof: proof.value.proof.map(fromHex), root: tree.root })) return { outcome: 'broken', what: 'log' };

  const hash = body.p['act'];
  if (typeof hash !== 'string') return { outcome: 'broken', what: 'notice' };
  const act = await call(readAct, { params: { hash } });
  if (!act.ok) return { outcome: 'unknown' };
  if (sha256Hex(bytesOf(act.value.act)) !== hash) return { outcome: 'broken', what: 'notice' };
  const notice = JSON.parse(act.value.act) as { keyringHash?: unknown; deadline?: unknown; lots?: readonly { id?: unknown }[] };
  if (notice.keyringHash !== facts.keyringHash) return { outcome: 'broken', what: 'keyring' };
  if (notice.deadline !== facts.deadline || notice.lots?.some(({ id }) => id === facts.lotId) !== true) return { outcome: 'broken', what: 'notice' };

  for (const { certificate } of facts.keyring.groups.flatMap(({ members }) => members))
    if (await checkCertificate({ ...anchors, at, certificate: fromHex(certificate), usage: 'agree' })) return { outcome: 'broken', what: 'officer' };
  return { outcome: 'holds', index };
}
