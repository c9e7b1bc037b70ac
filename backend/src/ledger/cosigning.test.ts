import {
  countersign,
  openCheckpoint,
  openWitnessed,
  parsePolicy,
  policyText,
  signerKey,
} from '@xinbiao/contracts/trust';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { checkpointFile, DemonstrationWitness, record, StaleDatabase } from './index.ts';
import { openLedgerHouse } from './ledger.house.ts';
import { openLogKey } from './log-key.ts';
import type { Watch } from './ledger.service.ts';
import type { SignerKey } from '@xinbiao/contracts/trust';

type House = Awaited<ReturnType<typeof openLedgerHouse>>;
const folders: string[] = [];
const houses: House[] = [];
const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-cosigning-'));
  folders.push(folder);
  return folder;
};
const opened = async (folder: string, needs: Parameters<typeof openLedgerHouse>[1] = {}): Promise<House> => {
  const house = await openLedgerHouse(folder, needs);
  houses.push(house);
  return house;
};
afterEach(async () => {
  for (const house of houses.splice(0)) await house.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Three witnesses of whom two are enough; they keep what they remember in a folder of their own. */
function watch(memory: string, away: Set<number> = new Set()) {
  return (log: SignerKey): Watch => {
    const demonstration = [0, 1, 2].map((nth) => {
      const witness = new DemonstrationWitness({
        key: signerKey(`w${nth}.example`, new Uint8Array(32).fill(nth + 1), 4),
        folder: join(memory, String(nth)),
        log,
        now: () => new Date(),
        address: 'http://log.example',
      });
      const answer = witness.addCheckpoint.bind(witness);
      witness.addCheckpoint = async (body) => {
        if (away.has(nth)) throw new TypeError('fetch failed');
        return answer(body);
      };
      return witness;
    });
    const witnesses = demonstration.map(({ key }, nth) => ({ name: `w${nth}`, key }));
    return { policy: policyText({ logs: [{ key: log }], witnesses, threshold: 2 }), demonstration, rest: 5 };
  };
}

const note = (house: House, nth = 0) =>
  house
    .fork()
    .transactional((tx) =>
      record(tx, { scope: 'lot-1', type: 'bid.receipt', visibility: 'commit', body: { nth }, at: new Date() }),
    );

test('gives a receipt at once, and one with the signatures of witnesses to whoever asks again', async () => {
  const away = new Set([0, 1, 2]);
  const house = await opened(aFolder(), { watch: watch(aFolder(), away) });
  const policy = parsePolicy(house.ledger.policy);
  const { entryId } = await note(house);
  const first = await house.ledger.receiptWhenIntegrated(house.fork(), entryId);
  const checkpointOf = (receipt: string) => receipt.slice(receipt.indexOf('\n\n') + 2);
  expect(openWitnessed(checkpointOf(first), policy)).toMatchObject({ quorum: false, cosigners: [] });
  away.clear();
  await note(house, 1);
  await house.ledger.sequencer.drain();
  await vi.waitFor(
    async () => {
      const later = await house.ledger.receiptFor(house.fork(), entryId);
      expect(openWitnessed(checkpointOf(later), policy)).toMatchObject({ quorum: true });
    },
    { timeout: 5000 },
  );
  expect((await house.ledger.watched(house.fork())).quorum).toBe(true);
});

test('one witness of three may be away, two may not', async () => {
  const away = new Set([1]);
  const house = await opened(aFolder(), { watch: watch(aFolder(), away) });
  await note(house);
  await house.ledger.sequencer.drain();
  const { size } = await house.ledger.checkpoint(house.fork());
  const given = () => house.ledger.published(house.fork(), { patience: 1000 });
  expect((await given()).signed.map(({ key }) => key.name)).toEqual([house.ledger.origin, 'w0.example', 'w2.example']);
  away.add(2);
  await note(house, 1);
  await house.ledger.sequencer.drain();
  // One that is a moment older and has its witnesses comes before one that has not.
  expect(await given()).toMatchObject({ size });
});

test('a witness that remembers another tree of the same log is told of, and never joins', async () => {
  const memory = aFolder();
  const folder = aFolder();
  const honest = await opened(folder, { watch: watch(memory) });
  for (let nth = 0; nth < 3; nth += 1) await note(honest, nth);
  await honest.ledger.sequencer.drain();
  await honest.ledger.published(honest.fork(), { patience: 1000 });
  await houses.pop()?.close();
  // The same key on an empty database: the operator begins a second log for other people's eyes.
  const fork = aFolder();
  cpSync(join(folder, 'keys', 'log.key'), join(fork, 'keys', 'log.key'));
  const told: unknown[] = [];
  const other = await opened(fork, { watch: watch(memory), report: (fault) => told.push(fault) });
  for (let nth = 0; nth < 5; nth += 1) await note(other, nth);
  await other.ledger.sequencer.drain();
  await vi.waitFor(
    () => expect(other.ledger.contradictedBy.toSorted()).toEqual(['w0.example', 'w1.example', 'w2.example']),
    {
      timeout: 5000,
    },
  );
  await vi.waitFor(() => expect(told.map(String).join()).toContain('remembers another tree'), { timeout: 5000 });
  expect((await other.ledger.watched(other.fork())).quorum).toBe(false);
});

test('with a witness for its second place a log publishes nothing that the witness has not cosigned', async () => {
  const memory = aFolder();
  const away = new Set<number>();
  const folder = aFolder();
  const house = await opened(folder, { watch: watch(memory, away), keeper: 'w0' });
  await note(house);
  expect(await house.ledger.sequencer.drain()).toBe(1);
  away.add(0);
  await note(house, 1);
  await expect(house.ledger.sequencer.drain()).rejects.toThrow();
  expect((await house.ledger.checkpoint(house.fork())).size).toBe(1);
  away.clear();
  await house.ledger.sequencer.drain();
  expect((await house.ledger.checkpoint(house.fork())).size).toBe(2);
});

// A copy of a file is the form of a backup that a test can make; the comparison is the same on a server.
test.skipIf(process.env['XINBIAO_TEST_MARIADB'] !== undefined)(
  'a whole backup, its second place included, does not start where a witness has seen more',
  async () => {
    const memory = aFolder();
    const folder = aFolder();
    const needs = { watch: watch(memory), keeper: 'w0' };
    const first = await opened(folder, needs);
    await note(first);
    await first.ledger.sequencer.drain();
    await houses.pop()?.close();
    const backup = aFolder();
    cpSync(folder, backup, { recursive: true });
    const house = await opened(folder, needs);
    await note(house, 1);
    await house.ledger.sequencer.drain();
    await houses.pop()?.close();
    await expect(openLedgerHouse(backup, needs)).rejects.toThrow(StaleDatabase);
  },
);

test.skipIf(process.env['XINBIAO_TEST_MARIADB'] !== undefined)(
  'a second instance on a copy of the database cannot fork the log: whoever is second stops',
  async () => {
    const folder = aFolder();
    const place = join(aFolder(), 'last');
    const first = await opened(folder, { secondPlace: checkpointFile(place) });
    await note(first);
    await first.ledger.sequencer.drain();
    await houses.pop()?.close();
    const copy = aFolder();
    cpSync(folder, copy, { recursive: true });
    const one = await opened(folder, { secondPlace: checkpointFile(place) });
    const two = await opened(copy, { secondPlace: checkpointFile(place) });
    await note(one, 1);
    await note(two, 2);
    expect(await one.ledger.sequencer.drain()).toBe(1);
    await expect(two.ledger.sequencer.drain()).rejects.toThrow(StaleDatabase);
    await expect(two.ledger.sequencer.drain()).rejects.toThrow('goes on elsewhere');
    expect((await two.ledger.checkpoint(two.fork())).size).toBe(1);
    await note(one, 3);
    expect(await one.ledger.sequencer.drain()).toBe(1);
    const { size } = openCheckpoint(checkpointFile(place).read() ?? '', [openLogKey({ folder: join(folder, 'keys') })]);
    expect(size).toBe(3);
  },
);

test('no cosignature of a stranger is ever joined', async () => {
  const away = new Set([1, 2]);
  const memory = aFolder();
  const make = watch(memory, away);
  const stranger = signerKey('w0.example', new Uint8Array(32).fill(99), 4);
  const house = await opened(aFolder(), {
    report: () => undefined,
    watch: (log) => {
      const made = make(log);
      const [door] = made.demonstration;
      if (door)
        door.addCheckpoint = async (body) => {
          const text = body.slice(body.indexOf('\n\n') + 2);
          return { status: 200, body: countersign(text, stranger, 5).slice(text.length) };
        };
      return made;
    },
  });
  await note(house);
  await house.ledger.sequencer.drain();
  const given = await house.ledger.published(house.fork(), { patience: 300 });
  expect(given.signed.map(({ key }) => key.name)).toEqual([house.ledger.origin]);
});
