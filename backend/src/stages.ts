import type { Options } from '@mikro-orm/core';
import { awardEntities, awardRoutes } from './award/index.ts';
import {
  biddingEntities,
  biddingRoutes,
  closeLots,
  judgeOutages,
  Hall,
  makePrechecks,
  openVault,
  tidyVault,
} from './bidding/index.ts';
import { drawEntities, drawRoutes, openDrawKeys, wakeDraws } from './draw/index.ts';
import { evaluationEntities, evaluationRoutes, wakeEvaluation } from './evaluation/index.ts';
import { actorOf, identityEntities, identityRoutes, openIdentity } from './identity/index.ts';
import { ledgerEntities } from './ledger/index.ts';
import { routes as ledgerRoutes } from './ledger/ledger.routes.ts';
import { openingEntities, openingRoutes, openLots } from './opening/index.ts';
import { oversightEntities, oversightRoutes } from './oversight/index.ts';
import { platformEntities, type House, type Identify, type Waker } from './platform/index.ts';
import { publicationRoutes } from './publication/index.ts';
import { PublishedRelease, routes as operationRoutes } from './operation/index.ts';
import { registryEntities, registryRoutes } from './registry/index.ts';
import { openTime, timekeepingEntities, timekeepingRoutes } from './timekeeping/index.ts';
import { tenderingEntities, tenderingRoutes } from './tendering/index.ts';

/** The stages in the order of time. A new stage adds its line to each list. */
export const entities: NonNullable<Options['entities']> = [
  ...platformEntities,
  PublishedRelease,
  ...ledgerEntities,
  ...identityEntities,
  ...timekeepingEntities,
  ...registryEntities,
  ...drawEntities,
  ...tenderingEntities,
  ...biddingEntities,
  ...openingEntities,
  ...evaluationEntities,
  ...awardEntities,
  ...oversightEntities,
];

export const routers = [
  ledgerRoutes,
  operationRoutes,
  identityRoutes,
  timekeepingRoutes,
  registryRoutes,
  drawRoutes,
  tenderingRoutes,
  biddingRoutes,
  openingRoutes,
  evaluationRoutes,
  awardRoutes,
  oversightRoutes,
  publicationRoutes,
];

/** What waits for time. */
export const wakers: readonly Waker[] = [
  judgeOutages,
  closeLots,
  makePrechecks,
  openLots,
  wakeDraws,
  wakeEvaluation,
  tidyVault,
];

/** Who is calling; the identity stage knows. */
export const identify: Identify = actorOf;

/** Lets every stage add what it offers to all calls. */
export const furnish = async (
  house: Omit<House, 'identity' | 'time' | 'vault' | 'hall' | 'drawKeys'>,
): Promise<House> => ({
  ...house,
  identity: await openIdentity(house),
  time: await openTime(house),
  drawKeys: await openDrawKeys(house.config.folder),
  vault: await openVault(house.config.folder),
  hall: new Hall(),
});
