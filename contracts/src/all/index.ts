/** All stages together: every operation and every refusal there is. One line a stage, in the order of time. */
import type { Endpoint, RefusalTable } from '../kernel/index.ts';
import { houseEndpoints, houseRefusals } from '../house/index.ts';
import * as award from '../award/index.ts';
import * as bidding from '../bidding/index.ts';
import * as draw from '../draw/index.ts';
import * as evaluation from '../evaluation/index.ts';
import * as identity from '../identity/index.ts';
import * as ledger from '../ledger/index.ts';
import * as opening from '../opening/index.ts';
import * as oversight from '../oversight/index.ts';
import * as publication from '../publication/index.ts';
import * as registry from '../registry/index.ts';
import * as tendering from '../tendering/index.ts';
import * as timekeeping from '../timekeeping/index.ts';

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'access' in value;

/** The operations of a stage by name, out of everything its front door exports. */
const endpointsOf = (stage: object): Record<string, Endpoint> =>
  Object.fromEntries(Object.entries(stage).filter((entry): entry is [string, Endpoint] => isEndpoint(entry[1])));

export const endpointsByStage: Readonly<Record<string, Readonly<Record<string, Endpoint>>>> = {
  house: houseEndpoints,
  ledger: endpointsOf(ledger),
  identity: endpointsOf(identity),
  timekeeping: endpointsOf(timekeeping),
  registry: endpointsOf(registry),
  draw: endpointsOf(draw),
  tendering: endpointsOf(tendering),
  bidding: endpointsOf(bidding),
  opening: endpointsOf(opening),
  evaluation: endpointsOf(evaluation),
  award: endpointsOf(award),
  oversight: endpointsOf(oversight),
  publication: endpointsOf(publication),
};

export const allEndpoints: readonly Endpoint[] = Object.values(endpointsByStage).flatMap((stage) =>
  Object.values(stage),
);

export const allRefusals: RefusalTable = {
  ...houseRefusals,
  ...ledger.ledgerRefusals,
  ...identity.identityRefusals,
  ...timekeeping.timekeepingRefusals,
  ...registry.registryRefusals,
  ...draw.drawRefusals,
  ...tendering.tenderingRefusals,
  ...bidding.biddingRefusals,
  ...opening.openingRefusals,
  ...evaluation.evaluationRefusals,
  ...award.awardRefusals,
  ...oversight.oversightRefusals,
  ...publication.publicationRefusals,
};
