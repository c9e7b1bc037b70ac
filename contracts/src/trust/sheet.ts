import { z } from 'zod';
import { Hex, Sha256Hex, fromHex, toHex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Malformed, bytesOf, canonicalBytes, parseCanonical } from './canonical.ts';
import { dealerOf } from './derive.ts';
import { lockFaults } from './envelope/check.ts';
import { Keyring, LabelId, keyringHash } from './envelope/keyring.ts';
import { dealLock, recoverStageKey, type DeliveredShare, type Locked } from './envelope/lock.ts';
import { Lock } from './envelope/manifest.ts';
import type { Json, OpeningFault } from './envelope/types.ts';
import { joined, labelledHash, sha256 } from './hash.ts';
import { suiteNames, suites, type Suite } from './suite.ts';

/**
 * A score sheet that nobody reads before the last one is in: the expert's browser logs a salted commitment and an
 * escrow copy sealed to the officers, and later reveals by itself. An absent expert's sheet is opened from escrow.
 */
const stage = 'sheet';
const blockBytes = 4_096;
const mostBytes = 512 * 1024;

/** Which sheet it is: its hash enters every key and share of the escrow. */
export const SheetContext = z.strictObject({
  v: z.literal('xinbiao/sheet/v1'),
  suite: z.enum(suiteNames),
  tenderId: Id,
  lotId: Id,
  /** Hash of the criteria as published. */
  criteriaHash: Sha256Hex,
  /** The expert's pseudonym in this panel. */
  expert: LabelId,
  keyringHash: Sha256Hex,
  /** 1 for the first sheet of this expert, then one more each time it is replaced. */
  seq: z.int().min(1).max(1_000),
});
export type SheetContext = z.infer<typeof SheetContext>;

export const SheetEscrow = z.strictObject({
  v: z.literal('xinbiao/sheet-escrow/v1'),
  ctx: SheetContext,
  ctxHash: Sha256Hex,
  /** H("xinbiao/v1/sheet-commit\n" ‖ salt ‖ JCS(sheet)). */
  commitment: Sha256Hex,
  lock: Lock,
  /** AES-256-GCM (SM4-GCM in the national suite) of salt and sheet, padded so that its length says little. */
  ciphertext: Hex.max(2 * (mostBytes + 2 * blockBytes)),
});
export type SheetEscrow = z.infer<typeof SheetEscrow>;

/** What the expert reveals: anyone can check it against the commitment. */
export const SheetReveal = z.strictObject({ salt: Sha256Hex, sheet: z.json() });
export interface SheetReveal {
  readonly salt: string;
  readonly sheet: Json;
}

export interface SealedSheet {
  readonly commitment: string;
  readonly escrow: SheetEscrow;
  /** The identity of the escrow copy, for the log. */
  readonly escrowHash: string;
  /** Kept by the expert's browser until all sheets are in. */
  readonly reveal: SheetReveal;
}

export const sheetContextHash = (ctx: SheetContext): string =>
  labelledHash('xinbiao/v1/sheet-ctx\n', ctx, suites[ctx.suite].hash);
export const sheetEscrowHash = (escrow: SheetEscrow): string =>
  labelledHash('xinbiao/v1/sheet-escrow\n', escrow, suites[escrow.ctx.suite].hash);

/** Commits to a sheet without saying anything about it: 32 bytes of salt keep even a short one from being guessed. */
export function sheetCommitment({ salt, sheet }: SheetReveal): string {
  const bytes = fromHex(salt);
  if (bytes.length !== 32) throw new Malformed('salt');
  return toHex(sha256(joined(bytesOf('xinbiao/v1/sheet-commit\n'), bytes, canonicalBytes(sheet))));
}

/** Is this the sheet that was committed to? */
export function isCommittedSheet(commitment: string, reveal: SheetReveal): boolean {
  try {
    return sheetCommitment(reveal) === commitment;
  } catch (error) {
    if (error instanceof Malformed || error instanceof RangeError) return false;
    throw error;
  }
}

/** Seals a sheet to the officers: everything secret comes from `seed`, 32 random bytes used once. Throws Malformed. */
export async function sealSheet({
  ctx,
  keyring,
  sheet,
  seed,
}: {
  readonly ctx: SheetContext;
  readonly keyring: Keyring;
  readonly sheet: Json;
  readonly seed: Uint8Array;
}): Promise<SealedSheet> {
  if (
    !SheetContext.safeParse(ctx).success ||
    !Keyring.safeParse(keyring).success ||
    keyring.suite !== ctx.suite ||
    keyringHash(keyring) !== ctx.keyringHash
  )
    throw new Malformed('sheet');
  const ctxHash = sheetContextHash(ctx);
  const suite = suites[ctx.suite];
  const dealer = dealerOf(seed, ctxHash, suite);
  // The sheet enters its own salt and lock, so a seed used again for another sheet still meets no key twice.
  const fresh = dealerOf(sha256(joined(dealer.bytes('sheet', 32), canonicalBytes(sheet))), ctxHash, suite);
  const reveal: SheetReveal = { salt: toHex(fresh.bytes('sheet-salt', 32)), sheet };
  const plain = canonicalBytes(reveal);
  if (plain.length > mostBytes) throw new Malformed('sheet: too large');
  const padded = new Uint8Array(Math.ceil((plain.length + 1) / blockBytes) * blockBytes);
  padded.set(plain);
  // A bit pattern that JSON cannot end with marks where the sheet stops.
  padded[plain.length] = 0x80;
  const commitment = sheetCommitment(reveal);
  const { lock, stageKey } = await dealLock({ ctxHash, stage, keyring, dealer: fresh });
  const { key, nonce, additional } = await sheetCipher(stageKey, commitment, suite);
  const sealed = await key.seal(nonce, padded, additional);
  const escrow: SheetEscrow = {
    v: 'xinbiao/sheet-escrow/v1',
    ctx,
    ctxHash,
    commitment,
    lock,
    ciphertext: toHex(sealed),
  };
  return { commitment, escrow, escrowHash: sheetEscrowHash(escrow), reveal };
}

/** The key is made for one sheet, so the nonce is fixed; the stage key is committed to, so there is one plaintext. */
async function sheetCipher(stageKey: Uint8Array, commitment: string, { expand, aead }: Suite) {
  const material = expand(
    stageKey,
    joined(bytesOf('xinbiao/v1/sheet-key'), Uint8Array.of(0), fromHex(commitment)),
    aead.keyLength + 12,
  );
  const key = await aead.key(material.slice(0, aead.keyLength));
  return { key, nonce: material.slice(aead.keyLength), additional: fromHex(commitment) };
}

export type SheetFaultCode = 'sheet.malformed' | 'sheet.context-differs' | 'sheet.lock-differs' | 'sheet.wrong-length';

/** What a server can see of an escrow without opening it; never throws, whatever the bytes. */
export function checkSheetEscrow({
  bytes,
  expect,
  keyring,
}: {
  readonly bytes: Uint8Array;
  readonly expect: SheetContext;
  readonly keyring: Keyring;
}):
  | { readonly ok: true; readonly escrow: SheetEscrow; readonly escrowHash: string }
  | { readonly ok: false; readonly faults: readonly SheetFaultCode[] } {
  let value: unknown;
  try {
    value = parseCanonical(bytes);
  } catch {
    return { ok: false, faults: ['sheet.malformed'] };
  }
  const read = SheetEscrow.safeParse(value);
  if (!read.success) return { ok: false, faults: ['sheet.malformed'] };
  const escrow = read.data;
  const faults: SheetFaultCode[] = [];
  const ctxHash = sheetContextHash(expect);
  if (
    escrow.ctxHash !== ctxHash ||
    sheetContextHash(escrow.ctx) !== ctxHash ||
    keyringHash(keyring) !== expect.keyringHash
  )
    faults.push('sheet.context-differs');
  if (
    escrow.lock.id !== stage ||
    lockFaults(escrow.lock, keyring, { points: new Set(), commits: new Set() }).length > 0
  )
    faults.push('sheet.lock-differs');
  const length = escrow.ciphertext.length / 2 - 16;
  if (length < blockBytes || length % blockBytes !== 0) faults.push('sheet.wrong-length');
  return faults.length > 0 ? { ok: false, faults } : { ok: true, escrow, escrowHash: sheetEscrowHash(escrow) };
}

/** The escrow as `unwrapShare`, `checkShare` and `recoverStageKey` see it; its only stage is `sheet`. */
export const sheetLocked = ({ ctx, ctxHash, lock }: SheetEscrow): Locked => ({
  ctx: { suite: ctx.suite },
  ctxHash,
  stages: [lock],
});
export const sheetStage = stage;

/** Like an envelope's fault; here the dealer is the expert. */
export interface SheetFault extends Omit<OpeningFault, 'code' | 'party'> {
  readonly code: OpeningFault['code'] | 'sheet.not-committed';
  readonly party: 'expert' | 'officer' | 'platform';
}
export type OpenedSheet =
  | { readonly ok: true; readonly reveal: SheetReveal; readonly faults: readonly SheetFault[] }
  | { readonly ok: false; readonly faults: readonly SheetFault[] };

/** Opens an absent expert's sheet with the officers' shares; what comes out is what was committed to, or a fault. */
export async function openSheet({
  escrow,
  shares,
}: {
  readonly escrow: SheetEscrow;
  readonly shares: readonly DeliveredShare[];
}): Promise<OpenedSheet> {
  const recovered = recoverStageKey({ manifest: sheetLocked(escrow), stage, shares });
  const faults = recovered.faults.map((fault): SheetFault => ({
    ...fault,
    party: fault.party === 'bidder' ? 'expert' : fault.party,
  }));
  if (!recovered.ok) return { ok: false, faults };
  try {
    const { key, nonce, additional } = await sheetCipher(
      recovered.stageKey,
      escrow.commitment,
      suites[escrow.ctx.suite],
    );
    const padded = await key.open(nonce, fromHex(escrow.ciphertext), additional);
    const end = padded.lastIndexOf(0x80);
    if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Malformed('sheet: padding');
    const { salt, sheet } = SheetReveal.parse(parseCanonical(padded.subarray(0, end)));
    const reveal: SheetReveal = { salt, sheet: sheet as Json };
    if (isCommittedSheet(escrow.commitment, reveal)) return { ok: true, reveal, faults };
  } catch {
    // Whatever was sealed in place of the sheet, it is not what the expert committed to.
  }
  return { ok: false, faults: [...faults, { code: 'sheet.not-committed', party: 'expert' }] };
}
