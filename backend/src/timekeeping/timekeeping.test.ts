import { listTimeAuthorities, readClockComparison } from '@xinbiao/contracts/timekeeping';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  checkTimestamp,
  createTimestampAuthority,
  issueTimestamp,
  readTimestampRequest,
  readTimestampResponse,
  sha256,
  timestampRequest,
  timestampResponse,
} from '@xinbiao/contracts/trust';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../../test/house.ts';
import { pemOf } from '../identity/authorities.ts';
import { compareClocks } from './index.ts';

/* Authorities elsewhere are small servers of this test that sign for real, each with its own idea of the time. */

let house: TestHouse;
let folder: string;
const servers: Server[] = [];
const digest = sha256(new TextEncoder().encode('签名值'));

async function authority(name: string, behaviour: { aheadBy?: number; says?: Buffer; status?: number } = {}) {
  const own = await createTimestampAuthority({ name, at: new Date('2020-01-01T00:00:00Z'), years: 30 });
  const stamped = async (question: Uint8Array): Promise<Uint8Array> =>
    timestampResponse({
      token: await issueTimestamp({
        question: readTimestampRequest(question),
        authority: own,
        time: new Date(Date.now() + (behaviour.aheadBy ?? 0)),
        serial: crypto.getRandomValues(new Uint8Array(8)),
        policy: '1.2.3',
      }),
    });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    const answer = async (): Promise<void> => {
      if (behaviour.status) response.writeHead(behaviour.status, { location: '/elsewhere' }).end();
      else if (behaviour.says) response.end(behaviour.says);
      else response.end(await stamped(Buffer.concat(chunks)));
    };
    request.on('end', () => void answer());
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { name, root: own.chain[0]!, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa` };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xinbiao-time-'));
  mkdirSync(join(folder, 'trust', 'tsa'), { recursive: true });
  const right = await authority('国家授时');
  const ahead = await authority('快钟', { aheadBy: 90_000 });
  const stranger = await authority('无根');
  const rubbish = await authority('胡言', { says: Buffer.alloc(70_000, 7) });
  const elsewhere = await authority('转送', { status: 302 });
  writeFileSync(join(folder, 'trust', 'tsa', 'roots.pem'), pemOf(right.root) + pemOf(ahead.root));
  house = await openHouse({
    folder,
    at: new Date().toISOString(),
    config: {
      timeAuthorities: [right, ahead, stranger, rubbish, elsewhere, { name: '无人', url: 'http://127.0.0.1:9/' }].map(
        ({ name, url }) => ({ name, url }),
      ),
    },
  });
});
afterAll(async () => {
  await house.close();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('names its authorities and the roots that judge them', async () => {
  const { rows, roots } = await house.anybody.call(listTimeAuthorities);
  expect(rows.map(({ id, demonstration }) => [id, demonstration])).toEqual([
    ['tsa-1', false],
    ['tsa-2', false],
    ['tsa-3', false],
    ['tsa-4', false],
    ['tsa-5', false],
    ['tsa-6', false],
    ['demonstration', true],
  ]);
  expect(roots).toHaveLength(3);
});

test('gives a token from every authority that answers with one that holds, and none from others', async () => {
  const tokens = await house.house.time.stamp(digest);
  const checked = await Promise.all(tokens.map((token) => house.house.time.check(token, digest)));
  expect(checked.map((one) => one.ok && one.authority.slice(0, 4))).toEqual(['国家授时', '快钟', '青澜市演']);
  const by = (id: string) => house.house.time.authorities.find((one) => one.id === id)!;
  for (const [id, reason] of [
    ['tsa-3', 'certificate.untrusted'],
    ['tsa-4', 'silent'],
    ['tsa-5', 'silent'],
    ['tsa-6', 'silent'],
  ] as const)
    expect(await house.house.time.stampBy(by(id), digest)).toEqual({ ok: false, reason });
});

test('gives the first token that is not before an instant, and none where every clock is before it', async () => {
  const { time } = house.house;
  const later = new Date(Date.now() + 60_000);
  const token = await time.stampFrom(digest, later);
  expect(await time.check(token ?? '', digest)).toMatchObject({ ok: true, authority: '快钟' });
  expect(await time.stampFrom(digest, new Date(Date.now() + 3_600_000))).toBeUndefined();
});

test('compares its clock with theirs, and stays calm while one of them agrees', async () => {
  expect(await house.anybody.call(readClockComparison)).toMatchObject({ state: 'unknown', hasOutside: true });
  await compareClocks(house.house);
  const said = await house.anybody.call(readClockComparison);
  expect(said).toMatchObject({ state: 'agrees' });
  expect(Math.abs(said.skew ?? 9e9)).toBeLessThan(1_000);
  const outcomes = Object.fromEntries(said.readings.map(({ authority: name, outcome }) => [name, outcome]));
  expect(outcomes).toEqual({
    国家授时: 'answered',
    快钟: 'answered',
    无根: 'unfit',
    胡言: 'silent',
    转送: 'silent',
    无人: 'silent',
  });
  const ahead = said.readings.find(({ authority: name }) => name === '快钟')!;
  expect(ahead.highest ?? 0).toBeLessThan(-80_000);
});

test('is itself an authority as programs know them, whose answer openssl verifies', async () => {
  house.clock.set('2031-03-01T00:00:00.123Z');
  const ask = (body: Uint8Array, type = 'application/timestamp-query') =>
    fetch(`${house.url}/api/time/tsa`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(body),
    });
  const nonce = Uint8Array.of(9, 9, 9);
  const answered = await ask(timestampRequest({ digest, nonce }));
  expect([answered.status, answered.headers.get('content-type')]).toEqual([200, 'application/timestamp-reply']);
  const bytes = new Uint8Array(await answered.arrayBuffer());
  const read = readTimestampResponse(bytes);
  const { roots } = await house.anybody.call(listTimeAuthorities);
  expect(
    read.ok && (await checkTimestamp({ token: read.token, digest, nonce, roots: roots.map(fromHex) })),
  ).toMatchObject({ ok: true, time: new Date('2031-03-01T00:00:00.123Z') });
  writeFileSync(join(folder, 'answer'), bytes);
  writeFileSync(join(folder, 'demo.pem'), pemOf(fromHex(roots.at(-1) ?? '')));
  expect(
    execFileSync(
      'openssl',
      ['ts', '-verify', '-in', 'answer', '-digest', toHex(digest), '-CAfile', 'demo.pem', '-attime', '1930000000'],
      { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    ),
  ).toContain('Verification: OK');
  const refused = readTimestampResponse(new Uint8Array(await (await ask(Uint8Array.of(1, 2))).arrayBuffer()));
  expect(refused).toEqual({ ok: false, refused: 'badDataFormat' });
  expect((await ask(Uint8Array.of(1), 'application/octet-stream')).status).toBe(415);
  expect((await ask(new Uint8Array(5000))).status).toBe(400);
});
