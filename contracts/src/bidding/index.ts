/**
 * Bidding: takes sealed bids until the deadline and says which of them count. It must never know what a bid says,
 * nor tell anybody but its bidder that it exists before the lot has closed.
 */
import * as endpoints from './bidding.endpoints.ts';
import * as officerEndpoints from './officer.endpoints.ts';
import * as outageEndpoints from './outage.endpoints.ts';

export * from './bid.acts.ts';
export * from './bid.rules.ts';
export * from './bid.schema.ts';
export * from './bidding.endpoints.ts';
export * from './bidding.refusals.ts';
export * from './folder.rules.ts';
export * from './handing.ts';
export * from './offer.schema.ts';
export * from './piece.schema.ts';
export * from './sealing.rules.ts';
export * from './sealing.schema.ts';
export * from './officer.acts.ts';
export * from './officer.audit.ts';
export * from './officer.endpoints.ts';
export * from './officer.rules.ts';
export * from './officer.schema.ts';
export * from './outage.endpoints.ts';
export * from './outage.rules.ts';
export * from './outage.schema.ts';
/** Every operation of the stage. */
export const biddingEndpoints = { ...endpoints, ...officerEndpoints, ...outageEndpoints };
