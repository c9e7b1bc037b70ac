/**
 * Award: the purchaser confirms who won, and everybody is told. It must never rank anew: it takes rank 1 of the
 * panel's result or refuses.
 */
export * from './award.acts.ts';
export * from './award.endpoints.ts';
export * from './award.refusals.ts';
export * from './award.rules.ts';
export * from './award.schema.ts';
