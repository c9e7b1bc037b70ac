/**
 * Opening: brings the officers' shares together after close, reads out what was sealed, and names who is at fault
 * where a bid does not open. It must never judge a bid, nor give anybody a key that is not theirs.
 */
import * as endpoints from './opening.endpoints.ts';

export * from './course.rules.ts';
export * from './evidence.ts';
export * from './fault.rules.ts';
export * from './offline.schema.ts';
export * from './omission.ending.ts';
export * from './omission.ts';
export * from './opening.acts.ts';
export * from './opening.endpoints.ts';
export * from './opening.refusals.ts';
export * from './opening.rules.ts';
export * from './opening.schema.ts';
/** Every operation of the stage. */
export const openingEndpoints = { ...endpoints };
