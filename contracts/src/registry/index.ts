/**
 * Registry: who is on record as what (organisations, experts, decisions of dishonesty), and the codes of places
 * and goods. It knows no tender: later stages ask it.
 */
import * as endpoints from './registry.endpoints.ts';

export * from './blacklist.life.ts';
export * from './blacklist.rules.ts';
export * from './blacklist.schema.ts';
export * from './expert.life.ts';
export * from './expert.schema.ts';
export * from './library.schema.ts';
export * from './organisation.schema.ts';
export * from './registry.endpoints.ts';
export * from './registry.refusals.ts';
export * from './registry.rules.ts';
/** Every operation of the stage. */
export const registryEndpoints = { ...endpoints };
