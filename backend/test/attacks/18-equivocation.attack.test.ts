import Koa from 'koa';
import { findEntry } from '@xinbiao/contracts/ledger';
import { openWitnessed, parsePolicy, policyText, verifierKeyText } from '@xinbiao/contracts/trust';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { verify } from '../../../scripts/verify.ts';
import { openWitness, type Witness } from '../../../scripts/witness.ts';
import { ledgerRoutes, record } from '../../src/ledger/index.ts';
import { openLedgerHouse } from '../../src/ledger/ledger.house.ts';
import { Clock, Refused, Router, type State } from '../../src/platform/index.ts';
import { clientAt } from '../client.ts';
import { attack } from './table.ts';

/*
 * The operator shows two people two logs, both signed with the log's key: one in which a notice stands, and one in
 * which it never stood. Three real witnesses over HTTP; whoever watches is the visitor's browser and the outsider's
 * command.
 */

/** The page's own check, as it is: what a browser runs. */
const page = new URL('../../../frontend/src/ledger/witnessed.ts', import.meta.url).href;
type Witnessed = (given: {
  trust: { logKey: string; policy: string };
  index: number;
  leaf: string;
  checkpoint: string;
}) => Promise<'holds' | 'broken' | 'unknown'>;

type LogHouse = Awaited<ReturnType<typeof openLedgerHouse>>;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-attack-18-'));
const last: (() => unknown)[] = [];
const witnesses: Witness[] = [];
let policy: string;
let honest: LogHouse;
let fork: LogHouse;
let [honestAt, forkAt] = ['', ''];
const told: unknown[] = [];

async function serve(house: LogHouse): Promise<string> {
  const app = new Koa();
  app.use(async (ctx, next) => {
    const own = { ledger: house.ledger, clock: new Clock({ sandbox: true }) };
    Object.assign(ctx.state, { house: own, em: house.fork(), actor: null, lang: 'zh' });
    try {
      await next();
    } catch (fault) {
      if (!(fault instanceof Refused)) throw fault;
      ctx.status = 404;
      ctx.body = { refusals: [] };
    }
  });
  const api = new Router<State>();
  api.use('/api', ledgerRoutes.routes());
  app.use(api.routes() as unknown as Koa.Middleware);
  const server = app.listen(0, '127.0.0.1');
  last.push(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const write = (house: LogHouse, title: string) =>
  house
    .fork()
    .transactional((tx) =>
      record(tx, { scope: 'lot-1', type: 'tender.publish', visibility: 'public', body: { title }, at: new Date() }),
    );

beforeAll(async () => {
  for (const name of ['honest', 'fork']) mkdirSync(join(folder, name));
  // The key comes first: the witnesses have to know whose growth they watch.
  const before = await openLedgerHouse(join(folder, 'honest'));
  const { key } = before.ledger;
  await before.close();
  for (const nth of [1, 2, 3]) {
    const witness = openWitness({ folder: join(folder, `w${nth}`), name: `w${nth}.example`, logs: [{ key }] });
    await once(witness.server.listen(0, '127.0.0.1'), 'listening');
    last.push(witness.close);
    witnesses.push(witness);
  }
  policy = policyText({
    logs: [{ key }],
    witnesses: witnesses.map((witness, at) => ({
      name: `w${at + 1}`,
      key: witness.key,
      url: `http://127.0.0.1:${(witness.server.address() as AddressInfo).port}`,
    })),
    threshold: 2,
  });
  const watch = () => ({ policy, demonstration: [], rest: 10 });
  honest = await openLedgerHouse(join(folder, 'honest'), { watch });
  last.push(honest.close);
  honestAt = await serve(honest);
  for (const title of ['first', 'the notice', 'third']) await write(honest, title);
  await honest.ledger.sequencer.drain();
  await honest.ledger.published(honest.fork(), { patience: 5000 });
  // The attack: the same key on another database, begun alike and gone on otherwise.
  cpSync(join(folder, 'honest', 'keys', 'log.key'), join(folder, 'fork', 'keys', 'log.key'));
  fork = await openLedgerHouse(join(folder, 'fork'), { watch, report: (fault) => told.push(fault) });
  last.push(fork.close);
  forkAt = await serve(fork);
  for (const title of ['first', 'another notice', 'third', 'fourth']) await write(fork, title);
  await fork.ledger.sequencer.drain();
}, 60_000);
afterAll(async () => {
  vi.unstubAllGlobals();
  for (const close of last.toReversed()) await close();
  rmSync(folder, { recursive: true, force: true });
});

describe(attack(18), () => {
  test('the honest log has its quorum, the fork never gets a single cosignature', async () => {
    const parsed = parsePolicy(policy);
    const good = await (await fetch(`${honestAt}/api/log/checkpoint`)).text();
    expect(openWitnessed(good, parsed)).toMatchObject({ quorum: true });
    await vi.waitFor(() => expect(fork.ledger.contradictedBy).toHaveLength(3), { timeout: 20_000 });
    const bad = openWitnessed(await (await fetch(`${forkAt}/api/log/checkpoint`)).text(), parsed);
    expect([bad.checkpoint.size, bad.quorum, bad.cosigners]).toEqual([4, false, []]);
  });

  test('a witness answers a fork of the same size with 409 and of a larger one with 422', async () => {
    const [witness] = witnesses;
    if (!witness) throw new Error('no witness');
    const address = `http://127.0.0.1:${(witness.server.address() as AddressInfo).port}`;
    const { note } = await fork.ledger.checkpoint(fork.fork());
    const ask = (body: string) => fetch(`${address}/add-checkpoint`, { method: 'POST', body });
    const proof = await fork.ledger.consistencyProof(fork.fork(), 3, 4);
    const lines = proof.map((hash) => `${Buffer.from(hash, 'hex').toString('base64')}\n`).join('');
    expect((await ask(`old 3\n${lines}\n${note}`)).status).toBe(422);
    expect((await ask(`old 0\n\n${note}`)).status).toBe(409);
    // Both statements of the log lie there as evidence.
    const kept = readdirSync(join(folder, 'w1')).filter((name) => name.startsWith('contradiction-'));
    expect(kept.length).toBeGreaterThan(0);
    const evidence = readFileSync(join(folder, 'w1', kept[0] ?? ''), 'utf8');
    expect(evidence.match(new RegExp(`^— ${honest.ledger.origin} `, 'gm'))).toHaveLength(2);
  });

  test("a visitor's browser that goes by the notice's policy refuses the fork", async () => {
    const { witnessed } = (await import(page)) as { witnessed: Witnessed };
    const trust = { logKey: verifierKeyText(honest.ledger.key), policy };
    const look = async (house: LogHouse, site: string) => {
      vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
      const bare = globalThis.fetch;
      vi.stubGlobal('fetch', (url: string, init?: RequestInit) => bare(new URL(url, site), init));
      try {
        const { entryId, leafHash } = await write(house, 'what the visitor looks at');
        const index = await house.ledger.sequencer.integrated(entryId);
        const entry = await clientAt(site).call(findEntry, { params: { hash: leafHash } });
        expect(entry.index).toBe(index);
        const { note } = await house.ledger.published(house.fork(), { covering: index, patience: 3000 });
        return await witnessed({ trust, index, leaf: leafHash, checkpoint: note });
      } finally {
        vi.stubGlobal('fetch', bare);
      }
    };
    expect(await look(honest, honestAt)).toBe('holds');
    expect(await look(fork, forkAt)).toBe('unknown');
  });

  test('the outsider cannot tell of a fork alone, and proves it as soon as two people compare', async () => {
    writeFileSync(join(folder, 'policy'), policy);
    const run = (site: string, ...more: string[]) => verify([site, ...more, '--lang', 'en'], () => undefined);
    const [kept, evidence] = [join(folder, 'kept'), join(folder, 'evidence')];
    const own = ['--policy', join(folder, 'policy'), '--evidence', evidence];
    expect(await run(forkAt, ...own)).toBe(3);
    const { note } = await honest.ledger.checkpoint(honest.fork());
    writeFileSync(kept, `${verifierKeyText(honest.ledger.key)}\n${note}`);
    expect(await run(forkAt, ...own, '--kept', kept)).toBe(2);
    const file = readFileSync(evidence, 'utf8');
    for (const house of [honest, fork]) {
      const { root } = await house.ledger.checkpoint(house.fork());
      expect(file).toContain(Buffer.from(root).toString('base64'));
    }
  });
});
