import { defineEntity, p } from '@mikro-orm/core';
import type { EnvelopeState } from '@xinbiao/contracts/bidding';
import type { EnvelopeContext } from '@xinbiao/contracts/trust';
import { columns } from '../platform/index.ts';
import { precheckEntities } from './officer.entity.ts';

const { document, id, instant, longText, sha } = columns;

const BidSchema = defineEntity({
  name: 'Bid',
  uniques: [{ properties: ['lotId', 'organisationId'] }],
  indexes: [{ properties: ['organisationId'] }],
  properties: {
    id: id().primary(),
    tenderId: id(),
    lotId: id(),
    organisationId: id(),
    organisationName: p.string().length(200),
    uscc: p.string().length(18),
    /** The envelope that counts if nothing else comes. */
    headId: p.string().length(32).nullable(),
    /** Number of the last envelope handed in. */
    seq: p.integer(),
    /** none: nothing that counts; sealed: handed in; counted: in the close document; void: the lot failed at close. */
    standing: p.string().length(10).$type<'none' | 'sealed' | 'counted' | 'void'>(),
    /** Place in the close document, from 1. */
    no: p.integer().nullable(),
    createdAt: instant(),
    version: p.integer().version(),
  },
});
/** What one organisation has handed in for one lot; it outlives every envelope that replaces another. */
export class Bid extends BidSchema.class {}
BidSchema.setClass(Bid);

const EnvelopeSchema = defineEntity({
  name: 'Envelope',
  indexes: [{ properties: ['bidId'] }, { properties: ['lotId', 'state'] }, { properties: ['state', 'clearedAt'] }],
  properties: {
    id: p.string().length(32).primary(),
    bidId: id(),
    tenderId: id(),
    lotId: id(),
    seatId: id(),
    seq: p.integer(),
    ctx: document<EnvelopeContext>(),
    /** DER of the certificate that the context names, hex. */
    certificate: longText(),
    /** DER of the encryption certificate that the envelope's gate is wrapped to, hex; null where it has none. */
    gateCertificate: longText().nullable(),
    pieceLength: p.integer(),
    state: p.string().length(12).$type<EnvelopeState>(),
    openedAt: instant(),
    manifestHash: sha().nullable(),
    manifest: longText().nullable(),
    signature: longText().nullable(),
    timestamps: document<string[]>().nullable(),
    bytes: p.bigint('number').unsigned(false),
    entryId: id().nullable(),
    receivedAt: instant().nullable(),
    withdrawAct: longText().nullable(),
    withdrawSignature: longText().nullable(),
    withdrawEntryId: id().nullable(),
    withdrawnAt: instant().nullable(),
    /** When an officer said, before the close, that the share in it does not open; its bidder alone is told. */
    unreadableAt: instant().nullable(),
    /** When its ciphertext was deleted; null while it is kept. */
    clearedAt: instant().nullable(),
  },
});
/** A sealed envelope, or one still being filled; the platform cannot read what is in it. */
export class Envelope extends EnvelopeSchema.class {}
EnvelopeSchema.setClass(Envelope);

const EnvelopePieceSchema = defineEntity({
  name: 'EnvelopePiece',
  indexes: [{ properties: ['sha256'] }],
  properties: {
    envelopeId: p.string().length(32).primary(),
    sha256: sha().primary(),
    size: p.integer(),
    storedAt: instant().nullable(),
  },
});
/** A piece of ciphertext: announced first, and present once it is durably in the vault. */
export class EnvelopePiece extends EnvelopePieceSchema.class {}
EnvelopePieceSchema.setClass(EnvelopePiece);

const BidIdentifierSchema = defineEntity({
  name: 'BidIdentifier',
  uniques: [{ properties: ['digest'] }],
  properties: {
    tenderId: id().primary(),
    digest: sha().primary(),
    kind: p.string().length(16),
    envelopeId: p.string().length(32),
  },
});
/** What no two envelopes may share, in whatever tender; the key refuses a copy of somebody else's. */
export class BidIdentifier extends BidIdentifierSchema.class {}
BidIdentifierSchema.setClass(BidIdentifier);

const LotCloseSchema = defineEntity({
  name: 'LotClose',
  properties: {
    lotId: id().primary(),
    tenderId: id(),
    hash: sha(),
    document: longText(),
    leaf: sha(),
    entryId: id(),
    count: p.integer(),
    closedAt: instant(),
  },
});
/** The close document of a lot, byte for byte. */
export class LotClose extends LotCloseSchema.class {}
LotCloseSchema.setClass(LotClose);

const LotOutageSchema = defineEntity({
  name: 'LotOutage',
  indexes: [{ properties: ['tenderId'] }],
  properties: {
    /** Once for a lot: a promise is kept once. */
    lotId: id().primary(),
    tenderId: id(),
    kind: p.string().length(9).$type<'extend' | 'redeliver'>(),
    fromAt: instant(),
    toAt: instant(),
    minutes: p.integer(),
    attested: p.boolean(),
    certificate: longText(),
    hash: sha(),
    leaf: sha(),
    at: instant(),
  },
});
/** What an outage before its deadline has meant for a lot: a later deadline, or time to hand in again. */
export class LotOutage extends LotOutageSchema.class {}
LotOutageSchema.setClass(LotOutage);

const RedeliverySchema = defineEntity({
  name: 'Redelivery',
  properties: { envelopeId: p.string().length(32).primary(), acknowledgements: document<string[]>() },
});
/** A bid that was handed in again after the deadline, and what witnesses had signed for it before. */
export class Redelivery extends RedeliverySchema.class {}
RedeliverySchema.setClass(Redelivery);

export const biddingEntities = [
  Bid,
  Envelope,
  EnvelopePiece,
  BidIdentifier,
  LotClose,
  ...precheckEntities,
  LotOutage,
  Redelivery,
];
