import type { EntityManager } from '@mikro-orm/core';
import { boundsOf, judgeClock, type ClockComparison } from '@xinbiao/contracts/timekeeping';
import { instantText } from '@xinbiao/contracts/kernel';
import { randomBytes } from 'node:crypto';
import { newId, transact, type House } from '../platform/index.ts';
import { ClockReading } from './timekeeping.entity.ts';

const between = 5 * 60_000;
const keptFor = 7 * 86_400_000;
const shown = 20;

/**
 * Compares the server's real clock with every outside authority's. It refuses nothing by itself: a clock that is off
 * is said on the status page, and what the authorities sign decides where the law asks for an instant.
 */
export async function compareClocks(house: House): Promise<void> {
  const outside = house.time.authorities.filter(({ demonstration }) => !demonstration);
  const rows = await Promise.all(
    outside.map(async (authority) => {
      const asked = house.clock.real();
      const stamped = await house.time.stampBy(authority, new Uint8Array(randomBytes(32)));
      const answered = house.clock.real();
      return {
        id: newId(answered),
        authority: authority.name,
        at: answered,
        outcome: stamped.ok
          ? ('answered' as const)
          : stamped.reason === 'silent'
            ? ('silent' as const)
            : ('unfit' as const),
        ...(stamped.ok ? boundsOf({ asked, answered, stamp: stamped.stamp }) : { lowest: null, highest: null }),
      };
    }),
  );
  await transact(house.fork(), async (tx) => {
    for (const row of rows) await tx.insert(ClockReading, row);
    await tx.nativeDelete(ClockReading, { at: { $lt: new Date(house.clock.real().getTime() - keptFor) } });
  });
}

/** What the last readings say. */
export async function clockComparison(em: EntityManager, house: House): Promise<ClockComparison> {
  const rows = await em.find(
    ClockReading,
    {},
    { orderBy: { at: 'desc', id: 'desc' }, limit: shown, disableIdentityMap: true },
  );
  const readings = rows.map(({ authority, at, outcome, lowest, highest }) => ({
    authority,
    at: instantText(at),
    outcome,
    lowest: lowest ?? null,
    highest: highest ?? null,
  }));
  return {
    ...judgeClock(readings, house.clock.real()),
    hasOutside: house.time.authorities.some(({ demonstration }) => !demonstration),
    readings,
  };
}

/** Compares at once and then every five minutes; a fault is reported and the next turn tries again. */
export function startComparing(house: House): { readonly stop: () => Promise<void> } {
  if (house.time.authorities.every(({ demonstration }) => demonstration)) return { stop: async () => undefined };
  let running: Promise<unknown> = Promise.resolve();
  const compare = (): void => {
    running = running.then(() => compareClocks(house)).catch((fault: unknown) => house.report(fault));
  };
  compare();
  const timer = setInterval(compare, between);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
