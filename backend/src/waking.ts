import type { House, Waker } from './platform/index.ts';
import { wakers } from './stages.ts';

/** Lets everything happen that is due, until nothing is. */
export async function wakeToRest(house: House, given: readonly Waker[] = wakers): Promise<number> {
  let total = 0;
  for (let round = 0; round < 10_000; round += 1) {
    let moved = 0;
    for (const wake of given) moved += await wake(house);
    if (moved === 0) return total;
    total += moved;
  }
  throw new Error('the waking clock does not come to rest');
}

/** Wakes once a second; a fault is reported and the next second tries again. */
export function startWaking(house: House): { readonly stop: () => Promise<void> } {
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(async () => {
        if (!stopped) await wakeToRest(house);
      })
      .catch((fault: unknown) => house.report(fault));
  }, 1000);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
