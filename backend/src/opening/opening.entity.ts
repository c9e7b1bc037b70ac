import { defineEntity, p } from '@mikro-orm/core';
import type { PriceOffer } from '@xinbiao/contracts/bidding';
import type { OpeningFault } from '@xinbiao/contracts/trust';
import { columns } from '../platform/index.ts';
import { courseEntities } from './course.entity.ts';

const { document, id, instant, longText, money, sha } = columns;

const ReleaseSchema = defineEntity({
  name: 'Release',
  tableName: 'opening_release',
  uniques: [{ properties: ['lotId', 'officer'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    /** certSha256 of the officer's encryption certificate. */
    officer: sha(),
    officerGroup: p.string().length(32),
    seatId: id(),
    at: instant(),
    /** Holds the shares: never published, for it opens the technical parts as well. */
    act: longText(),
    signature: longText(),
    certificate: sha(),
    entryId: id(),
    /** manifestHash of every bid in which the officer has a place and found no good share. */
    lacking: document<string[]>(),
  },
});
/** An officer's signed batch: shares of every bid that counts. */
export class Release extends ReleaseSchema.class {}
ReleaseSchema.setClass(Release);

const ReleaseFaultSchema = defineEntity({
  name: 'ReleaseFault',
  tableName: 'opening_fault',
  indexes: [{ properties: ['lotId'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    bidId: id(),
    officer: sha(),
    code: p.string().length(40),
    at: instant(),
  },
});
/** A batch that was refused because a share in it was not the one the bid commits to. */
export class ReleaseFault extends ReleaseFaultSchema.class {}
ReleaseFaultSchema.setClass(ReleaseFault);

/** A fault as it is kept: beyond the envelope's own faults, an offer that is not in the required form. */
export type KeptFault = Omit<OpeningFault, 'code'> & {
  readonly code: OpeningFault['code'] | 'offer.malformed' | 'complaint.true' | 'complaint.false' | 'complaint.silent';
};

const OpenedBidSchema = defineEntity({
  name: 'OpenedBid',
  indexes: [{ properties: ['lotId'] }],
  properties: {
    bidId: id().primary(),
    lotId: id(),
    no: p.integer(),
    envelopeId: p.string().length(32),
    manifestHash: sha(),
    state: p.string().length(8).$type<'opened' | 'faulty'>(),
    price: money().nullable(),
    offer: document<PriceOffer>().nullable(),
    faults: document<KeptFault[]>(),
    /** Opens every part: stays here, for streaming to those entitled, and never leaves in an answer or a log. */
    stageKey: p.string().length(64).nullable().hidden().lazy(),
    /** Opens the price part alone; public. */
    priceKey: p.string().length(64).nullable(),
    entryId: id(),
    openedAt: instant(),
  },
});
/** What the opening of one bid brought. */
export class OpenedBid extends OpenedBidSchema.class {}
OpenedBidSchema.setClass(OpenedBid);

const OpeningSchema = defineEntity({
  name: 'Opening',
  properties: {
    lotId: id().primary(),
    number: p.string().length(40),
    openedAt: instant(),
    recordHash: sha(),
    record: longText(),
  },
});
/** The record of an opening, as it stood when the bids had been opened: canonical JSON, named by its hash. */
export class Opening extends OpeningSchema.class {}
OpeningSchema.setClass(Opening);

const RemarkSchema = defineEntity({
  name: 'Remark',
  tableName: 'opening_remark',
  indexes: [{ properties: ['lotId'] }],
  properties: {
    id: id().primary(),
    lotId: id(),
    bidId: id(),
    kind: p.string().length(8).$type<'confirm' | 'object'>(),
    text: longText(),
    at: instant(),
    entryId: id(),
    answer: longText().nullable(),
    answeredBy: p.string().length(300).nullable(),
    answeredAt: instant().nullable(),
    version: p.integer().version(),
  },
});
/** A bidder's word on the opening. */
export class Remark extends RemarkSchema.class {}
RemarkSchema.setClass(Remark);

export const openingEntities = [Release, ReleaseFault, OpenedBid, Opening, Remark, ...courseEntities];
