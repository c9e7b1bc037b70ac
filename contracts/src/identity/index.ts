/**
 * Identity: who somebody is, for whom they act, and with which keys. It knows no tender and no bid, and never
 * decides whether an organisation deserves its place: that is the registry's.
 */
import * as endpoints from './identity.endpoints.ts';

export * from './act.schema.ts';
export * from './bridge.ts';
export * from './certificate.life.ts';
export * from './certificate.rules.ts';
export * from './certificate.schema.ts';
export * from './identity.endpoints.ts';
export * from './identity.refusals.ts';
export * from './organisation.life.ts';
export * from './person.rules.ts';
export * from './person.schema.ts';
export * from './session.rules.ts';
/** Every operation of the stage. */
export const identityEndpoints = { ...endpoints };
