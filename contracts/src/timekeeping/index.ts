/**
 * Timekeeping: which authorities vouch for an instant, whether this platform's clock agrees with them, and when it
 * could not be reached. Decides nothing about any tender; what a timestamp means for a bid is bidding's to say.
 */
export * from './asking.ts';
export * from './reach.rules.ts';
export * from './stamp.rules.ts';
export * from './skew.rules.ts';
export * from './timekeeping.endpoints.ts';
export * from './timekeeping.refusals.ts';
export * from './timekeeping.schema.ts';
