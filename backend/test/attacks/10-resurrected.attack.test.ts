import { readLogKey } from '@xinbiao/contracts/ledger';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withdraw } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { Bid, Envelope } from '../../src/bidding/index.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots } from '../lots.ts';
import { bid, hallOf, lookForOwn, reportMissing, type KeptBid } from '../openings.ts';
import { attack } from './table.ts';

/*
 * A bidder replaced its bid, or took it back; somebody with the database in hand brings the old one back into the
 * close list. The bidder's later receipt contradicts it, and the opening stops.
 */

let house: TestHouse;
let cast: Cast;
let lots: readonly string[];
let newer: KeptBid;
let takenBack = '';
const bidder = (at: number): Person => cast.bidders[at]!;

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house);
  const published = await publishedLots(house, cast, 2, (draft) => ({
    ...draft,
    sealing: { ...draft.sealing, objectionMinutes: 20 },
  }));
  ({ lots } = published);
  for (const lotId of lots) for (const who of [1, 2, 3]) await bid(bidder(who), lotId, BigInt(1000 + who));
  const older = await bid(bidder(0), lots[0]!, 5000n);
  newer = await bid(bidder(0), lots[0]!, 800n);
  const gone = await bid(bidder(0), lots[1]!, 5000n);
  takenBack = (await withdraw(bidder(0), lots[1]!)).receipt;
  await house.house.ledger.sequencer.drain();
  const em = house.house.fork();
  const organisationId = bidder(0).known.organisation!.id;
  await em.nativeUpdate(Envelope, { id: newer.envelopeId }, { entryId: null, state: 'superseded' });
  await em.nativeUpdate(Envelope, { id: older.envelopeId }, { state: 'sealed' });
  await em.nativeUpdate(Bid, { lotId: lots[0]!, organisationId }, { headId: older.envelopeId, standing: 'sealed' });
  await em.nativeUpdate(Envelope, { id: gone.envelopeId }, { withdrawEntryId: null, state: 'sealed' });
  await em.nativeUpdate(Bid, { lotId: lots[1]!, organisationId }, { headId: gone.envelopeId, standing: 'sealed' });
  house.clock.set(published.deadline);
  await house.tick();
}, 240_000);
afterAll(() => house.close());

describe(attack(10), () => {
  test('a replaced bid in the list is contradicted by the receipt of the one that replaced it', async () => {
    expect((await hallOf(house, lots[0]!)).bids).toHaveLength(4);
    const verifierKey = (await house.anybody.call(readLogKey)).verifierKey;
    expect(await lookForOwn({ anybody: house.anybody, verifierKey }, lots[0]!, newer.receipt)).toMatchObject({
      proven: true,
      what: 'missing',
      manifestHash: newer.manifestHash,
    });
    const { endpoint, ...call } = await reportMissing(bidder(0), lots[0]!, newer.receipt);
    await bidder(0).client.call(endpoint, call);
    await house.tick();
    expect((await hallOf(house, lots[0]!)).phase).toBe('halted');
  });

  test('a bid in the list that was taken back is contradicted by the receipt of its withdrawal', async () => {
    expect((await hallOf(house, lots[1]!)).bids).toHaveLength(4);
    const verifierKey = (await house.anybody.call(readLogKey)).verifierKey;
    const judged = await lookForOwn({ anybody: house.anybody, verifierKey }, lots[1]!, takenBack);
    expect(judged).toMatchObject({ proven: true, what: 'resurrected' });
    const { endpoint, ...call } = await reportMissing(bidder(0), lots[1]!, takenBack);
    await bidder(0).client.call(endpoint, call);
    await house.tick();
    expect((await hallOf(house, lots[1]!)).phase).toBe('halted');
  });
});
