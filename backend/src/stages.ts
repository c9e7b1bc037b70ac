import type { Options } from '@mikro-orm/core';
import { ledgerEntities } from './ledger/index.ts';
import { routes as ledgerRoutes } from './ledger/ledger.routes.ts';
import { platformEntities, type House, type Identify, type Waker } from './platform/index.ts';
import { routes as operationRoutes } from './operation/index.ts';

/** The stages in the order of time. A new stage adds its line to each list. */
export const entities: NonNullable<Options['entities']> = [...platformEntities, ...ledgerEntities];

export const routers = [ledgerRoutes, operationRoutes];

/** What waits for time. */
export const wakers: readonly Waker[] = [];

/** Who is calling; the identity stage knows. */
export const identify: Identify = async () => null;

/** Lets every stage add what it offers to all calls. */
export const furnish = async (house: Omit<House, never>): Promise<House> => house;
