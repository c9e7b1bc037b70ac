import { advanceClock } from '@xinbiao/contracts/house';
import { instantText } from '@xinbiao/contracts/kernel';
import { readOpening } from '@xinbiao/contracts/opening';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handIn } from '../../../scripts/play/bid.ts';
import { assemble, type Cast } from '../../../scripts/play/cast.ts';
import { announce, disclose, prepareBatch, release } from '../../../scripts/play/steps.ts';
import { openTheatre } from '../../../scripts/play/theatre.ts';
import { openHouse } from '../../src/open.ts';
import { configOf } from '../../src/platform/index.ts';
import { clientAt } from '../client.ts';
import { publishedLots, type PublishedLots } from '../lots.ts';
import { freePort, startServer, type ServerProcess } from './child.ts';

/* The server is killed between an officer's announcement and the reveal, and again after it. */

const folder = mkdtempSync(join(tmpdir(), 'xinbiao-opening-'));
const databaseServer = process.env['XINBIAO_TEST_MARIADB'];
const databaseUrl =
  databaseServer === undefined
    ? undefined
    : `${databaseServer.replace(/\/$/, '')}/xb_${randomBytes(6).toString('hex')}`;
let env: Record<string, string>;
let url = '';
let cast: Cast;
let published: PublishedLots;
let roots: Uint8Array<ArrayBuffer>[];
let server: ServerProcess;

beforeAll(async () => {
  env = {
    XINBIAO_DATA: folder,
    PORT: String(await freePort()),
    XINBIAO_LOG_CADENCE: '20',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  const theatre = await openTheatre({ folder, env });
  ({ url } = theatre);
  cast = await assemble({ url, operator: theatre.operator }, { bidders: 3, experts: 0, iterations: 1000 });
  published = await publishedLots({ clock: { now: theatre.now } }, cast, 1);
  for (const [at, bidder] of cast.bidders.entries())
    await handIn(bidder, published.lots[0]!, { price: BigInt(7000 + at) });
  roots = await theatre.roots();
  await theatre.close();
  server = await startServer(env);
}, 180_000);
afterAll(async () => {
  await server.end('SIGTERM');
  if (databaseUrl !== undefined) {
    const opened = await openHouse(configOf({ ...env, PORT: '0', XINBIAO_PAGES: 'off' }));
    await opened.close(() =>
      opened.database.orm.em.getConnection().execute(`drop database \`${new URL(databaseUrl).pathname.slice(1)}\``),
    );
  }
  rmSync(folder, { recursive: true, force: true });
});

const killed = async (): Promise<void> => {
  await server.end('SIGKILL');
  expect(server.complaints()).toBe('');
  server = await startServer(env);
};

test('killed between hash and reveal, the officer’s page goes on where it was, and the bids open once', async () => {
  const lotId = published.lots[0]!;
  await cast.operator.client.call(advanceClock, { body: { to: instantText(published.deadline) } });
  const hall = () => clientAt(url).call(readOpening, { params: { lotId } });
  const act = await prepareBatch(cast.purchaser, lotId, roots, published.deadline);
  const first = await announce(cast.purchaser, act);
  await killed();
  const again = await prepareBatch(cast.purchaser, lotId, roots, published.deadline);
  expect((await announce(cast.purchaser, again)).entry).toBe(first.entry);
  await disclose(cast.purchaser, again);
  await killed();
  expect((await hall()).groups[0]?.members[0]?.releasedAt).not.toBeNull();
  await release(cast.notary, lotId, roots, published.deadline);
  await killed();
  for (let turn = 0; turn < 100 && (await hall()).phase !== 'opened'; turn += 1) await pause(100);
  expect((await hall()).bids.map(({ price }) => price)).toEqual(['7000', '7001', '7002']);
}, 120_000);
