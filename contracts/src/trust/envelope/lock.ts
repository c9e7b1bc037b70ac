import { z } from 'zod';
import { Sha256Hex, fromHex, toHex } from '../../kernel/bytes.ts';
import { Malformed, bytesOf, canonicalBytes, parseCanonical } from '../canonical.ts';
import { type Dealer, keyCommitOf, scalarBytes, stageKeyOf } from '../derive.ts';
import { checkSecretShare, combineSecret, dealSecret } from '../feldman.ts';
import { joined } from '../hash.ts';
import type { DecryptionKey } from '../signer.ts';
import { suites, xb1, type Suite, type SuiteName } from '../suite.ts';
import { WrapUnreadable, recipientOf, unwrapWith, wrapFor } from '../wrap.ts';
import { checkGate, dealGate } from './gate.ts';
import { LabelId, type Keyring } from './keyring.ts';
import type { Lock, SealedGroup, SealedShare } from './manifest.ts';
import type { OpeningFault, Recovered, ShareCheck } from './types.ts';

/** One officer's share as it lies in the wrap: it names everything it belongs to, so it fits nowhere else. */
export const ShareBlob = z.strictObject({
  v: z.literal('xinbiao/share/v1'),
  ctxHash: Sha256Hex,
  stage: LabelId,
  group: LabelId,
  officer: Sha256Hex,
  x: z.int().min(1).max(16),
  share: Sha256Hex,
  salt: Sha256Hex,
});
export type ShareBlob = z.infer<typeof ShareBlob>;

/** Anything closed with locks: a bid's manifest, a score sheet's escrow. */
export interface Locked {
  readonly ctx: { readonly suite: SuiteName };
  readonly ctxHash: string;
  readonly stages: readonly Lock[];
}

/** A share as an officer delivers it. */
export interface DeliveredShare {
  /** certSha256 of the officer who delivered it. */
  readonly officer: string;
  readonly blob: Uint8Array;
}

/** H(label ‖ blob): the manifest commits to every share before anyone opens a wrap. */
export const shareCommit = (blob: Uint8Array, { hash }: Suite = xb1): string =>
  toHex(hash(joined(bytesOf('xinbiao/v1/share-commit\n'), blob)));

/** Every share blob of one place has this length, so a wrap's length can be checked unread. */
export const shareBlobLength = (place: Pick<ShareBlob, 'stage' | 'group' | 'x'>): number =>
  canonicalBytes({ ...place, v: 'xinbiao/share/v1', ctxHash: blank, officer: blank, share: blank, salt: blank }).length;
const blank = '0'.repeat(64);

interface LockPlace {
  readonly ctxHash: string;
  readonly stage: string;
  readonly keyring: Keyring;
  /** Of the keyring's suite. */
  readonly dealer: Dealer;
  /** DER of the bidder's encryption certificate, hex, where the stage opens only with the bidder's own key. */
  readonly gate?: string | undefined;
}

/** Deals a stage's key to the groups of a keyring, and its gate to the bidder. */
export async function dealLock({
  ctxHash,
  stage,
  keyring,
  dealer,
  gate: certificate,
}: LockPlace): Promise<{ lock: Lock; stageKey: Uint8Array<ArrayBuffer> }> {
  const { suite } = dealer;
  if (suite.name !== keyring.suite) throw new Malformed('deal: suites differ');
  const secrets: Uint8Array[] = [];
  const groups: SealedGroup[] = [];
  for (const { id: group, t, members } of keyring.groups) {
    const coefficients = Array.from({ length: t }, (_, degree) => dealer.coefficient(stage, group, degree));
    const { A, shares } = dealSecret(coefficients, members.length, suite.Point);
    secrets.push(...coefficients.slice(0, 1).map(scalarBytes));
    const sealed = members.map(async ({ x, certSha256: officer, certificate }, at): Promise<SealedShare> => {
      const place = { stage, group, x };
      const share = toHex(shares[at]?.value ?? new Uint8Array());
      const content: ShareBlob = {
        v: 'xinbiao/share/v1',
        ctxHash,
        ...place,
        officer,
        share,
        salt: toHex(dealer.shareSalt(place)),
      };
      const blob = canonicalBytes(content);
      const secret = { contentKey: dealer.contentKey(place), iv: dealer.iv(place), ephemeral: dealer.ephemeral(place) };
      const wrap = await wrapFor(recipientOf(fromHex(certificate)), blob, secret);
      return { x, officer, commit: shareCommit(blob, suite), wrap: toHex(wrap) };
    });
    groups.push({ id: group, t, A, shares: await Promise.all(sealed) });
  }
  const gate = certificate === undefined ? undefined : await dealGate({ ctxHash, stage, dealer, certificate });
  const stageKey = stageKeyOf(joined(...secrets, ...(gate ? [gate.key] : [])), ctxHash, stage, suite);
  const lock = { id: stage, groups, keyCommit: toHex(keyCommitOf(stageKey, ctxHash, stage, suite)) };
  return { lock: gate ? { ...lock, gate: 'bidder', bidder: gate.sealed } : { ...lock, gate: 'none' }, stageKey };
}

/** Opens an officer's own wrap; whatever fails, the error is WrapUnreadable. Check the result with `checkShare`. */
export async function unwrapShare({
  manifest,
  stage,
  officerCertSha256,
  privateKey,
  certificate,
}: {
  readonly manifest: Locked;
  readonly stage: string;
  readonly officerCertSha256: string;
  /** ECDH P-256 with usage deriveBits, need not be extractable; or a key that lies elsewhere. */
  readonly privateKey: DecryptionKey;
  /** DER of the encryption certificate. */
  readonly certificate: Uint8Array;
}): Promise<Uint8Array<ArrayBuffer>> {
  const found = placeOf(manifest, stage, officerCertSha256);
  if (!found) throw new WrapUnreadable();
  let recipient;
  let wrap;
  try {
    recipient = recipientOf(certificate);
    wrap = fromHex(found.share.wrap);
  } catch {
    throw new WrapUnreadable();
  }
  return unwrapWith(privateKey, recipient, wrap);
}

/** Judges a delivered share against the manifest, and names who is at fault when it does not fit. */
export function checkShare({
  manifest,
  stage,
  officer,
  blob,
}: { readonly manifest: Locked; readonly stage: string } & DeliveredShare): ShareCheck {
  const suite = suites[manifest.ctx.suite];
  const found = placeOf(manifest, stage, officer);
  const no = (code: OpeningFault['code'], party: OpeningFault['party']): ShareCheck => ({
    ok: false,
    fault: { code, party, stage, officer, ...(found ? { group: found.group.id } : {}) },
  });
  if (!found || shareCommit(blob, suite) !== found.share.commit) return no('share.not-committed', 'officer');
  const share = readShare(blob);
  const { group } = found;
  if (
    share?.ctxHash !== manifest.ctxHash ||
    share.stage !== stage ||
    share.group !== group.id ||
    share.officer !== officer ||
    share.x !== found.share.x
  )
    return no('share.malformed', 'bidder');
  if (!checkSecretShare(group.A, { x: share.x, value: fromHex(share.share) }, suite.Point))
    return no('share.off-polynomial', 'bidder');
  return { ok: true, group: group.id, officer };
}

/**
 * Brings the officers' shares, and the bidder's gate where the stage has one, together to the stage's key, or names
 * everyone who stands in the way. Bad shares are set aside and named even when the others suffice.
 */
export function recoverStageKey({
  manifest,
  stage,
  shares,
  gate: released,
}: {
  readonly manifest: Locked;
  readonly stage: string;
  readonly shares: readonly DeliveredShare[];
  /** The gate blob that the bidder released; of no account where the stage has no gate. */
  readonly gate?: Uint8Array | undefined;
}): Recovered {
  const lock = manifest.stages.find(({ id }) => id === stage);
  if (!lock) return { ok: false, faults: [{ code: 'stage.unknown', party: 'platform', stage }] };
  const suite = suites[manifest.ctx.suite];
  const faults: OpeningFault[] = [];
  const good = new Map<string, { group: string; x: number; value: Uint8Array }>();
  for (const delivered of shares) {
    const check = checkShare({ manifest, stage, ...delivered });
    const share = check.ok ? readShare(delivered.blob) : undefined;
    if (!check.ok) faults.push(check.fault);
    else if (share) good.set(check.officer, { group: check.group, x: share.x, value: fromHex(share.share) });
  }
  const tooFew: OpeningFault[] = [];
  for (const { id: group, t, shares: sealed } of lock.groups) {
    const all = sealed.map(({ officer }) => officer);
    const spoilt = all.filter(
      (officer) => !good.has(officer) && faults.some((fault) => fault.officer === officer && fault.party === 'bidder'),
    );
    const missing = all.filter((officer) => !good.has(officer) && !spoilt.includes(officer));
    const present = all.length - missing.length - spoilt.length;
    // Had the bidder dealt well, the officers who came would have been enough: then their absence is not the reason.
    const party = present + spoilt.length >= t ? 'bidder' : 'officer';
    if (present < t) tooFew.push({ code: 'shares.too-few', party, stage, group, missing });
  }
  const gate = gateKeyOf(manifest, lock, released);
  const standing = [...tooFew, ...gate.faults];
  if (standing.length > 0) return { ok: false, faults: [...faults, ...standing] };
  const notCommitted: OpeningFault = { code: 'stage.key-not-committed', party: 'bidder', stage };
  try {
    const secrets = lock.groups.map(({ id, A }) =>
      combineSecret(
        A,
        [...good.values()].filter(({ group }) => group === id),
        suite.Point,
      ),
    );
    const stageKey = stageKeyOf(joined(...secrets, ...gate.keys), manifest.ctxHash, stage, suite);
    if (toHex(keyCommitOf(stageKey, manifest.ctxHash, stage, suite)) !== lock.keyCommit)
      return { ok: false, faults: [...faults, notCommitted] };
    return { ok: true, stageKey, faults };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { ok: false, faults: [...faults, notCommitted] };
  }
}

/** What the gate adds to the officers' secrets: nothing, one key, or the reason why it cannot. */
function gateKeyOf(
  manifest: Locked,
  { id: stage, gate }: Lock,
  released: Uint8Array | undefined,
): { readonly keys: readonly Uint8Array[]; readonly faults: readonly OpeningFault[] } {
  if (gate === 'none') return { keys: [], faults: [] };
  if (!released) return { keys: [], faults: [{ code: 'gate.missing', party: 'bidder', stage }] };
  const check = checkGate({ manifest, stage, blob: released });
  return check.ok ? { keys: [check.key], faults: [] } : { keys: [], faults: [check.fault] };
}

function placeOf(
  { stages }: Locked,
  stage: string,
  officer: string,
): { group: SealedGroup; share: SealedShare } | undefined {
  for (const group of stages.find(({ id }) => id === stage)?.groups ?? []) {
    const share = group.shares.find((one) => one.officer === officer);
    if (share) return { group, share };
  }
  return undefined;
}

function readShare(blob: Uint8Array): ShareBlob | undefined {
  try {
    return ShareBlob.safeParse(parseCanonical(blob)).data;
  } catch {
    return undefined;
  }
}
