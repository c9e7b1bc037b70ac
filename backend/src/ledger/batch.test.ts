import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { roomFor } from './batch.ts';
import { addDecoys } from './decoys.ts';
import { openLedgerHouse } from './ledger.house.ts';
import { LogLeaf } from './ledger.entity.ts';
import { entriesBetween } from './ledger.queries.ts';
import { record } from './record.ts';
import type { Waiting } from './batch.ts';

type House = Awaited<ReturnType<typeof openLedgerHouse>>;
const folders: string[] = [];
let house: House | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const at = new Date('2026-11-24T01:30:00.000Z');

/** A log whose slots take so many sealed entries, struck by the test. */
async function covered(leaves: number): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-slots-'));
  folders.push(folder);
  let fork: House['fork'] | undefined;
  const decoys = (count: number): Promise<Waiting[]> => (fork ? addDecoys(fork, at, count) : Promise.resolve([]));
  house = await openLedgerHouse(folder, { cover: { leaves, slot: async () => 1000, decoys } });
  ({ fork } = house);
  return house;
}
const write = (scope: string, visibility: 'commit' | 'public') =>
  house!.fork().transactional((tx) => record(tx, { scope, type: 'bid.receipt', visibility, body: {}, at }));
/** The kinds of entries that a slot added. */
async function slot(): Promise<string[]> {
  const before = (await house!.ledger.checkpoint(house!.fork())).size;
  await house!.ledger.sequencer.slot();
  const { size } = await house!.ledger.checkpoint(house!.fork());
  return (await entriesBetween(house!.fork(), before, size)).map(({ kind }) => kind);
}

test('takes as many sealed entries in each slot, whether there are any or too many', async () => {
  await covered(2);
  expect(await slot()).toEqual(['commit', 'commit']);
  for (let nth = 0; nth < 5; nth += 1) await write('lot-1', 'commit');
  for (let nth = 0; nth < 4; nth += 1) expect(await slot()).toEqual(['commit', 'commit']);
  expect(await house!.ledger.fsck(house!.fork())).toEqual([]);
});

test('public entries do not wait, and stand behind the sealed ones of their slot', async () => {
  await covered(2);
  await write('house', 'public');
  await write('lot-1', 'commit');
  await write('lot-2', 'public');
  expect(await slot()).toEqual(['commit', 'commit', 'public', 'public']);
});

test('no entry passes an earlier one of its scope', async () => {
  await covered(1);
  const written: string[] = [];
  for (const visibility of ['commit', 'public', 'commit', 'commit', 'public', 'public', 'commit'] as const)
    written.push((await write('lot-1', visibility)).entryId);
  for (let nth = 0; nth < 8; nth += 1) expect((await slot()).filter((kind) => kind === 'commit')).toHaveLength(1);
  const places = new Map((await house!.fork().find(LogLeaf, {})).map(({ entry, index }) => [entry, index]));
  const order = written.map((id) => places.get(id) ?? -1);
  expect(order).toEqual(order.toSorted((one, other) => one - other));
  expect(order.every((index) => index >= 0)).toBe(true);
});

test('decoys stand before, between and behind, so that no place tells', async () => {
  await covered(3);
  const places = new Set<number>();
  for (let nth = 0; nth < 60; nth += 1) {
    const { entryId } = await write('lot-1', 'commit');
    await house!.ledger.sequencer.slot();
    const { index } = await house!.fork().findOneOrFail(LogLeaf, { entry: entryId });
    places.add(index % 3);
  }
  expect(places).toEqual(new Set([0, 1, 2]));
});

test('a receipt that is waited for makes no slot come', async () => {
  await covered(1);
  const { entryId } = await write('lot-1', 'commit');
  const waiting = house!.ledger.sequencer.integrated(entryId);
  await new Promise((done) => setTimeout(done, 200));
  expect((await house!.ledger.checkpoint(house!.fork())).size).toBe(0);
  await house!.ledger.sequencer.slot();
  expect(await waiting).toBe(0);
});

test('takes more at once only where the queue is longer than eight slots, and then twice as many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.nat(5000), (leaves, queue) => {
      const room = roomFor(queue, leaves);
      expect(Number.isInteger(Math.log2(room / leaves))).toBe(true);
      expect(room === leaves).toBe(queue <= 8 * leaves);
      expect(queue <= room * 8 && (room === leaves || queue > room * 4)).toBe(true);
    }),
  );
});
