import { z } from 'zod';
import { Hex, Sha256Hex, fromHex, toHex } from '../../kernel/bytes.ts';
import { Id } from '../../kernel/id.ts';
import { canonicalBytes } from '../canonical.ts';
import { joined, labelledHash, sha256 } from '../hash.ts';
import { suiteNames, suites } from '../suite.ts';
import { LabelId } from './keyring.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** What an envelope may not exceed. */
export const limits = {
  manifestBytes: MiB,
  stages: 4,
  parts: 64,
  pieces: 8_192,
  smallestPiece: 8 * MiB,
  largestPiece: 64 * MiB,
  partBytes: 64 * GiB,
  files: 10_000,
  nameBytes: 255,
  bidBytes: MiB,
  wrapBytes: 4 * KiB,
  headBytes: 56,
} as const;

/** Who binds what to which tender: its hash enters every key, share and part of the envelope. */
export const EnvelopeContext = z.strictObject({
  v: z.literal('xinbiao/envelope/v1'),
  suite: z.enum(suiteNames),
  tenderId: Id,
  lotId: Id,
  /** RFC 6962 leaf hash of the newest notice. */
  noticeHash: Sha256Hex,
  keyringHash: Sha256Hex,
  /** SHA-256 of the DER of the bidder's signing certificate. */
  bidderCertSha256: Sha256Hex,
  /** 16 random bytes. */
  envelopeId: z.string().regex(/^[0-9a-f]{32}$/),
  /** 1 for a bidder's first envelope of the lot, then one more each time. */
  seq: z.int().min(1).max(1_000_000),
  /** manifestHash of the envelope this one replaces. */
  supersedes: Sha256Hex.nullable(),
});
export type EnvelopeContext = z.infer<typeof EnvelopeContext>;

const Point = z.string().regex(/^0[23][0-9a-f]{64}$/);

export const SealedShare = z.strictObject({
  x: z.int().min(1).max(16),
  /** certSha256 of the officer. */
  officer: Sha256Hex,
  /** H(label ‖ share blob). */
  commit: Sha256Hex,
  /** DER of CMS AuthEnvelopedData, or in the national suite of an SM2 ciphertext, of the share blob for that officer. */
  wrap: Hex.min(2).max(2 * limits.wrapBytes),
});
export type SealedShare = z.infer<typeof SealedShare>;

export const SealedGroup = z.strictObject({
  id: LabelId,
  t: z.int().min(1).max(16),
  /** Feldman commitments to the coefficients of this group's polynomial. */
  A: z.array(Point).min(1).max(16),
  shares: z.array(SealedShare).min(1).max(16),
});
export type SealedGroup = z.infer<typeof SealedGroup>;

/** The bidder's own key to a stage, wrapped for the bidder. */
export const SealedGate = z.strictObject({
  /** Of the bidder's encryption certificate. */
  certSha256: Sha256Hex,
  /** H(label ‖ gate blob). */
  commit: Sha256Hex,
  /** DER of CMS AuthEnvelopedData of the gate blob for the bidder. */
  wrap: Hex.min(2).max(2 * limits.wrapBytes),
});
export type SealedGate = z.infer<typeof SealedGate>;

const lockOf = { id: LabelId, groups: z.array(SealedGroup).min(1).max(8), keyCommit: Sha256Hex };
/** A key dealt to the officers: it opens when every group reached its threshold and, with a gate, the bidder released its own key. */
export const Lock = z.discriminatedUnion('gate', [
  /** The officers alone open. */
  z.strictObject({ ...lockOf, gate: z.literal('none') }),
  /** Nobody opens without the bidder. @law 电子招标投标办法 §30 */
  z.strictObject({ ...lockOf, gate: z.literal('bidder'), bidder: SealedGate }),
]);
export type Lock = z.infer<typeof Lock>;

export const SealedPart = z.strictObject({
  stage: LabelId,
  name: LabelId,
  /** Bytes of ciphertext. */
  length: z.int().min(1).max(limits.partBytes),
  pieceLength: z.int().min(limits.smallestPiece).max(limits.largestPiece),
  /** SHA-256 of each piece, in order. */
  pieces: z.array(Sha256Hex).min(1).max(limits.pieces),
  /** RFC 6962 root over the piece hashes. */
  root: Sha256Hex,
  /** The first 56 bytes: salt and key commitment. */
  head: z.string().regex(/^[0-9a-f]{112}$/),
});
export type SealedPart = z.infer<typeof SealedPart>;

/** What the bidder signs: the whole envelope by its hashes. Timestamps stand beside it, never in it. */
export const Manifest = z.strictObject({
  v: z.literal('xinbiao/manifest/v1'),
  ctx: EnvelopeContext,
  ctxHash: Sha256Hex,
  stages: z.array(Lock).min(1).max(limits.stages),
  parts: z.array(SealedPart).min(1).max(limits.parts),
  /** Which program sealed it. */
  client: z.strictObject({ bundleSha256: Sha256Hex.nullable(), version: z.string().min(1).max(64) }),
});
export type Manifest = z.infer<typeof Manifest>;

/** A manifest as handed in: its canonical bytes, the signature over them, and timestamps over the signature (may be none). */
export const SignedManifest = z.strictObject({
  manifest: Hex.min(2).max(2 * limits.manifestBytes),
  /** Detached CMS by the bidder over the manifest's bytes. */
  signature: Hex.min(2).max(131_072),
  /** RFC 3161 tokens over the signature value: evidence, never a condition. */
  timestamps: z.array(Hex.min(2).max(65_536)).max(4),
});
export type SignedManifest = z.infer<typeof SignedManifest>;

export const ctxHashOf = (ctx: EnvelopeContext): string =>
  labelledHash('xinbiao/v1/ctx\n', ctx, suites[ctx.suite].hash);

/** The identity of the bid. */
export const manifestHashOf = (manifest: Manifest): string =>
  labelledHash('xinbiao/v1/manifest\n', manifest, suites[manifest.ctx.suite].hash);

/** The bytes that are signed. */
export const manifestBytes = (manifest: Manifest): Uint8Array<ArrayBuffer> => canonicalBytes(manifest);

/** RFC 6962 root over the hashes of a part's pieces. */
export function piecesRoot(pieces: readonly string[]): string {
  let level = pieces.map((piece) => sha256(joined(Uint8Array.of(0), fromHex(piece))));
  if (level.length === 0) return toHex(sha256(new Uint8Array()));
  while (level.length > 1) {
    // Pairing from the left and carrying an odd one up gives the same tree as RFC 6962's split at a power of two.
    const above: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at], level[at + 1]];
      if (left) above.push(right ? sha256(joined(Uint8Array.of(1), left, right)) : left);
    }
    level = above;
  }
  return toHex(level[0] ?? new Uint8Array());
}
