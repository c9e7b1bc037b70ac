import { z } from 'zod';
import { SignatureHex, Hex, Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { text } from '../kernel/text.ts';
import { Instant } from '../kernel/time.ts';
import { Keyring, Manifest } from '../trust/index.ts';

export const BidParams = z.object({ lotId: Id, bidId: Id });
export const PricePieceParams = z.object({ lotId: Id, bidId: Id, sha256: Sha256Hex });
export const RemarkParams = z.object({ lotId: Id, remarkId: Id });

/** Officers have this long after close before a bid that one of them cannot unwrap is settled without those absent. */
export const openingMinutes = 30;

/** A member of an officer group, as the public may know it. */
export const OpeningMember = z.object({
  x: z.int(),
  name: z.string(),
  organisation: z.string(),
  certSha256: Sha256Hex,
  releasedAt: Instant.nullable(),
});
export const OpeningGroup = z.object({
  id: z.string(),
  t: z.int(),
  members: z.array(OpeningMember),
  /** How many members have released; `reached` when that is enough. */
  released: z.int(),
  reached: z.boolean(),
});
export type OpeningGroup = z.infer<typeof OpeningGroup>;

/** Why a bid did not open, and whose fault it is; people are named where a person is at fault. */
export const BidFault = z.object({
  code: z.string(),
  party: z.enum(['bidder', 'officer', 'platform']),
  group: z.string().nullable(),
  /** Name of the officer concerned. */
  officer: z.string().nullable(),
  part: z.string().nullable(),
});
export type BidFault = z.infer<typeof BidFault>;

/** A line of the opening record: what was read out. */
export const OpeningBid = z.object({
  bidId: Id,
  /** In the order in which the bids were received. */
  no: z.int(),
  bidder: z.object({ name: z.string(), uscc: z.string() }),
  manifestHash: Sha256Hex,
  receivedAt: Instant,
  state: z.enum(['sealed', 'opened', 'faulty']),
  price: FenText.nullable(),
  /** 大写 */
  priceCapitals: z.string().nullable(),
  aboveCeiling: z.boolean(),
  deliveryDays: z.int().nullable(),
  validityDays: z.int().nullable(),
  projectLead: z.string().nullable(),
  note: z.string().nullable(),
  faults: z.array(BidFault),
  remark: z.enum(['confirmed', 'objected']).nullable(),
});
export type OpeningBid = z.infer<typeof OpeningBid>;

/** A bidder's word on the opening, and the answer it was given. */
export const OpeningRemark = z.object({
  id: Id,
  bidId: Id,
  bidder: z.string(),
  kind: z.enum(['confirm', 'object']),
  text: z.string(),
  at: Instant,
  answer: z.object({ text: z.string(), by: z.string(), at: Instant }).nullable(),
});
export type OpeningRemark = z.infer<typeof OpeningRemark>;

/** waiting: the deadline has not come; releasing: officers are asked; opening: bids are being opened; failed: too few bids. */
export const openingPhases = ['waiting', 'releasing', 'opening', 'opened', 'failed'] as const;

/** The opening hall as anybody may see it. Before close it shows nothing but who will open, and when. */
export const OpeningView = z.object({
  now: Instant,
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  purchaser: z.string(),
  agency: z.string().nullable(),
  place: z.string(),
  budget: FenText,
  ceiling: FenText.nullable(),
  lotState: z.string(),
  phase: z.enum(openingPhases),
  deadline: Instant,
  closedAt: Instant.nullable(),
  closeHash: Sha256Hex.nullable(),
  openedAt: Instant.nullable(),
  /** When a bid that waits for an absent officer is settled without that officer. */
  settleAt: Instant.nullable(),
  failure: z.object({ reason: z.string(), law: z.string(), count: z.int() }).nullable(),
  groups: z.array(OpeningGroup),
  /** Empty before close, and where the lot failed. */
  bids: z.array(OpeningBid),
  /** Members whose release is waited for now. */
  missing: z.array(z.object({ group: z.string(), name: z.string(), organisation: z.string() })),
  remarks: z.array(OpeningRemark),
  /** SHA-256 of the record's data; what `record.pdf` prints. */
  recordHash: Sha256Hex.nullable(),
});
export type OpeningView = z.infer<typeof OpeningView>;

/** A lot on an officer's desk. Before close nothing of bids is known. */
export const DeskRow = z.object({
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  lotState: z.string(),
  phase: z.enum(openingPhases),
  deadline: Instant,
  group: z.string(),
  /** The officer's own encryption certificate in the keyring. */
  certSha256: Sha256Hex,
  released: z.boolean(),
  groups: z.array(z.object({ id: z.string(), t: z.int(), released: z.int(), reached: z.boolean() })),
});
export type DeskRow = z.infer<typeof DeskRow>;
export const Desk = z.object({ now: Instant, rows: z.array(DeskRow) });

/**
 * What an officer's client needs to release: it checks each bidder's signature over the manifest first, then
 * unwraps. `bidderCertificate` is the DER that the signature must be by.
 */
export const ReleaseBatch = z.object({
  lotId: Id,
  closeHash: Sha256Hex,
  closeDocument: z.string(),
  keyring: Keyring,
  officer: z.object({ group: z.string(), x: z.int(), certSha256: Sha256Hex }),
  heads: z.array(
    z.object({
      bidId: Id,
      bidder: z.object({ name: z.string(), uscc: z.string() }),
      manifestHash: Sha256Hex,
      manifest: z.string(),
      signature: Hex,
      bidderCertificate: Hex,
    }),
  ),
});
export type ReleaseBatch = z.infer<typeof ReleaseBatch>;

/** A share of one bid. `blob` is null where the wrap does not open: a complaint about the bidder, in the officer's name. */
export const ReleasedShare = z.strictObject({
  manifestHash: Sha256Hex,
  stage: z.string().max(32),
  x: z.int().min(1).max(16),
  blob: Hex.max(8_192).nullable(),
});
export type ReleasedShare = z.infer<typeof ReleasedShare>;

/** The signed batch act (`releaseAct`); a batch of many bids is longer than other acts. */
export const ReleaseBody = z.object({ act: z.string().min(2).max(4_000_000), signature: SignatureHex });

/** What the act must say; anything else is refused. */
export const ReleaseAct = z.strictObject({
  v: z.literal('xinbiao/act/v1'),
  type: z.literal('open.batch'),
  lotId: Id,
  closeHash: Sha256Hex,
  officer: Sha256Hex,
  shares: z.array(ReleasedShare).min(1).max(4_096),
  by: z.strictObject({ person: z.string(), organisation: z.string().nullable(), uscc: z.string().nullable() }),
});
export type ReleaseAct = z.infer<typeof ReleaseAct>;

export const ReleaseReply = z.object({
  releasedAt: Instant,
  groups: z.array(OpeningGroup),
  phase: z.enum(openingPhases),
});

export const RemarkBody = z.object({
  kind: z.enum(['confirm', 'object']),
  /** Empty for a confirmation. */
  text: z.string().max(2_000),
  act: z.string().min(2).max(200_000),
  signature: SignatureHex,
});
export const AnswerBody = z.object({ text: text(2_000), act: z.string().min(2).max(200_000), signature: SignatureHex });

/** Everything with which anybody opens a bid's price part again; its pieces are served beside it. */
export const PublicPrice = z.object({
  bidId: Id,
  /** ctxHash, and the price part as the manifest names it: enough for `openPart`. */
  ctxHash: Sha256Hex,
  part: Manifest.shape.parts.element,
  partKey: Sha256Hex,
  manifestHash: Sha256Hex,
});
export type PublicPrice = z.infer<typeof PublicPrice>;

/** The opening record (开标记录) as data: what was read out, by whom opened, and what bidders said. */
export const OpeningRecord = z.object({
  number: z.string(),
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  purchaser: z.string(),
  agency: z.string().nullable(),
  place: z.string(),
  deadline: Instant,
  closedAt: Instant,
  openedAt: Instant,
  budget: FenText,
  ceiling: FenText.nullable(),
  closeHash: Sha256Hex,
  bids: z.array(OpeningBid),
  officers: z.array(
    z.object({ group: z.string(), name: z.string(), organisation: z.string(), releasedAt: Instant.nullable() }),
  ),
  remarks: z.array(OpeningRemark),
  recordHash: Sha256Hex,
});
export type OpeningRecord = z.infer<typeof OpeningRecord>;

/** What the live stream tells: read the view again. */
export const OpeningEvent = z.object({
  kind: z.enum(['closed', 'released', 'opened', 'remark', 'failed']),
  at: Instant,
});
export type OpeningEvent = z.infer<typeof OpeningEvent>;
