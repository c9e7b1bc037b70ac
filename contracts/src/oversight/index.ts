/**
 * Oversight: where somebody must look, and what somebody has to do. It changes nothing; a light is a hint with its
 * evidence and a base rate. It must never know a bid before close or a score before the last sheet is in.
 */
export * from './light.rules.ts';
export * from './oversight.endpoints.ts';
export * from './oversight.refusals.ts';
export * from './oversight.schema.ts';
