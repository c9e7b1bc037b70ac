import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { RefusalTable, Role, Scope } from '@xinbiao/contracts/kernel';
import type Koa from 'koa';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Storage } from './storage.ts';

/**
 * What every call may use. Stages add what they offer to all by augmenting this interface
 * (`declare module '../platform/house.ts' { interface House { … } }`).
 */
export interface House {
  readonly config: Config;
  readonly orm: MikroORM;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly refusals: RefusalTable;
  /** A fresh unit of work. */
  readonly fork: () => EntityManager;
  /** Lets everything happen that is due now, and says how many moves that was. */
  readonly wake: () => Promise<number>;
  /** Where the house's own pages reach it past its certificate: a loopback door, open only beside https. */
  readonly inside: { origin?: string };
  /** Unexpected trouble; gives the incident number that people may quote. */
  readonly report: (fault: unknown) => string;
}

/** Who is calling, through one seat. */
export type Actor = {
  readonly personId: string;
  readonly name: string;
  readonly seatId: string;
  readonly organisationId: string | null;
  readonly organisationName: string | null;
  readonly uscc: string | null;
  readonly roles: readonly Role[];
  readonly scopes: readonly Scope[];
};

/** Finds out who is calling; given to the app by the stage that knows people. */
export type Identify = (ctx: Koa.Context, house: House, em: EntityManager) => Promise<Actor | null>;

/** Something that waits for time: makes the moves that are due, and says how many it made. */
export type Waker = (house: House) => Promise<number>;
