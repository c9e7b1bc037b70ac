import { defineEntity, p } from '@mikro-orm/core';
import type { BlacklistState } from '@xinbiao/contracts/registry';
import { columns } from '../platform/index.ts';

const { document, id, instant } = columns;

const BlacklistEntrySchema = defineEntity({
  name: 'BlacklistEntry',
  uniques: [{ properties: ['uscc', 'decisionNumber'] }],
  indexes: [{ properties: ['state', 'publishedUntil'] }],
  properties: {
    id: id().primary(),
    name: p.string().length(100),
    /** Folded name, code and decision number for searching. */
    sought: p.string().length(255),
    uscc: p.string().length(18),
    decisionNumber: p.string().length(100),
    authority: p.string().length(100),
    legalBasis: p.string().length(300),
    reason: p.text().columnType('mediumtext'),
    decidedOn: p.string().length(10),
    /** `,bid,beDrawn,`: what the decision names. */
    forbids: p.string().length(80),
    regionCode: p.string().length(6).nullable(),
    fromDay: p.string().length(10),
    untilDay: p.string().length(10),
    publishedUntil: p.string().length(10),
    state: p.string().length(16).$type<BlacklistState>(),
    evidence: document<{ fileId: string; sha256: string }>().nullable(),
    addedBy: id(),
    addedAt: instant(),
    endedAt: instant().nullable(),
    endReason: p.string().length(500).nullable(),
    endDecisionNumber: p.string().length(100).nullable(),
  },
});
/** A decision about a party's dishonesty. Never deleted; after withdrawal or repair neither shown nor used. */
export class BlacklistEntry extends BlacklistEntrySchema.class {}
BlacklistEntrySchema.setClass(BlacklistEntry);

const BlacklistCheckSchema = defineEntity({
  name: 'BlacklistCheck',
  indexes: [{ properties: ['uscc'] }, { properties: ['visibleFrom', 'id'] }],
  properties: {
    id: id().primary(),
    uscc: p.string().length(18),
    act: p.string().length(16),
    regionCode: p.string().length(6).nullable(),
    /** The instant whose day the bans were compared with. */
    judgedAt: instant(),
    refusedBy: id().nullable(),
    flaggedBy: document<string[]>(),
    /** From when others may see that the party was checked; null: never. A check before a bid would betray the bidder. */
    visibleFrom: instant().nullable(),
    at: instant(),
  },
});
/** One time that a party's bans were asked for, and what was found. Written once. */
export class BlacklistCheck extends BlacklistCheckSchema.class {}
BlacklistCheckSchema.setClass(BlacklistCheck);
