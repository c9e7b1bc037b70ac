import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf, canonical } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import { suiteNames, suites } from '../suite.ts';
import { checkDraw, type DrawEntry, type DrawRecord } from './check.ts';
import {
  checkDrawEscrow,
  checkDrawShare,
  dealContribution,
  drawEscrowHash,
  drawFreezeHash,
  drawThreshold,
  openDrawShare,
  recoverContribution,
  type DeliveredDrawShare,
  type DrawEscrow,
} from './escrow.ts';
import { pointOf } from '../feldman.ts';
import { parseWrap } from '../wrap.ts';
import { aDraw, exampleDrawId, exampleSeed, type ExampleDraw } from './example.ts';
import { DrawPool, drawPoolHash } from './pool.ts';
import { drawFrom, drawResultHash, drawSeed, drawStream, pickFrom, standingOf } from './select.ts';

const seedAt = (at: number): string => sha256Hex(bytesOf(`seed ${at}`));
const python = (mode: string, input: unknown): unknown => {
  const run = spawnSync('python3', ['scripts/python/xinbiao_draw.py', mode], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 512 * 1024 * 1024,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
};
const names = (count: number): string[] => Array.from({ length: count }, (_, at) => seedAt(at)).toSorted();

test('what is drawn are different candidates of the group, as many as asked for, and the same each time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(20), fc.nat(20)), { minLength: 1, maxLength: 4 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (shapes, bytes) => {
        const groups = shapes.map(([size, take, reserve], at) => ({
          id: `g${at}`,
          take: Math.min(take, size),
          reserve: Math.min(reserve, size - Math.min(take, size)),
          candidates: names(size),
        }));
        const drawn = pickFrom(groups, toHex(bytes));
        drawn.forEach(({ taken, reserve }, at) => {
          const group = groups[at];
          expect([taken.length, reserve.length]).toEqual([group?.take, group?.reserve]);
          expect(new Set([...taken, ...reserve]).size).toBe(taken.length + reserve.length);
          expect([...taken, ...reserve].every((one) => group?.candidates.includes(one))).toBe(true);
        });
        expect(pickFrom(groups, toHex(bytes))).toEqual(drawn);
      },
    ),
    { numRuns: 100 },
  );
});

test('this and the Python implementation draw the same from 10,000 seeds', { timeout: 60_000 }, () => {
  const groups = [
    { id: 'g1', take: 3, reserve: 2, candidates: names(37) },
    { id: 'g2', take: 1, reserve: 0, candidates: names(1) },
    { id: 'g3', take: 4, reserve: 3, candidates: names(11) },
  ];
  const seeds = Array.from({ length: 10_000 }, (_, at) => seedAt(at));
  const theirs = python('--seeds', { groups, seeds });
  expect(theirs).toEqual(seeds.map((seed) => pickFrom(groups, seed)));
});

test('every candidate is drawn equally often: χ² over 60,000 draws stays below its 0.1 % bound', () => {
  const candidates = names(13);
  const first = new Map(candidates.map((name) => [name, 0]));
  const any = new Map(candidates.map((name) => [name, 0]));
  const runs = 60_000;
  for (let at = 0; at < runs; at += 1) {
    const [group] = pickFrom([{ id: 'g', take: 3, reserve: 2, candidates }], seedAt(at));
    const all = [...(group?.taken ?? []), ...(group?.reserve ?? [])];
    first.set(all[0] ?? '', (first.get(all[0] ?? '') ?? 0) + 1);
    for (const name of all) any.set(name, (any.get(name) ?? 0) + 1);
  }
  const chi = (counts: Map<string, number>, expected: number): number =>
    [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // χ² with 12 degrees of freedom exceeds 32.91 once in a thousand; drawing without replacement only lowers it.
  expect(chi(first, runs / 13)).toBeLessThan(32.91);
  expect(chi(any, (runs * 5) / 13)).toBeLessThan(32.91);
});

test('the stream is four big-endian words of each block', () => {
  const stream = drawStream('00'.repeat(32));
  const words = Array.from({ length: 8 }, () => stream.next().value.toString(16).padStart(16, '0')).join('');
  const block = (index: string) =>
    sha256Hex(new Uint8Array([...bytesOf('xinbiao/v1/draw-stream\n'), ...fromHex(`${'00'.repeat(32)}${index}`)]));
  expect(words).toBe(block('0000000000000000') + block('0000000000000001'));
});

test('a majority of all brings a withheld contribution back, and it stands above any minority', () => {
  expect([2, 3, 4, 5, 6, 7].map(drawThreshold)).toEqual([1, 2, 3, 3, 4, 4]);
  for (let n = 3; n <= 16; n += 1) {
    const minority = Math.ceil(n / 2) - 1;
    expect(drawThreshold(n)).toBeGreaterThan(minority);
    expect(n - minority).toBeGreaterThanOrEqual(drawThreshold(n));
  }
});

const failing = (record: unknown, entries?: readonly DrawEntry[]) =>
  checkDraw(record, entries)
    .filter(({ ok }) => ok === false)
    .map(({ id }) => id);

function entriesOf({ pool, freeze, escrows, contributions, result }: DrawRecord): DrawEntry[] {
  const entry = (t: string, p: Record<string, unknown>): DrawEntry => ({ t, p: { draw: pool.drawId, ...p } });
  return [
    entry('draw.pool', { pool: drawPoolHash(pool) }),
    ...freeze.commitments.map((one) => entry('draw.commit', one)),
    entry('draw.freeze', { freeze: drawFreezeHash(freeze) }),
    ...escrows.map((one) => entry('draw.escrow', { party: one.party, escrow: drawEscrowHash(one) })),
    ...contributions.map((one) => entry('draw.reveal', one)),
    entry('draw.result', { result: drawResultHash(result) }),
  ];
}

describe.each(suiteNames)('a draw in suite %s', (suite) => {
  let draw: ExampleDraw;
  beforeAll(async () => {
    draw = await aDraw(suite);
  });

  test('the seed moves with every contribution, and does not mind their order', () => {
    const contributions = draw.record.contributions;
    const poolHash = drawPoolHash(draw.pool);
    const seed = drawSeed(exampleDrawId, poolHash, contributions);
    expect(drawSeed(exampleDrawId, poolHash, contributions.toReversed())).toBe(seed);
    for (const at of contributions.keys())
      expect(drawSeed(exampleDrawId, poolHash, contributions.with(at, { ...contributions[at]!, r: seed }))).not.toBe(
        seed,
      );
    expect(drawSeed(exampleDrawId, poolHash, contributions.slice(1))).not.toBe(seed);
  });

  async function sharesOf(escrow: DrawEscrow): Promise<DeliveredDrawShare[]> {
    return Promise.all(
      escrow.shares.map(async ({ holder }) => {
        const officer = draw.officers.get(holder)!;
        return {
          holder,
          blob: await openDrawShare({
            escrow,
            holder,
            privateKey: officer.privateKey,
            certificate: officer.certificate,
          }),
        };
      }),
    );
  }

  test('a withheld contribution comes back from any threshold of the others, and from no fewer', async () => {
    const [escrow] = draw.escrows as [DrawEscrow];
    const commitment = draw.freeze.commitments[0]!.commitment;
    const shares = await sharesOf(escrow);
    expect(escrow.t).toBe(3);
    expect(recoverContribution({ pool: draw.pool, escrow, commitment, shares })).toEqual({
      ok: true,
      r: draw.record.contributions[0]!.r,
    });
    for (const left of shares.keys())
      expect(
        recoverContribution({ pool: draw.pool, escrow, commitment, shares: shares.toSpliced(left, 1) }),
      ).toMatchObject({
        ok: false,
        reason: 'too-few',
        missing: [shares[left]!.holder],
      });
  });

  test('whoever alters a share is told from whoever dealt it wrong', async () => {
    const [escrow] = draw.escrows as [DrawEscrow];
    const [share] = (await sharesOf(escrow)) as [DeliveredDrawShare];
    expect(checkDrawShare(draw.pool, escrow, share)).toMatchObject({ ok: true });
    expect(checkDrawShare(draw.pool, escrow, { ...share, blob: share.blob.with(20, 0) })).toEqual({
      ok: false,
      fault: 'holder',
    });
    const other = { ...escrow, A: [escrow.A[1]!, ...escrow.A.slice(1)] };
    expect(checkDrawShare(draw.pool, other, share)).toEqual({ ok: false, fault: 'dealer' });
  });

  test('an escrow that hides something else than what was committed to is never taken for it', async () => {
    const party = draw.freeze.commitments[0]!.party;
    const seed = exampleSeed('another');
    await expect(dealContribution({ seed, pool: draw.pool, freeze: draw.freeze, party })).rejects.toThrow('commitment');
    const [escrow] = draw.escrows as [DrawEscrow];
    const shares = await sharesOf(escrow);
    expect(recoverContribution({ pool: draw.pool, escrow, commitment: '00'.repeat(32), shares })).toMatchObject({
      ok: false,
      reason: 'dealt-wrong',
    });
  });

  test('an escrow fits one party, one freeze and one pool only', () => {
    const { pool, freeze } = draw;
    const [escrow, other] = draw.escrows as [DrawEscrow, DrawEscrow];
    const check = (given: unknown, party = escrow.party, by = freeze) =>
      checkDrawEscrow({ bytes: bytesOf(canonical(given)), pool, freeze: by, party });
    expect(check(escrow)).toMatchObject({ ok: true, escrowHash: drawEscrowHash(escrow) });
    expect(check(other)).toMatchObject({ ok: false, faults: ['escrow.context-differs', 'escrow.holders-differ'] });
    expect(check(escrow, escrow.party, { ...freeze, poolHash: '11'.repeat(32) })).toMatchObject({ ok: false });
    expect(check({ ...escrow, shares: escrow.shares.slice(1) })).toMatchObject({ ok: false });
    expect(check({ ...escrow, t: 1, A: escrow.A.slice(0, 1) })).toMatchObject({ ok: false });
    expect(check({ ...escrow, A: escrow.A.with(0, `02${'ff'.repeat(32)}`) })).toMatchObject({ ok: false });
    expect(check('nonsense')).toEqual({ ok: false, faults: ['escrow.malformed'] });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(checkDrawEscrow({ bytes, pool, freeze, party: escrow.party }).ok).toBe(false);
      }),
    );
  });

  test('a pool is refused when anything in it is unsorted, twice, too few or of one side alone', () => {
    const { pool } = draw;
    const [group, second] = pool.groups as [DrawPool['groups'][number], DrawPool['groups'][number]];
    const refused: DrawPool[] = [
      { ...pool, groups: [{ ...group, candidates: group.candidates.toReversed() }] },
      { ...pool, groups: [group, { ...second, candidates: group.candidates }] },
      { ...pool, groups: [{ ...group, take: 14 }] },
      { ...pool, excluded: [{ candidate: group.candidates[0]!, reason: 'x' }] },
      { ...pool, contributors: pool.contributors.toReversed() },
      { ...pool, contributors: pool.contributors.map((one) => ({ ...one, side: 'bidder' as const })) },
      { ...pool, contributors: pool.contributors.map((one) => ({ ...one, certSha256: '00'.repeat(32) })) },
      { ...pool, contributors: pool.contributors.slice(0, 1) },
    ];
    expect(DrawPool.safeParse(pool).success).toBe(true);
    expect(refused.map((one) => DrawPool.safeParse(one).success)).toEqual(refused.map(() => false));
  });

  test('shares and points are of the suite, and those of the other suite do not fit', async () => {
    const other = await aDraw(suite === 'XB1' ? 'XB1-SM' : 'XB1');
    const [escrow, foreign] = [draw.escrows[0]!, other.escrows[0]!];
    const { Point } = suites[suite];
    expect(pointOf(escrow.A[0]!, Point).equals(Point.BASE.multiply(BigInt(`0x${draw.record.contributions[0]!.r}`)))).toBe(true); // prettier-ignore
    for (const { holder, wrap } of escrow.shares)
      expect(parseWrap(fromHex(wrap)).identifier.length > 0, holder).toBe(suite === 'XB1');
    const fits = (given: DrawEscrow) =>
      checkDrawEscrow({ bytes: bytesOf(canonical(given)), pool: draw.pool, freeze: draw.freeze, party: escrow.party });
    expect(fits(escrow).ok).toBe(true);
    // Every second number is on either curve: one is taken that is not.
    const isHere = (text: string): boolean => {
      try {
        return pointOf(text, Point) !== undefined;
      } catch {
        return false;
      }
    };
    const { Point: Elsewhere } = suites[suite === 'XB1' ? 'XB1-SM' : 'XB1'];
    const points = Array.from({ length: 40 }, (_, at) => Elsewhere.BASE.multiply(BigInt(at + 1)).toHex(true));
    const stranger = points.find((text) => !isHere(text))!;
    expect(fits({ ...escrow, A: [stranger, ...escrow.A.slice(1)] })).toEqual({
      ok: false,
      faults: ['escrow.points-wrong'],
    });
    expect(fits({ ...escrow, shares: foreign.shares })).toEqual({ ok: false, faults: ['escrow.holders-differ'] });
    const [share] = (await sharesOf(escrow)) as [DeliveredDrawShare];
    expect(checkDrawShare(other.pool, escrow, share)).toEqual({ ok: false, fault: 'dealer' });
  });

  test('a pool whose certificates are of the other suite is refused, be it one or all of them', async () => {
    const other = await aDraw(suite === 'XB1' ? 'XB1-SM' : 'XB1');
    const { pool } = draw;
    const [first, ...others] = pool.contributors;
    const foreign = other.pool.contributors[0]!;
    const { suite: named, ...rest } = pool;
    const turned = named === undefined ? { ...rest, suite: 'XB1-SM' as const } : rest;
    for (const given of [
      {
        ...pool,
        contributors: [{ ...first!, certSha256: foreign.certSha256, certificate: foreign.certificate }, ...others],
      },
      turned,
    ]) {
      const read = DrawPool.safeParse(given);
      expect(read.error?.issues.map(({ message }) => message)).toContain('a certificate is not of the suite');
    }
    expect(failing({ ...draw.record, pool: turned })).toEqual(['pool']);
    expect(DrawPool.safeParse({ ...pool, suite: 'XB1' }).success).toBe(false);
  });

  test('each decline takes the next reserve and no other', () => {
    const { result } = draw.record;
    const [{ taken, reserve } = { taken: [], reserve: [] }] = result.groups;
    const first = { group: 'g1', candidate: taken[1]!, next: reserve[0]! };
    const second = { group: 'g1', candidate: reserve[0]!, next: reserve[1]! };
    const third = { group: 'g1', candidate: taken[0]!, next: null };
    expect(standingOf(result, [first, second, third])[0]).toEqual({
      id: 'g1',
      standing: [reserve[1], taken[2]],
      left: [],
    });
    expect(() => standingOf(result, [{ ...first, next: reserve[1]! }])).toThrow();
    expect(() => standingOf(result, [first, first])).toThrow();
    expect(() => standingOf(result, [{ ...first, next: null }])).toThrow();
  });

  test('a finished draw holds, with its log', () => {
    expect(checkDraw(draw.record, entriesOf(draw.record)).map(({ ok }) => ok)).toEqual(Array(8).fill(true));
    expect(python('--records', [draw.record])).toEqual([[]]);
    expect('suite' in draw.pool).toBe(suite !== 'XB1');
  });

  test('every change to a finished draw is found, here and in Python', () => {
    const { record } = draw;
    const { pool, freeze, result, contributions, names: known } = record;
    const changed: [DrawRecord, string[]][] = [
      [{ ...record, contributions: contributions.slice(1) }, ['contributions', 'result']],
      [{ ...record, contributions: contributions.with(0, { ...contributions[0]!, r: '01'.repeat(32) }) }, ['contributions', 'result']],
      [{ ...record, result: { ...result, groups: result.groups.map((one) => ({ ...one, taken: one.taken.toReversed() })) } }, ['result']],
      [{ ...record, pool: { ...pool, groups: pool.groups.map((one) => ({ ...one, candidates: one.candidates.slice(1) })) } }, ['freeze', 'escrows', 'result', 'names']],
      [{ ...record, freeze: { ...freeze, commitments: freeze.commitments.slice(1) } }, ['escrows', 'contributions']],
      [{ ...record, declines: [{ group: 'g1', candidate: result.groups[0]!.taken[0]!, next: result.groups[0]!.reserve[1]!, reason: '' }] }, ['declines']],
      [{ ...record, names: known.with(0, { ...known[0]!, label: '别人' }) }, ['names']],
    ]; // prettier-ignore
    for (const [one, faults] of changed) expect(failing(one)).toEqual(faults);
    const theirs = python(
      '--records',
      changed.map(([one]) => one),
    ) as string[][];
    expect(theirs.every((faults) => faults.length > 0)).toBe(true);
    const [escrow, ...dealt] = record.escrows as [DrawEscrow, ...DrawEscrow[]];
    const { suite: named, ...unnamed } = pool;
    const spoilt: [unknown, string][] = [
      [{ ...record, escrows: dealt }, 'did not deal'],
      [{ ...record, escrows: [{ ...escrow, A: escrow.A.with(1, `02${'ff'.repeat(32)}`) }, ...dealt] }, 'points'],
      [{ ...record, escrows: [{ ...escrow, t: 2, A: escrow.A.slice(1) }, ...dealt] }, 'all the others'],
      [{ ...record, escrows: [{ ...escrow, ctxHash: dealt[0]!.ctxHash }, ...dealt] }, 'elsewhere'],
      [{ ...record, escrows: [{ ...escrow, shares: escrow.shares.with(0, { ...escrow.shares[0]!, wrap: '3000' }) }, ...dealt] }, 'wrap'],
      [{ ...record, pool: named === undefined ? { ...pool, suite: 'XB1-SM' } : unnamed }, 'not of the suite'],
      [{ ...record, pool: { ...pool, suite: 'XB2' } }, 'no suite'],
    ]; // prettier-ignore
    const found = python('--records', spoilt.map(([one]) => one)) as string[][]; // prettier-ignore
    for (const [at, [one, word]] of spoilt.entries()) {
      expect(failing(one).length).toBeGreaterThan(0);
      expect(found[at]?.join('; ')).toContain(word);
    }
    expect(failing({ ...record, escrows: record.escrows.slice(1) })).toEqual(['escrows']);
    expect(failing({})).toEqual(['pool']);
    expect(failing(null)).toEqual(['pool']);
  });

  test('a log that says otherwise, or in another order, is found', () => {
    const { record } = draw;
    const entries = entriesOf(record);
    for (const at of entries.keys()) expect(failing(record, entries.toSpliced(at, 1))).toContain('log');
    const late = entries.toSpliced(1, 1).concat(entries[1]!);
    expect(failing(record, late)).toEqual(['log']);
    const secondPool = { t: 'draw.pool', p: { draw: exampleDrawId, pool: '00'.repeat(32) } };
    expect(failing(record, [...entries, secondPool])).toEqual(['log']);
    const freezeAt = entries.findIndex(({ t }) => t === 'draw.freeze');
    const early = [...entries.toSpliced(freezeAt + 1, 1)].toSpliced(freezeAt, 0, entries[freezeAt + 1]!);
    expect(failing(record, early)).toEqual(['log']);
  });

  test('with one contribution unknown the result could be anything', () => {
    const { pool, record } = draw;
    const outcomes = new Set<string>();
    for (let at = 0; at < 200; at += 1) {
      const contributions = record.contributions.with(2, { ...record.contributions[2]!, r: seedAt(at) });
      outcomes.add(drawFrom(pool, contributions).groups[0]!.taken[0]!);
    }
    expect(outcomes.size).toBe(14);
  });
});
