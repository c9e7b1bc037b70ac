/**
 * Timekeeping: asks authorities for timestamps, compares the clock with theirs, and is one itself in a demonstration.
 * It must never know what is stamped: it sees hashes only.
 */
export { openTime, Timekeeper } from './timekeeper.ts';
export { clockComparison, compareClocks, startComparing } from './clock.service.ts';
export { beat, countAnswers, noteDowntime, startBeating, unreachedSince, witnessesAsked } from './reach.service.ts';
export { Attestation, timekeepingEntities } from './timekeeping.entity.ts';
export { routes as timekeepingRoutes } from './timekeeping.routes.ts';
