import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { fromHex } from '../../kernel/bytes.ts';
import { Malformed, bytesOf } from '../canonical.ts';
import { equalBytes, joined } from '../hash.ts';
import { Fields, octetString, readDer, sequence, tags, unsigned, unsignedOf } from '../pki/der.ts';
import { sm3 } from './sm3.ts';

/**
 * SM2 (GB/T 32918): signatures with the distinguishing identifier all certificates use, and public-key encryption
 * in the ASN.1 form of GM/T 0009, which `openssl pkeyutl` and hardware keys read.
 */
type Bytes = Uint8Array<ArrayBuffer>;

const curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
} as const;

/** Points of sm2p256v1, with the arithmetic of the library the other suite uses. */
export const Sm2Point = weierstrass<bigint>(curve);
Sm2Point.BASE.precompute(8);
const { Fn } = Sm2Point;
type Point = InstanceType<typeof Sm2Point>;

/** The identifier of GM/T 0009 §10: every certificate here is signed, and signs, under it. */
export const distinguishingId = bytesOf('1234567812345678');

const fieldBytes = (value: bigint): Bytes => fromHex(value.toString(16).padStart(64, '0'));
const bigintOf = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);

/** Reads an uncompressed point of 65 bytes that is on the curve; throws Malformed. */
export function sm2PointOf(bytes: Uint8Array): Point {
  if (bytes.length !== 65 || bytes[0] !== 4) throw new Malformed('point');
  try {
    const point = Sm2Point.fromBytes(bytes);
    point.assertValidity();
    return point;
  } catch {
    throw new Malformed('point');
  }
}

/** A private key: a scalar from 1 to n − 2, 32 bytes. Throws Malformed. */
function scalarOf(bytes: Uint8Array): bigint {
  const scalar = bigintOf(bytes);
  if (bytes.length !== 32 || scalar < 1n || scalar > Fn.ORDER - 2n) throw new Malformed('private key');
  return scalar;
}

/** A fresh private key; `random` is 48 bytes. */
export const sm2SecretOf = (random: Uint8Array): Bytes => fieldBytes((bigintOf(random) % (Fn.ORDER - 2n)) + 1n);

/** The public point of a private key, uncompressed. */
export const sm2PublicOf = (secret: Uint8Array): Bytes =>
  new Uint8Array(Sm2Point.BASE.multiply(scalarOf(secret)).toBytes(false));

/** Z of GB/T 32918.2 §5.5: who signs, before what is signed. */
function identityOf(point: Uint8Array): Uint8Array {
  const length = distinguishingId.length * 8;
  const [a, b, x, y] = [curve.a, curve.b, curve.Gx, curve.Gy].map(fieldBytes) as [Bytes, Bytes, Bytes, Bytes];
  return sm3(joined(Uint8Array.of(length >> 8, length & 255), distinguishingId, a, b, x, y, point.subarray(1)));
}

/** SM2 with SM3 over any bytes: DER of r and s. The nonce comes from key, content and 32 random bytes together. */
export function sm2Sign(secret: Uint8Array, over: Uint8Array, random: Uint8Array): Bytes {
  const d = scalarOf(secret);
  const digest = sm3(joined(identityOf(sm2PublicOf(secret)), over));
  for (let round = 0; ; round += 1) {
    const wide = hkdf(sm3, joined(secret, random), digest, bytesOf(`xinbiao/v1/sm2-nonce/${round}`), 48);
    const k = (bigintOf(wide) % (Fn.ORDER - 1n)) + 1n;
    const r = Fn.create(bigintOf(digest) + Sm2Point.BASE.multiply(k).toAffine().x);
    const s = Fn.mul(Fn.inv(Fn.create(d + 1n)), Fn.create(k - Fn.mul(r, d)));
    if (r !== 0n && s !== 0n && r + k !== Fn.ORDER) return sequence(unsigned(fieldBytes(r)), unsigned(fieldBytes(s)));
  }
}

/** Did the holder of this point sign these bytes? Never throws. */
export function sm2Verify(point: Uint8Array, over: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = sm2PointOf(point);
    const fields = new Fields(readDer(signature, 256), 'signature');
    const [r, s] = [bigintOf(unsignedOf(fields.take(tags.integer))), bigintOf(unsignedOf(fields.take(tags.integer)))];
    fields.done();
    const t = Fn.create(r + s);
    if (r < 1n || s < 1n || r >= Fn.ORDER || s >= Fn.ORDER || t === 0n) return false;
    const met = Sm2Point.BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(t));
    if (met.is0()) return false;
    return Fn.create(bigintOf(sm3(joined(identityOf(point), over))) + met.toAffine().x) === r;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

/** KDF of GB/T 32918.3 §5.4.3. */
function keyStream(x: Bytes, y: Bytes, length: number): Bytes {
  const blocks: Uint8Array[] = [];
  for (let counter = 1; (counter - 1) * 32 < length; counter += 1)
    blocks.push(sm3(joined(x, y, Uint8Array.of(counter >> 24, counter >> 16, counter >> 8, counter))));
  return joined(...blocks).slice(0, length);
}

const xored = (a: Uint8Array, b: Uint8Array): Bytes => Uint8Array.from(a, (byte, at) => byte ^ (b[at] ?? 0));

/** The parts of an SM2 ciphertext: ephemeral point (uncompressed), check value, masked message. */
export interface Sm2Ciphertext {
  readonly ephemeral: Bytes;
  /** 32 bytes. */
  readonly check: Bytes;
  readonly masked: Bytes;
}

/** Encrypts for a point with this ephemeral scalar (1 to n − 1): the same bytes each time. Throws Malformed. */
export function sm2Encrypt(point: Uint8Array, plain: Uint8Array, ephemeral: Uint8Array): Bytes {
  const k = bigintOf(ephemeral);
  if (plain.length === 0 || ephemeral.length !== 32 || k < 1n || k >= Fn.ORDER) throw new Malformed('sm2');
  const shared = sm2PointOf(point).multiply(k).toAffine();
  const [x, y] = [fieldBytes(shared.x), fieldBytes(shared.y)];
  const mask = keyStream(x, y, plain.length);
  // A mask of zeros would show the message. The standard asks for another scalar; it happens once in 2^(8·length).
  if (mask.every((byte) => byte === 0)) throw new Malformed('sm2');
  return encodeSm2({
    ephemeral: new Uint8Array(Sm2Point.BASE.multiply(k).toBytes(false)),
    check: new Uint8Array(sm3(joined(x, plain, y))),
    masked: xored(plain, mask),
  });
}

/** The one encoding of a ciphertext. */
export const encodeSm2 = ({ ephemeral, check, masked }: Sm2Ciphertext): Bytes =>
  sequence(
    unsigned(ephemeral.subarray(1, 33)),
    unsigned(ephemeral.subarray(33)),
    octetString(check),
    octetString(masked),
  );

/** Takes a ciphertext apart: one encoding only, with the point on the curve. Throws Malformed. */
export function readSm2(ciphertext: Uint8Array): Sm2Ciphertext {
  const fields = new Fields(readDer(ciphertext), 'sm2');
  const halves = [unsignedOf(fields.take(tags.integer)), unsignedOf(fields.take(tags.integer))];
  const check = fields.take(tags.octetString).content;
  const masked = fields.take(tags.octetString).content;
  fields.done();
  if (check.length !== 32 || masked.length === 0) throw new Malformed('sm2');
  const ephemeral = new Uint8Array(65);
  ephemeral[0] = 4;
  for (const [at, half] of halves.entries()) {
    if (half.length > 32) throw new Malformed('sm2');
    ephemeral.set(half, 33 + 32 * at - half.length);
  }
  sm2PointOf(ephemeral);
  return { ephemeral, check: new Uint8Array(check), masked: new Uint8Array(masked) };
}

/** Opens a ciphertext; throws Malformed for anything but what was encrypted for this key. */
export function sm2Decrypt(secret: Uint8Array, ciphertext: Uint8Array): Bytes {
  const { ephemeral, check, masked } = readSm2(ciphertext);
  const shared = sm2PointOf(ephemeral).multiply(scalarOf(secret)).toAffine();
  const [x, y] = [fieldBytes(shared.x), fieldBytes(shared.y)];
  const plain = xored(masked, keyStream(x, y, masked.length));
  if (!equalBytes(sm3(joined(x, plain, y)), check)) throw new Malformed('sm2');
  return plain;
}
