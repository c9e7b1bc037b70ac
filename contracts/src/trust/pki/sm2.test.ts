import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../kernel/bytes.ts';
import { bytesOf, Malformed } from '../canonical.ts';
import { decryptionKeyFrom, signingKeyFrom } from '../signer.ts';
import { sm2Encrypt, sm2SecretOf } from '../sm/index.ts';
import { readDer } from './der.ts';
import {
  checkCertificate,
  checkCertificateRequest,
  createAuthority,
  createSm2Authority,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  makeCertificateRequest,
  makeCrl,
  makePkcs12,
  openPkcs12,
  readCertificate,
  signDetached,
  Sm2Key,
  verifyDetached,
  type Authority,
} from './index.ts';

const at = new Date('2026-05-01T08:00:00Z');
const [notBefore, notAfter] = [new Date('2026-01-01T00:00:00Z'), new Date('2028-01-01T00:00:00Z')];
const distid = 'distid:1234567812345678';
let folder: string;
let authority: Authority<Sm2Key>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xinbiao-sm2-'));
  authority = await createSm2Authority({ name: '演示国密机构', at: new Date('2020-01-01T00:00:00Z'), years: 20 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
const pem = (der: Uint8Array, label = 'CERTIFICATE'): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')}\n-----END ${label}-----\n`;

async function aParty(name = '青澜格致仪器有限公司') {
  const [signing, encryption] = [Sm2Key.generate(), Sm2Key.generate()];
  const request = await makeCertificateRequest({
    subject: { commonName: name },
    signing: { privateKey: signing, spki: signing.spki },
    encryption,
  });
  const serials = { signing: '41', encryption: '42' };
  const issued = await issueCertificates({ authority, request, subject: { commonName: name, organisation: name }, serials, notBefore, notAfter }); // prettier-ignore
  return { signing, encryption, request, issued };
}

describe('SM2 certificates', () => {
  test('openssl verifies the request and the chain that we issue', async () => {
    const { request, issued } = await aParty();
    const root = file('root.pem', pem(authority.certificate));
    const asked = file('asked.der', Buffer.from(request.signing, 'hex'));
    openssl('req', '-inform', 'DER', '-in', asked, '-noout', '-verify', '-vfyopt', distid);
    for (const [name, der] of Object.entries(issued)) {
      const leaf = file(`${name}.pem`, pem(der));
      expect(
        openssl('verify', '-vfyopt', distid, '-CAfile', root, '-attime', String(at.getTime() / 1000), leaf),
      ).toContain('OK');
    }
  });

  test('we verify a chain that openssl issued', async () => {
    const run = (...args: string[]): string => openssl(...args);
    const [caKey, key] = [join(folder, 'ca.key'), join(folder, 'leaf.key')];
    for (const path of [caKey, key]) run('genpkey', '-algorithm', 'SM2', '-out', path);
    const ca = join(folder, 'ca.der');
    run('req', '-x509', '-new', '-key', caKey, '-sm3', '-sigopt', distid, '-subj', '/CN=openssl SM2 CA', '-days', '900', '-outform', 'DER', '-out', ca); // prettier-ignore
    const asked = join(folder, 'leaf.csr');
    run('req', '-new', '-key', key, '-sm3', '-sigopt', distid, '-subj', '/CN=somebody', '-out', asked);
    const extensions = file('leaf.ext', 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n');
    const leaf = join(folder, 'leaf.der');
    run('x509', '-req', '-in', asked, '-CA', ca, '-CAform', 'DER', '-CAkey', caKey, '-sm3', '-sigopt', distid, '-vfyopt', distid, '-days', '800', '-extfile', extensions, '-set_serial', '7', '-outform', 'DER', '-out', leaf); // prettier-ignore
    const question = { certificate: readFileSync(leaf), roots: [readFileSync(ca)], at: new Date() };
    expect(await checkCertificate({ ...question, usage: 'sign' })).toBeUndefined();
    expect(await checkCertificate({ ...question, usage: 'agree' })).toBe('certificate.wrong-usage');
    expect(await checkCertificate({ ...question, usage: 'sign', roots: [authority.certificate] })).toBe(
      'certificate.untrusted',
    );
    expect(readCertificate(readFileSync(leaf)).algorithm).toBe('SM2');
  });

  test('are revoked by a list that the same authority signed', async () => {
    const { issued } = await aParty();
    const crl = await makeCrl({
      authority,
      revoked: [{ serial: '41', at, reason: 'keyCompromise' }],
      at,
      nextUpdate: notAfter,
    });
    const question = { roots: [authority.certificate], crls: [crl], at: new Date(at.getTime() + 1000) };
    expect(await checkCertificate({ ...question, certificate: issued.signing, usage: 'sign' })).toBe(
      'certificate.revoked',
    );
    expect(await checkCertificate({ ...question, certificate: issued.encryption, usage: 'agree' })).toBeUndefined();
  });

  test('a request may not mix the suites, and a false binding is found', async () => {
    const key = Sm2Key.generate();
    const subject = { commonName: 'x' };
    const mixed = await makeCertificateRequest({ subject, signing: { privateKey: key, spki: key.spki }, encryption: await generateEncryptionPair({ extractable: false }) }); // prettier-ignore
    expect(await checkCertificateRequest(mixed)).toEqual({ ok: false, reason: 'request.mixed-suites' });
    const other = await makeCertificateRequest({ subject, signing: await generateSigningPair({ extractable: false }), encryption: key }); // prettier-ignore
    expect(await checkCertificateRequest(other)).toEqual({ ok: false, reason: 'request.mixed-suites' });
    const { request } = await aParty();
    const swapped = { ...request, encryptionSpki: toHex(Sm2Key.generate().spki) };
    expect(await checkCertificateRequest(swapped)).toEqual({ ok: false, reason: 'request.invalid-binding' });
  });
});

describe('SM2 signatures', () => {
  const content = bytesOf('{"act":"示范"}');

  test('verify against the root, and not over other content or under another root', async () => {
    const { signing, issued } = await aParty();
    const signature = await signDetached({
      content,
      certificate: issued.signing,
      privateKey: signing,
      signingTime: at,
    });
    const question = { content, signature, roots: [authority.certificate], at };
    expect(await verifyDetached(question)).toMatchObject({
      ok: true,
      signingTime: at,
      certificate: { algorithm: 'SM2' },
    });
    expect(await verifyDetached({ ...question, content: bytesOf('{}') })).toEqual({
      ok: false,
      reason: 'signature.wrong-content',
    });
    const nist = await createAuthority({ name: 'P-256', at: notBefore, years: 10 });
    expect(await verifyDetached({ ...question, roots: [nist.certificate] })).toEqual({
      ok: false,
      reason: 'certificate.untrusted',
    });
    for (let place = 0; place < signature.length; place += 5) {
      const changed = signature.slice();
      changed[place] = (changed[place] ?? 0) ^ 4;
      expect((await verifyDetached({ ...question, signature: changed })).ok).toBe(false);
    }
  });

  test('can be checked with openssl alone: the digest of the content, then the signature over the attributes', async () => {
    const { signing, issued } = await aParty();
    const signature = readDer(await signDetached({ content, certificate: issued.signing, privateKey: signing }));
    const info = signature.children[1]?.children[0]?.children[4]?.children[0];
    const [, , , attributes, , value] = info?.children ?? [];
    if (!attributes || !value) throw new Error('no signer');
    expect(toHex(attributes.der)).toContain(createHash('sm3').update(content).digest('hex'));
    const signed = file('attributes', Buffer.concat([Buffer.of(0x31), attributes.der.subarray(1)]));
    const [publicKey, raw] = [file('signer.der', signing.spki), file('value', value.content)];
    const said = openssl('pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', publicKey, '-in', signed, '-sigfile', raw, '-rawin', '-digest', 'sm3', '-pkeyopt', distid); // prettier-ignore
    expect(said).toContain('Verified Successfully');
  });

  test('a key does not sign under the certificate of another', async () => {
    const [one, two] = [await aParty(), await aParty()];
    await expect(signDetached({ content, certificate: two.issued.signing, privateKey: one.signing })).rejects.toThrow(
      Malformed,
    );
  });
});

describe('SM2 key files', () => {
  test('are PKCS#12 like those of the other suite, and openssl reads key and certificate out of them', async () => {
    const { signing, encryption, issued } = await aParty();
    const entries = [
      { name: 'signing', pkcs8: signing.toPkcs8(), certificate: issued.signing },
      { name: 'encryption', pkcs8: encryption.toPkcs8(), certificate: issued.encryption },
    ];
    const made = await makePkcs12({ entries, chain: [authority.certificate], password: '口令 pass', iterations: 1000 });
    const opened = await openPkcs12(made, '口令 pass');
    const key = await signingKeyFrom(opened.entries[0]?.pkcs8 ?? new Uint8Array());
    const signature = await signDetached({ content: bytesOf('x'), certificate: issued.signing, privateKey: key });
    expect((await verifyDetached({ content: bytesOf('x'), signature, roots: [authority.certificate], at })).ok).toBe(
      true,
    );

    const path = file('keys.p12', await makePkcs12({ entries, chain: [], password: 'secret', iterations: 1000 }));
    const text = openssl('pkcs12', '-in', path, '-passin', 'pass:secret', '-nodes');
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(text.match(/BEGIN PRIVATE KEY/g)).toHaveLength(2);
    const first = /-----BEGIN PRIVATE KEY-----[^]+?-----END PRIVATE KEY-----/.exec(text)?.[0] ?? '';
    expect(openssl('pkey', '-in', file('read.pem', first), '-text', '-noout')).toContain('SM2');
  });

  test('a key that openssl wrote signs and opens here', async () => {
    const path = join(folder, 'openssl.key');
    openssl('genpkey', '-algorithm', 'SM2', '-out', path, '-outform', 'DER');
    const pkcs8 = execFileSync('openssl', [
      'pkcs8',
      '-topk8',
      '-nocrypt',
      '-inform',
      'DER',
      '-in',
      path,
      '-outform',
      'DER',
    ]);
    const key = await decryptionKeyFrom(pkcs8);
    if (!(key instanceof Sm2Key)) throw new Error('not SM2');
    const ephemeral = sm2SecretOf(crypto.getRandomValues(new Uint8Array(48)));
    expect(await key.open(sm2Encrypt(key.point, bytesOf('share'), ephemeral))).toEqual(bytesOf('share'));
    await expect(signingKeyFrom(new Uint8Array(5))).rejects.toThrow(Malformed);
  });
});
