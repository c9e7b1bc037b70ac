/* oxlint-disable no-non-null-assertion */
import { execFileSync } from 'node:child_process';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf, Malformed } from '../canonical.ts';
import { readSm2, sm2Decrypt, sm2Encrypt, sm2PublicOf, sm2SecretOf, sm2Sign, sm2Verify } from './sm2.ts';
import { sm3 } from './sm3.ts';
import { sm4Block, sm4Key } from './sm4.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xinbiao-sm-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
const random = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(length));

describe('SM3', () => {
  test('gives the digests printed in the standard', () => {
    expect(toHex(sm3(bytesOf('abc')))).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
    expect(toHex(sm3(bytesOf('abcd'.repeat(16))))).toBe(
      'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
    );
  });

  test('agrees with openssl on any bytes, also when they come in pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(500), (bytes, cut) => {
        const expected = createHash('sm3').update(bytes).digest('hex');
        expect(toHex(sm3(bytes))).toBe(expected);
        const streamed = sm3.create().update(bytes.subarray(0, cut)).update(bytes.subarray(cut));
        expect(toHex(streamed.clone().digest())).toBe(expected);
        expect(toHex(streamed.digest())).toBe(expected);
      }),
    );
  });
});

describe('SM4', () => {
  const key = fromHex('0123456789abcdeffedcba9876543210');

  test('gives the block printed in the standard', () => {
    expect(toHex(sm4Block(key, key))).toBe('681edf34d206965e86b3e94f536e4246');
  });

  test('gives the ciphertext of RFC 8998 A.1', () => {
    const plain = fromHex(
      'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa',
    );
    const [nonce, additional] = [
      fromHex('00001234567800000000abcd'),
      fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
    ];
    const sealed = sm4Key(key).seal(nonce, plain, additional);
    expect(toHex(sealed)).toBe(
      '17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec',
    );
    expect(sm4Key(key).open(nonce, sealed, additional)).toEqual(plain);
  });

  test('encrypts what openssl encrypts in counter mode', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ minLength: 28, maxLength: 28 }),
        (plain, secret) => {
          const [k, nonce] = [secret.slice(0, 16), secret.slice(16)];
          const cipher = createCipheriv('sm4-ctr', k, Buffer.concat([nonce, Buffer.from([0, 0, 0, 2])]));
          const sealed = sm4Key(k).seal(nonce, plain);
          expect(toHex(sealed.subarray(0, -16))).toBe(
            Buffer.concat([cipher.update(plain), cipher.final()]).toString('hex'),
          );
        },
      ),
    );
  });

  test('computes the tag as SP 800-38D defines it, bit by bit', () => {
    const multiply = (x: bigint, y: bigint): bigint => {
      let [z, v] = [0n, y];
      for (let bit = 127n; bit >= 0n; bit -= 1n) {
        if ((x >> bit) & 1n) z ^= v;
        v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
      }
      return z;
    };
    const blocks = (bytes: Uint8Array): bigint[] =>
      Array.from({ length: Math.ceil(bytes.length / 16) }, (_, at) =>
        BigInt(`0x${toHex(bytes.slice(16 * at, 16 * at + 16)).padEnd(32, '0')}`),
      );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ minLength: 28, maxLength: 28 }),
        (plain, additional, secret) => {
          const [k, nonce] = [secret.slice(0, 16), secret.slice(16)];
          const sealed = sm4Key(k).seal(nonce, plain, additional);
          const h = blocks(sm4Block(k, new Uint8Array(16)))[0]!;
          const lengths = (BigInt(additional.length * 8) << 64n) | BigInt(plain.length * 8);
          const hash = [...blocks(additional), ...blocks(sealed.subarray(0, -16)), lengths].reduce(
            (y, block) => multiply(y ^ block, h),
            0n,
          );
          const mask = blocks(sm4Block(k, Uint8Array.of(...nonce, 0, 0, 0, 1)))[0]!;
          expect(toHex(sealed.subarray(-16))).toBe((hash ^ mask).toString(16).padStart(32, '0'));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('opens only what it sealed: every bit counts', () => {
    const [nonce, additional] = [random(12), random(5)];
    const sealed = sm4Key(key).seal(nonce, random(37), additional);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = sealed.slice();
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
      expect(() => sm4Key(key).open(nonce, changed, additional)).toThrow(Malformed);
    }
    expect(() => sm4Key(key).open(nonce, sealed, random(5))).toThrow(Malformed);
    expect(() => sm4Key(key).open(random(12), sealed, additional)).toThrow(Malformed);
    expect(() => sm4Key(key).open(nonce, sealed.subarray(0, 15), additional)).toThrow(Malformed);
  });
});

describe('SM2', () => {
  const spkiOf = (point: Uint8Array): Uint8Array =>
    Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex'), point]);
  const pkcs8Of = (secret: Uint8Array, point: Uint8Array): Uint8Array =>
    Buffer.concat([
      Buffer.from('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420', 'hex'),
      secret,
      Buffer.from('a144034200', 'hex'),
      point,
    ]);
  const secret = sm2SecretOf(random(48));
  const point = sm2PublicOf(secret);
  const message = random(1000);

  test('openssl accepts our signature under the national identifier, and we accept that of openssl', () => {
    const [content, publicKey] = [file('message', message), file('public.der', spkiOf(point))];
    const signature = file('signature', sm2Sign(secret, message, random(32)));
    const options = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678'];
    const said = openssl('pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', publicKey, '-in', content, '-sigfile', signature, ...options); // prettier-ignore
    expect(said.toString()).toContain('Verified Successfully');
    const key = file('private.der', pkcs8Of(secret, point));
    const theirs = openssl('pkeyutl', '-sign', '-keyform', 'DER', '-inkey', key, '-in', content, ...options);
    expect(sm2Verify(point, message, theirs)).toBe(true);
    const other = openssl('pkeyutl', '-sign', '-keyform', 'DER', '-inkey', key, '-in', content, '-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:someone-else'); // prettier-ignore
    expect(sm2Verify(point, message, other)).toBe(false);
  });

  test('openssl opens what we encrypt, and we open what openssl encrypts', () => {
    const key = file('private.der', pkcs8Of(secret, point));
    const cipher = file('cipher', sm2Encrypt(point, message, sm2SecretOf(random(48))));
    expect(openssl('pkeyutl', '-decrypt', '-keyform', 'DER', '-inkey', key, '-in', cipher)).toEqual(
      Buffer.from(message),
    );
    const theirs = join(folder, 'theirs');
    openssl('pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', file('public.der', spkiOf(point)), '-in', file('message', message), '-out', theirs); // prettier-ignore
    expect(sm2Decrypt(secret, readFileSync(theirs))).toEqual(message);
  });

  test('a signature holds for its bytes and its key only, and no mutation of it holds', () => {
    const signature = sm2Sign(secret, message, random(32));
    expect(sm2Verify(point, message, signature)).toBe(true);
    expect(sm2Verify(point, message.subarray(1), signature)).toBe(false);
    expect(sm2Verify(sm2PublicOf(sm2SecretOf(random(48))), message, signature)).toBe(false);
    for (let bit = 0; bit < signature.length * 8; bit += 7) {
      const changed = signature.slice();
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
      expect(sm2Verify(point, message, changed)).toBe(false);
    }
  });

  test('the same content is signed anew each time, and still when randomness fails', () => {
    expect(sm2Sign(secret, message, random(32))).not.toEqual(sm2Sign(secret, message, random(32)));
    const broken = new Uint8Array(32);
    expect(sm2Sign(secret, message, broken)).toEqual(sm2Sign(secret, message, broken));
    expect(sm2Sign(secret, message, broken)).not.toEqual(sm2Sign(secret, message.subarray(1), broken));
  });

  test('a changed ciphertext does not open, and says nothing about why', () => {
    const cipher = sm2Encrypt(point, message.subarray(0, 40), sm2SecretOf(random(48)));
    for (let at = 0; at < cipher.length; at += 1) {
      const changed = cipher.slice();
      changed[at] = changed[at]! ^ 1;
      expect(() => sm2Decrypt(secret, changed)).toThrow(Malformed);
    }
    expect(() => sm2Decrypt(sm2SecretOf(random(48)), cipher)).toThrow(Malformed);
  });

  test('refuses points off the curve, empty messages and scalars outside the range', () => {
    const off = point.slice();
    off[64] = off[64]! ^ 1;
    expect(() => sm2Encrypt(off, message, sm2SecretOf(random(48)))).toThrow(Malformed);
    expect(() => sm2Encrypt(point, new Uint8Array(), sm2SecretOf(random(48)))).toThrow(Malformed);
    expect(() => sm2Encrypt(point, message, new Uint8Array(32))).toThrow(Malformed);
    expect(() => sm2Encrypt(point, message, new Uint8Array(32).fill(255))).toThrow(Malformed);
    expect(() => sm2PublicOf(new Uint8Array(32))).toThrow(Malformed);
    expect(() => readSm2(random(200))).toThrow(Malformed);
    expect(sm2Verify(off, message, sm2Sign(secret, message, random(32)))).toBe(false);
  });
});
