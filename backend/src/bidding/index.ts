/**
 * Bidding: takes sealed envelopes until the deadline, and fixes which of them count. It must never know what a bid
 * says, nor let anybody but its bidder learn that it exists before the lot has closed.
 */
export { Bid, biddingEntities, Envelope, LotClose, LotOutage, Redelivery } from './bid.entity.ts';
export { closeOf, countedBids, endingOf, type CountedBid } from './bid.queries.ts';
export { routes as biddingRoutes } from './bidding.routes.ts';
export { closeLots, lotsWaitingForTime } from './close.service.ts';
export { judgeOutages } from './outage.service.ts';
export { Hall, type News } from './hall.ts';
export {
  earlyComplaints,
  officersAtRisk,
  precheckDesk,
  precheckRecord,
  type EarlyComplaint,
} from './officer.queries.ts';
export { makePrechecks } from './officer.service.ts';
export { resealOf } from './reseal.queries.ts';
export { tidyVault } from './piece.service.ts';
export { openVault, pieceBytes, readSealed } from './vault.ts';
