/**
 * Award: the purchaser confirms rank 1, and everybody is told. It must never rank anew, nor show a loser's bid to
 * anybody but its bidder.
 */
export { Award, awardEntities } from './award.entity.ts';
export { routes as awardRoutes } from './award.routes.ts';
export { awardOf, limitsOf } from './award.service.ts';
