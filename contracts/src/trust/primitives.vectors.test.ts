import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { Malformed, bytesOf, canonical, parseCanonical } from './canonical.ts';
import { chunkedKey, encryptChunked, openChunked } from './chunked.ts';
import { dealerOf, expandKey, keyCommitOf, partKeyOf, scalarBytes, stageKeyOf } from './derive.ts';
import { anOfficer } from './envelope/example.ts';
import { piecesRoot } from './envelope/manifest.ts';
import { paddedLength, pieceLengthFor } from './envelope/seal.ts';
import { checkSecretShare, combineSecret, dealSecret } from './feldman.ts';
import { joined, sha256Hex } from './hash.ts';
import { archiveLength, isArchiveName, padme, readArchive, writeArchive } from './tar.ts';
import { parseWrap, recipientOf, unwrapWith, wrapFor } from './wrap.ts';

/*
 * The parts an envelope is made of, each on its own: `primitives.json`. Made once by `XINBIAO_VECTORS=make`, frozen
 * ever since.
 */
const path = new URL('../../vectors/primitives.json', import.meta.url);
const pattern = (size: number, step = 31): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at * step + 7) & 255);
async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  for await (const bytes of source) all.push(bytes.slice());
  return joined(...all);
}
const once = async function* (bytes: Uint8Array) {
  yield bytes;
};

const texts = [
  '{}',
  '[1,2]',
  '{"a":1,"b":{"c":[true,false,null]}}',
  '{"é":"招标","𠮷":1}',
  '{"\\u0001":"\\n"}',
  '9007199254740991',
  '-9007199254740991',
  '{"b":1,"a":2}',
  '{"a":1,"a":1}',
  '{"a": 1}',
  ' {}',
  '{}\n',
  '1.0',
  '1.5',
  '1e3',
  '-0',
  '9007199254740992',
  '01',
  '"e\u0301"',
  `"a${'\u0301'.repeat(31)}"`,
  '"\\ud800"',
  '"\\u00e9"',
  '"\\/"',
  '\uFEFF{}',
  '{"a":undefined}',
  "{'a':1}",
  `${'['.repeat(34)}${']'.repeat(34)}`,
  `${'['.repeat(33)}${']'.repeat(33)}`,
  '',
];
const reads = (text: string): boolean => {
  try {
    return canonical(parseCanonical(text)) === text;
  } catch (fault) {
    if (fault instanceof Malformed) return false;
    throw fault;
  }
};

const names = ['bid.json', '技术方案.pdf', 'a/b/c.txt', '../a', '/a', 'a//b', 'a/', './a', 'a\\b', 'C:a', 'a.', 'a ', 'a\u202eb', 'e\u0301', '', 'x'.repeat(255), 'x'.repeat(256), '招'.repeat(85), '招'.repeat(86)]; // prettier-ignore
const archives = [
  [{ name: 'bid.json', size: 2 }],
  [{ name: 'bid.json', size: 513 }, { name: '技术方案.pdf', size: 1 }, { name: 'empty', size: 0 }],
  [{ name: 'bid.json', size: 0 }, { name: `${'d/'.repeat(60)}f`, size: 512 }],
]; // prettier-ignore
const lengths = [1, 511, 512, 513, 1_536, 65_535, 65_536, 65_537, 100_000, 1_000_000, 123_456_789, 10 ** 12];

type Fixed = { readonly certificate: string; readonly privateKey: string };
type Vectors = { readonly about: string; readonly fixed: Fixed; readonly value: Awaited<ReturnType<typeof work>> };

async function work({ certificate }: Fixed) {
  const seed = sha256Hex(bytesOf('deal seed of primitives.json'));
  const ctxHash = sha256Hex(bytesOf('a context'));
  const dealer = dealerOf(fromHex(seed), ctxHash);
  const place = { stage: 'open', group: 'independent', x: 2 };
  const secret = dealer.bytes('example-secret', 64);
  const stageKey = stageKeyOf(secret, ctxHash, 'open');
  const key = partKeyOf(stageKey, ctxHash, 'open', 'price');
  const salt = dealer.headSalt('open', 'price', sha256Hex(bytesOf('layout')));
  const context = bytesOf('an encryption context');
  const coefficients = [0, 1, 2].map((degree) => dealer.coefficient('open', 'independent', degree));
  const { A, shares } = dealSecret(coefficients, 5);
  const wrapped = { contentKey: dealer.contentKey(place), iv: dealer.iv(place), ephemeral: dealer.ephemeral(place) };
  const wrap = await wrapFor(recipientOf(fromHex(certificate)), bytesOf('a secret for one officer'), wrapped);
  return {
    canonical: texts.map((text) => ({ text, canonical: reads(text) })),
    derive: {
      dealSeed: seed,
      ctxHash,
      expand: {
        key: seed,
        info: '01020304',
        length: 100,
        output: toHex(expandKey(fromHex(seed), fromHex('01020304'), 100)),
      },
      coefficient: { ...place, degree: 0, a: toHex(scalarBytes(dealer.coefficient('open', 'independent', 0))) },
      shareSalt: toHex(dealer.shareSalt(place)),
      contentKey: toHex(wrapped.contentKey),
      iv: toHex(wrapped.iv),
      ephemeral: toHex(wrapped.ephemeral),
      headSalt: { layout: sha256Hex(bytesOf('layout')), salt: toHex(salt) },
      secret: toHex(secret),
      stageKey: toHex(stageKey),
      keyCommit: toHex(keyCommitOf(stageKey, ctxHash, 'open')),
      partKey: toHex(key),
    },
    chunked: await Promise.all(
      [0, 1, 16_383, 16_384, 16_385, 40_000].map(async (size) => {
        const sealed = await collect(encryptChunked(await chunkedKey(key, salt, context), once(pattern(size))));
        return {
          size,
          key: toHex(key),
          salt: toHex(salt),
          context: toHex(context),
          length: sealed.length,
          head: toHex(sealed.subarray(0, 56)),
          tail: toHex(sealed.subarray(-32)),
          sha256: sha256Hex(sealed),
        };
      }),
    ),
    feldman: {
      coefficients: coefficients.map((a) => toHex(scalarBytes(a))),
      A,
      shares: shares.map(({ x, value }) => ({ x, value: toHex(value) })),
    },
    wrap: {
      secret: toHex(bytesOf('a secret for one officer')),
      ...Object.fromEntries(Object.entries(wrapped).map(([name, bytes]) => [name, toHex(bytes)])),
      wrap: toHex(wrap),
    },
    tar: {
      names: names.map((name) => ({ name, allowed: isArchiveName(name) })),
      archives: await Promise.all(
        archives.map(async (entries) => {
          const files = entries.map(({ name, size }) => ({
            name,
            size,
            stream: (from: number) => once(pattern(size).subarray(from)),
          }));
          const bytes = await collect(writeArchive(files, padme(archiveLength(entries))));
          return { entries, length: bytes.length, header: toHex(bytes.subarray(0, 512)), sha256: sha256Hex(bytes) };
        }),
      ),
      lengths: lengths.map((length) => ({ length, padme: padme(length), price: paddedLength('price', length) })),
      pieces: [[1], [2 ** 36], [2 ** 36, 1], Array.from({ length: 8 }, () => 2 ** 36)].map((parts) => ({
        parts,
        pieceLength: pieceLengthFor(parts),
      })),
      roots: [1, 2, 3, 4, 5, 8, 9].map((count) => {
        const pieces = Array.from({ length: count }, (_, at) => sha256Hex(Uint8Array.of(at)));
        return { count, root: piecesRoot(pieces) };
      }),
    },
  };
}

async function vectors(): Promise<Vectors> {
  if (process.env['XINBIAO_VECTORS'] === 'make' && !existsSync(path)) {
    const keys = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const fixed = {
      certificate: toHex((await anOfficer('公证处', keys)).certificate),
      privateKey: toHex(new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey))),
    };
    const about =
      'What envelopes are made of; see docs/protocol/00-notation.md and 01-keyring-and-envelope.md. Frozen.';
    writeFileSync(path, `${JSON.stringify({ about, fixed, value: await work(fixed) }, null, 1)}\n`);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors;
}

test('every part of an envelope comes out as published, byte for byte', async () => {
  const { fixed, value } = await vectors();
  expect(JSON.parse(JSON.stringify(await work(fixed)))).toEqual(value);
});

test('what was published opens: ciphertexts, shares, wrap and archives', async () => {
  const { fixed, value } = await vectors();
  for (const { size, key, salt, context, sha256 } of value.chunked) {
    const sealed = await collect(
      encryptChunked(await chunkedKey(fromHex(key), fromHex(salt), fromHex(context)), once(pattern(size))),
    );
    expect(sha256Hex(sealed)).toBe(sha256);
    const read = (offset: number, length: number) => Promise.resolve(sealed.subarray(offset, offset + length));
    const reader = await openChunked({ key: fromHex(key), context: fromHex(context), length: sealed.length, read });
    expect(sha256Hex(await collect(reader.stream()))).toBe(sha256Hex(pattern(size)));
  }
  const { A, coefficients } = value.feldman;
  const shares = value.feldman.shares.map((share) => ({ x: share.x, value: fromHex(share.value) }));
  expect(shares.every((share) => checkSecretShare(A, share))).toBe(true);
  expect(toHex(combineSecret(A, shares.slice(1, 4)))).toBe(coefficients[0]);
  const key = await crypto.subtle.importKey('pkcs8', fromHex(fixed.privateKey), { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']); // prettier-ignore
  const wrap = fromHex(value.wrap.wrap);
  expect(toHex(await unwrapWith(key, recipientOf(fromHex(fixed.certificate)), wrap))).toBe(value.wrap.secret);
  expect(parseWrap(wrap).ciphertext.length * 2).toBe(value.wrap.secret.length);
  for (const { entries } of value.tar.archives) {
    const files = entries.map(({ name, size }) => ({
      name,
      size,
      stream: (from: number) => once(pattern(size).subarray(from)),
    }));
    const bytes = await collect(writeArchive(files, padme(archiveLength(entries))));
    const { members } = await readArchive(
      (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
      bytes.length,
    );
    expect(members.map(({ name, size }) => ({ name, size }))).toEqual(entries);
  }
});
