import { defineEntity, p } from '@mikro-orm/core';
import type { CertificateState } from '@xinbiao/contracts/identity';
import { columns } from '../platform/index.ts';

const { document, id, instant, longText, sha } = columns;

const CertificateSchema = defineEntity({
  name: 'Certificate',
  indexes: [{ properties: ['seatId'] }, { properties: ['pairId'] }, { properties: ['organisationId'] }],
  properties: {
    id: id().primary(),
    pairId: id(),
    seatId: id(),
    personId: id(),
    organisationId: id().nullable(),
    kind: p.string().length(16).$type<'signing' | 'encryption'>(),
    fingerprint: sha().unique(),
    der: longText(),
    serial: p.string().length(40),
    notBefore: instant(),
    notAfter: instant(),
    state: p.string().length(16).$type<CertificateState>(),
    demonstration: p.boolean(),
    /** The authorities above it, as they were handed in; lowercase hex. */
    chain: document<string[]>(),
    /** The act that proved possession, with its signature; null where a request proved it. */
    proof: document<{ act: string; signature: string }>().nullable(),
    pinnedAt: instant(),
    revokedAt: instant().nullable(),
    revokeReason: p.string().length(32).nullable(),
  },
});
/** A certificate pinned for a seat: whose signature counts here, and for whom things are sealed. */
export class Certificate extends CertificateSchema.class {}
CertificateSchema.setClass(Certificate);
