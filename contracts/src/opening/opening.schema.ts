import { z } from 'zod';
import { SignatureHex, Hex, Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { text } from '../kernel/text.ts';
import { Instant } from '../kernel/time.ts';
import { SignedActBody } from '../identity/act.schema.ts';
import { Sealing } from '../tendering/tender.schema.ts';
import { Keyring, Manifest, suiteNames } from '../trust/index.ts';

export const BidParams = z.object({ lotId: Id, bidId: Id });
export const PricePieceParams = z.object({ lotId: Id, bidId: Id, sha256: Sha256Hex });
export const RemarkParams = z.object({ lotId: Id, remarkId: Id });

/** How long officers ordinarily have; each notice says its own. */
export const openingMinutes = 30;

/** A member of an officer group, as the public may know it. */
export const OpeningMember = z.object({
  x: z.int(),
  name: z.string(),
  organisation: z.string(),
  certSha256: Sha256Hex,
  /** When the hash of the batch was logged, before its reveal. */
  announcedAt: Instant.nullable(),
  releasedAt: Instant.nullable(),
  /** Named for not coming in the time set. */
  absent: z.boolean(),
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
  /** The bidder opened it itself, where the officers did not. */
  recovered: z.boolean(),
  /** The bidder's own key: not needed, waited for, released. */
  gate: z.enum(['none', 'awaited', 'released']),
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

/**
 * waiting: the deadline has not come; objecting: a missing bid may be reported; halted: one was; releasing: officers
 * are asked; recovering: too few came, bidders may open their own; decrypting: bidders are asked for their own keys;
 * opening: bids are being opened; failed: nothing was opened.
 */
export const openingPhases = [
  'waiting',
  'objecting',
  'halted',
  'releasing',
  'recovering',
  'decrypting',
  'opening',
  'opened',
  'failed',
] as const;
export type OpeningPhase = (typeof openingPhases)[number];

/** A bid that its bidder proved to be missing from the close list. */
export const Omission = z.object({
  id: Id,
  bidder: z.string(),
  manifestHash: Sha256Hex,
  at: Instant,
  decision: z.object({ finding: z.string(), by: z.string(), at: Instant }).nullable(),
});
export type Omission = z.infer<typeof Omission>;

/** An officer said that a wrap does not open. */
export const Dispute = z.object({
  id: Id,
  bidId: Id,
  no: z.int(),
  bidder: z.string(),
  manifestHash: Sha256Hex,
  stage: z.string(),
  group: z.string(),
  officer: z.string(),
  officerCert: Sha256Hex,
  openedAt: Instant,
  until: Instant,
  verdict: z
    .object({
      code: z.enum(['complaint.true', 'complaint.false', 'complaint.silent']),
      party: z.enum(['bidder', 'officer']),
      at: Instant,
    })
    .nullable(),
});
export type Dispute = z.infer<typeof Dispute>;

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
  regime: z.enum(['ZC', 'ZB']),
  /** What the notice says of the opening. */
  sealing: Sealing,
  /** Until then no share is released, and a missing bid can be reported at leisure. */
  objectionUntil: Instant.nullable(),
  /** Until then officers are waited for. */
  releaseUntil: Instant.nullable(),
  /** Until then a bidder may open its own bid, where too few officers came. */
  recoveryUntil: Instant.nullable(),
  /** Until then bidders are waited for. */
  gateUntil: Instant.nullable(),
  /** 1 at first, one more each time the opening was set anew. */
  round: z.int(),
  omissions: z.array(Omission),
  disputes: z.array(Dispute),
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
  /** Until when the officer is waited for: the deadline before close, and after it the end of the time set. */
  until: Instant,
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
  /** The notice's newest list of officers, and with it older ones under which bids were sealed. */
  keyring: Keyring,
  keyrings: z.array(Keyring),
  officer: z.object({ group: z.string(), x: z.int(), certSha256: Sha256Hex }),
  /** No share leaves before then. */
  objectionUntil: Instant,
  /** The batch this officer has announced and not yet revealed. */
  announced: z.object({ batch: Sha256Hex, attempt: z.int().min(1) }).nullable(),
  /** The number of the next announcement, where another batch is to be announced. */
  attempt: z.int().min(1),
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

/** The hash of the batch, signed (`batchAct`). */
export const AnnounceBody = SignedActBody.extend({ batch: Sha256Hex });
export const Announced = z.object({ batch: Sha256Hex, at: Instant, entry: Sha256Hex });

/** The signed batch act (`releaseAct`); a batch of many bids is longer than other acts. */
export const ReleaseBody = z.object({ act: z.string().min(2).max(4_000_000), signature: SignatureHex });

/** What the act must say; anything else is refused. */
export const ReleaseAct = z.strictObject({
  v: z.literal('xinbiao/act/v1'),
  type: z.literal('open.reveal'),
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

/** A bidder's signed acts: what is inside is checked against the manifest before anything else happens. */
export const OmissionBody = SignedActBody;
export const OmissionParams = z.object({ lotId: Id, omissionId: Id });
export const DecisionBody = SignedActBody.extend({ finding: text(2_000) });
const StageKey = z.strictObject({ stage: z.string().max(32), key: Sha256Hex });
const StageGate = z.strictObject({ stage: z.string().max(32), blob: Hex.max(8_192) });
export const RecoveryBody = SignedActBody.extend({ keys: z.array(StageKey).min(1).max(4) });
export const GateBody = SignedActBody.extend({ gates: z.array(StageGate).min(1).max(4) });
export const DisputeParams = z.object({ lotId: Id, disputeId: Id });
export const RebuttalBody = SignedActBody.extend({ ephemeral: Sha256Hex });

/** A bid that the caller's own organisation has in this lot, with what its page needs to open or defend it. */
export const OwnCourse = z.object({
  now: Instant,
  bidId: Id,
  no: z.int(),
  envelopeId: z.string(),
  manifestHash: Sha256Hex,
  manifest: z.string(),
  keyring: Keyring,
  recovered: z.boolean(),
  gate: z.enum(['none', 'awaited', 'released']),
  /** Complaints about it that are not yet decided. */
  disputes: z.array(Dispute),
});
export type OwnCourse = z.infer<typeof OwnCourse>;

/** The evidence for what was found: text where the caller may read it, and in any case its hash, as the log names it. */
export const Evidence = z.object({
  rows: z.array(
    z.object({
      hash: Sha256Hex,
      code: z.string(),
      party: z.string(),
      public: z.boolean(),
      evidence: z.string().nullable(),
    }),
  ),
});

/** A dispute as anybody judges it again: the complaint, the answer, and what both are about. */
export const DisputeFile = z.object({
  dispute: Dispute,
  manifest: z.string(),
  keyring: z.string(),
  /** The scalar that the bidder revealed; null without an answer, and where it would open more than this one wrap. */
  ephemeral: Sha256Hex.nullable(),
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
  suite: z.enum(suiteNames),
  /** ctxHash, and the price part as the manifest names it: enough, with the suite, for `openPart`. */
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
  kind: z.enum(['closed', 'released', 'opened', 'remark', 'failed', 'moved']),
  at: Instant,
});
export type OpeningEvent = z.infer<typeof OpeningEvent>;
