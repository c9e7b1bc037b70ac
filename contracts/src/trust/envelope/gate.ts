import { z } from 'zod';
import { Sha256Hex, fromHex, toHex } from '../../kernel/bytes.ts';
import { Malformed, bytesOf, canonicalBytes, parseCanonical } from '../canonical.ts';
import { dealerOf, type Dealer } from '../derive.ts';
import { joined, sha256Hex } from '../hash.ts';
import type { DecryptionKey } from '../signer.ts';
import { suites, xb1, type Suite } from '../suite.ts';
import { WrapUnreadable, recipientOf, unwrapWith, wrapFor } from '../wrap.ts';
import { LabelId } from './keyring.ts';
import type { Locked } from './lock.ts';
import type { SealedGate } from './manifest.ts';
import { EnvelopeFault, type Deal, type OpeningFault } from './types.ts';

/**
 * The bidder's own key beside the officers': 32 bytes that enter the stage key after every group's secret. They lie
 * wrapped for the bidder's encryption certificate in the manifest, so that nobody opens without the bidder, and the
 * bidder can open again with nothing but that certificate's key.
 */
export const GateBlob = z.strictObject({
  v: z.literal('xinbiao/gate/v1'),
  ctxHash: Sha256Hex,
  stage: LabelId,
  /** certSha256 of the bidder's encryption certificate. */
  bidder: Sha256Hex,
  /** g_s: 32 bytes. */
  gate: Sha256Hex,
  salt: Sha256Hex,
});
export type GateBlob = z.infer<typeof GateBlob>;

/** H(label ‖ blob): the manifest commits to the gate before anyone opens its wrap. */
export const gateCommit = (blob: Uint8Array, { hash }: Suite = xb1): string =>
  toHex(hash(joined(bytesOf('xinbiao/v1/gate-commit\n'), blob)));

const blank = '0'.repeat(64);
const blobOf = (content: Omit<GateBlob, 'v'>): Uint8Array<ArrayBuffer> =>
  canonicalBytes({ v: 'xinbiao/gate/v1', ...content });

/** Every gate blob of a stage has this length, so a wrap's length can be checked unread. */
export const gateBlobLength = (stage: string): number =>
  blobOf({ ctxHash: blank, stage, bidder: blank, gate: blank, salt: blank }).length;

interface GatePlace {
  readonly ctxHash: string;
  readonly stage: string;
  readonly dealer: Dealer;
  /** DER of the bidder's encryption certificate, hex. */
  readonly certificate: string;
}

function dealtGate({ ctxHash, stage, dealer, certificate }: GatePlace): { blob: Uint8Array<ArrayBuffer>; key: string } {
  const { key, salt } = dealer.gate(stage);
  const bidder = sha256Hex(fromHex(certificate));
  return { blob: blobOf({ ctxHash, stage, bidder, gate: toHex(key), salt: toHex(salt) }), key: toHex(key) };
}

/** Deals a stage's gate and wraps it for the bidder; throws Malformed on a certificate whose key cannot receive it. */
export async function dealGate(
  place: GatePlace,
): Promise<{ readonly sealed: SealedGate; readonly key: Uint8Array<ArrayBuffer> }> {
  const { blob, key } = dealtGate(place);
  const der = fromHex(place.certificate);
  const recipient = recipientOf(der);
  if ((recipient.kind === 'SM2') !== (place.dealer.suite.name === 'XB1-SM')) throw new Malformed('gate: suites differ');
  const wrap = await wrapFor(recipient, blob, place.dealer.gate(place.stage));
  return {
    sealed: { certSha256: sha256Hex(der), commit: gateCommit(blob, place.dealer.suite), wrap: toHex(wrap) },
    key: fromHex(key),
  };
}

/** The gate of an own deal, as `releaseGate` gives it: for a bidder who has the recovery file and no longer the key. */
export function gateOfDeal(deal: Deal, stage: string): Uint8Array<ArrayBuffer> {
  const certificate = Object.hasOwn(deal.gates, stage) ? deal.gates[stage] : undefined;
  if (certificate === undefined) throw new EnvelopeFault({ code: 'stage.unknown', party: 'platform', stage });
  return dealtGate({
    ctxHash: deal.ctxHash,
    stage,
    dealer: dealerOf(deal.dealSeed, deal.ctxHash, suites[deal.ctx.suite]),
    certificate,
  }).blob;
}

export type GateCheck =
  | { readonly ok: true; readonly key: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly fault: OpeningFault };

/** Judges a released gate against the manifest. Whatever is wrong with it is the bidder's: nobody else could seal or release it. */
export function checkGate({
  manifest,
  stage,
  blob,
}: {
  readonly manifest: Locked;
  readonly stage: string;
  readonly blob: Uint8Array;
}): GateCheck {
  const lock = manifest.stages.find(({ id }) => id === stage);
  const no = (code: OpeningFault['code'], party: OpeningFault['party'] = 'bidder'): GateCheck => ({
    ok: false,
    fault: { code, party, stage },
  });
  if (!lock) return no('stage.unknown', 'platform');
  if (lock.gate !== 'bidder' || gateCommit(blob, suites[manifest.ctx.suite]) !== lock.bidder.commit)
    return no('gate.not-committed');
  const gate = readGate(blob);
  if (gate?.ctxHash !== manifest.ctxHash || gate.stage !== stage || gate.bidder !== lock.bidder.certSha256)
    return no('gate.malformed');
  return { ok: true, key: fromHex(gate.gate) };
}

function readGate(blob: Uint8Array): GateBlob | undefined {
  try {
    return GateBlob.safeParse(parseCanonical(blob)).data;
  } catch {
    return undefined;
  }
}

/**
 * What the bidder's client releases at the opening: the gate blob of one stage, unwrapped with the bidder's own key
 * and found to be the committed one. Throws WrapUnreadable where the key is not that of the wrap, and EnvelopeFault
 * where the envelope was sealed wrongly.
 */
export async function releaseGate({
  manifest,
  stage,
  privateKey,
  certificate,
}: {
  readonly manifest: Locked;
  readonly stage: string;
  /** ECDH P-256 with usage deriveBits, need not be extractable; or a key that lies elsewhere. */
  readonly privateKey: DecryptionKey;
  /** DER of the bidder's encryption certificate. */
  readonly certificate: Uint8Array;
}): Promise<Uint8Array<ArrayBuffer>> {
  const lock = manifest.stages.find(({ id }) => id === stage);
  if (lock?.gate !== 'bidder') throw new WrapUnreadable();
  let recipient;
  let wrap;
  try {
    recipient = recipientOf(certificate);
    wrap = fromHex(lock.bidder.wrap);
  } catch {
    throw new WrapUnreadable();
  }
  const blob = await unwrapWith(privateKey, recipient, wrap);
  const check = checkGate({ manifest, stage, blob });
  if (!check.ok) throw new EnvelopeFault(check.fault);
  return blob;
}
