import { listMyBids, readPrecheck } from '@xinbiao/contracts/bidding';
import { precheckTimes } from '@xinbiao/contracts/tendering';
import type { Deal } from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import { tryShares } from '../../../scripts/play/officer.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { release } from '../../../scripts/play/steps.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots, type PublishedLots } from '../lots.ts';
import { answering, bid, hallOf, rootsOf, scalarOf, type KeptBid } from '../openings.ts';
import { garbageFor, inconsistentFor } from '../spoil.ts';
import { attack } from './table.ts';

/*
 * A bidder deals good shares to an officer in its pay and rubbish to the honest ones, so that the bid opens only if
 * that officer comes: an option to take the bid back after the deadline. The honest officers' trials before the close
 * take the option away, and so does a dealing that convicts itself.
 */

let house: TestHouse;
let cast: Cast;
let tried: PublishedLots;
const kept = new Map<string, KeptBid>();
const certOf = (person: Person): string => person.held.encryption.fingerprint;
const minute = 60_000;
/** In the bidder's pay: the notary. Honest: the witness, of the same group. */
const cheat = (): Person => cast.bidders[2]!;

async function bids(lots: readonly string[], spoil: (deal: Deal) => Promise<Deal>): Promise<void> {
  for (const [at, lotId] of lots.entries()) {
    for (const who of [0, 1])
      kept.set(`${lotId}/${who}`, await bid(cast.bidders[who]!, lotId, BigInt(100 + at * 10 + who)));
    kept.set(`${lotId}/2`, await bid(cheat(), lotId, BigInt(90 + at), { spoil }));
  }
}

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house);
  tried = await publishedLots(house, cast, 5, (draft) => ({
    ...draft,
    sealing: { ...draft.sealing, precheck: 'on' },
  }));
}, 240_000);
afterAll(() => house.close());

const resealOf = async (person: Person, lotId: string) =>
  (await person.client.call(listMyBids)).rows.find((row) => row.lotId === lotId)?.reseal;

/** These officers of the independent group come, and one of the purchaser's side; then everybody's time is over. */
async function openings(given: readonly (readonly [lotId: string, officers: readonly Person[]])[]) {
  for (const [lotId, officers] of given)
    for (const officer of [...officers, cast.purchaser])
      await release(officer, lotId, rootsOf(house), house.clock.now());
  await house.tick();
  house.clock.set(new Date(house.clock.now().getTime() + 30 * minute));
  await house.tick();
  const halls = [];
  for (const [lotId] of given) halls.push(await hallOf(house, lotId));
  return halls.map(({ phase, bids: shown }) => ({
    phase,
    fates: shown.map(({ state, faults }) => [state, faults.map(({ party }) => party)]),
    prices: shown.map(({ price }) => price),
  }));
}

describe(attack(17), () => {
  test('honest officers find the rubbish before the close; ignored, it costs the bid, whoever of the officers comes', async () => {
    const [both = '', honest = '', paid = '', again = '', liar = ''] = tried.lots;
    await bids([both, honest, paid, again], garbageFor(certOf(cast.witness)));
    // In the last lot everybody seals well.
    for (const who of [0, 1, 2]) kept.set(`${liar}/${who}`, await bid(cast.bidders[who]!, liar, BigInt(140 + who)));

    house.clock.set(precheckTimes(house.clock.now(), tried.deadline)[0]!);
    await house.tick();
    await tryShares(cast.witness);
    await tryShares(cast.purchaser);
    const liarsTargets = new Set(
      kept.get(`${liar}/0`)!.deal.locks.flatMap(({ groups }) => groups.flatMap(({ A }) => A)),
    );
    // The officer in the bidder's pay accepts everything, and lies about one honest bid of the last lot.
    await tryShares(cast.notary, ({ A }) => (A.some((point) => liarsTargets.has(point)) ? 'complaint' : 'accept'));
    for (const lotId of [both, honest, paid, again])
      expect(await resealOf(cheat(), lotId)).toMatchObject({ why: 'share', must: true });
    for (const lotId of [both, honest, paid, again]) expect(await resealOf(cast.bidders[0]!, lotId)).toBeNull();
    expect(await resealOf(cast.bidders[0]!, liar)).toMatchObject({ why: 'share', must: true });
    // Sealed again as asked: the option is gone, and nothing else happens.
    kept.set(`${again}/2`, await bid(cheat(), again, 93n));

    house.clock.set(tried.deadline);
    await house.tick();
    const record = await house.anybody.call(readPrecheck, { params: { lotId: both } });
    const ofCheat = record.bids.find(({ manifestHash }) => manifestHash === kept.get(`${both}/2`)?.manifestHash);
    expect(ofCheat?.groups.find(({ id }) => id === 'independent')).toMatchObject({
      accepted: [certOf(cast.notary)],
      complained: [certOf(cast.witness)],
    });
    // What was said before the close is a dispute now; the bidder who dealt well answers it.
    const [dispute] = (await hallOf(house, liar)).disputes;
    const { endpoint, ...call } = await answering(
      cast.bidders[0]!,
      liar,
      dispute!,
      scalarOf(dispute!, kept.get(`${liar}/0`)!),
    );
    await cast.bidders[0]!.client.call(endpoint, call);

    const [withBoth, withHonest, withPaid, sealedAgain, lied] = await openings([
      [both, [cast.notary, cast.witness]],
      [honest, [cast.witness]],
      [paid, [cast.notary]],
      [again, [cast.witness]],
      [liar, [cast.witness]],
    ]);
    const named = (fates: unknown[] | undefined) => JSON.stringify(fates?.map((fate) => (fate as unknown[])[0]));
    expect(withBoth?.fates.slice(0, 2)).toEqual([
      ['opened', []],
      ['opened', []],
    ]);
    for (const one of [withBoth, withHonest, withPaid]) {
      expect(one?.phase).toBe('opened');
      expect(named(one?.fates)).toBe('["opened","opened","faulty"]');
      expect(new Set(one?.fates[2]?.[1])).toEqual(new Set(['bidder']));
    }
    expect(sealedAgain?.prices).toEqual(['130', '131', '93']);
    expect(lied?.prices).toEqual(['140', '141', '142']);
    expect((await hallOf(house, liar)).disputes[0]?.verdict).toMatchObject({ code: 'complaint.false' });
  });

  test('without trials, shares that are committed to and off the polynomial convict their bidder, whoever else comes', async () => {
    const untried = await publishedLots(house, cast, 2);
    const [first = '', second = ''] = untried.lots;
    await bids([first, second], inconsistentFor(certOf(cast.witness)));
    house.clock.set(untried.deadline);
    await house.tick();
    // The officer in the bidder's pay comes beside the honest one, or stays away.
    const [beside, alone] = await openings([
      [first, [cast.witness, cast.notary]],
      [second, [cast.witness]],
    ]);
    for (const one of [beside, alone]) {
      expect(one?.fates.slice(0, 2)).toEqual([
        ['opened', []],
        ['opened', []],
      ]);
      expect(one?.fates[2]?.[0]).toBe('faulty');
      expect(new Set(one?.fates[2]?.[1])).toEqual(new Set(['bidder']));
    }
  });
});
