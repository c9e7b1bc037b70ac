import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { bytesOf, canonical } from './canonical.ts';
import { chunkedKey, encryptChunked, openChunked } from './chunked.ts';
import { bigintOf, dealerOf, partKeyIn } from './derive.ts';
import { aBid, aKeyring, anSm2Group, checked, readFrom, type ExampleGroup } from './envelope/example.ts';
import { keyringHash, type Keyring } from './envelope/keyring.ts';
import { recoverStageKey, unwrapShare } from './envelope/lock.ts';
import type { Manifest } from './envelope/manifest.ts';
import { openPart } from './envelope/open.ts';
import { combineSecret, dealSecret } from './feldman.ts';
import { Sm2Key } from './pki/sm2Key.ts';
import { sm2Decrypt, sm2Encrypt, sm2PublicOf, sm2SecretOf, sm2Verify, sm2Sign, sm3, sm4Key } from './sm/index.ts';
import { xb1Sm } from './suite.ts';

/*
 * The national suite as published values: contracts/vectors/sm.json. Made once, by `XINBIAO_VECTORS=make`, and frozen;
 * whoever writes the protocol again from docs/protocol/09-suites.md checks against them.
 */
const path = new URL('../../vectors/sm.json', import.meta.url);

const seed = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(sm3(bytesOf(text)));
const text = bytesOf('信标 Xinbiao');
const parts = [
  { stage: 'open', name: 'price', content: { v: 'price', price: '98000000' }, files: [] },
  { stage: 'open', name: 'technical', content: { v: 'technical' }, files: [] },
] as const;

type Vectors = {
  readonly about: string;
  readonly primitives: Readonly<Record<string, unknown>>;
  readonly officers: readonly { readonly group: string; readonly x: number; readonly pkcs8: string }[];
  readonly keyring: Keyring;
  readonly keyringHash: string;
  readonly dealSeed: string;
  readonly manifest: Manifest;
  readonly manifestHash: string;
  /** SHA-256 of each part's only piece is in the manifest; these are the pieces. */
  readonly sealed: Readonly<Record<string, string>>;
  readonly stageKey: string;
  readonly partKeys: Readonly<Record<string, string>>;
};

/** Everything that follows from fixed inputs alone. */
async function primitives(): Promise<Vectors['primitives']> {
  const secret = sm2SecretOf(Buffer.concat([seed('secret'), seed('more')]).subarray(0, 48));
  const point = sm2PublicOf(secret);
  const ephemeral = sm2SecretOf(Buffer.concat([seed('ephemeral'), seed('more')]).subarray(0, 48));
  const [key, nonce, additional] = [seed('key').slice(0, 16), seed('nonce').slice(0, 12), seed('additional')];
  const chunked = await chunkedKey(seed('input key'), seed('salt').slice(0, 24), bytesOf('context'), xb1Sm);
  const message = new Uint8Array(20_000).map((_, at) => at % 251);
  const ciphertext: Uint8Array[] = [];
  const source = async function* () {
    await Promise.resolve();
    yield message;
  };
  for await (const piece of encryptChunked(chunked, source())) ciphertext.push(piece);
  const sealed = new Uint8Array(Buffer.concat(ciphertext));
  expect(
    await (
      await openChunked({
        key: seed('input key'),
        context: bytesOf('context'),
        suite: xb1Sm,
        length: sealed.length,
        read: readFrom(sealed),
      })
    ).read(0, message.length),
  ).toEqual(message);
  const coefficients = [1, 2].map((at) => (bigintOf(seed(`a${at}`)) % (xb1Sm.Point.Fn.ORDER - 1n)) + 1n);
  const { A, shares } = dealSecret(coefficients, 3, xb1Sm.Point);
  const dealer = dealerOf(seed('deal'), '11'.repeat(32), xb1Sm);
  return {
    sm3: { message: toHex(text), digest: toHex(sm3(text)) },
    hmac: { key: toHex(seed('key')), message: toHex(text), mac: toHex(hmac(sm3, seed('key'), text)) },
    hkdf: { secret: toHex(seed('secret')), salt: toHex(seed('salt')), info: toHex(text), length: 48, okm: toHex(hkdf(sm3, seed('secret'), seed('salt'), text, 48)) },
    expand: { key: toHex(seed('key')), info: toHex(text), length: 60, okm: toHex(xb1Sm.expand(seed('key'), text, 60)) },
    sm4Gcm: { key: toHex(key), nonce: toHex(nonce), additional: toHex(additional), message: toHex(text), sealed: toHex(sm4Key(key).seal(nonce, text, additional)) },
    sm2Signature: { secret: toHex(secret), point: toHex(point), message: toHex(text), random: toHex(seed('random')), signature: toHex(sm2Sign(secret, text, seed('random'))) },
    sm2Encryption: { secret: toHex(secret), point: toHex(point), message: toHex(text), ephemeral: toHex(ephemeral), ciphertext: toHex(sm2Encrypt(point, text, ephemeral)) },
    feldman: { coefficients: coefficients.map((a) => a.toString(16).padStart(64, '0')), A, shares: shares.map(({ x, value }) => ({ x, value: toHex(value) })) },
    dealer: {
      seed: toHex(seed('deal')),
      ctxHash: '11'.repeat(32),
      coefficient: dealer.coefficient('open', 'purchaser', 0).toString(16).padStart(64, '0'),
      shareSalt: toHex(dealer.shareSalt({ stage: 'open', group: 'purchaser', x: 1 })),
      ephemeral: toHex(dealer.ephemeral({ stage: 'open', group: 'purchaser', x: 1 })),
    },
    chunked: { key: toHex(seed('input key')), salt: toHex(seed('salt').slice(0, 24)), context: toHex(bytesOf('context')), message: 'byte i is i mod 251, 20000 bytes', head: toHex(chunked.head), ciphertextSm3: toHex(sm3(sealed)), length: sealed.length },
  }; // prettier-ignore
}

async function make(): Promise<Vectors> {
  const groups: readonly ExampleGroup<Sm2Key>[] = [
    await anSm2Group('purchaser', 1, 2),
    await anSm2Group('independent', 2, 3),
  ];
  const keyring = aKeyring(groups, 'XB1-SM');
  const bid = await aBid(keyring, parts, {}, seed('deal seed'));
  const stageKey = bid.deal.stageKeys.get('open') ?? new Uint8Array();
  return {
    about: 'The suite XB1-SM of the protocol; see docs/protocol/09-suites.md. Made with fixed seeds, frozen.',
    primitives: await primitives(),
    officers: groups.flatMap(({ id, officers }) =>
      officers.map(({ privateKey }, at) => ({ group: id, x: at + 1, pkcs8: toHex(privateKey.toPkcs8()) })),
    ),
    keyring,
    keyringHash: keyringHash(keyring),
    dealSeed: toHex(seed('deal seed')),
    manifest: bid.manifest,
    manifestHash: bid.manifestHash,
    sealed: { price: toHex(bid.sealed.get('price') ?? new Uint8Array()) },
    stageKey: toHex(stageKey),
    partKeys: Object.fromEntries(
      parts.map(({ name }) => [name, toHex(partKeyIn(bid.manifest, stageKey, 'open', name))]),
    ),
  };
}

const vectors = async (): Promise<Vectors> => {
  if (process.env['XINBIAO_VECTORS'] === 'make' && !existsSync(path))
    writeFileSync(path, `${JSON.stringify(await make(), null, 1)}\n`);
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors;
};

test('the published primitives come out again, byte for byte', async () => {
  const published = await vectors();
  expect(canonical(await primitives())).toBe(canonical(published.primitives));
  const {
    sm2Signature: signed,
    sm2Encryption: sealed,
    feldman,
  } = published.primitives as {
    sm2Signature: { point: string; message: string; signature: string };
    sm2Encryption: { secret: string; ciphertext: string; message: string };
    feldman: { A: string[]; shares: { x: number; value: string }[]; coefficients: string[] };
  };
  expect(sm2Verify(fromHex(signed.point), fromHex(signed.message), fromHex(signed.signature))).toBe(true);
  expect(toHex(sm2Decrypt(fromHex(sealed.secret), fromHex(sealed.ciphertext)))).toBe(sealed.message);
  const shares = feldman.shares.slice(1).map(({ x, value }) => ({ x, value: fromHex(value) }));
  expect(toHex(combineSecret(feldman.A, shares, xb1Sm.Point))).toBe(feldman.coefficients[0]);
});

test('the published envelope is sealed again, byte for byte, and opens with the published keys', async () => {
  const {
    keyring,
    keyringHash: hash,
    dealSeed,
    manifest,
    manifestHash,
    sealed,
    officers,
    stageKey,
    partKeys,
  } = await vectors();
  expect(keyringHash(keyring)).toBe(hash);
  const again = await aBid(keyring, parts, {}, fromHex(dealSeed));
  expect(canonical(again.manifest)).toBe(canonical(manifest));
  expect(again.manifestHash).toBe(manifestHash);
  expect(toHex(again.sealed.get('price') ?? new Uint8Array())).toBe(sealed['price']);
  expect(checked(again).ok).toBe(true);
  const shares = await Promise.all(
    officers.map(async ({ group, x, pkcs8 }) => {
      const member = keyring.groups.find(({ id }) => id === group)?.members[x - 1];
      if (!member) throw new Error('no such officer');
      const { certSha256: officer, certificate } = member;
      const place = { manifest, stage: 'open', officerCertSha256: officer, certificate: fromHex(certificate) };
      return { officer, blob: await unwrapShare({ ...place, privateKey: Sm2Key.from(fromHex(pkcs8)) }) };
    }),
  );
  const recovered = recoverStageKey({ manifest, stage: 'open', shares });
  expect(recovered.ok && toHex(recovered.stageKey)).toBe(stageKey);
  const opened = await openPart({
    manifest,
    stage: 'open',
    part: 'price',
    partKey: fromHex(partKeys['price'] ?? ''),
    read: readFrom(fromHex(sealed['price'] ?? '')),
  });
  expect(opened.content).toEqual(parts[0].content);
});
