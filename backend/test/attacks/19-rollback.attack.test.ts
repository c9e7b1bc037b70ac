import { verifyReceipt } from '@xinbiao/contracts/trust';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { record, StaleDatabase } from '../../src/ledger/index.ts';
import { LogLeaf } from '../../src/ledger/ledger.entity.ts';
import { openLedgerHouse } from '../../src/ledger/ledger.house.ts';
import { openHouse } from '../house.ts';
import { attack } from './table.ts';

/*
 * A backup put back, a process killed at any moment, a disk that fails in the middle of any write. The children are
 * real processes on real files; nothing that was promised may be lost, and what is there must fit together.
 */

const folders: string[] = [];
const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-attack-19-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const child = fileURLToPath(new URL('../../src/ledger/crash.child.ts', import.meta.url));
const cache = aFolder();

/** A process that records and promises without end. */
class Life {
  readonly process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';
  #complaint = '';

  constructor(folder: string) {
    // Compiled once for all lives, or most of the time would go into reading the same code again.
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    this.process = spawn(process.execPath, [child, folder, 'exclusive'], { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.process.stdout?.on('data', (bytes: Buffer) => {
      this.#said += bytes.toString();
    });
    this.process.stderr?.on('data', (bytes: Buffer) => {
      this.#complaint += bytes.toString();
    });
    this.#ended = once(this.process, 'close');
  }

  get isOver(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  get complaint(): string {
    return this.#complaint;
  }

  /** The entries whose receipts it has promised; a line that was cut off promises nothing. */
  get promised(): string[] {
    return this.#said.split('\n').slice(1, -1);
  }

  async until(isReached: () => boolean): Promise<void> {
    while (!isReached() && !this.isOver) await pause(2);
  }

  async isReady(): Promise<void> {
    await this.until(() => this.#said.includes('ready\n'));
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#ended;
  }
}

/** Opens what a crash left: everything promised must be there, with a good receipt, and everything must fit. */
async function examine(folder: string, promised: readonly string[]): Promise<void> {
  const house = await openLedgerHouse(folder, { exclusive: true });
  try {
    expect(await house.ledger.fsck(house.fork())).toEqual([]);
    for (let at = 0; at < promised.length; at += 500)
      expect(await house.fork().count(LogLeaf, { entry: { $in: promised.slice(at, at + 500) } })).toBe(
        promised.slice(at, at + 500).length,
      );
    for (const entryId of new Set([promised.at(0), promised.at(-1)])) {
      if (entryId === undefined) continue;
      const proof = await house.ledger.receiptFor(house.fork(), entryId);
      expect(verifyReceipt({ proof, verifierKeys: [house.ledger.key] }).ok).toBe(true);
    }
  } finally {
    await house.close();
  }
}

const isOnServer = process.env['XINBIAO_TEST_MARIADB'] !== undefined;
const hasStrace = spawnSync('strace', ['-V']).status === 0;

describe(attack(19), () => {
  // A copy of a file is the form of a backup that a test can make; the comparison is the same on a server.
  test.skipIf(isOnServer)('a house does not start on an old snapshot of its database', async () => {
    const folder = aFolder();
    const write = async (house: Awaited<ReturnType<typeof openHouse>>) => {
      await house.house
        .fork()
        .transactional((tx) =>
          record(tx, { scope: 'house', type: 'key.pin', visibility: 'public', body: {}, at: house.clock.now() }),
        );
      await house.house.ledger.sequencer.drain();
    };
    const first = await openHouse({ folder });
    await write(first);
    await first.close();
    const snapshot = join(aFolder(), 'database');
    cpSync(join(folder, 'database'), snapshot, { recursive: true });
    const second = await openHouse({ folder });
    await write(second);
    await second.close();
    rmSync(join(folder, 'database'), { recursive: true });
    cpSync(snapshot, join(folder, 'database'), { recursive: true });
    await expect(openHouse({ folder })).rejects.toThrow(StaleDatabase);
    rmSync(join(folder, 'public-log'), { recursive: true });
    await expect(openHouse({ folder })).rejects.toThrow('old copy');
  });

  test('a file of the public log that was cut off or changed is named', async () => {
    const folder = aFolder();
    const house = await openLedgerHouse(folder);
    for (let nth = 0; nth < 300; nth += 1)
      await house
        .fork()
        .transactional((tx) =>
          record(tx, { scope: 'house', type: 'key.pin', visibility: 'public', body: { nth }, at: new Date() }),
        );
    await house.ledger.sequencer.drain();
    const place = (name: string) => join(folder, 'public-log', name);
    expect(existsSync(place('tile/0/000')) && existsSync(place('tile/0/001.p/44'))).toBe(true);
    expect(await house.ledger.fsck(house.fork())).toEqual([]);
    truncateSync(place('tile/0/000'), 1000);
    expect(await house.ledger.fsck(house.fork())).toEqual(['public-log/tile/0/000: differs']);
    rmSync(place('tile/entries/001.p/44'));
    expect(await house.ledger.fsck(house.fork())).toContain('public-log/tile/entries/001.p/44: missing');
    await house.close();
  });

  const kills = Number(process.env['XINBIAO_KILLS'] ?? '500');
  test(
    `after ${kills} kills at any moment nothing promised is lost and everything fits`,
    { timeout: 3_600_000 },
    async () => {
      // Two houses at once, for a machine with two processors; each life begins where the last was killed.
      const run = async (count: number) => {
        const folder = aFolder();
        const promised: string[] = [];
        for (let nth = 0; nth < count; nth += 1) {
          const life = new Life(folder);
          // Every other life has promised something before it is killed; the others may still be starting on it.
          await (nth % 2 === 0 ? life.until(() => life.promised.length > 0) : life.isReady());
          await pause(randomInt(0, 40));
          expect(life.isOver, life.complaint).toBe(false);
          await life.kill();
          promised.push(...life.promised);
          if (nth % 50 === 49) await examine(folder, promised);
        }
        await examine(folder, promised);
        return promised.length;
      };
      const counts = await Promise.all([run(Math.ceil(kills / 2)), run(Math.floor(kills / 2))]);
      expect(Math.min(...counts)).toBeGreaterThan(kills / 10);
    },
  );

  const calls = ['openat', 'write', 'pwrite64', 'fsync', 'fdatasync', 'rename', 'link', 'unlink'] as const;
  const harms = ['error=EIO', 'error=ENOSPC', 'signal=KILL'] as const;
  test.skipIf(!hasStrace)(
    'a disk that fails, is full, or takes the process with it, at any call, costs nothing that was promised',
    { timeout: 900_000 },
    async () => {
      let struck = 0;
      for (const call of calls) {
        const folder = aFolder();
        const promised: string[] = [];
        for (const [nth, harm] of harms.entries()) {
          const life = new Life(folder);
          await life.until(() => life.promised.length > 1);
          expect(life.isOver, life.complaint).toBe(false);
          const log = join(folder, 'strace');
          const when = nth + randomInt(1, 6);
          // From now on, in every thread: this call fails once, at its so many-th time.
          const tracer = spawn(
            'strace',
            [
              '-f',
              '-p',
              String(life.process.pid),
              '-o',
              log,
              '-e',
              `trace=${call}`,
              '-e',
              `inject=${call}:${harm}:when=${when}`,
            ],
            { stdio: 'ignore' },
          );
          const over = once(tracer, 'close');
          const hit = (): boolean => existsSync(log) && /INJECTED|killed by SIGKILL/.test(readFileSync(log, 'utf8'));
          const until = Date.now() + 10_000;
          while (!hit() && !life.isOver && Date.now() < until) await pause(20);
          await pause(50);
          if (hit()) struck += 1;
          await life.kill();
          tracer.kill('SIGKILL');
          await over;
          promised.push(...life.promised);
          rmSync(log, { force: true });
          await examine(folder, promised);
        }
      }
      // A check that strikes nothing would pass always.
      expect(struck).toBeGreaterThan(calls.length * harms.length * 0.7);
    },
  );
  test.runIf(!hasStrace)('strace is not installed: no call could be made to fail', () => undefined);
});
