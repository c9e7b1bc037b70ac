import type { Endpoint } from '@xinbiao/contracts/kernel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { openHouse as open, type OpenHouse } from '../src/open.ts';
import { Clock, configOf, type Config, type Identify } from '../src/platform/index.ts';
import { wakeToRest } from '../src/waking.ts';
import { clientAt, type Client } from './client.ts';

/** A clock that a test sets: business time stands still until told. */
export class TestClock extends Clock {
  #now: Date;
  constructor(now: Date) {
    super({ sandbox: true });
    this.#now = now;
  }
  override now(): Date {
    return this.#now;
  }
  set(now: Date | string): void {
    this.#now = new Date(now);
  }
  override get offset(): number {
    return this.#now.getTime() - this.real().getTime();
  }
  override turnTo(offset: number): void {
    this.#now = new Date(this.real().getTime() + offset);
  }
}

export type TestHouse = Omit<OpenHouse, 'close'> & {
  readonly clock: TestClock;
  /** A visitor without a session; `visitor()` gives a further one with cookies of its own. */
  readonly anybody: Client;
  readonly visitor: () => Client;
  /** Lets everything happen that is due at the clock's time. */
  readonly tick: () => Promise<number>;
  /** Faults that the house reported; empty in a sound story. */
  readonly faults: unknown[];
  /** Closes and opens again on the same folder and database, as after a restart. */
  readonly folder: string;
  readonly close: () => Promise<void>;
};

/** Opens a whole house for a test: a real server on a free port, a fresh database, a clock that the test sets. */
export async function openHouse(
  given: {
    readonly at?: string;
    readonly config?: Partial<Config>;
    readonly identify?: Identify;
    readonly folder?: string;
    readonly database?: string;
  } = {},
): Promise<TestHouse> {
  const folder = given.folder ?? (await mkdtemp(join(tmpdir(), 'xinbiao-test-')));
  const server = process.env['XINBIAO_TEST_MARIADB'];
  const databaseUrl =
    server === undefined
      ? undefined
      : (given.database ?? `${server.replace(/\/$/, '')}/xb_${randomBytes(6).toString('hex')}`);
  const clock = new TestClock(new Date(given.at ?? '2026-11-02T01:00:00.000Z'));
  const config = {
    ...configOf({
      XINBIAO_DATA: folder,
      PORT: '0',
      XINBIAO_PAGES: 'off',
      XINBIAO_LOG_CADENCE: '20',
      XINBIAO_LOG_COVER: 'off',
    }),
    databaseUrl,
    ...given.config,
  };
  const faults: unknown[] = [];
  const opened = await open(config, {
    quiet: true,
    clock,
    report: (fault) => {
      faults.push(fault);
      if (process.env['XINBIAO_TEST_TELL'] !== undefined) console.error(fault);
    },
    ...(given.identify ? { identify: given.identify } : {}),
  });
  return {
    ...opened,
    clock,
    folder,
    faults,
    anybody: clientAt(opened.url),
    visitor: () => clientAt(opened.url),
    tick: () => wakeToRest(opened.house),
    close: async () => {
      const dropped = databaseUrl !== undefined && given.folder === undefined;
      await opened.close(async () => {
        if (dropped)
          await opened.database.orm.em
            .getConnection()
            .execute(`drop database \`${new URL(databaseUrl).pathname.slice(1)}\``);
      });
      if (given.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

export type { Endpoint };
