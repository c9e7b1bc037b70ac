import { batchHashOf } from '@xinbiao/contracts/opening';
import { listEntries } from '@xinbiao/contracts/ledger';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import { announce, disclose, prepareBatch, release } from '../../../scripts/play/steps.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots } from '../lots.ts';
import { bid, complaining, hallOf, rootsOf, type KeptBid } from '../openings.ts';
import { attack } from './table.ts';

/* An officer would open only some bids, or choose after it has seen what others release. */

let house: TestHouse;
let cast: Cast;
let lots: readonly string[];
const kept: KeptBid[] = [];
const prepared = (no: number) => prepareBatch(cast.purchaser, lots[no]!, rootsOf(house), house.clock.now());

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house);
  const published = await publishedLots(house, cast, 2);
  ({ lots } = published);
  for (const lotId of lots)
    for (const who of [0, 1, 2]) kept.push(await bid(cast.bidders[who]!, lotId, BigInt(1000 + who)));
  house.clock.set(published.deadline);
  await house.tick();
}, 240_000);
afterAll(() => house.close());

describe(attack(16), () => {
  test('a batch that leaves a bid out, or holds one of another lot, is refused whole', async () => {
    const act = await prepared(0);
    const [first, ...rest] = act.shares;
    for (const shares of [
      rest,
      [...act.shares, { ...first!, manifestHash: kept[3]!.manifestHash }],
      [first!, first!],
    ]) {
      const partial = { ...act, shares };
      await announce(cast.purchaser, partial);
      await expect(disclose(cast.purchaser, partial)).rejects.toMatchObject({
        codes: [shares.length < 3 && shares[0] !== shares[1] ? 'opening.batch-incomplete' : 'opening.batch-differs'],
      });
    }
    expect((await hallOf(house, lots[0]!)).groups.every(({ released }) => released === 0)).toBe(true);
  });

  test('the hash stands in the log before anything is revealed, and what was announced cannot be changed afterwards', async () => {
    const act = await prepared(1);
    await announce(cast.purchaser, act);
    await house.house.ledger.sequencer.drain();
    const { rows } = await house.anybody.call(listEntries, { query: { scope: lots[1]!, limit: 100 } });
    const types = rows.map(({ body }) => body?.t);
    expect(types).toContain('open.batch');
    expect(types).not.toContain('open.reveal');
    expect(rows.find(({ body }) => body?.t === 'open.batch')?.body?.p['batch']).toBe(batchHashOf(act));
    // The others release; now this officer would rather not open the first bid.
    await release(cast.notary, lots[1]!, rootsOf(house), house.clock.now());
    const chosen = complaining(act, [kept[3]!.manifestHash]);
    await expect(disclose(cast.purchaser, chosen)).rejects.toMatchObject({ codes: ['opening.batch-not-logged'] });
    await house.tick();
    expect((await hallOf(house, lots[1]!)).bids.every(({ price }) => price === null)).toBe(true);
    await house.house.ledger.sequencer.drain();
    const after = await house.anybody.call(listEntries, { query: { scope: lots[1]!, limit: 100 } });
    expect(after.rows.find(({ body }) => body?.t === 'open.fault')?.body?.p).toMatchObject({
      officer: cast.purchaser.held.encryption.fingerprint,
      fault: 'batch.not-logged',
      announced: batchHashOf(act),
    });
    await announce(cast.purchaser, act);
    await disclose(cast.purchaser, act);
    await house.tick();
    expect((await hallOf(house, lots[1]!)).bids.map(({ price }) => price)).toEqual(['1000', '1001', '1002']);
  });
});
