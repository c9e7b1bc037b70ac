import { defineEntity, p } from '@mikro-orm/core';
import { columns } from '../platform/index.ts';

const { id, instant, money, sha } = columns;

const AwardSchema = defineEntity({
  name: 'Award',
  indexes: [{ properties: ['organisationId'] }],
  properties: {
    lotId: id().primary(),
    id: id(),
    tenderId: id(),
    bidId: id(),
    organisationId: id(),
    winnerName: p.string().length(200),
    winnerUscc: p.string().length(18),
    winnerAddress: p.string().length(300).nullable(),
    price: money(),
    total: p.integer(),
    reason: p.string().length(500),
    byName: p.string().length(300),
    at: instant(),
    entryId: id(),
    leaf: sha(),
    /** SHA-256 of the letter and of the notice on paper, under which the store keeps them. */
    letterHash: sha(),
    noticeHash: sha(),
  },
});
/** The purchaser's decision on a lot. */
export class Award extends AwardSchema.class {}
AwardSchema.setClass(Award);

export const awardEntities = [Award];
