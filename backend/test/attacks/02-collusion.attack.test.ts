import {
  checkShare,
  combineSecret,
  dealSecret,
  Malformed,
  openPart,
  partKeyIn,
  recoverStageKey,
  stageKeyOf,
} from '@xinbiao/contracts/trust';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  aBid,
  aGroup,
  aKeyring,
  readFrom,
  sharesOf,
  type ExampleGroup,
} from '../../../contracts/src/trust/envelope/example.ts';
import { attack } from './table.ts';

const price = { stage: 'open', name: 'price', content: { total: '980000' }, files: [] };
const subsets = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: 2 ** all.length }, (_, mask) => all.filter((_one, at) => (mask >> at) & 1));
const scalar = fc.bigInt({ min: 1n, max: 2n ** 255n });

describe(attack(2), () => {
  test('every set below the threshold fails and every other opens, for any threshold and up to seven officers', () => {
    const dealt = fc
      .integer({ min: 1, max: 7 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n })))
      .chain(([n, t]) => fc.tuple(fc.constant(n), fc.array(scalar, { minLength: t, maxLength: t })));
    fc.assert(
      fc.property(dealt, ([n, coefficients]) => {
        const { A, shares } = dealSecret(coefficients, n);
        const secret = coefficients[0]!.toString(16).padStart(64, '0');
        for (const some of subsets(shares))
          if (some.length < A.length) expect(() => combineSecret(A, some)).toThrow(Malformed);
          else expect(toHex(combineSecret(A, some))).toBe(secret);
      }),
      { numRuns: 20 },
    );
  });

  test('what fewer officers hold is consistent with every secret, so it says nothing about the true one', () => {
    // t − 1 values and any secret whatsoever lie on one polynomial; the officers cannot tell theirs from it.
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 3, maxLength: 3 }), scalar, ([a0, a1, a2], other) => {
        const { A, shares } = dealSecret([a0!, a1!, a2!], 5);
        const held = shares.slice(0, 2);
        // A dealer of another secret, whose polynomial runs through the very same two shares.
        const q = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
        const [y1, y2] = held.map(({ value }) => BigInt(`0x${toHex(value)}`));
        const mod = (x: bigint) => ((x % q) + q) % q;
        const half = (q + 1n) / 2n;
        const s = mod(other);
        // y1 = s + b1 + b2; y2 = s + 2·b1 + 4·b2
        const b2 = mod((y2! - 2n * y1! + s) * half);
        const b1 = mod(y1! - s - b2);
        if ([s, b1, b2].some((b) => b === 0n)) return;
        const twin = dealSecret([s, b1, b2], 5);
        expect(twin.shares.slice(0, 2).map(({ value }) => toHex(value))).toEqual(held.map(({ value }) => toHex(value)));
        // Only the commitments differ, and out of those nobody computes a secret: that would be a discrete logarithm.
        if (s !== mod(a0!)) expect(twin.A[0]).not.toBe(A[0]);
        expect(() => combineSecret(A, held)).toThrow(Malformed);
      }),
      { numRuns: 50 },
    );
  });

  test('colluding officers of one side, with everything the platform stores, do not open a bid', async () => {
    const groups: ExampleGroup[] = [await aGroup('purchaser', 2, 4), await aGroup('independent', 2, 3)];
    const bid = await aBid(aKeyring(groups), [price]);
    const { manifest } = bid;
    const all = groups.flatMap(({ officers }) => officers);
    const shares = await sharesOf(manifest, all);
    const needed = groups.map(({ t, officers }) => ({ t, own: new Set(officers.map(({ certSha256 }) => certSha256)) }));
    let opened = 0;
    for (const some of subsets(shares)) {
      const enough = needed.every(({ t, own }) => some.filter(({ officer }) => own.has(officer)).length >= t);
      const recovered = recoverStageKey({ manifest, stage: 'open', shares: some });
      expect(recovered.ok).toBe(enough);
      opened += Number(enough);
    }
    // C(4,≥2) · C(3,≥2)
    expect(opened).toBe(11 * 4);

    // The whole purchaser's side puts the secrets it can work out to use in every way the format has.
    const side = shares
      .slice(0, 4)
      .map(({ blob }) => JSON.parse(new TextDecoder().decode(blob)) as { x: number; share: string });
    const theirs = combineSecret(
      manifest.stages[0]!.groups[0]!.A,
      side.slice(0, 2).map(({ x, share }) => ({ x, value: fromHex(share) })),
    );
    for (const guess of [theirs, Buffer.concat([theirs, theirs]), Buffer.concat([theirs, new Uint8Array(32)])]) {
      const stageKey = stageKeyOf(guess, manifest.ctxHash, 'open');
      await expect(
        openPart({
          manifest,
          stage: 'open',
          part: 'price',
          partKey: partKeyIn(manifest, stageKey, 'open', 'price'),
          read: readFrom(bid.sealed.get('price')!),
        }),
      ).rejects.toMatchObject({ fault: { code: 'part.wrong-key' } });
    }
    // A share for a colleague who stays away, made out of their own: it is not the one that was committed to.
    const away = groups[1]!.officers[0]!;
    const forged = new TextEncoder().encode(
      new TextDecoder().decode(shares[0]!.blob).replace(shares[0]!.officer, away.certSha256),
    );
    expect(checkShare({ manifest, stage: 'open', officer: away.certSha256, blob: forged })).toMatchObject({
      ok: false,
      fault: { code: 'share.not-committed' },
    });
  });
});
