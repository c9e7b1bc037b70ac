import {
  chunkedKey,
  encryptChunked,
  openChunked,
  sm2Encrypt,
  sm2Decrypt,
  Sm2Key,
  sm2PublicOf,
  sm2SecretOf,
  sm2Sign,
  sm2Verify,
  sm3,
  suiteNames,
  suites,
} from '@xinbiao/contracts/trust';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { megabytes, rate, timed, type Figure } from './figure.ts';

const size = 128 * 1024 * 1024;

/** What the national suite costs beside the general one, and beside OpenSSL's own SM3 and SM4, in one run. */
export async function* suitesCompared(): AsyncGenerator<Figure> {
  const sealing = new Map<string, number>();
  for (const name of suiteNames) {
    const suite = suites[name];
    const [key, salt, context] = [new Uint8Array(randomBytes(32)), new Uint8Array(24), new Uint8Array()];
    const chunked = await chunkedKey(key, salt, context, suite);
    const block = new Uint8Array(randomBytes(1024 * 1024));
    const source = async function* () {
      for (let done = 0; done < size; done += block.length) yield await Promise.resolve(block);
    };
    const pieces: Uint8Array[] = [];
    const took = await timed(async () => {
      for await (const piece of encryptChunked(chunked, source())) pieces.push(piece);
    });
    const sealed = new Uint8Array(Buffer.concat(pieces));
    sealing.set(name, took);
    const read = (offset: number, length: number) => Promise.resolve(sealed.subarray(offset, offset + length));
    const opening = await timed(async () => {
      const opened = await openChunked({ key, context, suite, length: sealed.length, read });
      for await (const bytes of opened.stream()) if (bytes.length === 0) throw new Error('nothing came');
    });
    yield {
      what: `${name}: sealing`,
      value: rate(megabytes(size, took)),
      ...(name === 'XB1' ? {} : { ratio: (sealing.get('XB1') ?? 0) / took, of: 'of XB1' }),
    };
    yield { what: `${name}: opening`, value: rate(megabytes(size, opening)) };
  }

  const block = randomBytes(1024 * 1024);
  const native = await timed(async () => {
    const cipher = createCipheriv('sm4-ctr', randomBytes(16), randomBytes(16));
    for (let done = 0; done < size; done += block.length) cipher.update(block);
    await Promise.resolve();
  });
  yield {
    what: 'SM4 in counter mode as OpenSSL does it, without a tag',
    value: rate(megabytes(size, native)),
    ratio: native / (sealing.get('XB1-SM') ?? 1),
    of: 'is XB1-SM of it',
  };
  const hashing = async (work: (bytes: Uint8Array) => void): Promise<number> =>
    timed(async () => {
      for (let done = 0; done < size; done += block.length) work(block);
      await Promise.resolve();
    });
  const ours = sm3.create();
  const theirs = createHash('sm3');
  const [own, openssl] = [await hashing((bytes) => ours.update(bytes)), await hashing((bytes) => theirs.update(bytes))];
  yield { what: 'SM3', value: rate(megabytes(size, own)), ratio: openssl / own, of: 'of OpenSSL' };

  const secret = sm2SecretOf(randomBytes(48));
  const point = sm2PublicOf(secret);
  const content = new Uint8Array(randomBytes(400));
  const [signature, wrap] = [
    sm2Sign(secret, content, randomBytes(32)),
    sm2Encrypt(point, content, sm2SecretOf(randomBytes(48))),
  ];
  const each = async (work: () => unknown, times = 100): Promise<string> => {
    work();
    const took = await timed(async () => {
      for (let done = 0; done < times; done += 1) work();
      await Promise.resolve();
    });
    return `${(took / times).toFixed(2)} ms`;
  };
  yield { what: 'SM2 key', value: await each(() => Sm2Key.generate()) };
  yield { what: 'SM2 signature', value: await each(() => sm2Sign(secret, content, randomBytes(32))) };
  yield { what: 'SM2 verification', value: await each(() => sm2Verify(point, content, signature)) };
  yield {
    what: 'SM2 wrap of a share',
    value: await each(() => sm2Encrypt(point, content, sm2SecretOf(randomBytes(48)))),
  };
  yield { what: 'SM2 unwrap of a share', value: await each(() => sm2Decrypt(secret, wrap)) };
  yield { what: 'size of a signature, of a wrap of 400 bytes', value: `${signature.length}, ${wrap.length} bytes` };
}
