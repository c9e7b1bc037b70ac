import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Malformed } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { certify, createAuthority, extension, usageBits } from '../pki/authority.ts';
import { parseCertificate } from '../pki/certificate.ts';
import { oid, sequence } from '../pki/der.ts';
import {
  generateSigningPair,
  importSigningKey,
  signatureValueOf,
  signDetached,
  type Authority,
  type Bytes,
} from '../pki/index.ts';
import { spkiOf } from '../pki/keys.ts';
import { nameOf } from '../pki/name.ts';
import { oids } from '../pki/oids.ts';
import {
  checkTimestamp,
  createTimestampAuthority,
  issueTimestamp,
  readTimestamp,
  readTimestampRequest,
  readTimestampResponse,
  timestampRequest,
  timestampResponse,
  type StampingAuthority,
} from './index.ts';

/** The openssl of the machine is the second opinion, as authority and as asker. */
let folder: string;
let root: Authority;
const text = new TextEncoder().encode('投标函');
const digest = sha256(text);
const nonce = Uint8Array.of(0, 0x9c, 1, 2, 3, 4, 5, 6, 7);
const at = new Date('2026-11-24T01:30:00.250Z');
const unix = String(Math.ceil(at.getTime() / 1000));
const policy = '1.3.6.1.4.1.13762.3';

const openssl = (...words: string[]): string =>
  execFileSync('openssl', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const put = (name: string, bytes: Uint8Array | string): string => (writeFileSync(join(folder, name), bytes), name);
const get = (name: string): Bytes => new Uint8Array(readFileSync(join(folder, name)));

const kinds = {
  EC: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'EC P-384': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  RSA: ['-newkey', 'rsa:2048'],
};
type Kind = keyof typeof kinds;
const place = (kind: Kind): string => kind.replace(/\W/g, '');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsa-'));
  root = await createAuthority({
    name: '时间戳根证书',
    at: new Date('2020-01-01T00:00:00Z'),
    years: 40,
    extractable: true,
  });
  put('root.der', root.certificate);
  openssl('x509', '-inform', 'der', '-in', 'root.der', '-out', 'root.pem');
  put('root.key.der', new Uint8Array(await crypto.subtle.exportKey('pkcs8', root.privateKey)));
  openssl('pkcs8', '-inform', 'der', '-in', 'root.key.der', '-nocrypt', '-out', 'root.key');
  put('text', text);
  for (const kind of Object.keys(kinds) as Kind[]) opensslAuthority(place(kind), kinds[kind]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A timestamp authority that openssl runs: its certificate from our root, its key its own. */
function opensslAuthority(name: string, key: readonly string[], usage = 'critical,timeStamping'): void {
  put(`${name}.ext`, `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}\n`); // prettier-ignore
  openssl('req', '-new', '-nodes', ...key, '-utf8', '-subj', `/C=CN/O=时间公司/CN=${name} 时间戳`, '-keyout', `${name}.key`, '-out', `${name}.csr`); // prettier-ignore
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'root.pem', '-CAkey', 'root.key', '-set_serial', '99', '-days', '3650', '-extfile', `${name}.ext`, '-out', `${name}.pem`); // prettier-ignore
  openssl('x509', '-in', `${name}.pem`, '-outform', 'der', '-out', `${name}.der`);
  put(`${name}.serial`, '01\n');
  put(
    `${name}.cnf`,
    `[tsa]\ndefault_tsa=one\n[one]\nserial=${name}.serial\nsigner_cert=${name}.pem\ncerts=root.pem\nsigner_key=${name}.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256,sha384\naccuracy=secs:1,millisecs:500,microsecs:100\nclock_precision_digits=3\nordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n`,
  );
}

/** What openssl answers to a question of ours. */
function opensslAnswer(name: string, question: Uint8Array): Bytes {
  put('question', question);
  openssl('ts', '-reply', '-config', `${name}.cnf`, '-queryfile', 'question', '-out', 'answer');
  return get('answer');
}
function tokenOf(answer: Uint8Array): Bytes {
  const read = readTimestampResponse(answer);
  if (!read.ok) throw new Error(`no token: ${read.refused}`);
  return read.token;
}

/** An authority of our own under the test's root, whatever its certificate says. */
async function ours(
  given: { usage?: readonly string[]; critical?: boolean; notBefore?: string; notAfter?: string; key?: CryptoKeyPair } = {}, // prettier-ignore
): Promise<StampingAuthority> {
  const pair = given.key ?? (await generateSigningPair({ extractable: true }));
  const certificate = await certify(root.privateKey, {
    serial: Uint8Array.of(0x41, 7),
    issuer: parseCertificate(root.certificate).subject.der,
    subject: nameOf({ commonName: '本地时间戳', organisation: '本地时间戳' }),
    notBefore: new Date(given.notBefore ?? '2024-01-01T00:00:00Z'),
    notAfter: new Date(given.notAfter ?? '2034-01-01T00:00:00Z'),
    spki: await spkiOf(pair.publicKey),
    extensions: [
      extension(oids.basicConstraints, sequence(), 'critical'),
      extension(oids.keyUsage, usageBits(['digitalSignature']), 'critical'),
      extension(
        oids.extendedKeyUsage,
        sequence(...(given.usage ?? [oids.timeStamping]).map(oid)),
        (given.critical ?? true) ? 'critical' : undefined,
      ),
    ],
  });
  return { certificate, chain: [root.certificate], privateKey: pair.privateKey };
}
const stamp = (
  authority: StampingAuthority,
  over: { digest?: Uint8Array; nonce?: Uint8Array; time?: Date } = {},
): Promise<Bytes> =>
  issueTimestamp({
    question: readTimestampRequest(timestampRequest({ digest: over.digest ?? digest, nonce: over.nonce ?? nonce })),
    authority,
    time: over.time ?? at,
    serial: Uint8Array.of(1, 2, 3),
    policy,
    accuracyMilliseconds: 1500,
  });
const judge = (token: Uint8Array, over: Partial<Parameters<typeof checkTimestamp>[0]> = {}) =>
  checkTimestamp({ token, digest, nonce, roots: [root.certificate], ...over });

describe('openssl as the authority', () => {
  test.each(Object.keys(kinds) as Kind[])(
    'its token with an %s key is accepted, with its time and name',
    async (kind) => {
      const before = Date.now();
      const answer = opensslAnswer(place(kind), timestampRequest({ digest, nonce }));
      const checked = await judge(tokenOf(answer), { now: new Date() });
      expect(checked).toMatchObject({ ok: true, authority: `${place(kind)} 时间戳`, accuracyMilliseconds: 1501 });
      if (checked.ok) expect(Math.abs(checked.time.getTime() - before)).toBeLessThan(60_000);
    },
  );

  test('reads our question as we mean it', () => {
    put('question', timestampRequest({ digest, nonce }));
    const said = openssl('ts', '-query', '-in', 'question', '-text');
    expect(said).toContain('Hash Algorithm: sha256');
    expect(said).toContain('Nonce: 0x9C01020304050607');
    expect(said).toContain('Certificate required: yes');
  });

  test('what it refuses is read as a refusal', () => {
    expect(readTimestampResponse(opensslAnswer('EC', Uint8Array.of(0x30, 3, 2, 1, 1)))).toEqual({
      ok: false,
      refused: 'badDataFormat',
    });
  });

  test('a certificate that may also sign mail, or says it uncritically, is refused', async () => {
    opensslAuthority('mixed', kinds.EC, 'critical,timeStamping,emailProtection');
    opensslAuthority('lax', kinds.EC, 'timeStamping');
    for (const name of ['mixed', 'lax']) {
      // openssl itself will not start with such a certificate, so its key signs through our code.
      openssl('pkcs8', '-topk8', '-nocrypt', '-in', `${name}.key`, '-outform', 'der', '-out', `${name}.p8`);
      const authority = {
        certificate: get(`${name}.der`),
        chain: [],
        privateKey: await importSigningKey(get(`${name}.p8`)),
      };
      expect(await judge(await stamp(authority, { time: new Date(Date.now() + 60_000) }))).toEqual({
        ok: false,
        reason: 'certificate.wrong-usage',
      });
    }
  });
});

describe('openssl as the asker', () => {
  test.each(['EC', 'RSA'] as const)(
    'accepts the answer of our authority with an %s key, with its question',
    async (kind) => {
      openssl('ts', '-query', '-data', 'text', '-sha256', '-cert', '-out', 'theirs');
      const question = readTimestampRequest(get('theirs'));
      expect(question).toMatchObject({ hash: 'SHA-256', digest, wantsCertificates: true });
      openssl('pkcs8', '-topk8', '-nocrypt', '-in', `${kind}.key`, '-outform', 'der', '-out', `${kind}.p8`);
      const token = await issueTimestamp({
        question,
        authority: {
          certificate: get(`${kind}.der`),
          chain: [root.certificate],
          privateKey: await importSigningKey(get(`${kind}.p8`)),
        },
        time: new Date(Math.floor(Date.now() / 1000) * 1000 + 120_070),
        serial: Uint8Array.of(0x80, 1),
        policy,
        accuracyMilliseconds: 20,
      });
      put('answer', timestampResponse({ token }));
      const later = String(Math.floor(Date.now() / 1000) + 300);
      const words = ['ts', '-verify', '-in', 'answer', '-CAfile', 'root.pem', '-attime', later];
      expect(openssl(...words, '-queryfile', 'theirs')).toContain('Verification: OK');
      const said = openssl('ts', '-reply', '-in', 'answer', '-text');
      expect(said).toContain('Policy OID: 1.3.6.1.4.1.13762.3');
      expect(said).toMatch(/Accuracy: unspecified seconds, 0x14 millis/);
      put('other', '别的');
      expect(() => openssl(...words, '-data', 'other')).toThrow(/message imprint mismatch/i);
    },
  );

  test('accepts the demonstration authority, and reads why our authority refuses', async () => {
    const authority = await createTimestampAuthority({
      name: '演示时间戳',
      at: new Date('2020-01-01T00:00:00Z'),
      years: 40,
    });
    openssl('ts', '-query', '-data', 'text', '-sha384', '-cert', '-out', 'theirs');
    const question = readTimestampRequest(get('theirs'));
    const token = await issueTimestamp({ question, authority, time: at, serial: Uint8Array.of(5), policy });
    put('answer', timestampResponse({ token }));
    put('demo.der', authority.chain[0] ?? new Uint8Array());
    openssl('x509', '-inform', 'der', '-in', 'demo.der', '-out', 'demo.pem');
    expect(
      openssl('ts', '-verify', '-in', 'answer', '-queryfile', 'theirs', '-CAfile', 'demo.pem', '-attime', unix),
    ).toContain('Verification: OK');
    put('answer', timestampResponse({ refused: 'badAlg', text: '只接受 SHA-2' }));
    const said = openssl('ts', '-reply', '-in', 'answer', '-text');
    expect(said).toContain('Status: Rejected.');
    expect(said).toContain('unrecognized or unsupported algorithm identifier');
    expect(readTimestampResponse(get('answer'))).toEqual({ ok: false, refused: 'badAlg' });
  });
});

describe('a token of our own', () => {
  test('holds to the millisecond, also long after the certificate has run out', async () => {
    const token = await stamp(await ours());
    expect(await judge(token)).toMatchObject({ ok: true, time: at, authority: '本地时间戳', serial: '010203' });
    expect(readTimestamp(token)).toMatchObject({ time: at, policy, accuracyMilliseconds: 1500 });
    expect(await judge(token, { now: new Date('2035-01-01T00:00:00Z') })).toEqual({
      ok: false,
      reason: 'certificate.expired',
    });
  });

  test.each([
    ['another digest', { digest: sha256(Uint8Array.of(1)) }, 'timestamp.wrong-digest'],
    ['another nonce', { nonce: Uint8Array.of(1, 2, 3) }, 'timestamp.wrong-nonce'],
    ['no root at all', { roots: [] }, 'certificate.untrusted'],
  ] as const)('is refused for %s', async (_, over, reason) => {
    expect(await judge(await stamp(await ours()), over)).toEqual({ ok: false, reason });
  });

  test.each([
    ['from after its certificate’s end', { notAfter: '2026-11-24T01:29:00Z' }, 'certificate.expired'],
    ['from before its certificate’s beginning', { notBefore: '2026-11-24T01:31:00Z' }, 'certificate.not-yet-valid'],
    ['of a certificate for signing', { usage: [oids.documentSigning] }, 'certificate.wrong-usage'],
    [
      'of a certificate for more than timestamps',
      { usage: [oids.timeStamping, oids.clientAuth] },
      'certificate.wrong-usage',
    ],
    ['of a certificate that says so uncritically', { critical: false }, 'certificate.wrong-usage'],
  ] as const)('is refused %s', async (_, given, reason) => {
    expect(await judge(await stamp(await ours(given)))).toEqual({ ok: false, reason });
  });

  test('is refused from an authority under another root, and from another key under the right name', async () => {
    const stranger = await createTimestampAuthority({ name: '别家', at: new Date('2020-01-01T00:00:00Z'), years: 40 });
    expect(await judge(await stamp(stranger))).toEqual({ ok: false, reason: 'certificate.untrusted' });
    const honest = await ours();
    const other = await generateSigningPair({ extractable: false });
    await expect(stamp({ ...honest, privateKey: other.privateKey })).rejects.toThrow(Malformed);
  });

  test('names a question by its nonce without leading zeros', async () => {
    const authority = await ours();
    for (const short of [Uint8Array.of(0), Uint8Array.of(0, 0, 5), Uint8Array.of(255)])
      expect(await judge(await stamp(authority, { nonce: short }), { nonce: short })).toMatchObject({ ok: true });
  });

  test('is nothing that passes for a signature over a document, nor the other way round', async () => {
    const pair = await generateSigningPair({ extractable: false });
    const authority = await ours({ key: pair });
    const signature = await signDetached({
      content: text,
      certificate: authority.certificate,
      privateKey: pair.privateKey,
    });
    expect(await judge(signature)).toEqual({ ok: false, reason: 'timestamp.malformed' });
    expect(signatureValueOf(signature).length).toBeGreaterThan(60);
    expect(() => signatureValueOf(new Uint8Array(0))).toThrow(Malformed);
    const token = await stamp(authority);
    expect(() => signatureValueOf(token)).toThrow(Malformed);
  });
});

describe('mutations', () => {
  test('no changed byte is accepted, and none throws', async () => {
    const token = await stamp(await ours());
    const original = readTimestamp(token);
    let accepted = 0;
    for (let place = 0; place < token.length; place += 1) {
      const bad = new Uint8Array(token);
      bad[place] = (bad[place] ?? 0) ^ (1 << (place % 8));
      const checked = await judge(bad);
      // The certificates beside the signer's are only candidates for the path: a changed root copy changes nothing.
      if (checked.ok) {
        accepted += 1;
        expect(checked.time).toEqual(original.time);
        expect(checked.fingerprint).toBe(((await judge(token)) as { fingerprint: string }).fingerprint);
      }
    }
    expect(accepted).toBeLessThanOrEqual(root.certificate.length);
    const lean = await stamp({ ...(await ours()), chain: [] });
    for (let place = 0; place < lean.length; place += 1) {
      const bad = new Uint8Array(lean);
      bad[place] = (bad[place] ?? 0) ^ (1 << (place % 8));
      expect((await judge(bad)).ok).toBe(false);
    }
  });

  test('cut, lengthened and arbitrary bytes are refused by every reader', async () => {
    const token = await stamp({ ...(await ours()), chain: [] });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.nat(token.length - 1).map((length) => token.subarray(0, length)),
          fc.uint8Array({ minLength: 1, maxLength: 40 }).map((more) => new Uint8Array([...token, ...more])),
          fc.uint8Array({ maxLength: 400 }),
        ),
        async (bytes) => {
          expect((await judge(bytes)).ok).toBe(false);
          expect(readTimestampResponse(bytes).ok).toBe(false);
          expect(() => readTimestampRequest(bytes)).toThrow(Malformed);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('questions and instants survive writing and reading', async () => {
    const authority = await ours();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        fc.date({ min: new Date('2024-01-02T00:00:00Z'), max: new Date('2033-12-31T00:00:00Z'), noInvalidDate: true }),
        async (of, by, time) => {
          const token = await stamp(authority, { digest: of, nonce: by, time });
          expect(await judge(token, { digest: of, nonce: by })).toMatchObject({ ok: true, time });
        },
      ),
      { numRuns: 60 },
    );
  });
});
