/**
 * Tendering: composes, checks and publishes tenders, and keeps the life of their lots. It must never know whether
 * anybody has bid; later stages move lots through `advanceLot`.
 */
export { contentOf } from './tender.content.ts';
export { dispositionOf, sendFile } from './file.queries.ts';
export {
  advanceLot,
  advanceTender,
  dueLots,
  isStaffOf,
  lockLot,
  lockTender,
  lotOf,
  lotsOf,
  moveDeadline,
  tenderOf,
  wakeLot,
  type LotAdvance,
} from './lot.service.ts';
export { noticesOf, proofsOf, provenAtOf } from './notice.queries.ts';
export { OfficerAppointment, OfficerChange, OfficerProof, TenderNotice } from './officer.entity.ts';
export { appointmentDesk } from './officer.service.ts';
export { listTenders, type TenderPage } from './search.queries.ts';
export { takersOf } from './taking.service.ts';
export { allowedMoves, calendar, datesOf, lotView, publishedTender, rulebookOf, storyOf } from './tender.queries.ts';
export { DocumentTaking, Lot, Tender, tenderingEntities, type LotStep } from './tender.entity.ts';
export { routes as tenderingRoutes } from './tendering.routes.ts';
