import { defineEntity, p } from '@mikro-orm/core';
import { columns } from '../platform/index.ts';

const { id, instant, longText, sha } = columns;

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

const DowntimeSchema = defineEntity({
  name: 'Downtime',
  indexes: [{ properties: ['toAt'] }],
  properties: {
    id: id().primary(),
    /** Business time: what deadlines are judged by. */
    fromAt: instant(),
    toAt: instant(),
    cause: p.string().length(8).$type<'silent' | 'failing'>(),
  },
});
/** A time in which the platform itself was not there, or answered mostly with faults. */
export class Downtime extends DowntimeSchema.class {}
DowntimeSchema.setClass(Downtime);

const AttestationSchema = defineEntity({
  name: 'Attestation',
  indexes: [{ properties: ['toAt'] }],
  properties: {
    hash: sha().primary(),
    witness: p.string().length(200),
    note: longText(),
    fromAt: instant(),
    toAt: instant(),
  },
});
/** What a witness signed about the platform's reachability, as it signed it. */
export class Attestation extends AttestationSchema.class {}
AttestationSchema.setClass(Attestation);

export const timekeepingEntities = [ClockReading, Downtime, Attestation];
