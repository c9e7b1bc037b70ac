import { defineEntity, p } from '@mikro-orm/core';
import { columns } from '../platform/index.ts';

const { id, instant } = columns;

const ClockReadingSchema = defineEntity({
  name: 'ClockReading',
  indexes: [{ properties: ['at'] }],
  properties: {
    id: id().primary(),
    authority: p.string().length(100),
    /** Real time, by the server's own clock. */
    at: instant(),
    outcome: p.string().length(10).$type<'answered' | 'silent' | 'unfit'>(),
    lowest: p.bigint('number').unsigned(false).nullable(),
    highest: p.bigint('number').unsigned(false).nullable(),
  },
});
/** One comparison of the server's clock with an authority's. */
export class ClockReading extends ClockReadingSchema.class {}
ClockReadingSchema.setClass(ClockReading);

export const timekeepingEntities = [ClockReading];
