import fc from 'fast-check';
import { expect, test } from 'vitest';
import { p256 } from '@noble/curves/nist.js';
import { toHex } from '../kernel/bytes.ts';
import { Malformed } from './canonical.ts';
import { dealerOf, scalarBytes } from './derive.ts';
import { checkSecretShare, combineSecret, dealSecret, type Share } from './feldman.ts';

const dealer = dealerOf(new Uint8Array(32).fill(3), 'ab'.repeat(32));
const deal = (t: number, n: number) =>
  dealSecret(
    Array.from({ length: t }, (_, j) => dealer.coefficient('open', 'g', j)),
    n,
  );
const secret = scalarBytes(dealer.coefficient('open', 'g', 0));
const subsets = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: 2 ** all.length }, (_, mask) => all.filter((_item, at) => (mask >> at) & 1));
/** A compressed point whose x has no y. */
const offCurve = Array.from({ length: 64 }, (_, x) => `02${(x + 1).toString(16).padStart(64, '0')}`).find((point) => {
  try {
    p256.Point.fromHex(point);
    return false;
  } catch {
    return true;
  }
}) as string;
const generator = toHex(p256.Point.BASE.toBytes(true));

test('every sufficient set of shares gives the secret, every smaller one nothing', () => {
  for (let n = 1; n <= 4; n += 1)
    for (let t = 1; t <= n; t += 1) {
      const { A, shares } = deal(t, n);
      for (const chosen of subsets(shares)) {
        if (chosen.length >= t) expect(toHex(combineSecret(A, chosen))).toBe(toHex(secret));
        else expect(() => combineSecret(A, chosen)).toThrow('too few');
      }
    }
});

test('a threshold of one gives every member the same share, the secret itself', () => {
  const { shares } = deal(1, 4);
  expect(new Set(shares.map(({ value }) => toHex(value)))).toEqual(new Set([toHex(secret)]));
});

test('less than the threshold is consistent with every secret: shares of another secret through the same points exist', () => {
  const { A, shares } = deal(2, 3);
  const forged = dealSecret([5n, 9n], 3);
  expect(checkSecretShare(A, shares[0] as Share)).toBe(true);
  expect(checkSecretShare(forged.A, shares[0] as Share)).toBe(false);
});

test.each<[string, (share: Share) => Share]>([
  ['x = 0', (share) => ({ ...share, x: 0 })],
  ['a negative x', (share) => ({ ...share, x: -1 })],
  ['a fraction for x', (share) => ({ ...share, x: 1.5 })],
  ['another x', (share) => ({ ...share, x: share.x + 1 })],
  ['31 bytes', (share) => ({ ...share, value: share.value.slice(1) })],
  ['33 bytes', (share) => ({ ...share, value: Uint8Array.of(0, ...share.value) })],
  ['a scalar not below the order', (share) => ({ ...share, value: new Uint8Array(32).fill(255) })],
  ['zero', (share) => ({ ...share, value: new Uint8Array(32) })],
])('a share with %s is refused', (_, spoil) => {
  const { A, shares } = deal(2, 3);
  const [first, second] = shares as [Share, Share];
  expect(checkSecretShare(A, spoil(first))).toBe(false);
  expect(() => combineSecret(A, [spoil(first), second])).toThrow(Malformed);
});

test('a share changed in any bit is off the polynomial', () => {
  const { A, shares } = deal(3, 4);
  fc.assert(
    fc.property(fc.nat(3), fc.nat(31), fc.integer({ min: 1, max: 255 }), (who, at, mask) => {
      const share = shares[who] as Share;
      const value = share.value.slice();
      value[at] = (value[at] ?? 0) ^ mask;
      return !checkSecretShare(A, { x: share.x, value });
    }),
    { numRuns: 60 },
  );
});

test('the same x twice is refused even when both shares are good', () => {
  const { A, shares } = deal(2, 3);
  expect(() => combineSecret(A, [shares[0] as Share, shares[0] as Share])).toThrow('twice');
});

test.each([
  ['the identity', '00'],
  ['the identity padded', `02${'00'.repeat(32)}`],
  ['a point off the curve', offCurve],
  ['x not below the field', `02${'ff'.repeat(32)}`],
  ['an uncompressed point', toHex(p256.Point.BASE.toBytes(false))],
  ['upper case', generator.toUpperCase()],
])('a commitment that is %s is refused', (_, point) => {
  const { A, shares } = deal(2, 3);
  expect(checkSecretShare([A[0] as string, point], shares[0] as Share)).toBe(false);
});

test('commitments that are swapped, short or empty open nothing', () => {
  const { A, shares } = deal(2, 3);
  expect(checkSecretShare(A.toReversed(), shares[1] as Share)).toBe(false);
  expect(checkSecretShare([], shares[0] as Share)).toBe(false);
  expect(() => combineSecret(A.slice(0, 1), shares)).toThrow(Malformed);
});

test('every label of the dealer gives bytes of its own, and the same ones again', () => {
  const place = { stage: 'open', group: 'g', x: 1 };
  const all = [
    dealer.shareSalt(place),
    dealer.contentKey(place),
    dealer.ephemeral(place),
    dealer.shareSalt({ ...place, x: 2 }),
    dealer.shareSalt({ ...place, group: 'h' }),
    dealer.shareSalt({ ...place, stage: 'tech' }),
  ].map(toHex);
  expect(new Set(all).size).toBe(all.length);
  expect(toHex(dealerOf(new Uint8Array(32).fill(3), 'ab'.repeat(32)).shareSalt(place))).toBe(all[0]);
  expect(toHex(dealerOf(new Uint8Array(32).fill(3), 'ac'.repeat(32)).shareSalt(place))).not.toBe(all[0]);
  expect(() => dealerOf(new Uint8Array(31), 'ab'.repeat(32))).toThrow(Malformed);
});
