import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Malformed, bytesOf } from './canonical.ts';
import { dealerOf } from './derive.ts';
import { ephemeralOf, parseWrap, recipientOf, unwrapWith, wrapFor, WrapUnreadable, type Recipient } from './wrap.ts';

const folder = mkdtempSync(join(tmpdir(), 'wrap-'));
const openssl = (...args: string[]) =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const dealer = dealerOf(new Uint8Array(32).fill(5), 'cd'.repeat(32));
const place = { stage: 'open', group: 'g', x: 1 };
const secrets = { contentKey: dealer.contentKey(place), iv: dealer.iv(place), ephemeral: dealer.ephemeral(place) };
const secret = bytesOf('{"share":"标书的份额"}');

let officer: { recipient: Recipient; key: CryptoKey };
let other: { recipient: Recipient; key: CryptoKey };
let wrap: Uint8Array<ArrayBuffer>;

/** An officer as a certificate authority makes one: a Chinese name, an EC P-256 key. */
async function anOfficer(name: string): Promise<{ recipient: Recipient; key: CryptoKey }> {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    '-utf8',
    '-subj',
    `/C=CN/O=公证处/CN=${name}`,
    '-days',
    '30',
  );
  const certificate = new X509Certificate(readFileSync(join(folder, `${name}.pem`)));
  const pkcs8 = createPrivateKey(readFileSync(join(folder, `${name}.key`))).export({ format: 'der', type: 'pkcs8' });
  const key = await crypto.subtle.importKey(
    'pkcs8',
    new Uint8Array(pkcs8),
    { name: 'ECDH', namedCurve: 'P-256' },
    false,
    ['deriveBits'],
  );
  return { recipient: recipientOf(certificate.raw), key };
}

beforeAll(async () => {
  officer = await anOfficer('王公证');
  other = await anOfficer('other');
  wrap = await wrapFor(officer.recipient, secret, secrets);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('openssl opens a wrap with the officer’s key and certificate', () => {
  writeFileSync(join(folder, 'wrap.der'), wrap);
  const opened = openssl(
    'cms',
    '-decrypt',
    '-binary',
    '-inform',
    'DER',
    '-in',
    'wrap.der',
    '-inkey',
    '王公证.key',
    '-recip',
    '王公证.pem',
  );
  expect(opened.toString()).toBe('{"share":"标书的份额"}');
  const printed = openssl('cms', '-cmsout', '-print', '-noout', '-inform', 'DER', '-in', 'wrap.der').toString();
  expect(printed).toContain('id-smime-ct-authEnvelopedData');
  expect(printed).toContain('aes-256-gcm');
});

test('a key that cannot leave the browser opens its wrap, and only its own', async () => {
  expect(Buffer.from(await unwrapWith(officer.key, officer.recipient, wrap)).equals(secret)).toBe(true);
  await expect(unwrapWith(other.key, officer.recipient, wrap)).rejects.toBeInstanceOf(WrapUnreadable);
  await expect(unwrapWith(officer.key, other.recipient, wrap)).rejects.toBeInstanceOf(WrapUnreadable);
});

test('the same inputs give the same bytes', async () => {
  expect(Buffer.from(await wrapFor(officer.recipient, secret, secrets)).equals(wrap)).toBe(true);
  expect(ephemeralOf(wrap)).toMatch(/^04/);
});

test('every flipped byte gives one and the same error', async () => {
  const errors = new Set<string>();
  for (let at = 0; at < wrap.length; at += 1) {
    const changed = wrap.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    await unwrapWith(officer.key, officer.recipient, changed).then(
      () => errors.add(`opened at ${at}`),
      (error: Error) => errors.add(`${error.name}: ${error.message}: ${String(error.cause)}`),
    );
  }
  expect([...errors]).toEqual(['WrapUnreadable: wrap unreadable: undefined']);
});

test('anything not in the one encoding is refused', () => {
  expect(parseWrap(wrap).wrappedKey.length).toBe(40);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(() => parseWrap(bytes)).toThrow(Malformed);
    }),
  );
  fc.assert(
    fc.property(fc.nat(wrap.length - 1), (length) => {
      expect(() => parseWrap(wrap.subarray(0, length))).toThrow(Malformed);
    }),
  );
  expect(() => parseWrap(Uint8Array.of(...wrap, 0))).toThrow(Malformed);
  // An ephemeral point off the curve would leak the officer's key piece by piece.
  const { ephemeral } = parseWrap(wrap);
  const at = Buffer.from(wrap).indexOf(ephemeral);
  const off = wrap.slice();
  off[at + 64] = (off[at + 64] ?? 0) ^ 1;
  expect(() => parseWrap(off)).toThrow('point');
});

test('certificates of other kinds of keys are refused', () => {
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'rsa.key', '-out', 'rsa.pem', '-subj', '/CN=rsa');
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-384',
    '-nodes',
    '-keyout',
    'p384.key',
    '-out',
    'p384.pem',
    '-subj',
    '/CN=p384',
  );
  for (const name of ['rsa', 'p384'])
    expect(() => recipientOf(new X509Certificate(readFileSync(join(folder, `${name}.pem`))).raw)).toThrow(Malformed);
  expect(() => recipientOf(new Uint8Array(10))).toThrow(Malformed);
});
