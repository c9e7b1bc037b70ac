/**
 * Bidding: takes sealed bids until the deadline and says which of them count. It must never know what a bid says,
 * nor tell anybody but its bidder that it exists before the lot has closed.
 */
import * as endpoints from './bidding.endpoints.ts';

export * from './bid.acts.ts';
export * from './bid.rules.ts';
export * from './bid.schema.ts';
export * from './bidding.endpoints.ts';
export * from './bidding.refusals.ts';
export * from './offer.schema.ts';
/** Every operation of the stage. */
export const biddingEndpoints = { ...endpoints };
