/**
 * Identity: who somebody is, for whom they act, and with which keys. It must never know a tender, a bid or an
 * expert's work, nor decide whether a party deserves its place: the registry does.
 */
import { openAuthorities } from './authorities.ts';
import { Certificate } from './certificate.entity.ts';
export { actorBy, type CheckAct, type SignedContent } from './act.ts';
import { Identity } from './identity.service.ts';
import { Organisation, Person, Seat, Session, SignInAttempt } from './person.entity.ts';
import { IssuedPaper } from './paper.entity.ts';
import type { Clock, Config } from '../platform/index.ts';

export const identityEntities = [Person, Organisation, Seat, Session, SignInAttempt, Certificate, IssuedPaper];

/** Opens the authorities of an instance and what stands on them. */
export const openIdentity = async (house: { readonly config: Config; readonly clock: Clock }): Promise<Identity> =>
  new Identity(await openAuthorities(house));

export { Certificate } from './certificate.entity.ts';
export { pinCertificates, requestCertificates, revokePair } from './certificate.service.ts';
export { certificateBriefs, meOf, seatOf, seatRows } from './identity.queries.ts';
export { routes as identityRoutes } from './identity.routes.ts';
export {
  checkAct,
  encryptionCertificateOf,
  Identity,
  signingCertificateOf,
  signingCertificateOfSeat,
  suiteOf,
  trustAnchors,
} from './identity.service.ts';
export { checkOf, issuedBy, issuePaper, localTime } from './house.paper.ts';
export { houseSeal, type HouseSeal } from './seal.ts';
export { hashPassword } from './password.ts';
export { Organisation, Person, Seat, type OrganisationProfile } from './person.entity.ts';
export {
  addSeat,
  createOperator,
  createOrganisation,
  createPerson,
  foundParty,
  kindsOf,
  listed,
  preparePerson,
  recordParty,
  rolesOf,
  setRoles,
  type Founded,
  type PreparedPerson,
} from './person.service.ts';
export { regionName, regionOf, regionPath, regionsBelow, type Region } from './regions.ts';
export { actorAt, actorOf, countSignUp, sessionOf, startSession } from './session.service.ts';
