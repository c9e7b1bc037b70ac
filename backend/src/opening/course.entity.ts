import { defineEntity, p } from '@mikro-orm/core';
import { columns } from '../platform/index.ts';

const { document, id, instant, longText, sha } = columns;

const OpeningCourseSchema = defineEntity({
  name: 'OpeningCourse',
  properties: {
    lotId: id().primary(),
    /** 1 at first; one more each time the opening was set anew. */
    round: p.integer(),
    objectionUntil: instant(),
    releaseUntil: instant(),
    /** When those absent in this round were named. */
    defaultedAt: instant().nullable(),
    recoveryUntil: instant().nullable(),
    gateUntil: instant().nullable(),
    /** certSha256 of every officer who was ever named absent. */
    absent: document<string[]>(),
    version: p.integer().version(),
  },
});
/** How far an opening has come, beyond what people did: its windows, and what the clock decided. */
export class OpeningCourse extends OpeningCourseSchema.class {}
OpeningCourseSchema.setClass(OpeningCourse);

const BatchAnnouncementSchema = defineEntity({
  name: 'BatchAnnouncement',
  tableName: 'opening_announcement',
  uniques: [{ properties: ['lotId', 'officer', 'attempt'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    officer: sha(),
    attempt: p.integer(),
    /** SHA-256 of the act that reveals the batch. */
    batch: sha(),
    state: p.string().length(8).$type<'pending' | 'accepted' | 'refused'>(),
    at: instant(),
    entryId: id(),
    leaf: sha(),
  },
});
/** The hash of an officer's batch, logged before the batch is revealed. */
export class BatchAnnouncement extends BatchAnnouncementSchema.class {}
BatchAnnouncementSchema.setClass(BatchAnnouncement);

const BidOmissionSchema = defineEntity({
  name: 'BidOmission',
  tableName: 'opening_omission',
  uniques: [{ properties: ['lotId', 'leaf'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    organisationId: id(),
    bidder: p.string().length(200),
    manifestHash: sha(),
    /** The log's entry that the close list leaves out. */
    leaf: sha(),
    at: instant(),
    entryId: id(),
    finding: longText().nullable(),
    decidedBy: p.string().length(300).nullable(),
    decidedAt: instant().nullable(),
    decisionEntryId: id().nullable(),
    version: p.integer().version(),
  },
});
/** A bid that was proven to be missing from the close list. */
export class BidOmission extends BidOmissionSchema.class {}
BidOmissionSchema.setClass(BidOmission);

const secretAct = {
  bidId: id().primary(),
  lotId: id(),
  at: instant(),
  /** Holds a key: never published, and never in the log. */
  act: longText().hidden().lazy(),
  signature: longText(),
  certificate: sha(),
  entryId: id(),
};

const BidRecoverySchema = defineEntity({
  name: 'BidRecovery',
  tableName: 'opening_recovery',
  indexes: [{ properties: ['lotId'] }],
  properties: {
    ...secretAct,
    /** Stage keys by stage; each is the one its manifest commits to. */
    keys: document<Record<string, string>>().hidden().lazy(),
  },
});
/** A bidder opened its own bid where the officers did not. */
export class BidRecovery extends BidRecoverySchema.class {}
BidRecoverySchema.setClass(BidRecovery);

const BidGateSchema = defineEntity({
  name: 'BidGate',
  tableName: 'opening_gate',
  indexes: [{ properties: ['lotId'] }],
  properties: {
    ...secretAct,
    /** Gate blobs by stage; each is the one its manifest commits to. */
    gates: document<Record<string, string>>().hidden().lazy(),
  },
});
/** A bidder added its own key to the officers'. */
export class BidGate extends BidGateSchema.class {}
BidGateSchema.setClass(BidGate);

const BidDisputeSchema = defineEntity({
  name: 'BidDispute',
  tableName: 'opening_dispute',
  uniques: [{ properties: ['lotId', 'manifestHash', 'stage', 'officer'] }],
  indexes: [{ properties: ['verdict', 'until'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    bidId: id(),
    manifestHash: sha(),
    stage: p.string().length(32),
    officer: sha(),
    officerGroup: p.string().length(32),
    openedAt: instant(),
    until: instant(),
    entryId: id(),
    /** The scalar that the bidder revealed; it opens that officer's wrap. */
    ephemeral: p.string().length(64).nullable(),
    verdict: p.string().length(16).$type<'complaint.true' | 'complaint.false' | 'complaint.silent'>().nullable(),
    /** What the judged wrap held, where the officer was wrong. */
    share: p.string().length(24).nullable(),
    decidedAt: instant().nullable(),
    version: p.integer().version(),
  },
});
/** An officer's complaint about one wrap, and what became of it. */
export class BidDispute extends BidDisputeSchema.class {}
BidDisputeSchema.setClass(BidDispute);

const BidEvidenceSchema = defineEntity({
  name: 'BidEvidence',
  tableName: 'opening_evidence',
  indexes: [{ properties: ['bidId'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    bidId: id(),
    hash: sha(),
    code: p.string().length(40),
    party: p.string().length(8),
    /** public, or entitled: supervision and the bidder itself. */
    readers: p.string().length(8).$type<'public' | 'entitled'>(),
    evidence: longText().hidden().lazy(),
  },
});
/** What shows that a bid was rightly named faulty; its hash is in the log. */
export class BidEvidence extends BidEvidenceSchema.class {}
BidEvidenceSchema.setClass(BidEvidence);

export const courseEntities = [
  OpeningCourse,
  BatchAnnouncement,
  BidOmission,
  BidRecovery,
  BidGate,
  BidDispute,
  BidEvidence,
];
