import { z } from 'zod';
import { Hex, Sha256Hex } from '../kernel/bytes.ts';
import { PartyName, PublicEvaluation, RecordPlace } from '../evaluation/evaluation.public.ts';
import { RegionCode } from '../kernel/codes.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { PageQuery, pageOf } from '../kernel/page.ts';
import { Day, Instant } from '../kernel/time.ts';
import { LogEntry, SignedAct } from '../ledger/ledger.schema.ts';
import { TenderContent } from '../tendering/tender.schema.ts';
import { DrawRecord } from '../trust/index.ts';

/** Where the public may see a lot: as its life names it. */
export const PublicLotState = z.enum([
  'bidding',
  'closed',
  'opened',
  'qualified',
  'evaluating',
  'ranked',
  'awarded',
  'failed',
]);
export type PublicLotState = z.infer<typeof PublicLotState>;

export { PartyName, PublicEvaluation, RecordPlace };

/** Why a lot failed, with the article that says so. */
export const Failure = z.object({
  reason: z.enum(['lt3Bids', 'bidOmitted', 'officersAbsent', 'lt3Qualified', 'lt3Responsive']),
  law: z.string(),
  at: Instant,
});
export type Failure = z.infer<typeof Failure>;

/** One event of a tender's story: done, happening, or to come. `key` names its sentence, `facts` fill it. */
export const SpineEvent = z.object({
  key: z.enum([
    'published',
    'officersReplaced',
    'documentsUntil',
    'deadline',
    'closed',
    'openingBatch',
    'bidOpened',
    'opened',
    'qualified',
    'panelAppointed',
    'evaluating',
    'ranked',
    'awarded',
    'failed',
    'noticeUntil',
    'contractBy',
  ]),
  state: z.enum(['done', 'now', 'next']),
  /** When it happened, or by when it must; null where no instant is fixed. */
  at: Instant.nullable(),
  /** Lots have spines of their own below the common beginning. */
  lotId: Id.nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  law: z.string().nullable(),
  record: RecordPlace.nullable(),
});
export type SpineEvent = z.infer<typeof SpineEvent>;
export type SpineKey = SpineEvent['key'];

/** What is true now, what comes next, until when. */
export const Standing = z.object({
  /** What is true now. */
  now: z.enum([
    'bidding',
    'waitingForClose',
    'waitingForOpening',
    'qualifying',
    'convening',
    'evaluating',
    'deciding',
    'awarded',
    'failed',
  ]),
  next: z.enum(['close', 'open', 'qualify', 'convene', 'rank', 'award', 'contract', 'retender']).nullable(),
  /** The exact instant that the countdown names. */
  until: Instant.nullable(),
  law: z.string().nullable(),
});
export type Standing = z.infer<typeof Standing>;

export const TenderRow = z.object({
  id: Id,
  code: z.string(),
  title: z.string(),
  purchaserName: z.string(),
  agencyName: z.string().nullable(),
  regionCode: RegionCode,
  regionName: z.string(),
  category: z.enum(['goods', 'services', 'works']),
  budget: FenText,
  lots: z.int(),
  publishedAt: Instant,
  deadline: Instant,
  /** The least advanced lot's state: one word for the list. */
  state: PublicLotState,
});
export type TenderRow = z.infer<typeof TenderRow>;

export const TendersQuery = PageQuery.extend({
  /** Words of title, code, purchaser or agency. */
  q: z.string().max(100).optional(),
  region: RegionCode.optional(),
  category: z.enum(['goods', 'services', 'works']).optional(),
  state: PublicLotState.optional(),
  publishedFrom: Day.optional(),
  publishedTo: Day.optional(),
  budgetFrom: FenText.optional(),
  budgetTo: FenText.optional(),
  sort: z.enum(['published', 'deadline']).default('published'),
});
export const TendersPage = pageOf(TenderRow);

export const CalendarRow = z.object({
  tenderId: Id,
  lotId: Id,
  lotNo: z.int(),
  code: z.string(),
  title: z.string(),
  lotTitle: z.string(),
  purchaserName: z.string(),
  regionCode: RegionCode,
  regionName: z.string(),
  at: Instant,
  day: Day,
  state: PublicLotState,
});
export type CalendarRow = z.infer<typeof CalendarRow>;
/** A day of the calendar; `settled` is false where the State Council has not named that year's holidays yet. */
export const CalendarDay = z.object({ day: Day, working: z.boolean(), settled: z.boolean() });
export const CalendarQuery = z.object({ from: Day, to: Day, region: RegionCode.optional() });
export const CalendarReply = z.object({ days: z.array(CalendarDay), rows: z.array(CalendarRow) });

export const ResultRow = z.object({
  tenderId: Id,
  lotId: Id,
  lotNo: z.int(),
  code: z.string(),
  title: z.string(),
  lotTitle: z.string(),
  purchaserName: z.string(),
  regionCode: RegionCode,
  regionName: z.string(),
  category: z.enum(['goods', 'services', 'works']),
  outcome: z.enum(['awarded', 'failed']),
  budget: FenText,
  winner: PartyName.nullable(),
  price: FenText.nullable(),
  failure: Failure.nullable(),
  at: Instant,
});
export type ResultRow = z.infer<typeof ResultRow>;
export const ResultsQuery = PageQuery.extend({
  q: z.string().max(100).optional(),
  region: RegionCode.optional(),
  outcome: z.enum(['awarded', 'failed']).optional(),
});
export const ResultsPage = pageOf(ResultRow);

export const HomeReply = z.object({
  now: Instant,
  counts: z.object({ openTenders: z.int(), openingsToday: z.int(), awardedThisYear: z.int(), failedThisYear: z.int() }),
  openingsToday: z.array(CalendarRow),
  notices: z.array(TenderRow),
  results: z.array(ResultRow),
  blacklist: z.array(
    z.object({ id: Id, name: z.string(), uscc: z.string(), ground: z.string(), from: Day, until: Day }),
  ),
});
export type HomeReply = z.infer<typeof HomeReply>;

/* ---------- the story ---------- */

/** What closing fixed: how many bids, and the document that lists them. */
export const PublicClose = z.object({
  at: Instant,
  count: z.int(),
  documentHash: Sha256Hex,
  record: RecordPlace.nullable(),
});

/** A bid as the opening read it out. A bid that did not open shows its name and why. */
export const OpenedBid = z.object({
  bidId: Id,
  bidder: PartyName,
  /** Order of the close document, from 1. */
  no: z.int(),
  state: z.enum(['sealed', 'opened', 'faulty']),
  price: FenText.nullable(),
  deliveryDays: z.int().nullable(),
  fault: z.string().nullable(),
  manifestHash: Sha256Hex,
  /** Opens the price part alone, so that anyone can repeat the opening. */
  partKey: Sha256Hex.nullable(),
  record: RecordPlace.nullable(),
});
export type OpenedBid = z.infer<typeof OpenedBid>;

export const PublicAward = z.object({
  bidId: Id,
  winner: PartyName,
  winnerAddress: z.string().nullable(),
  price: FenText,
  total: z.int().nullable(),
  at: Instant,
  decidedBy: z.string(),
  /** Last day of the result notice. @law 87号令 §69 */
  noticeUntil: Day,
  /** Last day to question the result. @law 94号令 §10 */
  questionsUntil: Day,
  /** Last day to sign the contract. @law 87号令 §71 */
  contractBy: Day,
  record: RecordPlace.nullable(),
});
export type PublicAward = z.infer<typeof PublicAward>;

export const PublicLot = z.object({
  id: Id,
  no: z.int(),
  title: z.string(),
  state: PublicLotState,
  budget: FenText,
  ceiling: FenText.nullable(),
  deadline: Instant,
  method: z.enum(['comprehensive', 'lowestPrice']),
  standing: Standing,
  failure: Failure.nullable(),
  close: PublicClose.nullable(),
  /** Null before the officers have opened. */
  opening: z.object({ at: Instant.nullable(), bids: z.array(OpenedBid) }).nullable(),
  /** Null before the result is public. */
  evaluation: PublicEvaluation.nullable(),
  award: PublicAward.nullable(),
});
export type PublicLot = z.infer<typeof PublicLot>;

/** Who can open: groups that must come together, and who is in them. */
export const PublicKeyring = z.array(
  z.object({
    group: z.string(),
    threshold: z.int(),
    members: z.array(z.object({ x: z.int(), name: z.string(), organisation: z.string(), certSha256: Sha256Hex })),
  }),
);

export const TenderParams = z.object({ tenderId: Id });

/** A tender's whole story, as the public may see it at this moment. */
export const PublicTender = z.object({
  id: Id,
  code: z.string(),
  title: z.string(),
  regime: z.literal('ZC'),
  method: z.literal('openTender'),
  rulebook: z.string(),
  regionName: z.string(),
  budget: FenText,
  publishedAt: Instant,
  deadline: Instant,
  /** The notice's name: RFC 6962 leaf hash of its entry in the public log. */
  noticeLeaf: Sha256Hex,
  keyringHash: Sha256Hex,
  keyring: PublicKeyring,
  /** The notice as published, word for word. */
  content: TenderContent,
  standing: Standing,
  spine: z.array(SpineEvent),
  lots: z.array(PublicLot),
});
export type PublicTender = z.infer<typeof PublicTender>;

/* ---------- checking offline ---------- */

/** Everything public that is needed to check a tender offline, from the notice to the award. */
export const TenderBundle = z.object({
  v: z.literal('xinbiao/tender-bundle/v1'),
  madeAt: Instant,
  log: z.object({
    origin: z.string(),
    verifierKey: z.string(),
    /** Signed note. */ checkpoint: z.string(),
    size: z.int(),
    /** Whom the notice says one may trust about the log (c2sp.org/tlog-policy). */ policy: z
      .string()
      .nullable()
      .default(null),
  }),
  tender: z.object({
    id: Id,
    code: z.string(),
    noticeLeaf: Sha256Hex,
    keyringHash: Sha256Hex,
    /** Canonical text. */ content: z.string(),
    keyring: z.string(),
  }),
  /** Public and disclosed entries of the tender's scopes, each with its path to the checkpoint's root. */
  entries: z.array(LogEntry.extend({ proof: z.array(Sha256Hex) })),
  acts: z.array(SignedAct),
  /** Certificates that the acts name, by fingerprint, DER as hex. */
  certificates: z.array(z.object({ sha256: Sha256Hex, der: Hex })),
  /** Authorities that this house trusts, for comparison with what they publish themselves. */
  roots: z.array(z.object({ sha256: Sha256Hex, der: Hex })).default([]),
  /** Roots of the timestamp authorities that this house asks. */
  timeRoots: z.array(z.object({ sha256: Sha256Hex, der: Hex })).default([]),
  /** Certificates of unavailability as their entries name them, with what witnesses signed. */
  outages: z
    .array(z.object({ hash: Sha256Hex, certificate: z.string(), attestations: z.array(z.string()) }))
    .default([]),
  /** Revocation lists as they stood when the bundle was made, DER as hex. */
  crls: z.array(z.object({ sha256: Sha256Hex, der: Hex })).default([]),
  lots: z.array(
    z.object({
      id: Id,
      no: z.int(),
      state: PublicLotState,
      /** Canonical text of the close document, after close. */
      close: z.string().nullable(),
      bids: z.array(
        z.object({
          bidId: Id,
          /** Canonical text of the sealed envelope's manifest with the bidder's signature, once its price part is public. */
          manifest: z.string().nullable(),
          signature: Hex.nullable(),
          certificateSha256: Sha256Hex.nullable(),
          /** RFC 3161 tokens over the value of the bidder's signature. */
          timestamps: z.array(Hex).default([]),
          /** What witnesses signed for it before the deadline, where it was handed in again after an outage. */
          acknowledgements: z.array(z.string()).default([]),
          partKeys: z.array(z.object({ part: z.string(), key: Sha256Hex })),
          /** Ciphertext of the public part, piece by piece; fetched apart because of its size. */
          pieces: z.array(z.object({ part: z.string(), sha256: Sha256Hex, href: z.string() })),
          /** Why it was named faulty, as far as everybody may check: canonical texts whose hashes the log names. */
          faults: z.array(z.object({ hash: Sha256Hex, evidence: z.string() })).default([]),
        }),
      ),
      /** Canonical text of the evaluation's result, once it is public. */
      result: z.string().nullable(),
      /** Finished draws of this lot: everything it takes to hold them again. */
      draws: z.array(DrawRecord).default([]),
      /** Canonical text of the purchaser's signed decision. */
      award: z.string().nullable(),
    }),
  ),
});
export type TenderBundle = z.infer<typeof TenderBundle>;

export const HouseStatus = z.object({
  state: z.enum(['ok', 'degraded']),
  now: Instant,
  realNow: Instant,
  /** Business time may run ahead of real time, and says so. */
  sandbox: z.boolean(),
  log: z.object({
    origin: z.string(),
    size: z.int(),
    checkpointAt: Instant.nullable(),
    waiting: z.int(),
    /** Independent witnesses that the policy names, and how many of them have cosigned the checkpoint given out. */
    witnesses: z.int(),
    cosigned: z.int(),
    /** Witnesses that a demonstration brings itself: they vouch for nothing. */
    demonstrationWitnesses: z.int(),
    /** Have as many cosigned as the policy asks for? */
    quorum: z.boolean(),
  }),
  /** The next instant at which the clock closes a tender. */
  nextDeadline: Instant.nullable(),
  /** What is not as it should be, in words of the status page. */
  notes: z.array(
    z.enum([
      'no-witnesses',
      'quorum-missing',
      'log-contradicted',
      'log-behind',
      'clock-late',
      'close-waits',
      'clock-off',
    ]),
  ),
});
export type HouseStatus = z.infer<typeof HouseStatus>;
