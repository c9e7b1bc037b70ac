import { readBidFile, readQualification } from '@xinbiao/contracts/evaluation';
import { advanceClock } from '@xinbiao/contracts/house';
import { instantText } from '@xinbiao/contracts/kernel';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, handIn, madeUpFile } from '../../../scripts/play/bid.ts';
import { assemble, type Cast } from '../../../scripts/play/cast.ts';
import { release, untilOpened } from '../../../scripts/play/steps.ts';
import { openTheatre } from '../../../scripts/play/theatre.ts';
import { openHouse } from '../../src/open.ts';
import { configOf } from '../../src/platform/index.ts';
import { addressOf } from '../client.ts';
import { publishedLots, type PublishedLots } from '../lots.ts';
import { freePort, mostMemory, startServer, type ServerProcess } from './child.ts';

/* A bid of 200 MB goes through the server piece by piece: taken in, opened and handed out again, it is never there as a whole. */

const MB = 1_000_000;
const most = 400;
const size = 200 * MB;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-memory-'));
const databaseServer = process.env['XINBIAO_TEST_MARIADB'];
const databaseUrl =
  databaseServer === undefined
    ? undefined
    : `${databaseServer.replace(/\/$/, '')}/xb_${randomBytes(6).toString('hex')}`;
const tellsMemory = mostMemory(process.pid) !== undefined;
if (!tellsMemory) console.warn('skipped: this system does not tell the memory of a process in /proc');
let env: Record<string, string>;
let cast: Cast;
let published: PublishedLots;
let lotId = '';
let server: ServerProcess;
let roots: Uint8Array<ArrayBuffer>[];

beforeAll(async () => {
  if (!tellsMemory) return;
  env = {
    XINBIAO_DATA: folder,
    PORT: String(await freePort()),
    XINBIAO_LOG_CADENCE: '20',
    XINBIAO_LOG_COVER: 'off',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  const theatre = await openTheatre({ folder, env });
  cast = await assemble({ url: theatre.url, operator: theatre.operator }, { bidders: 3, experts: 0, iterations: 1000 });
  published = await publishedLots({ clock: { now: theatre.now } }, cast, 1);
  [lotId = ''] = published.lots;
  roots = await theatre.roots();
  await theatre.close();
  server = await startServer(env);
});
afterAll(async () => {
  if (!tellsMemory) return;
  await server.end('SIGTERM');
  if (databaseUrl !== undefined) {
    const opened = await openHouse(configOf({ ...env, PORT: '0', XINBIAO_PAGES: 'off' }));
    await opened.close(() =>
      opened.database.orm.em.getConnection().execute(`drop database \`${new URL(databaseUrl).pathname.slice(1)}\``),
    );
  }
  rmSync(folder, { recursive: true, force: true });
});

/** What the server ever held, in MB; printed, since the figure is worth knowing. */
function held(step: string): number {
  const memory = mostMemory(server.pid) ?? Number.POSITIVE_INFINITY;
  console.info(`${step}: the server held at most ${memory.toFixed(0)} MB`);
  return memory;
}

test.skipIf(!tellsMemory)('takes in 200 MB without holding them', async () => {
  const { sealedBytes } = await handIn(cast.bidders[0]!, lotId, {
    price: 1_000_000n,
    files: [madeUpFile('图纸.bin', size)],
  });
  expect(sealedBytes).toBeGreaterThan(size);
  for (const [at, bidder] of cast.bidders.slice(1).entries())
    await handIn(bidder, lotId, { price: BigInt(2_000_000 + at), files: [fileOf('方案.pdf', new Uint8Array(1000))] });
  expect(held('sealed and handed in')).toBeLessThan(most);
});

test.skipIf(!tellsMemory)('opens 200 MB without holding them', async () => {
  await cast.operator.client.call(advanceClock, { body: { to: instantText(published.deadline) } });
  for (const officer of [cast.purchaser, cast.notary]) await release(officer, lotId, roots, published.deadline);
  const hall = await untilOpened(cast.operator, lotId);
  expect(hall.bids.map(({ state, price }) => [state, price])).toEqual([
    ['opened', '1000000'],
    ['opened', '2000000'],
    ['opened', '2000001'],
  ]);
  expect(held('opened')).toBeLessThan(most);
});

test.skipIf(!tellsMemory)('hands out 200 MB as fast as the reader takes them, byte for byte', async () => {
  const { bids } = await cast.agency.client.call(readQualification, { params: { lotId } });
  const { bidId } = bids.find(({ files }) => files.some((file) => file.size === size))!;
  const answer = await cast.agency.client.fetch(addressOf(readBidFile, { params: { lotId, bidId, index: 0 } }));
  const [expected] = [madeUpFile('图纸.bin', size).stream(0)];
  let [length, differs, rest] = [0, 0, new Uint8Array()];
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    for (let at = 0; at < chunk.length;) {
      if (rest.length === 0)
        rest = new Uint8Array((await expected![Symbol.asyncIterator]().next()).value as Uint8Array);
      const some = Math.min(rest.length, chunk.length - at);
      if (Buffer.compare(chunk.subarray(at, at + some), rest.subarray(0, some)) !== 0) differs += 1;
      rest = rest.subarray(some);
      at += some;
    }
    length += chunk.length;
  }
  expect([length, differs]).toEqual([size, 0]);
  expect(held('streamed out')).toBeLessThan(most);
  expect(server.complaints()).toBe('');
});
