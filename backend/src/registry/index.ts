/**
 * Registry: who is on record as what, and which decisions bind a party. It must never know a tender or a bid:
 * later stages ask it, and it does not ask why.
 */
import { BlacklistCheck, BlacklistEntry } from './blacklist.entity.ts';
import { ChangeRequest, Expert, ExpertVersion, LibraryItem, OrganisationVersion, Standing } from './registry.entity.ts';

export const registryEntities = [
  OrganisationVersion,
  ChangeRequest,
  Standing,
  Expert,
  ExpertVersion,
  LibraryItem,
  BlacklistEntry,
  BlacklistCheck,
];

export { BlacklistCheck, BlacklistEntry } from './blacklist.entity.ts';
export {
  addToBlacklist,
  blacklistView,
  checkBlacklist,
  endBlacklist,
  forbidsOf,
  obeyBlacklist,
  type BlacklistAnswer,
  type BlacklistQuestion,
} from './blacklist.service.ts';
export { catalogView, type Catalog } from './catalog.ts';
export { drawableExperts, expertAtSeat, reviewExpert, signUpExpert } from './expert.service.ts';
export { addItem, libraryOf } from './library.service.ts';
export { decideStanding, reviewOrganisation } from './organisation.service.ts';
export { organisationRow, reviewsFor } from './registry.queries.ts';
export { Expert, LibraryItem } from './registry.entity.ts';
export { catalogOf, routes as registryRoutes } from './registry.routes.ts';
export { specialties, specialtyOf } from './specialties.ts';
