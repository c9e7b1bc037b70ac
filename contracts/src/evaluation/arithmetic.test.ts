import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isMajority, isOverLimit, lowPrices, meanScore, priceScore, rankBids } from './arithmetic.ts';

const file = new URL('../../../../shared/domain/evaluation-examples.json', import.meta.url);
type Case = { id: string; bidders?: unknown[]; params?: Record<string, string>; recomputed: Record<string, unknown> };
const cases: Case[] = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases : [];
const example = (id: string): Case => {
  const found = cases.find((one) => one.id === id);
  if (!found) throw new Error(`the examples lack ${id}`);
  return found;
};
const worked = test.skipIf(cases.length === 0);
if (cases.length === 0) console.info('worked examples skipped: ../shared/domain/evaluation-examples.json is absent');

/** `28.33` → 2833n */
const hundredths = (text: string): bigint => BigInt(text.replace('.', ''));

worked('price scores match the worked example, deductions included', () => {
  const { recomputed } = example('CN-EX-01');
  const evaluated = recomputed['evaluated'] as Record<string, string>;
  const prices = Object.entries(evaluated).map(([name, yuan]) => ({ name, fen: hundredths(yuan) }));
  const base = prices.map(({ fen }) => fen).reduce((a, b) => (a < b ? a : b));
  for (const { name, fen } of prices)
    expect(priceScore({ base, price: fen, weight: 30n })).toBe(
      hundredths((recomputed['scores'] as Record<string, string>)[name] ?? ''),
    );
});

worked('the mean of five experts matches the worked example', () => {
  const { bidders, recomputed } = example('CN-EX-09');
  expect(meanScore((bidders as string[]).map((points) => hundredths(`${points}0`)))).toBe(
    hundredths(recomputed['mean'] as string),
  );
});

worked('low prices are flagged as in the worked example, and equality never is', () => {
  const { bidders, params, recomputed } = example('CN-EX-06');
  const words = {
    'half-of-mean': '<50% mean',
    'half-of-second': '<50% second lowest',
    'share-of-ceiling': '<45% ceiling',
  };
  const flagsOf = (prices: readonly string[]) =>
    prices.map((price) => [
      price,
      lowPrices(
        prices.map((one) => ({ id: one, price: BigInt(one) })),
        BigInt(params?.['ceiling'] ?? 0),
      )
        .filter(({ id }) => id === price)
        .map(({ rule }) => words[rule]),
    ]);
  expect(flagsOf(bidders as string[])).toEqual(recomputed['flags']);
  const boundary = recomputed['boundary_case'] as { bids: string[]; flags: unknown };
  expect(flagsOf(boundary.bids)).toEqual(boundary.flags);
});

test('a flag carries the facts it was raised from', () => {
  const flags = lowPrices(
    [
      { id: 'a', price: 400n },
      { id: 'b', price: 820n },
      { id: 'c', price: 900n },
      { id: 'd', price: 950n },
    ],
    1000n,
  );
  expect(flags).toEqual([
    { id: 'a', rule: 'half-of-second', price: 400n, reference: 820n, threshold: 410n, percent: 50n },
    { id: 'a', rule: 'share-of-ceiling', price: 400n, reference: 1000n, threshold: 450n, percent: 45n },
  ]);
});

test('one bid more than half under the mean is flagged by the mean', () => {
  expect(
    lowPrices(
      [
        { id: 'a', price: 100n },
        { id: 'b', price: 300n },
        { id: 'c', price: 300n },
      ],
      100n,
    ).map(({ id, rule }) => [id, rule]),
  ).toEqual([
    ['a', 'half-of-mean'],
    ['a', 'half-of-second'],
  ]);
});

const price = fc.bigInt({ min: 1n, max: 9_000_000_000_000_000n });
const weight = fc.bigInt({ min: 0n, max: 100n });

test('the lowest price gets the whole weight, a dearer one never more, and nobody less than nothing', () => {
  fc.assert(
    fc.property(fc.array(price, { minLength: 1, maxLength: 30 }), weight, (prices, points) => {
      const base = prices.reduce((a, b) => (a < b ? a : b));
      expect(priceScore({ base, price: base, weight: points })).toBe(points * 100n);
      const scores = prices
        .toSorted((a, b) => (a < b ? -1 : 1))
        .map((one) => priceScore({ base, price: one, weight: points }));
      scores.forEach((score, at) => {
        expect(score >= 0n && score <= points * 100n).toBe(true);
        expect(score <= (scores[at - 1] ?? score)).toBe(true);
      });
    }),
  );
});

test('a price score is never further than half a hundredth from the exact value, and a tie goes up', () => {
  fc.assert(
    fc.property(price, price, weight, (one, other, points) => {
      const [base, dear] = one < other ? [one, other] : [other, one];
      const score = priceScore({ base, price: dear, weight: points });
      // 2·|score·price − base·weight·100| ≤ price
      const difference = 2n * (score * dear - base * points * 100n);
      expect(difference > -dear && difference <= dear).toBe(true);
    }),
  );
});

test('a price score does not change when every price is multiplied', () => {
  fc.assert(
    fc.property(price, price, fc.bigInt({ min: 1n, max: 1000n }), (one, other, factor) => {
      const [base, dear] = one < other ? [one, other] : [other, one];
      expect(priceScore({ base: base * factor, price: dear * factor, weight: 30n })).toBe(
        priceScore({ base, price: dear, weight: 30n }),
      );
    }),
  );
});

test('a mean lies between the lowest and the highest score, and order does not matter', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 1, maxLength: 15 }), (scores) => {
      const sorted = scores.toSorted((a, b) => (a < b ? -1 : 1));
      const mean = meanScore(scores);
      expect(mean >= (sorted[0] ?? 0n) && mean <= (sorted.at(-1) ?? 0n)).toBe(true);
      expect(meanScore(sorted)).toBe(mean);
    }),
  );
});

test('half a hundredth is rounded up: 8.005 is 8.01', () => {
  expect(meanScore([800n, 801n])).toBe(801n);
  expect(priceScore({ base: 1n, price: 16n, weight: 1n })).toBe(6n); // 0.0625 → 0.06
  expect(priceScore({ base: 1n, price: 8n, weight: 1n })).toBe(13n); // 0.125 → 0.13
});

test('points rank by total, then the lower price, else joint, and the next rank is left out', () => {
  const bids = [
    { id: 'a', price: 100n, total: 9000n },
    { id: 'b', price: 90n, total: 9000n },
    { id: 'c', price: 100n, total: 9000n },
    { id: 'd', price: 1n, total: 8999n },
  ];
  expect(rankBids('comprehensive', bids)).toEqual([
    { id: 'b', rank: 1 },
    { id: 'a', rank: 2 },
    { id: 'c', rank: 2 },
    { id: 'd', rank: 4 },
  ]);
});

test('the lowest price ranks by price alone', () => {
  expect(
    rankBids('lowestPrice', [
      { id: 'a', price: 5n, total: 9n },
      { id: 'b', price: 4n, total: 1n },
      { id: 'c', price: 5n, total: 3n },
    ]),
  ).toEqual([
    { id: 'b', rank: 1 },
    { id: 'a', rank: 2 },
    { id: 'c', rank: 2 },
  ]);
});

test('ranks do not depend on the order in which bids are given', () => {
  const bid = fc.record({
    id: fc.uuid(),
    price: fc.bigInt({ min: 1n, max: 5n }),
    total: fc.bigInt({ min: 1n, max: 5n }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(bid, { selector: ({ id }) => id, maxLength: 12 }),
      fc.constantFrom('comprehensive' as const, 'lowestPrice' as const),
      (bids, method) => {
        const ranked = rankBids(method, bids);
        expect(rankBids(method, bids.toReversed())).toEqual(ranked);
        // A rank is one more than the number of bids strictly better.
        for (const { rank } of ranked) expect(ranked.filter((one) => one.rank < rank)).toHaveLength(rank - 1);
      },
    ),
  );
});

test('half a panel is no majority, and a price at the limit is valid', () => {
  expect([isMajority(2, 4), isMajority(3, 5), isMajority(2, 5)]).toEqual([false, true, false]);
  expect([isOverLimit(100n, 100n), isOverLimit(101n, 100n)]).toEqual([false, true]);
});
