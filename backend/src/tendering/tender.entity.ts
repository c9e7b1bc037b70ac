import { defineEntity, p } from '@mikro-orm/core';
import type { Keyring } from '@xinbiao/contracts/trust';
import type {
  Category,
  FailureReason,
  LotMove,
  LotState,
  TenderDraft,
  TenderState,
} from '@xinbiao/contracts/tendering';
import { columns } from '../platform/index.ts';
import { officerEntities } from './officer.entity.ts';

const { id, instant, sha, money, document } = columns;

/** A lot's name inside its tender, given before publication because the notice is signed with it. */
export type LotName = { readonly id: string; readonly no: number };

const TenderSchema = defineEntity({
  name: 'Tender',
  indexes: [
    { properties: ['purchaserId', 'savedAt'] },
    { properties: ['agencyId', 'savedAt'] },
    { properties: ['lotState', 'deadline'] },
    { properties: ['lotState', 'rid'] },
    { properties: ['deadline', 'rid'] },
    { properties: ['budget'] },
  ],
  properties: {
    id: id().primary(),
    /** Grows with publication; null before it. Lists page by it. */
    rid: p.bigint('number').unsigned(false).unique().nullable(),
    code: p.string().length(64).unique(),
    state: p.string().length(16).$type<TenderState>(),
    /** The least advanced lot's state; null before publication. */
    lotState: p.string().length(16).$type<LotState>().nullable(),
    lotStates: document<Record<string, LotState>>(),
    rulebook: p.string().length(8),
    version: p.integer(),
    purchaserId: id(),
    purchaserName: p.string().length(200),
    agencyId: id().nullable(),
    agencyName: p.string().length(200).nullable(),
    composerSeatId: id(),
    composerPersonId: id(),
    composerName: p.string().length(200),
    submitterPersonId: id().nullable(),
    checkerSeatId: id().nullable(),
    checkerPersonId: id().nullable(),
    checkerName: p.string().length(200).nullable(),
    /** The checker's signed act: its entry in the log, and its hash. */
    checkEntry: id().nullable(),
    checkHash: sha().nullable(),
    publisherSeatId: id().nullable(),
    publisherName: p.string().length(200).nullable(),
    returnReason: p.string().length(1000).nullable(),
    title: p.string().length(200),
    category: p.string().length(16).$type<Category>(),
    regionCode: p.string().length(6),
    budget: money(),
    content: document<TenderDraft>(),
    lotNames: document<LotName[]>(),
    keyring: document<Keyring>().nullable(),
    keyringHash: sha().nullable(),
    deadline: instant().nullable(),
    publishedAt: instant().nullable(),
    /** Leaf hash of the publication's entry, by which later documents name the notice. */
    noticeLeaf: sha().nullable(),
    noticeHash: sha().nullable(),
    createdAt: instant(),
    savedAt: instant(),
  },
});
/** A tender from its first draft on; from publication on its content never changes. */
export class Tender extends TenderSchema.class {}
TenderSchema.setClass(Tender);

/** One step of a lot's life as it was taken, and the leaf of the log entry that records it. */
export type LotStep = {
  readonly move: LotMove | 'publish';
  readonly to: LotState;
  readonly at: string;
  readonly leaf: string;
};

const LotSchema = defineEntity({
  name: 'Lot',
  uniques: [{ properties: ['tenderId', 'no'] }],
  indexes: [{ properties: ['wakeAt'] }, { properties: ['precheckAt'] }, { properties: ['deadline'] }],
  properties: {
    id: id().primary(),
    tenderId: id(),
    no: p.integer(),
    state: p.string().length(16).$type<LotState>(),
    title: p.string().length(200),
    budget: money(),
    ceiling: money().nullable(),
    deadline: instant(),
    /** When the clock has something to do with it; null while it waits for people. */
    wakeAt: instant().nullable(),
    /** When officers are given shares to try the next time; null where they are not. */
    precheckAt: instant().nullable(),
    failure: p.string().length(16).$type<FailureReason>().nullable(),
    steps: document<LotStep[]>(),
  },
});
/** What is bid for, opened, scored and awarded as one; its row is the lock under which it moves. */
export class Lot extends LotSchema.class {}
LotSchema.setClass(Lot);

const DocumentTakingSchema = defineEntity({
  name: 'DocumentTaking',
  uniques: [{ properties: ['tenderId', 'organisationId'] }],
  properties: {
    id: id().primary(),
    tenderId: id(),
    organisationId: id(),
    seatId: id(),
    contact: p.string().length(200),
    takenAt: instant(),
  },
});
/** A bidder took the documents. The tender's own staff may know, nobody else. */
export class DocumentTaking extends DocumentTakingSchema.class {}
DocumentTakingSchema.setClass(DocumentTaking);

const TenderTermSchema = defineEntity({
  name: 'TenderTerm',
  properties: {
    term: p.string().length(64).primary(),
    rid: p.bigint('number').primary().autoincrement(false).unsigned(false),
  },
});
/** A word under which a published tender is found. */
export class TenderTerm extends TenderTermSchema.class {}
TenderTermSchema.setClass(TenderTerm);

const TenderSerialSchema = defineEntity({
  name: 'TenderSerial',
  properties: { name: p.string().length(32).primary(), last: p.bigint('number').unsigned(false) },
});
/** The last number given out of a series. */
export class TenderSerial extends TenderSerialSchema.class {}
TenderSerialSchema.setClass(TenderSerial);

export const tenderingEntities = [Tender, Lot, DocumentTaking, TenderTerm, TenderSerial, ...officerEntities];
