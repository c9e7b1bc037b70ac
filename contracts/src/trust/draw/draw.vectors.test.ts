import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf, canonical } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import { checkDraw, type DrawRecord } from './check.ts';
import { dealContribution, drawContribution, drawFreezeHash, openDrawShare, recoverContribution } from './escrow.ts';
import { suiteNames, type SuiteName } from '../suite.ts';
import { aDraw } from './example.ts';
import { drawPoolHash, drawSuiteName } from './pool.ts';
import { drawResultHash, drawStream, pickFrom } from './select.ts';

const files = { XB1: 'draw.json', 'XB1-SM': 'draw-sm.json' } as const;
const pathOf = (suite: SuiteName) => new URL(`../../../vectors/${files[suite]}`, import.meta.url);

type Vectors = {
  readonly about: string;
  readonly record: DrawRecord;
  /** Each contributor's own 32 random bytes. */
  readonly seeds: Readonly<Record<string, string>>;
  readonly hashes: { readonly pool: string; readonly freeze: string; readonly result: string };
  readonly stream: { readonly seed: string; readonly words: readonly string[] };
  readonly picks: readonly { readonly seed: string; readonly size: number; readonly picks: readonly number[] }[];
  /** Everybody else's share of the first party's contribution, as its holder reads it. */
  readonly withheld: {
    readonly party: string;
    readonly r: string;
    readonly shares: readonly { holder: string; blob: string }[];
  };
};

const numbers = (size: number): string[] => Array.from({ length: size }, (_, at) => String(at).padStart(4, '0'));

/** Made once, by `XINBIAO_VECTORS=make`; frozen ever since. */
async function make(suite: SuiteName): Promise<Vectors> {
  const draw = await aDraw(suite);
  const { record } = draw;
  const [escrow] = record.escrows;
  if (!escrow) throw new Error('no escrow');
  const shares = await Promise.all(
    escrow.shares.map(async ({ holder }) => {
      const officer = draw.officers.get(holder);
      if (!officer) throw new Error('no officer');
      const { privateKey, certificate } = officer;
      return { holder, blob: toHex(await openDrawShare({ escrow, holder, privateKey, certificate })) };
    }),
  );
  const stream = drawStream(record.result.seed);
  return {
    about: 'A draw of the protocol, whole; see docs/protocol/06-draw.md. Made with fixed seeds, frozen.',
    record,
    seeds: Object.fromEntries([...draw.seeds].map(([party, seed]) => [party, toHex(seed)])),
    hashes: {
      pool: drawPoolHash(record.pool),
      freeze: drawFreezeHash(record.freeze),
      result: drawResultHash(record.result),
    },
    stream: {
      seed: record.result.seed,
      words: Array.from({ length: 9 }, () => stream.next().value.toString(16).padStart(16, '0')),
    },
    picks: [1, 2, 3, 7, 100, 3_000].map((size) => {
      const seed = sha256Hex(bytesOf(`picks of ${size}`));
      const [group] = pickFrom([{ id: 'g', take: Math.min(size, 5), reserve: 0, candidates: numbers(size) }], seed);
      return { seed, size, picks: (group?.taken ?? []).map(Number) };
    }),
    withheld: { party: escrow.party, r: record.contributions[0]?.r ?? '', shares },
  };
}

const vectors = async (suite: SuiteName): Promise<Vectors> => {
  const path = pathOf(suite);
  if (process.env['XINBIAO_VECTORS'] === 'make' && !existsSync(path))
    writeFileSync(path, `${JSON.stringify(await make(suite), null, 1)}\n`);
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors;
};

test.each(suiteNames)('the published draw of suite %s is made again, byte for byte', async (suite) => {
  const { record, seeds, hashes, stream, picks } = await vectors(suite);
  const { pool, freeze } = record;
  expect(drawSuiteName(pool)).toBe(suite);
  expect({ pool: drawPoolHash(pool), freeze: drawFreezeHash(freeze), result: drawResultHash(record.result) }).toEqual(
    hashes,
  );
  for (const [at, { party, commitment }] of freeze.commitments.entries()) {
    const seed = fromHex(seeds[party] ?? '');
    expect(drawContribution(seed, pool, party)).toEqual({ r: record.contributions[at]?.r, commitment });
    expect(canonical(await dealContribution({ seed, pool, freeze, party }))).toBe(canonical(record.escrows[at]));
  }
  const words = drawStream(stream.seed);
  expect(stream.words).toEqual(stream.words.map(() => words.next().value.toString(16).padStart(16, '0')));
  for (const { seed, size, picks: expected } of picks)
    expect(
      pickFrom([{ id: 'g', take: Math.min(size, 5), reserve: 0, candidates: numbers(size) }], seed)[0]?.taken,
    ).toEqual(expected.map((at) => String(at).padStart(4, '0')));
  expect(checkDraw(record).map(({ ok }) => ok)).toEqual([true, true, true, true, true, true, true, null]);
});

test.each(suiteNames)('the published shares of suite %s bring the withheld contribution back', async (suite) => {
  const { record, withheld } = await vectors(suite);
  const escrow = record.escrows.find(({ party }) => party === withheld.party);
  const commitment = record.freeze.commitments.find(({ party }) => party === withheld.party)?.commitment ?? '';
  if (!escrow) throw new Error('no escrow');
  const shares = withheld.shares.map(({ holder, blob }) => ({ holder, blob: fromHex(blob) }));
  expect(recoverContribution({ pool: record.pool, escrow, commitment, shares })).toEqual({ ok: true, r: withheld.r });
});
