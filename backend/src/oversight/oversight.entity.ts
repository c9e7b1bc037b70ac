import { defineEntity, p } from '@mikro-orm/core';
import { columns } from '../platform/index.ts';

const { id, instant } = columns;

const OversightReadSchema = defineEntity({
  name: 'OversightRead',
  indexes: [{ properties: ['lotId', 'at'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    seatId: id(),
    name: p.string().length(300),
    what: p.string().length(64),
    at: instant(),
  },
});
/** A supervisor looked at a lot's file: who, what, when. */
export class OversightRead extends OversightReadSchema.class {}
OversightReadSchema.setClass(OversightRead);

export const oversightEntities = [OversightRead];
