import { z } from 'zod';
import { Hex, Sha256Hex, SignatureHex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { EnvelopeContext, Keyring, limits } from '../trust/index.ts';
import { OfferForm } from './offer.schema.ts';
import { PieceLength } from './piece.schema.ts';
import { GateCertificates, StagePlan } from './sealing.schema.ts';
import { ResealAsk } from './officer.schema.ts';

export const EnvelopeId = z.string().regex(/^[0-9a-f]{32}$/);
export const LotParams = z.object({ lotId: Id });
export const EnvelopeParams = z.object({ envelopeId: EnvelopeId });
export const PieceParams = z.object({ envelopeId: EnvelopeId, sha256: Sha256Hex });

/** Where an envelope stands: being filled, the bidder's current bid, replaced by a newer one, taken back, given up unfinished. */
export const envelopeStates = ['open', 'sealed', 'superseded', 'withdrawn', 'abandoned'] as const;
export const EnvelopeState = z.enum(envelopeStates);
export type EnvelopeState = z.infer<typeof EnvelopeState>;

/** The bid that counts if nothing else comes. */
export const Head = z.object({ envelopeId: EnvelopeId, manifestHash: Sha256Hex, seq: z.int(), receivedAt: Instant });

/** A reason why no bid can be handed in now; `facts` fill the sentence. */
const Reason = z.object({
  code: z.string(),
  field: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

/** Everything a bidder's browser needs to seal a bid, and whether it may hand one in now. */
export const SealingFacts = z.object({
  now: Instant,
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  lotState: z.string(),
  deadline: Instant,
  noticeHash: Sha256Hex,
  keyringHash: Sha256Hex,
  keyring: Keyring,
  bidder: z.object({ organisationId: Id, name: z.string(), uscc: z.string() }),
  /** The signing certificate pinned for this seat, the only one its bids can be signed with. */
  certificate: z.object({ fingerprint: Sha256Hex, notAfter: Instant }).nullable(),
  head: Head.nullable(),
  /** What the next envelope's context will say. */
  nextSeq: z.int(),
  supersedes: Sha256Hex.nullable(),
  stages: StagePlan,
  /** The own encryption certificate that gates are wrapped to, where a stage has one. */
  gates: GateCertificates,
  quota: z.object({ bytes: z.int(), used: z.int() }),
  form: OfferForm,
  /** Whether the own sealed bid should be sealed again, and why. */
  reseal: ResealAsk.nullable(),
  /** Officers of the keyring who will not open, by name: their certificate was revoked, or ends before the opening. */
  officersAtRisk: z.array(z.object({ name: z.string(), why: z.enum(['revoked', 'expires']) })),
  /** Empty when a bid may be handed in. */
  obstacles: z.array(Reason),
});
export type SealingFacts = z.infer<typeof SealingFacts>;

export const OpenEnvelopeBody = z.object({ pieceLength: PieceLength.default(8_388_608) });

/** A new envelope: its context goes unchanged into `createDeal`. */
export const OpenedEnvelope = z.object({
  envelopeId: EnvelopeId,
  ctx: EnvelopeContext,
  gates: GateCertificates,
  pieceLength: PieceLength,
  deadline: Instant,
});
export type OpenedEnvelope = z.infer<typeof OpenedEnvelope>;

export const StoredPiece = z.object({ sha256: Sha256Hex, size: z.int() });
export const PresentPieces = z.object({ state: EnvelopeState, pieces: z.array(StoredPiece), bytes: z.int() });

/** The manifest as canonical text, the detached CMS over it, and timestamps over the signature: evidence, may be none. */
export const FinalizeBody = z.object({
  manifest: z.string().min(2).max(limits.manifestBytes),
  signature: SignatureHex,
  timestamps: z.array(Hex.max(65_536)).max(4).default([]),
  /** What witnesses signed for the manifest's hash: proof, in a time to hand in again, that it is no newer. */
  acknowledgements: z.array(z.string().max(4_096)).max(8).default([]),
});

/** Proof that a bid, or its withdrawal, was received: `receipt` is a tlog-proof file, checkable without this house. */
export const BidReceipt = z.object({
  envelopeId: EnvelopeId,
  bidId: Id,
  manifestHash: Sha256Hex,
  seq: z.int(),
  receivedAt: Instant,
  receipt: z.string(),
});
export type BidReceipt = z.infer<typeof BidReceipt>;

export const MyEnvelope = z.object({
  envelopeId: EnvelopeId,
  seq: z.int(),
  state: EnvelopeState,
  bytes: z.int(),
  manifestHash: Sha256Hex.nullable(),
  openedAt: Instant,
  receivedAt: Instant.nullable(),
  withdrawnAt: Instant.nullable(),
});

/** How a bidder's bid stands: none that counts, sealed before the deadline, counted at close, void because the lot failed then. */
export const bidStandings = ['none', 'sealed', 'counted', 'void'] as const;
export const MyBid = z.object({
  bidId: Id,
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  lotState: z.string(),
  deadline: Instant,
  standing: z.enum(bidStandings),
  head: Head.nullable(),
  reseal: ResealAsk.nullable(),
  /** Newest first. */
  envelopes: z.array(MyEnvelope),
});
export type MyBid = z.infer<typeof MyBid>;
export const MyBids = z.object({ now: Instant, rows: z.array(MyBid) });

export const ReceiptQuery = z.object({ of: z.enum(['bid', 'withdrawal']).default('bid') });
export const OwnManifest = z.object({ manifest: z.string(), signature: Hex, timestamps: z.array(Hex) });

/**
 * What ended an own bid before the close, as its bidder signed it: nobody has to believe the log that a bid was taken
 * back or replaced.
 */
export const BidEnding = z.object({
  /** The bid that ended, and the certificate (DER) that its context names. */
  manifest: z.string(),
  certificate: Hex,
  /** The act that took it back. */
  withdrawal: z.object({ act: z.string(), signature: Hex }).nullable(),
  /** The manifest that was handed in to replace it. */
  replacement: z.object({ manifest: z.string(), signature: Hex }).nullable(),
  /** Authorities between a signer and a root, DER. */
  intermediates: z.array(Hex),
});
export type BidEnding = z.infer<typeof BidEnding>;

/** A sealed entry of the lot, opened: anybody can recompute its leaf from salt and body. */
const OpenedLeaf = z.strictObject({ leaf: Sha256Hex, salt: Sha256Hex });

/**
 * The close document: every bid that counts, and the salt of every receipt and withdrawal of the lot, so that the
 * list can be checked against the log. Names stand in it only where the bids are opened: a failed lot may be
 * tendered again.
 */
export const CloseDocument = z.strictObject({
  v: z.literal('xinbiao/close/v1'),
  tenderId: Id,
  lotId: Id,
  deadline: Instant,
  closedAt: Instant,
  heads: z.array(
    OpenedLeaf.extend({
      bidId: Id,
      manifestHash: Sha256Hex,
      seq: z.int(),
      receivedAt: Instant,
      bidder: z.strictObject({ name: z.string(), uscc: z.string(), certSha256: Sha256Hex }).nullable(),
    }),
  ),
  /** Receipts that were superseded or withdrawn, and the withdrawals. */
  others: z.array(OpenedLeaf.extend({ type: z.enum(['bid.receipt', 'bid.withdraw']) })),
  /** RFC 3161 token with genTime ≥ the deadline, where one was to be had. */
  token: Hex.nullable(),
});
export type CloseDocument = z.infer<typeof CloseDocument>;

/** `document` is the canonical text whose SHA-256 the log's tender.close entry names. */
export const ClosePage = z.object({ lotId: Id, hash: Sha256Hex, leaf: Sha256Hex, document: z.string() });
