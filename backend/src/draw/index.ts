/**
 * Draw: lets several parties draw together what nobody may choose, the platform one of them. It must never know what
 * follows from a result; later stages ask for a draw by `holdDraw` and read it by `standingIn`.
 */
export { driveDraw, wakeDraws } from './draw.clock.ts';
export { Draw, DrawContribution, drawEntities, type KeptName } from './draw.entity.ts';
export { openDrawKeys } from './draw.keys.ts';
export { drawRecordsOf, drawView, myDraws } from './draw.queries.ts';
export { routes as drawRoutes } from './draw.routes.ts';
export {
  contributorAt,
  declineInDraw,
  holdDraw,
  publishNames,
  standingIn,
  type Proposal,
  type Proposing,
  type Standing,
} from './hold.service.ts';
