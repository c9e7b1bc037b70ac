import type { EntityManager } from '@mikro-orm/core';
import {
  canonical,
  parseVerifierKey,
  sha256Hex,
  bytesOf,
  verifyReceipt,
  openCheckpoint,
} from '@xinbiao/contracts/trust';
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { discloseDecoys, startDecoys } from './decoys.ts';
import { disclose, record, recordAct, StaleDatabase } from './index.ts';
import { LedgerEntry, LogCheckpoint, LogHash, LogLeaf, SignedAct } from './ledger.entity.ts';
import { openLedgerHouse } from './ledger.house.ts';
import { entriesOfScope, entriesBetween, publicAct } from './ledger.queries.ts';
import { openLogKey } from './log-key.ts';
import { Sequencer } from './sequencer.ts';
import { StoredTree } from './tree.ts';
import { checkpointFile } from './second-place.ts';

type House = Awaited<ReturnType<typeof openLedgerHouse>>;
const folders: string[] = [];
const houses: House[] = [];

const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-ledger-'));
  folders.push(folder);
  return folder;
};
const aHouse = async (folder = aFolder(), needs: Parameters<typeof openLedgerHouse>[1] = {}): Promise<House> => {
  const house = await openLedgerHouse(folder, needs);
  houses.push(house);
  return house;
};
afterEach(async () => {
  for (const house of houses.splice(0)) await house.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const at = new Date('2026-11-24T01:30:00.000Z');
const sealed = {
  scope: 'lot-1',
  type: 'bid.receipt',
  visibility: 'commit',
  body: { manifest: sha256Hex(bytesOf('bid')) },
  at,
} as const;
const open = {
  scope: 'lot-1',
  type: 'tender.publish',
  visibility: 'public',
  body: { notice: sha256Hex(bytesOf('公告')) },
  at,
} as const;

const note = (house: House, entry: Parameters<typeof record>[1]) =>
  house.fork().transactional((tx) => record(tx, entry));
const trusted = (house: House) => [parseVerifierKey(house.ledger.verifierKey)];

test('gives a receipt that anybody can check with the key of the log alone', async () => {
  const house = await aHouse();
  const { entryId, leafHash } = await note(house, open);
  const proof = await house.ledger.receiptWhenIntegrated(house.fork(), entryId);
  expect(
    verifyReceipt({ proof, verifierKeys: trusted(house), expectBody: { t: open.type, p: open.body } }),
  ).toMatchObject({ ok: true, receipt: { index: 0, leaf: leafHash } });
  expect(await house.ledger.fsck(house.fork())).toEqual([]);
});

test('logs nothing of a change that did not happen, and leaves no gap', async () => {
  const house = await aHouse();
  await expect(
    house.fork().transactional(async (tx) => {
      await record(tx, open);
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  await note(house, sealed);
  expect(await house.ledger.sequencer.drain()).toBe(1);
  expect((await house.fork().find(LedgerEntry, {})).map(({ number }) => number)).toEqual([1]);
  expect(await house.ledger.fsck(house.fork())).toEqual([]);
});

test('refuses to record outside a transaction', async () => {
  const house = await aHouse();
  await expect(record(house.fork(), open)).rejects.toThrow('transaction');
});

test('keeps the order of a scope even where the clocks of its writers disagree', async () => {
  const house = await aHouse();
  const written: string[] = [];
  for (let nth = 0; nth < 700; nth += 1) {
    const { entryId } = await note(house, {
      ...sealed,
      scope: `lot-${nth % 2}`,
      at: new Date(at.getTime() - (nth % 2) * nth * 1000),
    });
    if (nth % 2 === 1) written.push(entryId);
  }
  await house.ledger.sequencer.drain();
  const places = new Map((await house.fork().find(LogLeaf, {})).map(({ entry, index }) => [entry, index]));
  const order = written.map((id) => places.get(id) ?? -1);
  expect(order).toEqual(order.toSorted((one, other) => one - other));
  expect(order.every((index) => index >= 0)).toBe(true);
  expect(await house.ledger.fsck(house.fork())).toEqual([]);
});

test('numbers what happens at the same moment in one scope without gap or double', async () => {
  const house = await aHouse();
  const written = Promise.all(
    Array.from({ length: 24 }, (_, nth) => note(house, { ...sealed, scope: 'house', body: { nth } })),
  );
  while ((await house.ledger.sequencer.drain()) > 0 || (await house.fork().count(LedgerEntry, {})) < 24) await pause(1);
  const ids = (await written).map(({ entryId }) => entryId);
  await Promise.all(ids.map((id) => house.ledger.sequencer.integrated(id)));
  const rows = await house.fork().find(LedgerEntry, {}, { orderBy: { number: 'asc' } });
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 24 }, (_, nth) => nth + 1));
  const places = new Map((await house.fork().find(LogLeaf, {})).map(({ entry, index }) => [entry, index]));
  expect(rows.map(({ id }) => places.get(id))).toEqual(rows.map((_, nth) => nth));
  expect(await house.ledger.fsck(house.fork())).toEqual([]);
});

test('shows nothing of a sealed entry before it is disclosed, and everything after', async () => {
  const house = await aHouse();
  await note(house, open);
  const { entryId, salt, body } = await note(house, sealed);
  await house.ledger.sequencer.drain();
  const before = await entriesBetween(house.fork(), 0, 2);
  expect(JSON.stringify(before[1])).not.toMatch(/lot-1|bid\.receipt|2026/);
  expect(await entriesOfScope(house.fork(), 'lot-1', 100, 10)).toHaveLength(1);
  await house.fork().transactional((tx) => disclose(tx, entryId, at));
  expect((await entriesBetween(house.fork(), 0, 2))[1]).toMatchObject({ kind: 'commit', salt, body });
  expect(await entriesOfScope(house.fork(), 'lot-1', 100, 10)).toHaveLength(2);
});

test('adds decoys that look like bids, and explains them in the end', async () => {
  const house = await aHouse();
  const decoys = startDecoys({
    fork: house.fork,
    now: () => at,
    perHour: 3_600_000,
    report: (fault) => {
      throw fault;
    },
  });
  while ((await house.fork().count(LedgerEntry, {})) < 6) await pause(5);
  await decoys.stop();
  await note(house, sealed);
  await house.ledger.sequencer.drain();
  const rows = await entriesBetween(house.fork(), 0, 100);
  expect(new Set(rows.map(({ kind, body, salt }) => JSON.stringify([kind, body, salt]))).size).toBe(1);
  expect(await discloseDecoys(house.fork, at)).toBe(0);
  const later = new Date(at.getTime() + 61 * 86_400_000);
  expect(await discloseDecoys(house.fork, later)).toBe(rows.length - 1);
  expect(await discloseDecoys(house.fork, later)).toBe(0);
  const opened = (await entriesBetween(house.fork(), 0, 100)).map(({ body }) => body?.t);
  expect(opened.toSorted()).toEqual([...Array.from({ length: rows.length - 1 }, () => 'decoy'), undefined]);
});

test('keeps a signed document byte for byte, and serves it once its entry is public', async () => {
  const house = await aHouse();
  const act = {
    type: 'tender.publish',
    scope: 'lot-1',
    act: canonical({ title: '采购公告' }),
    signature: '3080',
    certificateSha256: 'ab'.repeat(32),
    at,
  } as const;
  const [shown, hidden] = await house
    .fork()
    .transactional(
      async (tx) =>
        [
          await recordAct(tx, { ...act, visibility: 'public' }),
          await recordAct(tx, { ...act, act: canonical({ price: '1' }), visibility: 'commit' }),
        ] as const,
    );
  expect(await publicAct(house.fork(), shown.actHash)).toBeUndefined();
  await house.ledger.sequencer.drain();
  expect(await publicAct(house.fork(), shown.actHash)).toMatchObject({ act: act.act, signature: '3080' });
  expect(await publicAct(house.fork(), hidden.actHash)).toBeUndefined();
  await house.fork().transactional((tx) => disclose(tx, hidden.entryId, at));
  expect(await publicAct(house.fork(), hidden.actHash)).toMatchObject({ hash: hidden.actHash });
  await expect(
    house.fork().transactional((tx) => recordAct(tx, { ...act, act: '{"b":1,"a":2}', visibility: 'public' })),
  ).rejects.toThrow('canonical');
});

test('names every row that an insider changed', async () => {
  const house = await aHouse();
  for (let nth = 0; nth < 5; nth += 1) await note(house, nth % 2 ? sealed : open);
  const { entryId } = await house
    .fork()
    .transactional((tx) => recordAct(tx, { ...open, act: '{}', signature: '', certificateSha256: '00'.repeat(32) }));
  await house.ledger.sequencer.drain();
  const spoil: [string, () => Promise<unknown>][] = [
    ['entry 0', () => house.fork().nativeUpdate(LedgerEntry, { number: 1 }, { type: 'tender.cancel' })],
    [
      'entry 0',
      () =>
        house
          .fork()
          .nativeUpdate(
            LedgerEntry,
            { number: 1 },
            { type: open.type, leaf: canonical({ v: 1, t: 'commit', c: 'ab'.repeat(32) }) },
          ),
    ],
    ['entry 1', () => house.fork().nativeUpdate(LedgerEntry, { number: 2 }, { salt: 'ab'.repeat(32) })],
    ['hash 0/3', () => house.fork().nativeUpdate(LogHash, { level: 0, index: 3 }, { hash: 'ab'.repeat(32) })],
    ['signed document', () => house.fork().nativeUpdate(SignedAct, { entry: entryId }, { act: '{"a":1}' })],
    ['entry 4', () => house.fork().nativeDelete(LedgerEntry, { number: 5 })],
  ];
  expect(await house.ledger.fsck(house.fork())).toEqual([]);
  for (const [named, change] of spoil) {
    await change();
    expect((await house.ledger.fsck(house.fork())).join('\n')).toContain(named);
  }
});

test('stands still when what it wrote does not read back', async () => {
  const folder = aFolder();
  const house = await aHouse(folder);
  const key = openLogKey({ folder: join(folder, 'keys') });
  // A hand that alters each batch between the write and the reading back.
  const tree = new StoredTree(key);
  let altered = false;
  const fork = (em = house.fork()): EntityManager => {
    const [transactional, again] = [em.transactional.bind(em), em.fork.bind(em)];
    em.fork = (options) => fork(again(options));
    em.transactional = async (work, options) => {
      const result = await transactional(work, options);
      if (!altered)
        altered = (await house.fork().nativeUpdate(LogHash, { level: 0, index: 0 }, { hash: 'ab'.repeat(32) })) > 0;
      return result;
    };
    return em;
  };
  await house.ledger.sequencer.stop();
  const sequencer = new Sequencer({
    fork,
    key,
    tree,
    secondPlace: checkpointFile(join(folder, 'elsewhere')),
    realNow: () => new Date(Date.now() + 60_000),
    report: () => undefined,
  });
  await note(house, open);
  await expect(sequencer.drain()).rejects.toThrow('stands still');
  expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  await note(house, open);
  await expect(sequencer.drain()).rejects.toThrow('stands still');
});

test('grows one tree only, whoever races for it', async () => {
  const folder = aFolder();
  const house = await aHouse(folder);
  const key = openLogKey({ folder: join(folder, 'keys') });
  let minutes = 0;
  // Each takes the other's lease for run out, so that nothing but the keys of the tree keeps them apart.
  const realNow = () => new Date(Date.now() + (minutes += 1) * 60_000);
  const racers = [0, 1, 2].map(
    (nth) =>
      new Sequencer({
        fork: house.fork,
        key,
        tree: new StoredTree(key),
        secondPlace: checkpointFile(join(folder, `place-${nth}`)),
        realNow,
        report: () => undefined,
      }),
  );
  let count = 0;
  for (let round = 0; round < 15; round += 1) {
    for (let nth = 0; nth < 4; nth += 1) await note(house, nth % 2 ? sealed : { ...open, scope: 'lot-2' });
    const counts = await Promise.allSettled(racers.map((racer) => racer.drain()));
    count += counts.reduce((sum, done) => sum + (done.status === 'fulfilled' ? done.value : 0), 0);
  }
  await racers[0]?.drain();
  expect(await house.fork().count(LogLeaf, {})).toBe(60);
  expect(count).toBeGreaterThan(0);
  expect(await house.ledger.fsck(house.fork())).toEqual([]);
});

test('loses nothing it promised when it is killed at any moment', async () => {
  const folder = aFolder();
  const promised: string[] = [];
  for (const life of [150, 400, 700, 1000]) {
    const child = spawn(process.execPath, [fileURLToPath(new URL('crash.child.ts', import.meta.url)), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    while (!/ready\n.+\n/s.test(said) && child.exitCode === null) await pause(10);
    await pause(life);
    child.kill('SIGKILL');
    await ended;
    promised.push(...said.split('\n').slice(1, -1));
    const house = await aHouse(folder, { exclusive: true });
    expect(await house.ledger.fsck(house.fork())).toEqual([]);
    for (const entryId of [promised.at(0), promised.at(-1)]) {
      const proof = await house.ledger.receiptFor(house.fork(), entryId ?? '');
      expect(verifyReceipt({ proof, verifierKeys: trusted(house) }).ok).toBe(true);
    }
    expect(await house.fork().count(LogLeaf, { entry: { $in: promised } })).toBe(promised.length);
    await houses.pop()?.close();
  }
  expect(promised.length).toBeGreaterThan(20);
});

// A copy of a file is the form of a backup that a test can make; the comparison is the same on a server.
test.skipIf(process.env['XINBIAO_TEST_MARIADB'] !== undefined)(
  'refuses to start on an old copy of the database',
  async () => {
    const folder = aFolder();
    const first = await aHouse(folder);
    await note(first, open);
    await first.ledger.sequencer.drain();
    await houses.pop()?.close();
    cpSync(join(folder, 'house.sqlite'), join(folder, 'backup.sqlite'));
    const house = await aHouse(folder);
    await note(house, sealed);
    expect(await house.ledger.sequencer.drain()).toBe(1);
    await houses.pop()?.close();
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `house.sqlite${end}`), { force: true });
    cpSync(join(folder, 'backup.sqlite'), join(folder, 'house.sqlite'));
    await expect(openLedgerHouse(folder)).rejects.toThrow(StaleDatabase);
  },
);

test('refuses to start on another tree, and without its last checkpoint unless told to', async () => {
  const folder = aFolder();
  const house = await aHouse(folder);
  await note(house, open);
  await house.ledger.sequencer.drain();
  await houses.pop()?.close();
  const place = join(folder, 'keys', 'last-checkpoint.steps');
  const kept = checkpointFile(join(folder, 'keys', 'last-checkpoint')).read() ?? '';
  rmSync(place, { recursive: true });
  await expect(openLedgerHouse(folder)).rejects.toThrow(StaleDatabase);
  await (await aHouse(folder, { adopt: true })).close();
  houses.pop();
  const another = aFolder();
  cpSync(join(folder, 'keys'), join(another, 'keys'), { recursive: true });
  const other = await aHouse(another);
  await note(other, sealed);
  await other.ledger.sequencer.drain();
  await houses.pop()?.close();
  // As a house of an earlier release kept it, in one file.
  rmSync(join(another, 'keys', 'last-checkpoint.steps'), { recursive: true });
  writeFileSync(join(another, 'keys', 'last-checkpoint'), kept);
  await expect(openLedgerHouse(another)).rejects.toThrow('another tree');
});

test('keeps its key from others, under a passphrase if there is one, and its origin for ever', async () => {
  const folder = join(aFolder(), 'keys');
  const key = openLogKey({ folder, passphrase: '口令' });
  const file = join(folder, 'log.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('PRIVATE');
  expect(openLogKey({ folder, passphrase: '口令' }).name).toBe(key.name);
  expect(() => openLogKey({ folder })).toThrow('passphrase');
  expect(() => openLogKey({ folder, passphrase: 'other' })).toThrow('passphrase');
  expect(() => openLogKey({ folder, passphrase: '口令', origin: 'log.example' })).toThrow('for ever');
  chmodSync(file, 0o644);
  expect(() => openLogKey({ folder, passphrase: '口令' })).toThrow('600');
});

test('answers with a signed checkpoint before the first entry', async () => {
  const house = await aHouse();
  const { note: text, size } = await house.ledger.checkpoint(house.fork());
  expect(size).toBe(0);
  expect(openCheckpoint(text, trusted(house)).origin).toBe(house.ledger.origin);
  expect(await house.fork().count(LogCheckpoint, {})).toBe(1);
});
