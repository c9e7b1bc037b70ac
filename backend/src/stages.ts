import type { Options } from '@mikro-orm/core';
import { actorOf, identityEntities, identityRoutes, openIdentity } from './identity/index.ts';
import { ledgerEntities } from './ledger/index.ts';
import { routes as ledgerRoutes } from './ledger/ledger.routes.ts';
import { platformEntities, type House, type Identify, type Waker } from './platform/index.ts';
import { routes as operationRoutes } from './operation/index.ts';

/** The stages in the order of time. A new stage adds its line to each list. */
export const entities: NonNullable<Options['entities']> = [...platformEntities, ...ledgerEntities, ...identityEntities];

export const routers = [ledgerRoutes, operationRoutes, identityRoutes];

/** What waits for time. */
export const wakers: readonly Waker[] = [];

/** Who is calling; the identity stage knows. */
export const identify: Identify = actorOf;

/** Lets every stage add what it offers to all calls. */
export const furnish = async (house: Omit<House, 'identity'>): Promise<House> => ({ ...house, identity: await openIdentity(house) });
