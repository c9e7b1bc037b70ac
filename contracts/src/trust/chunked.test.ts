import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { createCipheriv, createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { Malformed, bytesOf } from './canonical.ts';
import { chunkedKey, encryptChunked, openChunked, plainLength, sealedLength } from './chunked.ts';
import { expandKey } from './derive.ts';
import type { Aead } from './suite.ts';
import { joined } from './hash.ts';

// C2SP/wycheproof#265; where the papers lie beside the repository.
const vectorsAt = new URL('../../../../shared/data/crypto/chunked-encryption-aes256gcm-vectors.json', import.meta.url);
const key = new Uint8Array(32).fill(7);
const salt = new Uint8Array(24).fill(9);
const context = bytesOf('a context');

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part.slice());
  return joined(...parts);
}
const reading = (bytes: Uint8Array) => (offset: number, length: number) =>
  Promise.resolve(bytes.subarray(offset, offset + length));
const opening = (sealed: Uint8Array, withKey: Uint8Array = key, withContext: Uint8Array = context) =>
  openChunked({ key: withKey, context: withContext, length: sealed.length, read: reading(sealed) });
const sealing = async (plain: Uint8Array, size = 10_000) =>
  collect(encryptChunked(await chunkedKey(key, salt, context), pieces(plain, size)));
const noise = (length: number, seed = 1) => {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) bytes[at] = (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 16;
  return bytes;
};

interface Vector {
  tcId: number;
  comment: string;
  key: string;
  ctx: string;
  ct: string;
  msgSha512?: string;
  msgLength?: number;
  result: string;
  flags: string[];
}
const published = existsSync(vectorsAt)
  ? (JSON.parse(readFileSync(vectorsAt, 'utf8')) as { testGroups: { tests: Vector[] }[] }).testGroups.flatMap(
      ({ tests }) => tests,
    )
  : [];
if (published.length === 0)
  console.info('skipped: the published chunked-encryption vectors are not beside the repository');

test.runIf(published.length > 0)('the published vectors are all there', () => expect(published.length).toBe(35));

test.each(published)('published vector $tcId: $comment', async (vector) => {
  const sealed = new Uint8Array(inflateSync(fromHex(vector.ct)));
  const open = () => opening(sealed, fromHex(vector.key), fromHex(vector.ctx));
  if (vector.result === 'valid') {
    const plain = await collect((await open()).stream());
    expect(plain.length).toBe(vector.msgLength);
    expect(createHash('sha512').update(plain).digest('hex')).toBe(vector.msgSha512);
    const again = await collect(
      encryptChunked(
        await chunkedKey(fromHex(vector.key), sealed.slice(0, 24), fromHex(vector.ctx)),
        pieces(plain, 5_000),
      ),
    );
    expect(Buffer.from(again).equals(sealed)).toBe(true);
    return;
  }
  const released: Uint8Array[] = [];
  const attempt = (async () => {
    for await (const bytes of (await open()).stream()) released.push(bytes);
  })();
  await expect(attempt).rejects.toBeInstanceOf(Malformed);
  // Whatever came out before the failure is a prefix of the longest authentic message, never anything else.
  expect(joined(...released).length).toBeLessThanOrEqual(vector.msgLength ?? 0);
  if (!vector.flags.includes('ValidFinalChunk')) await expect(open()).rejects.toBeInstanceOf(Malformed);
});

test('lengths follow the formula and back, and no other length is accepted', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 45), (length) => {
      expect(plainLength(sealedLength(length))).toBe(length);
    }),
  );
  for (const bad of [0, 55, 56, 71, 56 + 16_400, 56 + 16_400 + 15, -1, Number.NaN, 2 ** 60])
    expect(plainLength(bad)).toBeUndefined();
  expect(plainLength(72)).toBe(0);
});

test('any read anywhere gives the bytes that were sealed', async () => {
  const plain = noise(1_200_000);
  const reader = await opening(await sealing(plain));
  await fc.assert(
    fc.asyncProperty(fc.nat(plain.length), fc.nat(100_000), async (from, count) => {
      const length = Math.min(count, plain.length - from);
      expect(Buffer.from(await reader.read(from, length)).equals(plain.subarray(from, from + length))).toBe(true);
    }),
    { numRuns: 60 },
  );
  await expect(reader.read(plain.length, 1)).rejects.toBeInstanceOf(RangeError);
});

test('an upload resumed at any chunk goes on with the same bytes', async () => {
  const plain = noise(700_001);
  const whole = await sealing(plain);
  for (const first of [0, 1, 7, 42]) {
    const rest = await collect(
      encryptChunked(await chunkedKey(key, salt, context), pieces(plain.subarray(first * 16_384), 3_333), first),
    );
    expect(Buffer.from(rest).equals(whole.subarray(56 + first * 16_400))).toBe(true);
  }
});

test('a source may give the same buffer again and again', async () => {
  const plain = noise(700_000);
  const buffer = new Uint8Array(50_000);
  const reused = async function* () {
    for (let at = 0; at < plain.length; at += buffer.length) {
      const some = plain.subarray(at, at + buffer.length);
      buffer.set(some);
      yield buffer.subarray(0, some.length);
      buffer.fill(7);
    }
  };
  expect(await collect(encryptChunked(await chunkedKey(key, salt, context), reused()))).toEqual(await sealing(plain));
});

test('a changed, cut or grown ciphertext gives nothing but a prefix, and fails', async () => {
  const plain = noise(70_000);
  const sealed = await sealing(plain);
  const refused = async (bytes: Uint8Array) => {
    const released: Uint8Array[] = [];
    await expect(
      (async () => {
        for await (const block of (await opening(bytes)).stream()) released.push(block);
      })(),
    ).rejects.toBeInstanceOf(Malformed);
    expect(
      Buffer.from(plain)
        .subarray(0, joined(...released).length)
        .equals(joined(...released)),
    ).toBe(true);
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ mask;
      await refused(changed);
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), (length) => refused(sealed.subarray(0, length))),
    { numRuns: 100 },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), (more) => refused(joined(sealed, more))),
    { numRuns: 50 },
  );
});

test('another key or another context does not open, and says so before any chunk', async () => {
  const sealed = await sealing(noise(100));
  await expect(opening(sealed, new Uint8Array(32).fill(8))).rejects.toThrow('key commitment');
  await expect(opening(sealed, key, bytesOf('another'))).rejects.toThrow('key commitment');
});

// AES-GCM alone does not commit to its key: one ciphertext and tag can open under two keys to two prices.
test('one ciphertext with two prices opens raw AES-GCM twice, and chunked-encryption only once', async () => {
  const other = new Uint8Array(32).fill(8);
  const [one, two] = await Promise.all([chunkedKey(key, salt, context), chunkedKey(other, salt, context)]);
  const body = await salamander([key, other]);
  const raw = (with_: typeof one) => with_.aead.open(with_.baseNonce, body);
  expect(Buffer.from((await raw(one)).subarray(0, 16)).toString()).toBe('price 9800......');
  expect(Buffer.from((await raw(two)).subarray(16, 32)).toString()).toBe('price 7100......');

  const sealed = joined(one.head, body);
  expect((await (await opening(sealed)).read(0, 16)).length).toBe(16);
  await expect(opening(sealed, other)).rejects.toThrow('key commitment');
});

interface Raw {
  readonly aead: Aead;
  readonly baseNonce: Uint8Array<ArrayBuffer>;
  readonly h: bigint;
}

/** A one-block message under each key, and a third block solved so that both tags are equal. */
async function salamander(keys: readonly [Uint8Array, Uint8Array]): Promise<Uint8Array<ArrayBuffer>> {
  const cipher = new Uint8Array(48);
  const materials = await Promise.all(
    keys.map(async (key_): Promise<Raw> => {
      const { aead, baseNonce } = await chunkedKey(key_, salt, context);
      const info = joined(bytesOf('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM'), Uint8Array.of(0), salt, context);
      const aes = createCipheriv('aes-256-ecb', expandKey(key_, info, 76).subarray(0, 32), null).setAutoPadding(false);
      return { aead, baseNonce, h: block(new Uint8Array(aes.update(Buffer.alloc(16)))) };
    }),
  );
  const streams = await Promise.all(materials.map(({ aead, baseNonce }) => aead.seal(baseNonce, new Uint8Array(48))));
  for (const [at, text] of ['price 9800......', 'price 7100......'].entries())
    for (let i = at * 16; i < at * 16 + 16; i += 1) cipher[i] = (streams[at]?.[i] ?? 0) ^ text.charCodeAt(i % 16);
  // tag = c0·h⁴ + c1·h³ + c2·h² + length·h + e; what does not depend on c2, for each key:
  const [a, b] = materials.map(({ h }, at) => {
    const stream = streams[at] ?? new Uint8Array(64);
    const h2 = mul(h, h);
    const [h3, h4] = [mul(h2, h), mul(h2, h2)];
    const lengthAndE =
      block(stream, 48) ^ mul(block(stream, 0), h4) ^ mul(block(stream, 16), h3) ^ mul(block(stream, 32), h2);
    return { h2, tag: lengthAndE ^ mul(block(cipher, 0), h4) ^ mul(block(cipher, 16), h3) };
  });
  if (!a || !b) throw new Error('two keys');
  const third = mul(a.tag ^ b.tag, inverse(a.h2 ^ b.h2));
  const bytes16 = (value: bigint) => fromHex(value.toString(16).padStart(32, '0'));
  return joined(cipher.subarray(0, 32), bytes16(third), bytes16(a.tag ^ mul(third, a.h2)));
}

const block = (bytes: Uint8Array, at = 0) => BigInt(`0x${toHex(bytes.subarray(at, at + 16))}`);

/** Multiplication in GF(2¹²⁸) as GHASH writes it: the leftmost bit is x⁰. */
function mul(x: bigint, y: bigint): bigint {
  let [z, v] = [0n, y];
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((x >> bit) & 1n) z ^= v;
    v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
  }
  return z;
}
function inverse(x: bigint): bigint {
  let [result, power] = [1n << 127n, x];
  for (let bit = 1; bit < 128; bit += 1) result = mul(result, (power = mul(power, power)));
  return result;
}
