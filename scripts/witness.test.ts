import {
  openAcknowledgement,
  openAttestation,
  openWitnessed,
  parsePolicy,
  policyText,
  sha256Hex,
  bytesOf,
  verifierKeyText,
} from '@xinbiao/contracts/trust';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { distantWitness, record } from '../backend/src/ledger/index.ts';
import { openLedgerHouse } from '../backend/src/ledger/ledger.house.ts';
import { openWitness, type Witness } from './witness.ts';

const folders: string[] = [];
const last: (() => Promise<unknown>)[] = [];
const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-witness-'));
  folders.push(folder);
  return folder;
};
afterEach(async () => {
  for (const close of last.splice(0).reverse()) await close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const addressOf = async (server: Server): Promise<string> => {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const open = async (needs: Parameters<typeof openWitness>[0]): Promise<[Witness, string]> => {
  const witness = openWitness(needs);
  last.push(witness.close);
  return [witness, await addressOf(witness.server)];
};
const write = (house: Awaited<ReturnType<typeof openLedgerHouse>>, nth: number) =>
  house
    .fork()
    .transactional((tx) =>
      record(tx, { scope: 'house', type: 'tender.publish', visibility: 'public', body: { nth }, at: new Date() }),
    );

test('two witnesses of three cosign a log over HTTP, and keep what they saw through a restart', async () => {
  const log = await openLedgerHouse(aFolder());
  const { key } = log.ledger;
  await log.close();
  const home = aFolder();
  const needs = (nth: number) => ({ folder: join(home, String(nth)), name: `w${nth}.example/x`, logs: [{ key }] });
  const [one, oneAt] = await open(needs(1));
  const [two, twoAt] = await open(needs(2));
  expect(statSync(join(home, '1', 'witness.key')).mode & 0o077).toBe(0);
  const policy = policyText({
    logs: [{ key }],
    witnesses: [
      { name: 'one', key: one.key, url: oneAt },
      { name: 'two', key: two.key, url: twoAt },
    ],
    threshold: 2,
  });
  const parsed = parsePolicy(policy);
  const watch = () => ({ policy, demonstration: [], rest: 10 });
  const house = await openLedgerHouse(folders[0] ?? '', { watch });
  last.push(house.close);
  const quorum = async () => {
    const given = await house.ledger.published(house.fork(), { patience: 2000 });
    return [given.size, openWitnessed(given.note, parsed).quorum];
  };
  await write(house, 1);
  await house.ledger.sequencer.drain();
  expect(await quorum()).toEqual([1, true]);
  await one.close();
  const again = openWitness(needs(1));
  last.push(again.close);
  await once(again.server.listen(Number(new URL(oneAt).port), '127.0.0.1'), 'listening');
  await write(house, 2);
  await house.ledger.sequencer.drain();
  await vi.waitFor(async () => expect(await quorum()).toEqual([2, true]), { timeout: 8000, interval: 100 });
  expect(await (await fetch(oneAt)).json()).toMatchObject({ logs: [{ origin: key.name, size: 2 }] });
});

test('refuses a fork over HTTP with the words of the protocol, and keeps both statements', async () => {
  const [first, second] = [await openLedgerHouse(aFolder()), await openLedgerHouse(aFolder())];
  last.push(first.close, second.close);
  const folder = aFolder();
  const [, address] = await open({ folder, name: 'w.example', logs: [{ key: first.ledger.key }] });
  const post = (body: string) => fetch(`${address}/add-checkpoint`, { method: 'POST', body });
  await write(first, 1);
  await first.ledger.sequencer.drain();
  const { note } = await first.ledger.checkpoint(first.fork());
  expect((await post(`old 0\n\n${note}`)).status).toBe(200);
  const conflict = await post(`old 0\n\n${note}`);
  expect([conflict.status, conflict.headers.get('content-type'), await conflict.text()]).toEqual([
    409,
    'text/x.tlog.size',
    '1\n',
  ]);
  const stranger = await second.ledger.checkpoint(second.fork());
  expect((await post(`old 0\n\n${stranger.note}`)).status).toBe(404);
  expect((await post(`old 1\n\n${note.replace(/\n1\n/, '\n2\n')}`)).status).toBe(403);
  expect((await post('old one\n\n')).status).toBe(400);
  expect((await fetch(`${address}/nowhere`)).status).toBe(404);
  await write(first, 2);
  await first.ledger.sequencer.drain();
  const larger = (await first.ledger.checkpoint(first.fork())).note;
  expect((await post(`old 1\n\n${larger}`)).status).toBe(422);
  expect(readdirSync(folder).filter((name) => name.startsWith('contradiction-'))).toHaveLength(1);
});

test('acknowledges a hash, so that its holder can prove when it was there', async () => {
  const log = await openLedgerHouse(aFolder());
  last.push(log.close);
  const [witness, address] = await open({
    folder: aFolder(),
    name: 'w.example',
    logs: [{ key: log.ledger.key }],
    now: () => 1_800_000_000,
  });
  const hash = sha256Hex(bytesOf('envelope'));
  const note = await distantWitness({ key: witness.key, url: `${address}/` }).dropBox(hash);
  expect(openAcknowledgement(note, [witness.key])).toMatchObject({ hash, by: [{ time: 1_800_000_000 }] });
  expect((await fetch(`${address}/drop-box`, { method: 'POST', body: 'not a hash' })).status).toBe(400);
});

test('says when a log did not answer, and does not say so when it was cut off itself', async () => {
  const log = await openLedgerHouse(aFolder());
  last.push(log.close);
  const { note } = await log.ledger.checkpoint(log.fork());
  let state: 'up' | 'down' | 'lies' = 'up';
  const site = createServer((request, response) => {
    if (state === 'down') response.writeHead(503).end();
    else
      response.end(request.url === '/log/checkpoint' ? (state === 'lies' ? note.replace(/\n0\n/, '\n9\n') : note) : '');
  });
  const control = createServer((__, response) => response.end('here'));
  last.push(
    async () => site.close(),
    async () => control.close(),
  );
  const [siteAt, controlAt] = [await addressOf(site), await addressOf(control)];
  let now = 1000;
  const folder = aFolder();
  const needs = {
    folder,
    name: 'w.example',
    logs: [{ key: log.ledger.key, address: `${siteAt}/log` }],
    every: 10,
    control: controlAt,
    now: () => now,
  };
  const [witness, address] = await open(needs);
  const look = async (as: typeof state) => {
    state = as;
    await witness.look();
    now += 10;
  };
  for (const as of ['up', 'down', 'lies', 'up'] as const) await look(as);
  control.closeAllConnections();
  await new Promise((done) => control.close(done));
  for (const as of ['down', 'down', 'down', 'up'] as const) await look(as);
  const seen = openAttestation(await distantWitness({ key: witness.key, url: address }).attest(1000, 1070), [
    witness.key,
  ]);
  expect(seen).toMatchObject({
    log: log.ledger.origin,
    every: 10,
    unreachable: [{ from: 1010, to: 1020, before: 1000, after: 1030 }],
    unwatched: [{ from: 1030, to: 1070 }],
  });
  expect((await fetch(`${address}/attest?from=1000&to=99999`)).status).toBe(400);
  expect((await fetch(`${address}/attest?from=1970-01-01T00:16:40.000Z&to=1970-01-01T00:17:50.000Z`)).status).toBe(200);
});

test('runs as a program that says which line belongs into a policy', async () => {
  const log = await openLedgerHouse(aFolder());
  last.push(log.close);
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'witness.ts'),
      '--name',
      'notary.example/w1',
      '--log',
      verifierKeyText(log.ledger.key),
      '--folder',
      aFolder(),
      '--port',
      '0',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  last.push(async () => child.kill());
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const line = said.toString().split('\n')[1] ?? '';
  expect(parsePolicy(`${line}\nquorum notary-example-w1\n`).witnesses[0]?.key.name).toBe('notary.example/w1');
});
