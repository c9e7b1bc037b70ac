import { defineEntity, p } from '@mikro-orm/core';
import type { MemberState } from '@xinbiao/contracts/evaluation';
import type { SheetContext } from '@xinbiao/contracts/trust';
import { columns } from '../platform/index.ts';

const { document, id, instant, longText, sha } = columns;

export type JudgedQualification = {
  readonly bidId: string;
  readonly passed: boolean;
  readonly findings: readonly { readonly qualification: string; readonly met: boolean; readonly reason: string }[];
};

const QualificationCheckSchema = defineEntity({
  name: 'QualificationCheck',
  properties: {
    lotId: id().primary(),
    at: instant(),
    byName: p.string().length(300),
    bids: document<JudgedQualification[]>(),
    entryId: id(),
    leaf: sha(),
  },
});
/** Which bids of a lot were found qualified, by whom and why not. */
export class QualificationCheck extends QualificationCheckSchema.class {}
QualificationCheckSchema.setClass(QualificationCheck);

const PanelSchema = defineEntity({
  name: 'Panel',
  properties: {
    lotId: id().primary(),
    tenderId: id(),
    appointedAt: instant(),
    byName: p.string().length(300),
    entryId: id(),
    leaf: sha(),
    /** Unused: the draw that named the experts is `drawId`. */
    drawn: document<unknown>().nullable(),
    /** The draw that named the experts; null where they were chosen. */
    drawId: id().nullable(),
    /** Why experts were chosen instead of drawn. @law 87号令 §48 */
    selfChosen: p.string().length(500).nullable(),
    /** Who was absent when a limit passed, and from what. */
    defaults: document<{ expert: string; of: 'sheet' | 'reveal'; at: string; leaf: string }[]>().nullable(),
    /** 1, and one more each time the evaluation is reopened. */
    round: p.integer().default(1),
    convenedAt: instant().nullable(),
    sheetsUntil: instant().nullable(),
    /** When the last sheet came in: from now on none changes. */
    allInAt: instant().nullable(),
    revealUntil: instant().nullable(),
    /** Sealed entries that the result discloses. */
    entries: document<string[]>(),
    version: p.integer().version(),
  },
});
/** A lot's evaluation committee. */
export class Panel extends PanelSchema.class {}
PanelSchema.setClass(Panel);

const PanelMemberSchema = defineEntity({
  name: 'PanelMember',
  uniques: [{ properties: ['lotId', 'expert'] }],
  indexes: [{ properties: ['seatId'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    tenderId: id(),
    /** Pseudonym in sheets and log. */
    expert: p.string().length(32),
    seatId: id(),
    personId: id(),
    name: p.string().length(100),
    kind: p.string().length(12).$type<'expert' | 'purchaser'>(),
    state: p.string().length(12).$type<MemberState>(),
    reason: p.string().length(400).nullable(),
    replaces: id().nullable(),
    invitedAt: instant(),
    answeredAt: instant().nullable(),
    acceptEntryId: id().nullable(),
    reportEntryId: id().nullable(),
    reportSignedAt: instant().nullable(),
    version: p.integer().version(),
  },
});
/** A place on a panel and who holds it; whoever is replaced keeps the row, the other gets a new one. */
export class PanelMember extends PanelMemberSchema.class {}
PanelMemberSchema.setClass(PanelMember);

const SealedScoreSchema = defineEntity({
  name: 'SealedScore',
  tableName: 'score_sheet',
  indexes: [{ properties: ['lotId'] }],
  properties: {
    memberId: id().primary(),
    lotId: id(),
    expert: p.string().length(32),
    seq: p.integer(),
    ctx: document<SheetContext>(),
    commitment: sha(),
    escrowHash: sha(),
    /** Sealed to the officers; canonical JSON. */
    escrow: longText(),
    signature: longText(),
    entryId: id(),
    committedAt: instant(),
    /** Null until the sheet is revealed or opened. */
    salt: sha().nullable(),
    sheet: longText().nullable(),
    source: p.string().length(8).$type<'reveal' | 'escrow'>().nullable(),
    revealedAt: instant().nullable(),
  },
});
/** An expert's sheet: a commitment and a sealed copy, and after the last one is in what it says. */
export class SealedScore extends SealedScoreSchema.class {}
SealedScoreSchema.setClass(SealedScore);

const EscrowReleaseSchema = defineEntity({
  name: 'EscrowRelease',
  uniques: [{ properties: ['lotId', 'expert', 'officer'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    expert: p.string().length(32),
    officer: sha(),
    blob: longText(),
    at: instant(),
  },
});
/** An officer's share of an absent expert's sheet. */
export class EscrowRelease extends EscrowReleaseSchema.class {}
EscrowReleaseSchema.setClass(EscrowRelease);

const EvaluationSchema = defineEntity({
  name: 'Evaluation',
  properties: {
    lotId: id().primary(),
    tenderId: id(),
    /** Canonical JSON of the result; what its hash names. */
    result: longText(),
    resultHash: sha(),
    /** SHA-256 of the report on paper, under which the store keeps it. */
    reportHash: sha(),
    rankedAt: instant(),
    entryId: id(),
    leaf: sha(),
  },
});
/** What the panel found. */
export class Evaluation extends EvaluationSchema.class {}
EvaluationSchema.setClass(Evaluation);

const FormerSheetSchema = defineEntity({
  name: 'FormerSheet',
  indexes: [{ properties: ['lotId'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    round: p.integer(),
    expert: p.string().length(32),
    seq: p.integer(),
    commitment: sha(),
    salt: sha().nullable(),
    sheet: longText().nullable(),
    signature: longText(),
    entryId: id(),
    reason: p.string().length(400),
    at: instant(),
  },
});
/** A sheet that no longer counts: of a round that was reopened, or void. Written once. */
export class FormerSheet extends FormerSheetSchema.class {}
FormerSheetSchema.setClass(FormerSheet);

const FormerEvaluationSchema = defineEntity({
  name: 'FormerEvaluation',
  uniques: [{ properties: ['lotId', 'round'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    round: p.integer(),
    result: longText(),
    resultHash: sha(),
    reportHash: sha(),
    rankedAt: instant(),
    leaf: sha(),
    ground: p.string().length(32),
    law: p.string().length(100),
    reason: p.string().length(500),
    byName: p.string().length(300),
    reopenedAt: instant(),
    reopenEntryId: id(),
    reopenLeaf: sha(),
  },
});
/** What a panel found before its evaluation was reopened, and why it was. Written once. */
export class FormerEvaluation extends FormerEvaluationSchema.class {}
FormerEvaluationSchema.setClass(FormerEvaluation);

export const evaluationEntities = [
  QualificationCheck,
  Panel,
  PanelMember,
  SealedScore,
  EscrowRelease,
  Evaluation,
  FormerSheet,
  FormerEvaluation,
];
