import { defineEntity, p } from '@mikro-orm/core';
import type { DrawFault, DrawMinutes, DrawState } from '@xinbiao/contracts/draw';
import type { DrawName, DrawPurpose, DrawSide, SuiteName } from '@xinbiao/contracts/trust';
import { columns } from '../platform/index.ts';

const { document, id, instant, longText, sha } = columns;

/** A group as it was proposed; its candidates stand among the names. */
export type GroupPlan = {
  readonly id: string;
  readonly title: string;
  readonly take: number;
  readonly reserve: number;
};
/** A candidate, or somebody left out: `group` is null then, and `reason` says why. */
export type KeptName = DrawName & { readonly group: string | null; readonly reason: string | null };

const DrawSchema = defineEntity({
  name: 'Draw',
  indexes: [{ properties: ['scope'] }, { properties: ['wakeAt'] }, { properties: ['proposerId'] }],
  properties: {
    id: id().primary(),
    purpose: p.string().length(16).$type<DrawPurpose>(),
    /** A lot's id, or `house`. */
    scope: p.string().length(64),
    /** That of the tender, or of the house. */
    suite: p.string().length(8).default('XB1').$type<SuiteName>(),
    title: p.string().length(300),
    law: p.string().length(100),
    state: p.string().length(12).$type<DrawState>(),
    /** The proposing organisation. */
    proposerId: id().nullable(),
    proposedBy: p.string().length(300),
    proposedAt: instant(),
    groups: document<GroupPlan[]>(),
    minutes: document<DrawMinutes>(),
    /** Who stands behind which pseudonym. */
    names: document<KeptName[]>(),
    namesPublic: p.boolean(),
    /** Organisations that may join; null for anybody with a certificate. */
    joiners: document<string[]>().nullable(),
    repeats: id().nullable(),
    repeatedBy: id().nullable(),
    joinUntil: instant().nullable(),
    commitUntil: instant().nullable(),
    escrowUntil: instant().nullable(),
    revealUntil: instant().nullable(),
    recoverUntil: instant().nullable(),
    /** When the clock has to look at it again; null when it is over. */
    wakeAt: instant().nullable(),
    /** Canonical JSON. */
    pool: longText().nullable(),
    poolHash: sha().nullable(),
    freeze: longText().nullable(),
    freezeEntryId: id().nullable(),
    result: longText().nullable(),
    resultHash: sha().nullable(),
    fault: document<DrawFault>().nullable(),
    /** Every entry in the log, in order. */
    steps: document<{ type: string; party: string | null; at: string; entryId: string }[]>(),
    version: p.integer().version(),
  },
});
/** A draw, from its proposal to its result. */
export class Draw extends DrawSchema.class {}
DrawSchema.setClass(Draw);

const DrawContributionSchema = defineEntity({
  name: 'DrawContribution',
  uniques: [{ properties: ['drawId', 'party'] }],
  indexes: [{ properties: ['seatId'] }],
  properties: {
    id: id().primary(),
    drawId: id(),
    party: p.string().length(64),
    side: p.string().length(16).$type<DrawSide>(),
    name: p.string().length(200),
    /** Null for the platform. */
    seatId: id().nullable(),
    certSha256: sha(),
    certificate: longText(),
    commitment: sha().nullable(),
    committedAt: instant().nullable(),
    /** Canonical JSON. */
    escrow: longText().nullable(),
    escrowHash: sha().nullable(),
    escrowedAt: instant().nullable(),
    /** Null until it is revealed or brought back. */
    r: sha().nullable(),
    source: p.string().length(8).$type<'reveal' | 'escrow'>().nullable(),
    revealedAt: instant().nullable(),
  },
});
/** What one party gives to a draw. */
export class DrawContribution extends DrawContributionSchema.class {}
DrawContributionSchema.setClass(DrawContribution);

const DrawShareSchema = defineEntity({
  name: 'DrawShare',
  uniques: [{ properties: ['drawId', 'party', 'holder'] }],
  properties: {
    id: id().primary(),
    drawId: id(),
    /** Whose contribution it is a share of. */
    party: p.string().length(64),
    holder: p.string().length(64),
    /** Empty where the wrap did not open. */
    blob: longText(),
    at: instant(),
  },
});
/** A share of a contribution that was withheld. */
export class DrawShare extends DrawShareSchema.class {}
DrawShareSchema.setClass(DrawShare);

const DrawDeclineSchema = defineEntity({
  name: 'DrawDecline',
  uniques: [{ properties: ['drawId', 'candidate'] }],
  properties: {
    id: id().primary(),
    drawId: id(),
    groupId: p.string().length(32),
    candidate: sha(),
    next: sha().nullable(),
    reason: p.string().length(300),
    at: instant(),
  },
});
/** Somebody drawn who does not come, and the reserve who does. */
export class DrawDecline extends DrawDeclineSchema.class {}
DrawDeclineSchema.setClass(DrawDecline);

export const drawEntities = [Draw, DrawContribution, DrawShare, DrawDecline];
