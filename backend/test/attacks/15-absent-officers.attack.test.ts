import { toHex } from '@xinbiao/contracts/kernel';
import { checkFault } from '@xinbiao/contracts/opening';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { release } from '../../../scripts/play/steps.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots, type PublishedLots } from '../lots.ts';
import { bid, hallOf, recovering, rootsOf, stageKeysOf, storyOf, type KeptBid } from '../openings.ts';
import { outsiderFinds } from '../stories/outsider.ts';
import { attack } from './table.ts';

/* Two groups of two officers, one of each suffices: one absence of each stops nothing, two of a group nearly do. */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
const kept: KeptBid[] = [];
const bidder = (at: number): Person => cast.bidders[at]!;
const lot = (no: number): string => published.lots[no - 1]!;
const turn = async (to: Date): Promise<void> => {
  house.clock.set(to);
  await house.tick();
};
const opens = (officer: Person, no: number) => release(officer, lot(no), rootsOf(house), house.clock.now());

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house);
  published = await publishedLots(house, cast, 2);
  for (const who of [0, 1, 2]) await bid(bidder(who), lot(1), BigInt(1000 + who));
  for (const who of [0, 1, 2]) kept.push(await bid(bidder(who), lot(2), BigInt(2000 + who)));
  await turn(published.deadline);
}, 240_000);
afterAll(() => house.close());

describe(attack(15), () => {
  test('without one officer of each group the bids open all the same', async () => {
    await opens(cast.purchaser2, 1);
    await opens(cast.witness, 1);
    await house.tick();
    expect((await hallOf(house, lot(1))).bids.map(({ price }) => price)).toEqual(['1000', '1001', '1002']);
  });

  test('without a whole group the time limit names it, and the bidders open their own bids', async () => {
    await opens(cast.notary, 2);
    await turn(new Date(published.deadline.getTime() + 30 * 60_000 - 1));
    expect((await hallOf(house, lot(2))).phase).toBe('releasing');
    await turn(new Date(published.deadline.getTime() + 30 * 60_000));
    const named = await hallOf(house, lot(2));
    expect(named.phase).toBe('recovering');
    expect(named.groups.map(({ members }) => members.map(({ absent }) => absent))).toEqual([
      [true, true],
      [false, false],
    ]);
    expect((await storyOf(house, lot(2))).at(-1)).toBe('open.default');
    // One character of the key is altered: the envelope's own commitment refuses it.
    const keys = stageKeysOf(kept[0]!.deal);
    const altered = keys.map(({ stage, key }) => ({ stage, key: key.replace(/.$/, key.endsWith('0') ? '1' : '0') }));
    const bad = await recovering(bidder(0), lot(2), altered);
    expect(await bidder(0).client.refused(bad.endpoint, bad)).toEqual(['opening.recovery-altered']);
    for (const who of [0, 1, 2]) {
      const { endpoint, ...call } = await recovering(bidder(who), lot(2), stageKeysOf(kept[who]!.deal));
      await bidder(who).client.call(endpoint, call);
      await house.tick();
      // Prices are read out together: until the last has opened its own, none is.
      const hall = await hallOf(house, lot(2));
      expect(hall.bids.map(({ price }) => price)).toEqual(who < 2 ? [null, null, null] : ['2000', '2001', '2002']);
    }
    expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
  });

  test('an opened bid cannot be said to have failed for want of officers', async () => {
    const evidence = JSON.stringify({ v: 'nothing', lotId: toHex(new Uint8Array(2)) });
    expect(await checkFault({ evidence, manifestHash: kept[0]!.manifestHash })).toMatchObject({ outcome: 'unknown' });
  });
});
