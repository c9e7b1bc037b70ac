import type { EntityManager } from '@mikro-orm/core';
import { TechnicalOffer, type PriceOffer } from '@xinbiao/contracts/bidding';
import { Manifest, parseCanonical, type OpenedFile } from '@xinbiao/contracts/trust';
import { countedBids, Envelope } from '../bidding/index.ts';
import type { House } from '../platform/index.ts';
import { OpenedBid } from './opening.entity.ts';
import { openOne } from './opening.service.ts';

/** A bid that stands after the opening. */
export type StandingBid = {
  readonly bidId: string;
  /** Order in which the bids were received, from 1. */
  readonly no: number;
  readonly organisationId: string;
  readonly bidder: { readonly name: string; readonly uscc: string };
  readonly manifestHash: string;
  readonly price: bigint;
  readonly offer: PriceOffer;
};

/** The bids of an opened lot that stand, in the order of the record. Faulty ones are not among them. */
export async function bidsOf(em: EntityManager, lotId: string): Promise<StandingBid[]> {
  const opened = new Map((await em.find(OpenedBid, { lotId, state: 'opened' })).map((bid) => [bid.bidId, bid]));
  return (await countedBids(em, lotId)).flatMap(({ bidId, no, organisationId, bidder, manifestHash }) => {
    const { price, offer } = opened.get(bidId) ?? {};
    return price !== null && price !== undefined && offer
      ? [{ bidId, no, organisationId, bidder, manifestHash, price, offer }]
      : [];
  });
}

/** A technical part, decrypted as it is read: only authenticated bytes ever come out, and nothing is kept. */
export type OpenTechnical = { readonly content: TechnicalOffer; readonly files: readonly OpenedFile[] };

/** Opens the technical part of a standing bid. Whoever calls has settled that the reader is entitled to it. */
export async function technicalOf(house: House, em: EntityManager, bidId: string): Promise<OpenTechnical | undefined> {
  const opened = await em.findOne(OpenedBid, { bidId, state: 'opened' }, { populate: ['stageKey'] });
  const envelope = opened?.stageKey ? await em.findOne(Envelope, { id: opened.envelopeId }) : null;
  if (!opened?.stageKey || !envelope?.manifest) return undefined;
  const part = await openOne(house, Manifest.parse(parseCanonical(envelope.manifest)), {
    stage: 'open',
    name: 'technical',
    stageKey: opened.stageKey,
  });
  return { content: TechnicalOffer.parse(part.content), files: part.files };
}
