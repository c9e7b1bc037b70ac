import { z } from 'zod';
import { Sha256Hex, SignatureHex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { optionalText, text } from '../kernel/text.ts';
import { Instant } from '../kernel/time.ts';
import { SignedActBody } from '../identity/index.ts';
import { Keyring, LabelId, SheetContext, suiteNames } from '../trust/index.ts';
import { Outlier } from './outliers.ts';
import { PanelDraw } from './panel.draw.ts';
import { Reopening } from './reopening.ts';

export const LotParams = z.object({ lotId: Id });
export const MemberParams = z.object({ memberId: Id });
export const BidParams = z.object({ lotId: Id, bidId: Id });

/** Points × 100. */
export const Score = z.int().min(0).max(10_000);

/** One criterion as the tender published it. */
export const Criterion = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['objective', 'subjective']),
  max: Score,
  guidance: z.string(),
  options: z.array(z.object({ id: z.string(), label: z.string(), points: Score })).optional(),
});
export type Criterion = z.infer<typeof Criterion>;

/** What a lot is judged by; its hash is in every sheet. */
export const Criteria = z.object({
  lotId: Id,
  method: z.enum(['comprehensive', 'lowestPrice']),
  /** Points for the price. */
  priceWeight: z.int().min(0).max(100),
  budget: FenText,
  ceiling: FenText.nullable(),
  qualifications: z.array(z.object({ id: z.string(), text: z.string(), evidence: z.string() })),
  items: z.array(Criterion),
});
export type Criteria = z.infer<typeof Criteria>;

/* ---------- qualification ---------- */

export const Finding = z.strictObject({
  qualification: z.string().max(64),
  met: z.boolean(),
  reason: optionalText(500),
});
/** One bid's qualification check: a bid passes when every requirement is met; an unmet one says why. */
export const QualificationFindings = z.strictObject({ bidId: Id, findings: z.array(Finding).max(100) });
export type QualificationFindings = z.infer<typeof QualificationFindings>;

export const BidFile = z.object({ index: z.int(), name: z.string(), size: z.int(), contentType: z.string() });
export type BidFile = z.infer<typeof BidFile>;

export const QualificationBid = z.object({
  bidId: Id,
  bidder: z.object({ name: z.string(), uscc: z.string() }),
  /** Falls out before any check: a bid that did not open. */
  stands: z.boolean(),
  statements: z.array(z.object({ qualification: z.string(), statement: z.string(), file: z.string().nullable() })),
  files: z.array(BidFile),
  /** Facts from public registers to look at: punishments in force and the like. Hints, never verdicts. */
  hints: z.array(z.object({ code: z.string(), facts: z.record(z.string(), z.union([z.string(), z.number()])) })),
  result: z
    .object({
      passed: z.boolean(),
      findings: z.array(z.object({ qualification: z.string(), met: z.boolean(), reason: z.string() })),
    })
    .nullable(),
});
export const QualificationReply = z.object({
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  state: z.string(),
  criteria: Criteria,
  bids: z.array(QualificationBid),
  judgedAt: Instant.nullable(),
  allowed: z.array(z.enum(['qualify'])),
});
export const QualifyBody = SignedActBody.extend({ bids: z.array(QualificationFindings).max(500) });
export const QualifyReply = z.object({ state: z.string(), passed: z.int(), failed: z.int() });

/* ---------- the panel ---------- */

export const PanelRule = z.object({
  /** Smallest size; always odd. */
  least: z.int(),
  /** Largest number of purchaser's representatives at the smallest size. */
  mostRepresentatives: z.int(),
  law: z.string(),
});
/** Why a candidate must stay away, with the facts that show it. */
export const Recusal = z.object({
  code: z.enum(['employed-by-party', 'declared-relation', 'belongs-to-party', 'suspended']),
  facts: z.record(z.string(), z.string()),
});
export type Recusal = z.infer<typeof Recusal>;
export const Candidate = z.object({
  seatId: Id,
  name: z.string(),
  kind: z.enum(['expert', 'purchaser']),
  employer: z.string().nullable(),
  specialities: z.array(z.string()),
  regionCode: z.string().nullable(),
  recused: z.array(Recusal),
});
export const CandidatesQuery = z.object({
  q: z.string().max(100).optional(),
  speciality: z.string().max(20).optional(),
});
export const CandidatesReply = z.object({ rule: PanelRule, rows: z.array(Candidate) });

export const Appointment = z.strictObject({ seatId: Id, kind: z.enum(['expert', 'purchaser']) });
export type Appointment = z.infer<typeof Appointment>;
export const AppointBody = SignedActBody.extend({
  members: z.array(Appointment).min(5).max(25),
  /** The draw that named the experts; null where they were chosen. */
  drawId: Id.nullable().default(null),
  /** Why experts were chosen instead of drawn; empty where they were drawn. @law 87号令 §48 */
  selfChosen: optionalText(500).default(''),
});
export const ReplaceBody = SignedActBody.extend({ seatId: Id, reason: text(300) });
export const ConveneBody = z.object({
  /** Until when sheets must be in; a member who is later may be replaced. */
  sheetsUntil: Instant,
});

export const MemberState = z.enum(['invited', 'accepted', 'declined', 'replaced', 'committed', 'revealed', 'opened']);
export type MemberState = z.infer<typeof MemberState>;
export const PanelMember = z.object({
  memberId: Id,
  /** The pseudonym that sheets and the log use: `expert-3`. */
  expert: LabelId,
  seatId: Id,
  name: z.string(),
  kind: z.enum(['expert', 'purchaser']),
  state: MemberState,
  reason: z.string().nullable(),
  signedReport: z.boolean(),
});
export const PanelReply = z.object({
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotState: z.string(),
  /** In which its draws are held, too. */
  suite: z.enum(suiteNames),
  rule: PanelRule,
  /** The newest draw of this lot's experts. */
  drawn: PanelDraw.nullable(),
  /** Why experts were chosen instead of drawn; null where they were drawn. */
  selfChosen: z.string().nullable(),
  /** Who was absent when a limit passed. */
  defaults: z.array(z.object({ expert: LabelId, of: z.enum(['sheet', 'reveal']), at: Instant })),
  reopened: z.array(Reopening),
  members: z.array(PanelMember),
  complete: z.boolean(),
  sheetsUntil: Instant.nullable(),
  revealUntil: Instant.nullable(),
  allowed: z.array(z.enum(['draw', 'appoint', 'replace', 'convene', 'reopen'])),
});

/* ---------- the expert ---------- */

/** What an expert declares on accepting; every line must be true. @law 政府采购法实施条例 §9 */
export const RecusalDeclaration = z.strictObject({
  /** Not employed by, director, supervisor, shareholder or controller of a party in the last three years. */
  noEmployment: z.literal(true),
  /** Not married or near kin to a party's head. */
  noKinship: z.literal(true),
  /** No other relation that could harm fairness. */
  noOtherInterest: z.literal(true),
  /** Will score alone, keep it secret and take nothing. */
  pledge: z.literal(true),
});
export type RecusalDeclaration = z.infer<typeof RecusalDeclaration>;
export const AcceptBody = SignedActBody.extend({ declaration: RecusalDeclaration });
export const DeclineBody = z.object({ reason: z.enum(['recusal', 'unavailable', 'other']), note: optionalText(300) });

export const ExpertTask = z.object({
  memberId: Id,
  tenderId: Id,
  lotId: Id,
  expert: LabelId,
  kind: z.enum(['expert', 'purchaser']),
  state: MemberState,
  lotState: z.string(),
  /** Null before the expert has accepted. */
  title: z.string().nullable(),
  code: z.string().nullable(),
  lotNo: z.int().nullable(),
  category: z.enum(['goods', 'services', 'works']),
  regionCode: z.string(),
  invitedAt: Instant,
  until: Instant.nullable(),
  /** Who is involved, so that the declaration can be true. */
  parties: z.array(z.object({ role: z.enum(['purchaser', 'agency', 'bidder']), name: z.string() })),
  next: z.enum(['accept', 'wait', 'score', 'reveal', 'sign', 'none']),
});
export type ExpertTask = z.infer<typeof ExpertTask>;
export const TasksReply = z.object({ rows: z.array(ExpertTask) });

export const RoomBid = z.object({
  bidId: Id,
  bidder: z.object({ name: z.string(), uscc: z.string() }),
  price: FenText,
  overLimit: z.boolean(),
  /** The technical part as the bidder wrote it. */
  offer: z.record(z.string(), z.unknown()),
  files: z.array(BidFile),
  /** Scored by machine from what the bid claims, equal for all experts. @law 87号令 §64 */
  objective: z.array(
    z.object({ item: z.string(), option: z.string().nullable(), label: z.string().nullable(), score: Score }),
  ),
  /** Null for the method of the lowest price. */
  priceScore: Score.nullable(),
  lowPrice: z.array(
    z.object({
      rule: z.enum(['half-of-mean', 'half-of-second', 'share-of-ceiling']),
      reference: FenText,
      threshold: FenText,
      percent: z.int(),
    }),
  ),
});
/** What an expert scores with; open to the panel from the convening to the report. */
export const RoomReply = z.object({
  memberId: Id,
  expert: LabelId,
  state: MemberState,
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  lotState: z.string(),
  content: z.string(),
  criteria: Criteria,
  criteriaHash: Sha256Hex,
  keyring: Keyring,
  /** The context the next sheet must be sealed with. */
  ctx: SheetContext,
  attachments: z.array(
    z.object({ fileId: z.string(), name: z.string(), size: z.int(), sha256: Sha256Hex, kind: z.string() }),
  ),
  bids: z.array(RoomBid),
  sheetsUntil: Instant,
  progress: z.object({
    members: z.int(),
    committed: z.int(),
    revealed: z.int(),
    revealOpen: z.boolean(),
    revealUntil: Instant.nullable(),
  }),
  resultHash: Sha256Hex.nullable(),
  reportHash: Sha256Hex.nullable(),
  signedReport: z.boolean(),
});
export type RoomReply = z.infer<typeof RoomReply>;
export const ProgressReply = RoomReply.shape.progress.extend({
  state: MemberState,
  lotState: z.string(),
  commitment: Sha256Hex.nullable(),
  resultHash: Sha256Hex.nullable(),
  reportHash: Sha256Hex.nullable(),
});

/** One expert's whole judgement, as it is committed to: a bid has one score for each subjective item, whatever the vote. */
export const ScoreSheet = z.strictObject({
  v: z.literal('xinbiao/score-sheet/v1'),
  lotId: Id,
  criteriaHash: Sha256Hex,
  expert: LabelId,
  bids: z
    .array(
      z.strictObject({
        bidId: Id,
        responsive: z.boolean(),
        /** Why not; at least one where `responsive` is false. */
        reasons: z.array(z.string().min(1).max(500)).max(20),
        scores: z
          .array(z.strictObject({ item: z.string().max(64), score: Score, comment: z.string().max(1_000) }))
          .max(200),
      }),
    )
    .min(1)
    .max(500),
});
export type ScoreSheet = z.infer<typeof ScoreSheet>;

export const SheetBody = SignedActBody.extend({
  seq: z.int().min(1).max(1_000),
  commitment: Sha256Hex,
  /** Canonical JSON of the escrow copy. */
  escrow: z.string().max(3_000_000),
});
export const SheetReply = z.object({
  state: MemberState,
  seq: z.int(),
  commitment: Sha256Hex,
  progress: RoomReply.shape.progress,
});
export const RevealBody = z.object({ salt: Sha256Hex, sheet: ScoreSheet });
export const RevealReply = z.object({ state: MemberState, lotState: z.string() });

/* ---------- absent experts ---------- */

export const EscrowsReply = z.object({
  /** From when officers may open what was not revealed. */
  from: Instant.nullable(),
  rows: z.array(
    z.object({
      expert: LabelId,
      escrowHash: Sha256Hex,
      /** Canonical JSON. */ escrow: z.string(),
      released: z.boolean(),
    }),
  ),
});
/** The officer's share of each sheet, all or nothing; null where the wrap does not open, a complaint about the expert. */
export const EscrowShare = z.strictObject({
  expert: LabelId,
  escrowHash: Sha256Hex,
  blob: z
    .string()
    .regex(/^(?:[0-9a-f]{2})+$/)
    .max(4_096)
    .nullable(),
});
export type EscrowShare = z.infer<typeof EscrowShare>;
export const ReleaseEscrowsBody = SignedActBody.extend({ shares: z.array(EscrowShare).min(1).max(25) });
export const ReleaseEscrowsReply = z.object({
  opened: z.array(LabelId),
  waiting: z.array(LabelId),
  lotState: z.string(),
});

/* ---------- the result ---------- */

export const LowPriceFlag = z.strictObject({
  bidId: Id,
  rule: z.enum(['half-of-mean', 'half-of-second', 'share-of-ceiling']),
  price: FenText,
  reference: FenText,
  threshold: FenText,
  percent: z.int(),
});
export const ResultBid = z.strictObject({
  bidId: Id,
  price: FenText,
  responsive: z.boolean(),
  /** Over the ceiling or budget: no vote changes that. */
  overLimit: z.boolean(),
  votes: z.strictObject({ for: z.int(), against: z.int() }),
  /** Experts' reasons against, without names. */
  reasons: z.array(z.string()),
  items: z.array(z.strictObject({ item: z.string(), kind: z.enum(['objective', 'subjective']), score: Score })),
  objective: z.int(),
  subjective: z.int(),
  priceScore: z.int(),
  total: z.int(),
  rank: z.int().nullable(),
});
export type ResultBid = z.infer<typeof ResultBid>;
/** What the panel found: follows from sheets, offers and criteria alone, so anybody entitled to them can repeat it. */
export const EvaluationResult = z.strictObject({
  v: z.literal('xinbiao/eval-result/v1'),
  tenderId: Id,
  lotId: Id,
  criteriaHash: Sha256Hex,
  method: z.enum(['comprehensive', 'lowestPrice']),
  outcome: z.enum(['ranked', 'lt3Responsive']),
  /** Ceiling, or budget where none was set. */
  limit: FenText,
  base: FenText.nullable(),
  sheets: z.array(z.strictObject({ expert: LabelId, commitment: Sha256Hex, from: z.enum(['reveal', 'escrow']) })),
  bids: z.array(ResultBid),
  flags: z.array(LowPriceFlag),
});
export type EvaluationResult = z.infer<typeof EvaluationResult>;

export const ReportReply = z.object({
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  rankedAt: Instant,
  criteria: Criteria,
  result: EvaluationResult,
  resultHash: Sha256Hex,
  reportHash: Sha256Hex,
  bidders: z.array(z.object({ bidId: Id, name: z.string(), uscc: z.string() })),
  members: z.array(
    z.object({
      expert: LabelId,
      name: z.string(),
      kind: z.enum(['expert', 'purchaser']),
      signedAt: Instant.nullable(),
    }),
  ),
  outliers: z.array(Outlier),
  reopened: z.array(Reopening),
});
export const SheetView = z.object({
  expert: LabelId,
  commitment: Sha256Hex,
  salt: Sha256Hex,
  from: z.enum(['reveal', 'escrow']),
  sheet: ScoreSheet,
  signature: SignatureHex,
});
export const SheetParams = z.object({ lotId: Id, expert: LabelId });

/** Everything that an evaluation is counted again from, for supervision. */
export const SheetsReply = z.object({
  tenderId: Id,
  criteria: Criteria,
  rulebook: z.string(),
  /** What the log fixed when the last sheet came in. */
  closed: z.array(z.object({ expert: LabelId, commitment: Sha256Hex })),
  bids: z.array(
    z.object({
      bidId: Id,
      price: FenText,
      objective: z.array(z.object({ item: z.string(), option: z.string() })),
    }),
  ),
  sheets: z.array(SheetView),
  /** Sheets of earlier rounds and void ones, with the reason why they do not count. */
  former: z.array(
    z.object({
      round: z.int(),
      expert: LabelId,
      seq: z.int(),
      commitment: Sha256Hex,
      salt: Sha256Hex.nullable(),
      sheet: ScoreSheet.nullable(),
      reason: z.string(),
      at: Instant,
    }),
  ),
  result: EvaluationResult,
});
