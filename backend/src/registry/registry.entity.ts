import { defineEntity, p } from '@mikro-orm/core';
import type { ExpertProfile, ExpertState, LibraryContent } from '@xinbiao/contracts/registry';
import type { OrganisationProfile } from '../identity/index.ts';
import { columns } from '../platform/index.ts';

const { document, id, instant } = columns;

const OrganisationVersionSchema = defineEntity({
  name: 'OrganisationVersion',
  uniques: [{ properties: ['organisationId', 'version'] }],
  properties: {
    id: id().primary(),
    organisationId: id(),
    version: p.integer(),
    name: p.string().length(100),
    profile: document<OrganisationProfile>(),
    by: p.string().length(40),
    at: instant(),
  },
});
/** A version of what an organisation said about itself. Written once. */
export class OrganisationVersion extends OrganisationVersionSchema.class {}
OrganisationVersionSchema.setClass(OrganisationVersion);

const ChangeRequestSchema = defineEntity({
  name: 'ChangeRequest',
  indexes: [{ properties: ['organisationId'] }, { properties: ['state', 'at'] }],
  properties: {
    id: id().primary(),
    organisationId: id(),
    seatId: id(),
    kind: p.string().length(16).nullable().$type<'bidder' | 'purchaser' | 'agency' | 'notary'>(),
    name: p.string().length(100).nullable(),
    reason: p.string().length(500),
    state: p.string().length(16).$type<'pending' | 'approved' | 'rejected'>(),
    decision: p.string().length(500).nullable(),
    at: instant(),
  },
});
/** An organisation asks for a further kind, or another name. */
export class ChangeRequest extends ChangeRequestSchema.class {}
ChangeRequestSchema.setClass(ChangeRequest);

const StandingSchema = defineEntity({
  name: 'Standing',
  indexes: [{ properties: ['subjectId'] }],
  properties: {
    id: id().primary(),
    subjectId: id(),
    move: p.string().length(16),
    byPersonId: id(),
    by: p.string().length(40),
    reason: p.string().length(500),
    at: instant(),
  },
});
/** What was decided about an organisation, request or expert. Written once. */
export class Standing extends StandingSchema.class {}
StandingSchema.setClass(Standing);

/** A stretch of days on which an expert cannot be drawn. */
export type Absence = { readonly from: string; readonly until: string };

const ExpertSchema = defineEntity({
  name: 'Expert',
  indexes: [{ properties: ['state'] }],
  properties: {
    id: id().primary(),
    personId: id().unique(),
    seatId: id().unique(),
    name: p.string().length(40),
    state: p.string().length(16).$type<ExpertState>(),
    regionCode: p.string().length(6),
    /** `,A0201,C16,` */
    specialties: p.string().length(120),
    profile: document<ExpertProfile>(),
    unavailable: document<Absence[]>(),
    version: p.integer(),
    reason: p.string().length(500).nullable(),
    appliedAt: instant(),
  },
});
/** Somebody in the expert library. Never published. */
export class Expert extends ExpertSchema.class {}
ExpertSchema.setClass(Expert);

const ExpertVersionSchema = defineEntity({
  name: 'ExpertVersion',
  uniques: [{ properties: ['expertId', 'version'] }],
  properties: {
    id: id().primary(),
    expertId: id(),
    version: p.integer(),
    profile: document<ExpertProfile>(),
    at: instant(),
  },
});
/** What an expert had declared at a time: recusal may be judged afterwards. Written once. */
export class ExpertVersion extends ExpertVersionSchema.class {}
ExpertVersionSchema.setClass(ExpertVersion);

export type AttachedFile = {
  readonly fileId: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
};

const LibraryItemSchema = defineEntity({
  name: 'LibraryItem',
  indexes: [{ properties: ['organisationId', 'kind'] }],
  properties: {
    id: id().primary(),
    organisationId: id(),
    kind: p.string().length(16).$type<LibraryContent['kind']>(),
    content: document<LibraryContent>(),
    files: document<AttachedFile[]>(),
    changedBy: p.string().length(40),
    changedAt: instant(),
    version: p.integer(),
  },
});
/** One thing in a company's own library. */
export class LibraryItem extends LibraryItemSchema.class {}
LibraryItemSchema.setClass(LibraryItem);
