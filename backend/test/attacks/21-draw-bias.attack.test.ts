import { DrawDistrust, readDraw, type DrawView } from '@xinbiao/contracts/draw';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { listEntries } from '@xinbiao/contracts/ledger';
import {
  canonical,
  checkDraw,
  drawContribution,
  drawFreezeHash,
  drawFrom,
  drawPoolHash,
  drawResultHash,
  type DrawEntry,
  type DrawPool,
} from '@xinbiao/contracts/trust';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contributeAll, ContributorSide, propose, type Contributing } from '../../../scripts/play/drawing.ts';
import { Draw, DrawContribution } from '../../src/draw/index.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { founded, type Party } from '../party.ts';
import { attack } from './table.ts';

/* The house is real; what the operator does by hand in its own database stands for a server turned against its users. */

describe(attack(21), () => {
  let house: TestHouse;
  let agency: Contributing & { seatId: string };
  let notary: Contributing & { seatId: string };
  const friend = '操作者的熟人';

  async function contributing(party: Party): Promise<Contributing & { seatId: string }> {
    const me = await party.me();
    const { keys } = party;
    if (!keys) throw new Error('no keys');
    return {
      client: party.client,
      by: await party.by(),
      party: me.organisation?.uscc ?? '',
      seatId: me.seatId,
      sign: party.sign,
      encryption: { privateKey: keys.encryption.privateKey, certificate: keys.encryptionCertificate },
    };
  }
  beforeAll(async () => {
    house = await openHouse();
    agency = await contributing(await founded(house, ['agency']));
    notary = await contributing(await founded(house, ['notary']));
  }, 60_000);
  afterAll(() => house.close());

  const ask = () =>
    propose(agency, {
      purpose: 'inspection',
      title: '抽取',
      groups: [
        {
          id: 'g1',
          title: '候选',
          take: 1,
          reserve: 1,
          candidates: [friend, '甲', '乙', '丙', '丁', '戊', '己', '庚'].map((label, at) => ({
            id: String(at),
            label,
          })),
        },
      ],
      contributors: [agency.seatId, notary.seatId],
      minutes: { commit: 30, escrow: 30, reveal: 30, recover: 30 },
    });
  const sidesOf = (view: DrawView) => [agency, notary].map((one) => new ContributorSide(one, view.drawId));
  const read = (view: DrawView) => house.anybody.call(readDraw, { params: { drawId: view.drawId } });
  const later = (minutes: number) => house.clock.set(new Date(house.clock.now().getTime() + minutes * 60_000));
  async function entries(): Promise<DrawEntry[]> {
    await house.house.ledger.sequencer.drain();
    const found: DrawEntry[] = [];
    for (let before: number | undefined; ;) {
      const { rows, next } = await house.anybody.call(listEntries, {
        query: { scope: 'house', limit: 100, ...(before === undefined ? {} : { before }) },
      });
      for (const { body } of rows) if (body) found.push({ t: body.t, p: body.p });
      if (next === null) return found.toReversed();
      before = next;
    }
  }
  const broken = async (record: unknown) =>
    checkDraw(record, await entries())
      .filter(({ ok }) => ok === false)
      .map(({ id }) => id);
  /** Everything that stands in the database, as text. */
  async function everything(): Promise<string> {
    const { orm } = house.database;
    const tables = [...orm.getMetadata().getAll().values()].map(({ tableName }) => tableName).filter(Boolean);
    const rows = [];
    for (const table of new Set(tables)) rows.push(await orm.em.getConnection().execute(`select * from \`${table}\``));
    return JSON.stringify(rows);
  }

  test('the operator cannot grind: until its own number is fixed in the log it holds nothing of the others’', async () => {
    const view = await ask();
    const sides = sidesOf(view);
    for (const side of sides) expect(await side.step()).toBe('commit');
    const frozen = await read(view);
    expect(frozen.state).toBe('frozen');
    expect((await entries()).some(({ t, p }) => t === 'draw.freeze' && p['draw'] === view.drawId)).toBe(true);
    const text = await everything();
    for (const { held } of sides) {
      const { r, commitment } = drawContribution(fromHex(held.seed), view, held.party);
      expect(text).toContain(commitment);
      expect(text).not.toContain(r);
      expect(text).not.toContain(held.seed);
    }
    // No share of theirs has been dealt either, so no coalition of holders could have read one.
    expect(frozen.escrows.filter(({ party }) => party !== 'platform')).toEqual([]);

    // Whatever the operator tries instead of its own number, it cannot tell what would come of it.
    const pool = frozen.pool as DrawPool;
    const guess = (at: number) => drawFrom(pool, frozen.contributors.map(({ party }) => ({ party, r: party === 'platform' ? toHex(new Uint8Array(32).fill(at)) : '00'.repeat(32) }))); // prettier-ignore
    expect(new Set(Array.from({ length: 64 }, (_, at) => guess(at).groups[0]?.taken[0])).size).toBeGreaterThan(4);
  });

  test('the operator cannot exchange its number after the freeze: contributors give nothing more', async () => {
    const view = await ask();
    const sides = sidesOf(view);
    for (const side of sides) await side.step();
    const em = house.house.fork();
    const draw = await em.findOneOrFail(Draw, { id: view.drawId });
    const other = 'ab'.repeat(32);
    const freeze = JSON.parse(draw.freeze ?? '') as { commitments: { party: string; commitment: string }[] };
    freeze.commitments = freeze.commitments.map((one) =>
      one.party === 'platform' ? { ...one, commitment: other } : one,
    );
    await em.nativeUpdate(Draw, { id: view.drawId }, { freeze: canonical(freeze) });
    await em.nativeUpdate(DrawContribution, { drawId: view.drawId, party: 'platform' }, { commitment: other });
    await house.house.ledger.sequencer.drain();
    for (const side of sides) await expect(side.step()).rejects.toMatchObject({ what: 'freeze-not-logged' });
    expect((await read(view)).escrows.filter(({ party }) => party !== 'platform')).toEqual([]);
  });

  test('the pool cannot change after the commitments: contributors stop, and the finished record would not hold', async () => {
    const view = await ask();
    const sides = sidesOf(view);
    expect(await sides[0]?.step()).toBe('commit');
    const em = house.house.fork();
    const draw = await em.findOneOrFail(Draw, { id: view.drawId });
    const pool = JSON.parse(draw.pool ?? '') as DrawPool;
    const favourite = draw.names.find(({ label }) => label === friend)?.candidate ?? '';
    const second = pool.groups[0]?.candidates.find((one) => one !== favourite) ?? '';
    const changed = {
      ...pool,
      groups: pool.groups.map((one) => ({ ...one, candidates: [favourite, second].toSorted() })),
    };
    await em.nativeUpdate(Draw, { id: view.drawId }, { pool: canonical(changed), poolHash: drawPoolHash(changed) });
    await expect(sides[0]?.step()).rejects.toBeInstanceOf(DrawDistrust);
    await expect(sides[0]?.step()).rejects.toMatchObject({ what: 'pool-changed' });

    const honest = await contributeAll(sidesOf(await ask()));
    const record = honest.record!;
    expect(await broken(record)).toEqual([]);
    const rigged = {
      ...record.pool,
      groups: record.pool.groups.map((one) => ({ ...one, candidates: one.candidates.slice(1) })),
    };
    const result = drawFrom(rigged, record.contributions);
    const freeze = { ...record.freeze, poolHash: drawPoolHash(rigged) };
    // Even a record that is consistent in itself is not what the log says.
    expect(await broken({ ...record, pool: rigged, freeze, result })).toEqual(
      expect.arrayContaining(['escrows', 'log']),
    );
  });

  test('a published result that does not follow is found by everybody, in the browser and in Python', async () => {
    const honest = await contributeAll(sidesOf(await ask()));
    const record = honest.record!;
    const [group] = record.result.groups;
    const lied = { ...record.result, groups: [{ ...group!, taken: group!.reserve, reserve: group!.taken }] };
    const em = house.house.fork();
    await em.nativeUpdate(Draw, { id: honest.drawId }, { result: canonical(lied), resultHash: drawResultHash(lied) });
    const served = await read(honest);
    expect(await broken(served.record)).toEqual(['result', 'log']);
    const path = join(house.folder, 'record.json');
    writeFileSync(path, JSON.stringify(served.record));
    const python = () => spawnSync('python3', ['scripts/python/xinbiao_draw.py', path], { encoding: 'utf8' });
    expect(python().status).toBe(2);
    expect(python().stdout).toContain('does not follow');
    writeFileSync(path, JSON.stringify(record));
    expect(python().status).toBe(0);
  });

  test('the last to reveal gains nothing by silence: the others bring back the same number', async () => {
    const view = await ask();
    const sides = sidesOf(view);
    for (const side of sides) await side.step();
    for (const side of sides) expect(await side.step()).toBe('escrow');
    const [first, last] = sides as [ContributorSide, ContributorSide];
    expect(await first.step()).toBe('reveal');
    // The last one sees everybody's number by now, and what it would give.
    const seen = await read(view);
    const own = drawContribution(fromHex(last.held.seed), view, last.held.party);
    const wouldBe = drawFrom(
      seen.pool!,
      seen.contributors.map(({ party, r }) => ({ party, r: r ?? own.r })),
    );
    later(31);
    await house.tick();
    expect(await first.step()).toBe('recover');
    const drawn = await read(view);
    expect(drawn.result).toEqual(wouldBe);
    expect(drawn.contributors.find(({ party }) => party === last.held.party)?.from).toBe('escrow');
    expect(await broken(drawn.record)).toEqual([]);
  });

  test('a withheld number cannot be dropped, nor a draw thrown away in silence', async () => {
    const honest = await contributeAll(sidesOf(await ask()));
    const record = honest.record!;
    const without = record.contributions.filter(({ party }) => party !== notary.party);
    expect(await broken({ ...record, contributions: without, result: drawFrom(record.pool, without) })).toContain(
      'contributions',
    );
    const freeze = {
      ...record.freeze,
      commitments: record.freeze.commitments.filter(({ party }) => party !== notary.party),
    };
    expect(drawFreezeHash(freeze)).not.toBe(drawFreezeHash(record.freeze));
    expect(await broken({ ...record, freeze, contributions: without, result: drawFrom(record.pool, without) })).toEqual(expect.arrayContaining(['escrows', 'log'])); // prettier-ignore

    const view = await ask();
    const sides = sidesOf(view);
    for (const side of sides) await side.step();
    later(31);
    await house.tick();
    const thrown = await read(view);
    expect(thrown).toMatchObject({
      state: 'void',
      fault: { code: 'escrow-missing', parties: [agency.party, notary.party].toSorted() },
    });
    expect((await entries()).filter(({ t, p }) => t === 'draw.void' && p['draw'] === view.drawId)).toHaveLength(1);
  });
});
