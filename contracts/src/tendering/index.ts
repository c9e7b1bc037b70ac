/**
 * Tendering: what is to be bought, by which rules and until when; who checked and published it, and who may open
 * the bids. It must never know whether anybody has bid.
 */
export * from './dates.rules.ts';
export * from './keyword.rules.ts';
export * from './lot.life.ts';
export * from './officer.acts.ts';
export * from './officer.endpoints.ts';
export * from './officer.rules.ts';
export * from './officer.schema.ts';
export * from './person.rules.ts';
export * from './precheck.rules.ts';
export * from './sealing.rules.ts';
export * from './tender.act.ts';
export * from './tender.life.ts';
export * from './tender.rules.ts';
export * from './tender.schema.ts';
export * from './tendering.endpoints.ts';
export * from './tendering.refusals.ts';
