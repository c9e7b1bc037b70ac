/**
 * Opening: brings the officers' shares together after close and reads out what was sealed. It must never judge an
 * offer, nor let a stage key or a share leave but as decrypted bytes to those entitled.
 */
export { BidGate } from './course.entity.ts';
export { OpenedBid, Opening, openingEntities, Release } from './opening.entity.ts';
export { bidderAsks, undecidedOmissions } from './desk.queries.ts';
export { publicEvidence } from './fault.evidence.ts';
export { routes as openingRoutes } from './opening.routes.ts';
export { omissionsOf, openingsUntil } from './course.queries.ts';
export { openLots } from './opening.service.ts';
export { deskOf as openingDesk } from './opening.queries.ts';
export { recordOf } from './record.queries.ts';
export { bidsOf, technicalOf, type OpenTechnical, type StandingBid } from './technical.queries.ts';
