import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { CatalogCode, RegionCode } from '../kernel/codes.ts';
import { Id } from '../kernel/id.ts';
import { FenText, PositiveFenText } from '../kernel/money.ts';
import { optionalText, text } from '../kernel/text.ts';
import { Day, Instant } from '../kernel/time.ts';
import { Uscc } from '../kernel/uscc.ts';
import { lotStates } from './lot.life.ts';

/** Names inside a tender (criteria, options, conditions): short, lower case; bids and score sheets refer to them. */
export const ItemId = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
/** Hundredths of a point; 10 000 is 100 points. */
export const Points = z.int().min(0).max(10_000);

export const categories = ['goods', 'services', 'works'] as const;
export const Category = z.enum(categories);
export type Category = z.infer<typeof Category>;
export const OfficerGroupId = z.enum(['purchaser', 'independent']);
export type OfficerGroupId = z.infer<typeof OfficerGroupId>;
export const AttachmentKind = z.enum(['tenderDocument', 'drawing', 'other']);

export const Party = z.strictObject({
  organisationId: Id,
  name: text(200),
  uscc: Uscc,
  address: text(300),
  contact: text(100),
  phone: text(50),
});
export type Party = z.infer<typeof Party>;

export const ChosenOfficer = z.strictObject({ group: OfficerGroupId, seatId: Id });

export const Attachment = z.strictObject({
  fileId: Id,
  name: text(255),
  size: z.int().nonnegative(),
  sha256: Sha256Hex,
  kind: AttachmentKind,
});
export type Attachment = z.infer<typeof Attachment>;

export const Qualification = z.strictObject({ id: ItemId, text: text(2000), evidence: optionalText(2000) });
export type Qualification = z.infer<typeof Qualification>;

export const ScoreOption = z.strictObject({ id: ItemId, label: text(500), points: Points });
/** One criterion. Of an objective one the bidder claims an option and the machine scores; a subjective one experts score. */
export const ScoreItem = z.strictObject({
  id: ItemId,
  name: text(200),
  kind: z.enum(['objective', 'subjective']),
  max: Points,
  guidance: optionalText(4000),
  options: z.array(ScoreOption).max(40).optional(),
});
export type ScoreItem = z.infer<typeof ScoreItem>;

export const LotContent = z.strictObject({
  no: z.int().min(1).max(99),
  title: text(200),
  content: text(10_000),
  quantity: text(200),
  deliveryDays: z.int().min(1).max(36_500),
  deliveryPlace: text(300),
  budget: PositiveFenText,
  ceiling: PositiveFenText.nullable(),
  qualifications: z.array(Qualification).max(50),
  method: z.enum(['comprehensive', 'lowestPrice']),
  /** Percent of the total; null where the lowest price wins. */
  priceWeight: z.int().min(0).max(100).nullable(),
  /** Decimals of every score. */
  scale: z.literal(2),
  items: z.array(ScoreItem).max(100),
});
export type LotContent = z.infer<typeof LotContent>;

/** How bids of a tender are sealed and opened; part of the signed notice, so every envelope is bound to it. */
export const Sealing = z.strictObject({
  /** Algorithms of every envelope of the tender; never mixed. */
  suite: z.enum(['XB1', 'XB1-SM']),
  /** `bidder`: a bid opens only with the bidder's own key beside the officers'. @law 电子招标投标办法 §30 */
  gate: z.enum(['none', 'bidder']),
  /** Whether officers try their shares before the deadline: not at all, only on dummies, or on real ones hidden among dummies. */
  precheck: z.enum(['off', 'dummy', 'on']),
  /** After the close, minutes in which a bidder that is missing from the list can say so before any share is released. */
  objectionMinutes: z.int().min(0).max(240),
  /** Minutes the officers have from then on. */
  releaseMinutes: z.int().min(10).max(480),
  /** Minutes the bidders have to release their own keys; 0 where none is needed. */
  decryptMinutes: z.int().min(0).max(240),
});
export type Sealing = z.infer<typeof Sealing>;
export const ordinarySealing: Sealing = {
  suite: 'XB1',
  gate: 'none',
  precheck: 'off',
  objectionMinutes: 0,
  releaseMinutes: 30,
  decryptMinutes: 0,
};

/** What the document itself promises for the case that the platform cannot be reached before the deadline. */
export const Outage = z.strictObject({
  /** The last hours before the deadline that count. */
  withinHours: z.int().min(0).max(168),
  /** Minutes of unreachability in them, together, from which the promise holds. */
  minutes: z.int().min(1).max(1_440),
  /** By how many hours the deadline moves; 0 where it does not. */
  extendHours: z.int().min(0).max(240),
  /** Hours after the deadline in which the identical bytes may still be handed in; 0 where they may not. */
  redeliverHours: z.int().min(0).max(168),
});
export type Outage = z.infer<typeof Outage>;
export const ordinaryOutage: Outage = { withinHours: 24, minutes: 30, extendHours: 24, redeliverHours: 0 };

/** A whole tender as it is checked, signed, published and hashed. */
export const TenderContent = z.strictObject({
  title: text(200),
  category: Category,
  regionCode: RegionCode,
  catalogCode: CatalogCode,
  purchaser: Party,
  agency: Party.nullable(),
  fundSource: text(200),
  summary: text(2000),
  need: text(20_000),
  documentsFrom: Day,
  documentsUntil: Day,
  deadline: Instant,
  openingPlace: text(300),
  /** Working days. */
  noticeDays: z.int().min(1).max(60),
  contactSupervisor: text(300),
  consortium: z.boolean(),
  bidValidityDays: z.int().min(1).max(365),
  /** What happens when the platform fails before the deadline. */
  remedy: text(2000),
  sealing: Sealing,
  outage: Outage,
  officers: z.array(ChosenOfficer).max(16),
  lots: z.array(LotContent).min(1).max(20),
  attachments: z.array(Attachment).max(50),
});
export type TenderContent = z.infer<typeof TenderContent>;

/*
 * Drafts: the same shape with every value possibly missing, so that half a sentence can be saved. What is missing
 * is the verdict's business.
 */
const missing = z.literal('');
const DraftParty = z.strictObject({
  organisationId: Id,
  name: optionalText(200),
  uscc: optionalText(18),
  address: optionalText(300),
  contact: optionalText(100),
  phone: optionalText(50),
});
const DraftItem = z.strictObject({
  id: ItemId,
  name: optionalText(200),
  kind: z.enum(['objective', 'subjective']),
  max: Points,
  guidance: optionalText(4000),
  options: z
    .array(z.strictObject({ id: ItemId, label: optionalText(500), points: Points }))
    .max(40)
    .optional(),
});
const DraftLot = z.strictObject({
  no: z.int().min(1).max(99),
  title: optionalText(200),
  content: optionalText(10_000),
  quantity: optionalText(200),
  deliveryDays: z.int().min(0).max(36_500).nullable(),
  deliveryPlace: optionalText(300),
  budget: FenText.or(missing),
  ceiling: FenText.nullable(),
  qualifications: z
    .array(z.strictObject({ id: ItemId, text: optionalText(2000), evidence: optionalText(2000) }))
    .max(50),
  method: z.enum(['comprehensive', 'lowestPrice']),
  priceWeight: z.int().min(0).max(100).nullable(),
  scale: z.literal(2),
  items: z.array(DraftItem).max(100),
});
export const TenderDraft = z.strictObject({
  title: optionalText(200),
  category: Category,
  regionCode: RegionCode.or(missing),
  catalogCode: CatalogCode.or(missing),
  purchaser: DraftParty,
  agency: DraftParty.nullable(),
  fundSource: optionalText(200),
  summary: optionalText(2000),
  need: optionalText(20_000),
  documentsFrom: Day.or(missing),
  documentsUntil: Day.or(missing),
  deadline: Instant.or(missing),
  openingPlace: optionalText(300),
  noticeDays: z.int().min(0).max(60),
  contactSupervisor: optionalText(300),
  consortium: z.boolean(),
  bidValidityDays: z.int().min(0).max(365),
  remedy: optionalText(2000),
  sealing: Sealing,
  outage: Outage,
  officers: z.array(ChosenOfficer).max(16),
  lots: z.array(DraftLot).max(20),
  /** What was attached through `attachFile`; other values in a saved draft are ignored. */
  attachments: z.array(Attachment).max(50),
});
export type TenderDraft = z.infer<typeof TenderDraft>;
export type TenderDraftLot = TenderDraft['lots'][number];

/** A lot to start from: scored comprehensively, price 30 %. */
export const emptyLot = (no: number): TenderDraftLot => ({
  no,
  title: '',
  content: '',
  quantity: '',
  deliveryDays: null,
  deliveryPlace: '',
  budget: '',
  ceiling: null,
  qualifications: [],
  method: 'comprehensive',
  priceWeight: 30,
  scale: 2,
  items: [],
});

/** A draft to start from. */
export const emptyDraft = (
  purchaser: TenderDraft['purchaser'],
  agency: TenderDraft['agency'],
  regionCode: string,
  suite: Sealing['suite'] = 'XB1',
): TenderDraft => ({
  title: '',
  category: 'goods',
  regionCode,
  catalogCode: '',
  purchaser,
  agency,
  fundSource: '',
  summary: '',
  need: '',
  documentsFrom: '',
  documentsUntil: '',
  deadline: '',
  openingPlace: '',
  noticeDays: 5,
  contactSupervisor: '',
  consortium: false,
  bidValidityDays: 90,
  remedy: '',
  sealing: { ...ordinarySealing, suite },
  outage: ordinaryOutage,
  officers: [],
  lots: [emptyLot(1)],
  attachments: [],
});

/** A lot's state as lists name it; the table of its life is `lotLife`. */
const LotStateName = z.enum(lotStates);

/** What the public list asks by; every filter may be left out. Days and amounts include both ends. */
export const TenderQuery = z.object({
  keyword: optionalText(100).default(''),
  region: RegionCode.optional(),
  category: Category.optional(),
  /** The least advanced lot's state. */
  state: LotStateName.optional(),
  publishedFrom: Day.optional(),
  publishedTo: Day.optional(),
  deadlineFrom: Day.optional(),
  deadlineTo: Day.optional(),
  budgetFrom: FenText.optional(),
  budgetTo: FenText.optional(),
  sort: z.enum(['published', 'deadline']).default('published'),
});
export type TenderQuery = z.infer<typeof TenderQuery>;
export type TenderQueryInput = z.input<typeof TenderQuery>;

/** A published tender as lists show it. */
export const TenderRow = z.object({
  id: Id,
  code: z.string(),
  title: z.string(),
  category: Category,
  regionCode: RegionCode,
  purchaserName: z.string(),
  agencyName: z.string().nullable(),
  state: LotStateName,
  budget: FenText,
  lots: z.int(),
  publishedAt: Instant,
  deadline: Instant,
});
export type TenderRow = z.infer<typeof TenderRow>;
