import { p256 } from '@noble/curves/nist.js';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { Malformed } from './canonical.ts';
import { bigintOf, scalarBytes } from './derive.ts';
import type { Group } from './suite.ts';

/* The curve is the suite's; P-256 where none is named. */
const ordinary: Group = p256.Point;
type Point = InstanceType<Group>;

/** A share of a secret: the value of the dealer's polynomial at x. */
export interface Share {
  readonly x: number;
  /** Scalar, 32 bytes big-endian. */
  readonly value: Uint8Array;
}

/** Reads a compressed point: on the curve, not the identity, in its only encoding. Throws Malformed. */
export function pointOf(hex: string, group: Group = ordinary): Point {
  if (!/^0[23][0-9a-f]{64}$/.test(hex)) throw new Malformed('point');
  let point: Point;
  try {
    point = group.fromBytes(fromHex(hex));
    point.assertValidity();
  } catch {
    throw new Malformed('point');
  }
  if (point.is0()) throw new Malformed('point');
  return point;
}

/** Reads a scalar below the order; throws Malformed. */
export function scalarOf(bytes: Uint8Array, group: Group = ordinary): bigint {
  if (bytes.length !== 32) throw new Malformed('scalar');
  const scalar = bigintOf(bytes);
  if (scalar >= group.Fn.ORDER) throw new Malformed('scalar');
  return scalar;
}

/** Deals the secret coefficients[0]: one share for each x from 1 to n, and the public commitments A_j = a_j·G. */
export function dealSecret(
  coefficients: readonly bigint[],
  n: number,
  { BASE, Fn }: Group = ordinary,
): { A: string[]; shares: Share[] } {
  if (coefficients.length < 1 || coefficients.length > n) throw new Malformed('threshold');
  if (coefficients.some((a) => a <= 0n || a >= Fn.ORDER)) throw new Malformed('coefficient');
  const shares: Share[] = [];
  for (let x = 1; x <= n; x += 1) {
    let value = 0n;
    for (const a of coefficients.toReversed()) value = Fn.create(value * BigInt(x) + a);
    shares.push({ x, value: scalarBytes(value) });
  }
  return { A: coefficients.map((a) => toHex(BASE.multiply(a).toBytes(true))), shares };
}

/** Does this share lie on the committed polynomial? False for x = 0, a wrong length or any malformed commitment. */
export function checkSecretShare(A: readonly string[], share: Share, group: Group = ordinary): boolean {
  if (!Number.isSafeInteger(share.x) || share.x < 1 || share.x > 255) return false;
  try {
    const value = scalarOf(share.value, group);
    let expected = group.ZERO;
    for (const a of A.toReversed()) expected = expected.multiplyUnsafe(BigInt(share.x)).add(pointOf(a, group));
    const given = value === 0n ? group.ZERO : group.BASE.multiply(value);
    return A.length > 0 && given.equals(expected);
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

/**
 * Brings together exactly the secret that A commits to, or throws Malformed: too few shares, an x twice, and any share
 * off the polynomial are refused, so there is no such thing as a wrong secret.
 */
export function combineSecret(
  A: readonly string[],
  shares: readonly Share[],
  group: Group = ordinary,
): Uint8Array<ArrayBuffer> {
  const { BASE, Fn } = group;
  if (new Set(shares.map(({ x }) => x)).size !== shares.length) throw new Malformed('share: x occurs twice');
  if (A.length < 1 || shares.length < A.length) throw new Malformed('share: too few');
  for (const share of shares) if (!checkSecretShare(A, share, group)) throw new Malformed('share: off the polynomial');
  const used = shares.slice(0, A.length);
  let secret = 0n;
  for (const share of used) {
    let weight = 1n;
    for (const { x } of used)
      if (x !== share.x) weight = Fn.mul(weight, Fn.div(BigInt(x), Fn.create(BigInt(x) - BigInt(share.x))));
    secret = Fn.add(secret, Fn.mul(weight, scalarOf(share.value, group)));
  }
  const first = A[0] ?? '';
  if (secret === 0n || !BASE.multiply(secret).equals(pointOf(first, group)))
    throw new Malformed('share: not the committed secret');
  return scalarBytes(secret);
}
