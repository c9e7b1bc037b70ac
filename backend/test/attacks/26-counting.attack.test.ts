import { readOpening } from '@xinbiao/contracts/opening';
import { readBundle, type TenderBundle, readHome, readStatus, readTender } from '@xinbiao/contracts/publication';
import { listDisclosed, listEntries } from '@xinbiao/contracts/ledger';
import { entriesOf, openCheckpoint, parseLeaf, parseVerifierKey, tileAt, tilePath } from '@xinbiao/contracts/trust';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileOf } from '../../../scripts/play/bid.ts';
import { approveAll, demoPassword, newcomer, type Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { LedgerEntry } from '../../src/ledger/ledger.entity.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, sealBid } from '../lots.ts';
import { attack } from './table.ts';

/*
 * Two real houses that differ in one thing: in one a single bidder bids, in the other nine do. The observer reads
 * everything that anybody can read, after every slot of the log, and compares.
 */

const begin = '2026-11-02T01:00:00.000Z';
const count = { few: 1, many: 9 } as const;
type Side = { house: TestHouse; cast: Cast; lotId: string; tenderId: string };

/** A house with one published lot and nine registered bidders, whose log runs by slots that the test strikes itself. */
async function aSide(): Promise<Side> {
  const house = await openHouse({ at: begin, config: { logCover: 'constant', logSlot: 600_000, logSlotLeaves: 2 } });
  // What comes before the first slot goes in at once, in whatever order.
  await house.house.ledger.sequencer.stop();
  const known = await castFor(house, { bidders: 6 });
  const more: Person[] = [];
  for (let at = known.bidders.length; at < count.many; at += 1) {
    const bidder = await newcomer(
      { url: house.url },
      { kind: 'bidder', serial: 3001 + at, name: `投标单位${at}`, login: `more${at}`, person: `投标人${at}` },
    );
    more.push(await bidder.enrol({ filePassword: demoPassword, iterations: 1000 }));
  }
  await approveAll(known.centre);
  const cast = { ...known, bidders: [...known.bidders, ...more] };
  const { lots, tenderId } = await publishedLots(house, cast, 1);
  await house.house.ledger.sequencer.drain();
  return { house, cast, lotId: lots[0] ?? '', tenderId };
}

let sides: Record<'few' | 'many', Side>;
beforeAll(async () => {
  sides = { few: await aSide(), many: await aSide() };
}, 240_000);
afterAll(async () => {
  await sides.few.house.close();
  await sides.many.house.close();
});

/** Everything of the log that is published, as an observer sees it: the kind and length of every leaf since a place. */
async function observeLog({ house }: Side, from: number): Promise<{ size: number; leaves: string[] }> {
  const get = (path: string) => fetch(`${house.url}/api/log/${path}`);
  const note = await (await get('checkpoint')).text();
  const { size } = openCheckpoint(note, [parseVerifierKey(house.house.ledger.verifierKey)]);
  const leaves: string[] = [];
  for (let at = from; at < size;) {
    const tile = tileAt('entries', Math.floor(at / 256), size);
    const bundle = new Uint8Array(await (await get(tilePath(tile))).arrayBuffer());
    const entries = entriesOf(bundle, tile.width);
    for (; at < Math.min(size, tile.index * 256 + entries.length); at += 1) {
      const entry = entries[at % 256] ?? new Uint8Array();
      const leaf = parseLeaf(entry);
      leaves.push(leaf.kind === 'commit' ? `sealed ${entry.length}` : leaf.body.t);
    }
  }
  return { size, leaves };
}

/** Names, hashes, times and the places of what came before differ between any two houses; what is left must not. */
const masked = (answer: unknown): string =>
  JSON.stringify(answer)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/[0-9a-f]{16,}/g, '<hex>')
    .replace(/[A-Za-z0-9+/]{40,}={0,2}/g, '<base64>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/\[(?:"<hex>",?)+\]/g, '[<hexes>]')
    .replace(/"(index|size)":\d+/g, '"$1":<number>')
    .replace(/\\n\d+\\n/g, '<size>')
    .replace(/xinbiao\.local\/\w+/g, '<log>')
    .replace(/127\.0\.0\.1:\d+/g, '<host>');

/** What was recorded at one instant of a clock that stands still, before anybody bid, comes in any order. */
const unordered = (bundle: TenderBundle): unknown => ({
  ...bundle,
  entries: bundle.entries.map((entry) => masked(entry)).toSorted(),
  acts: bundle.acts.map((act) => masked(act)).toSorted(),
});

/** Every public answer about the tender, its lot, the log and the house. */
async function observePages({ house, tenderId, lotId }: Side): Promise<string[]> {
  const { anybody } = house;
  return [
    await anybody.call(readHome),
    await anybody.call(readTender, { params: { tenderId } }),
    unordered(await anybody.call(readBundle, { params: { tenderId } })),
    await anybody.call(readOpening, { params: { lotId } }),
    await anybody.call(readStatus),
    await anybody.call(listEntries, { query: { scope: lotId, limit: 100 } }),
    (await anybody.call(listEntries, { query: { limit: 100 } })).rows
      .map(({ kind, body }) => `${kind} ${body?.t ?? ''}`)
      .toSorted(),
    await anybody.call(listDisclosed, { query: { from: 0, to: 1000 } }),
  ].map(masked);
}

/** In which slot how many bid: the nine come in a rush, one by one, and two at once. */
const plans = {
  few: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
  many: [4, 0, 0, 1, 1, 0, 2, 0, 0, 1, 0, 0],
} as const;

/** Bids that are recorded and wait for a slot. */
const waitingIn = ({ house }: Side) => house.house.fork().count(LedgerEntry, { type: 'bid.receipt' });

describe(attack(26), () => {
  test('an observer of everything public cannot tell one bid from nine', { timeout: 240_000 }, async () => {
    const views: Record<string, unknown> = {};
    for (const name of ['few', 'many'] as const) {
      const side = sides[name];
      const { house, cast, lotId } = side;
      const bidders = cast.bidders.slice(0, count[name]);
      let { size } = await observeLog(side, 0);
      const seen: string[][] = [];
      const receipts: Promise<unknown>[] = [];
      for (const bids of plans[name]) {
        for (const bidder of bidders.splice(0, bids)) {
          const offer = { price: 348_000_000n, files: [fileOf('方案.pdf', new Uint8Array(5000))] };
          receipts.push(handIn(bidder, lotId, offer));
        }
        // The bids of this slot are recorded before it is struck; whoever bid then waits for the slot.
        while ((await waitingIn(side)) < receipts.length) await pause(20);
        await house.house.ledger.sequencer.slot();
        const view = await observeLog(side, size);
        ({ size } = view);
        seen.push(view.leaves);
      }
      expect(await Promise.all(receipts)).toHaveLength(count[name]);
      views[name] = { seen, pages: await observePages(side) };
      expect(house.faults).toEqual([]);
    }
    expect(views['few']).toEqual(views['many']);
    expect(views['few']).toMatchObject({ seen: plans.few.map(() => ['sealed 91', 'sealed 91']) });
  });

  test('bids and decoys are told apart once that is allowed, and not by their order', { timeout: 60_000 }, async () => {
    const { house } = sides.many;
    const rows = await house.house.fork().find(LedgerEntry, { type: { $in: ['bid.receipt', 'decoy'] } });
    expect(rows.filter(({ type }) => type === 'bid.receipt')).toHaveLength(count.many);
    expect(rows.filter(({ type }) => type === 'decoy')).toHaveLength(plans.many.length * 2 - count.many);
  });

  test('a sealed price is as long whatever it is', { timeout: 60_000 }, async () => {
    const { cast, lotId } = sides.few;
    const lengths = async (price: bigint, at: number) => {
      const bidder = cast.bidders[at];
      if (!bidder) throw new Error('nobody');
      const { manifest } = await sealBid(bidder, lotId, { price });
      const { parts } = JSON.parse(manifest) as { parts: { stage: string; name: string; ctLen: number }[] };
      return parts.filter(({ name }) => name === 'price').map(({ ctLen }) => ctLen);
    };
    const [low, high] = [await lengths(1n, 1), await lengths(99_999_999_999n, 2)];
    expect(low).toHaveLength(1);
    expect(low).toEqual(high);
  });

  test('the public status says nothing of sealed entries that wait', async () => {
    const { house, cast, lotId } = sides.few;
    const [, , , , bidder] = cast.bidders;
    if (!bidder) throw new Error('nobody');
    const done = handIn(bidder, lotId, { price: 5n });
    const before = await waitingIn(sides.few);
    while ((await waitingIn(sides.few)) === before) await pause(20);
    expect((await house.anybody.call(readStatus)).log.waiting).toBe(0);
    await house.house.ledger.sequencer.slot();
    await done;
  });
});
