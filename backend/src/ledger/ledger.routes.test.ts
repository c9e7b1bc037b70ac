import Koa from 'koa';
import { InclusionProof, ConsistencyProof, LogEntry, LogKey, RecentPage, SignedAct } from '@xinbiao/contracts/ledger';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  createAuthority,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  makeCertificateRequest,
  openCheckpoint,
  openWitnessed,
  parsePolicy,
  parseVerifierKey,
  provesConsistency,
  provesInclusion,
  sha256Hex,
  signDetached,
  verifyReceipt,
} from '@xinbiao/contracts/trust';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportLog, logAt, logIn, verify, verifyLog } from '../../../scripts/verify.ts';
import { Clock, Refused, Router, type State } from '../platform/index.ts';
import { disclose, ledgerRoutes, record, recordAct } from './index.ts';
import { openLedgerHouse } from './ledger.house.ts';

const folder = mkdtempSync(join(tmpdir(), 'xinbiao-log-routes-'));
const at = new Date('2026-11-24T01:30:00.000Z');
let alone: Awaited<ReturnType<typeof openLedgerHouse>>;
let server: ReturnType<Koa['listen']>;
let site: string;
let sealedId: string;
let actHash: string;
let earlier: string;
let sign: (act: string) => Promise<{ signature: string; certificateSha256: string }>;

/** The routes on a house that has a ledger and nothing else. */
beforeAll(async () => {
  alone = await openLedgerHouse(folder);
  const authority = await createAuthority({ name: '演示证书中心', at: new Date('2020-01-01T00:00:00Z'), years: 20 });
  const [signing, encryption] = [
    await generateSigningPair({ extractable: false }),
    await generateEncryptionPair({ extractable: false }),
  ];
  const subject = { commonName: '李雷', organisation: '某采购中心' };
  const request = await makeCertificateRequest({ subject, signing, encryption });
  const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2029-01-01T00:00:00Z') };
  const certificate = (
    await issueCertificates({ authority, request, subject, serials: { signing: '01', encryption: '02' }, ...validity })
  ).signing;
  writeFileSync(
    join(folder, 'root.pem'),
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(authority.certificate).toString('base64')}\n-----END CERTIFICATE-----\n`,
  );
  sign = async (act) => ({
    signature: toHex(await signDetached({ content: bytesOf(act), certificate, privateKey: signing.privateKey })),
    certificateSha256: sha256Hex(certificate),
  });
  const app = new Koa();
  app.use(async (ctx, next) => {
    const house = { ledger: alone.ledger, clock: new Clock({ sandbox: true }) };
    Object.assign(ctx.state, { house, em: alone.fork(), actor: null, lang: 'zh' });
    try {
      await next();
    } catch (fault) {
      if (!(fault instanceof Refused)) throw fault;
      ctx.status = 404;
      ctx.body = fault.reasons;
    }
  });
  const api = new Router<State>();
  api.use('/api', ledgerRoutes.routes());
  app.use(api.routes() as unknown as Koa.Middleware);
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await write(3);
  earlier = (await alone.ledger.checkpoint(alone.fork())).note;
  await write(300);
});
afterAll(async () => {
  server.close();
  await alone.close();
  rmSync(folder, { recursive: true });
});

async function write(count: number): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) {
    const visibility = nth % 3 === 1 ? 'commit' : 'public';
    const { entryId } = await alone
      .fork()
      .transactional((tx) =>
        record(tx, { scope: `lot-${nth % 2}`, type: 'bid.receipt', visibility, body: { nth }, at }),
      );
    if (nth === 1) sealedId = entryId;
  }
  const act = canonical({ title: '公告', count });
  const signed = await sign(act);
  ({ actHash } = await alone
    .fork()
    .transactional((tx) =>
      recordAct(tx, { scope: 'house', type: 'tender.publish', visibility: 'public', act, ...signed, at }),
    ));
  await alone.ledger.sequencer.drain();
}

const get = async (path: string) => fetch(`${site}/api/log/${path}`);
const json = async (path: string): Promise<unknown> => (await get(path)).json();

test('lets a stranger check the whole log through its tiles, and copy it', async () => {
  const { outcome, view } = await verifyLog({ source: logAt(site), earlier });
  expect([outcome, view.entries.length]).toEqual(['holds', 305]);
  const copy = join(folder, 'copy');
  expect(await exportLog(logAt(`${site}/api/log`), copy)).toBe(305);
  expect((await verifyLog({ source: logIn(copy) })).outcome).toBe('holds');
});

test('gives checkpoint and key in the forms of others', async () => {
  const answer = await get('checkpoint');
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const key = LogKey.parse(await json('key'));
  expect(openCheckpoint(await answer.text(), [parseVerifierKey(key.verifierKey)])).toMatchObject({
    origin: key.origin,
    size: 305,
  });
});

test('gives the policy that says who watches it, here nobody', async () => {
  const text = await (await get('policy')).text();
  expect(text).toBe(`log ${alone.ledger.verifierKey}\nquorum none\n`);
  expect(openWitnessed(await (await get('checkpoint')).text(), parsePolicy(text))).toMatchObject({ quorum: true });
});

test('proves entries and growth to whoever asks', async () => {
  const { root, size } = await alone.ledger.checkpoint(alone.fork());
  for (const index of [0, 255, 256, 304]) {
    const { leaf, proof } = InclusionProof.parse(await json(`proof/inclusion?index=${index}`));
    expect(provesInclusion({ index, size, leaf: fromHex(leaf), proof: proof.map(fromHex), root })).toBe(true);
  }
  const old = openCheckpoint(earlier, [alone.ledger.key]);
  const { proof } = ConsistencyProof.parse(await json(`proof/consistency?from=${old.size}`));
  expect(
    provesConsistency({
      oldSize: old.size,
      oldRoot: old.root,
      newSize: size,
      newRoot: root,
      proof: proof.map(fromHex),
    }),
  ).toBe(true);
});

test('shows an entry by its place and by its hash, and a sealed one only once it is disclosed', async () => {
  const first = LogEntry.parse(await json('entry/0'));
  expect(LogEntry.parse(await json(`leaf/${first.leaf}`))).toEqual(first);
  const index = await alone.ledger.sequencer.integrated(sealedId);
  expect(LogEntry.parse(await json(`entry/${index}`))).toMatchObject({ kind: 'commit', body: null, salt: null });
  expect((await get(`entry/${index}/receipt`)).status).toBe(404);
  await alone.fork().transactional((tx) => disclose(tx, sealedId, at));
  expect(LogEntry.parse(await json(`entry/${index}`)).body?.t).toBe('bid.receipt');
  const proof = await (await get(`entry/${index}/receipt`)).text();
  expect(verifyReceipt({ proof, verifierKeys: [alone.ledger.key] }).ok).toBe(true);
  expect(await json('disclosed?from=0&to=1000')).toMatchObject({ rows: [{ index }] });
});

test('pages back through the log, and through one scope without its secrets', async () => {
  const seen: number[] = [];
  for (let before: number | null = 305; before !== null;) {
    const page: RecentPage = RecentPage.parse(await json(`recent?limit=100&before=${before}`));
    seen.push(...page.rows.map(({ index }) => index));
    before = page.next;
  }
  expect(seen).toEqual(Array.from({ length: 305 }, (_, nth) => 304 - nth));
  const ofLot = RecentPage.parse(await json('recent?scope=lot-1&limit=100'));
  expect(ofLot.rows.length).toBeGreaterThan(50);
  expect(ofLot.rows.every(({ body }) => body?.s === 'lot-1')).toBe(true);
});

test('serves a signed document by its hash', async () => {
  const { act } = SignedAct.parse(await json(`acts/${actHash}`));
  expect(sha256Hex(bytesOf(act))).toBe(actHash);
});

test('refuses what is not there', async () => {
  for (const path of [
    'tile/0/001.p/200',
    'tile/0/002',
    'tile/9/000',
    'tile/x/000',
    'tile/entries/000.p/0',
    'entry/305',
    'entry/305/receipt',
    `leaf/${'00'.repeat(32)}`,
    `acts/${'00'.repeat(32)}`,
    'proof/inclusion?index=305',
    'proof/inclusion?index=1&size=9999',
    'proof/consistency?from=9&to=3',
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  }
  expect((await get('tile/0/000')).headers.get('cache-control')).toContain('immutable');
});

test('is checked by the command that strangers run', async () => {
  const lines: string[] = [];
  writeFileSync(join(folder, 'vkey'), alone.ledger.verifierKey);
  const args = [
    site,
    '--key',
    join(folder, 'vkey'),
    '--root',
    join(folder, 'root.pem'),
    '--lang',
    'zh',
    '--kept',
    join(folder, 'kept'),
    '--evidence',
    join(folder, 'evidence'),
  ];
  expect(await verify(args, (line) => lines.push(line)), lines.join('\n')).toBe(0);
  expect(lines.at(-1)?.trim()).toBe('全部检查通过。');
  // An insider who changes a file that anybody is given.
  const bundle = join(folder, 'public-log', 'tile', 'entries', '000');
  const bytes = readFileSync(bundle);
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  writeFileSync(bundle, bytes);
  expect(await verify(args, (line) => lines.push(line))).toBe(2);
});
