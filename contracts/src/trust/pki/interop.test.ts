import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHex } from '../../kernel/bytes.ts';
import {
  checkCertificate, checkCertificateRequest, createAuthority, generateEncryptionPair, generateSigningPair, importEncryptionKey, importSigningKey,
  issueCertificates, makeCertificateRequest, makeCrl, makePkcs12, openPkcs12, readCertificate, signDetached, verifyDetached, WrongPassword,
  type Authority, type Bytes,
} from './index.ts'; // prettier-ignore

/** The openssl of the machine is the second opinion: what it accepts we must accept, and the other way round. */
let folder: string;
const at = new Date('2026-11-24T01:30:00Z');
const unix = String(at.getTime() / 1000);
const subject = { commonName: '王小明', organisation: '杭州龘靐科技有限公司', uscc: '91330106MA27X00001' };
const content = new TextEncoder().encode('投标函：总价 9,800,000.00 元\n');

let authority: Authority;
let signing: CryptoKeyPair;
let encryption: CryptoKeyPair;
let issued: { signing: Bytes; encryption: Bytes };

const path = (name: string): string => join(folder, name);
const openssl = (...words: string[]): string =>
  execFileSync('openssl', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const put = (name: string, bytes: Uint8Array | string): string => (writeFileSync(path(name), bytes), name);
const get = (name: string): Bytes => new Uint8Array(readFileSync(path(name)));
const pkcs8Of = async (key: CryptoKey): Promise<Bytes> => new Uint8Array(await crypto.subtle.exportKey('pkcs8', key));
const pem = (name: string, der: Uint8Array): string => {
  put(`${name}.der`, der);
  openssl('x509', '-inform', 'der', '-in', `${name}.der`, '-out', `${name}.pem`);
  return `${name}.pem`;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pki-'));
  authority = await createAuthority({
    name: '新标演示证书中心',
    at: new Date('2020-01-01T00:00:00Z'),
    years: 40,
    extractable: true,
  });
  signing = await generateSigningPair({ extractable: true });
  encryption = await generateEncryptionPair({ extractable: true });
  issued = await issueCertificates({
    authority,
    request: await makeCertificateRequest({ subject: withoutCode, signing, encryption }),
    subject: withoutCode,
    serials: { signing: 'f0000000000000000000000000000001', encryption: '02' },
    notBefore: at,
    notAfter: new Date('2029-11-24T01:30:00Z'),
  });
  pem('root', authority.certificate);
  pem('leaf', issued.signing);
  pem('box', issued.encryption);
  put('content', content);
});
afterAll(() => rmSync(folder, { recursive: true }));
const { uscc: _, ...withoutCode } = subject;

/** A certificate for a fresh key of openssl's own, from our authority's key. */
async function opensslLeaf(
  name: string,
  key: string[],
  extensions = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n',
): Promise<void> {
  put('root.key.der', await pkcs8Of(authority.privateKey));
  openssl('pkcs8', '-inform', 'der', '-in', 'root.key.der', '-nocrypt', '-out', 'root.key');
  put(`${name}.cnf`, extensions);
  openssl(
    'req',
    '-new',
    '-nodes',
    ...key,
    '-utf8',
    '-subj',
    `/C=CN/O=宁波某公司/CN=${name} 李雷`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  );
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'root.pem',
    '-CAkey',
    'root.key',
    '-set_serial',
    '77',
    '-days',
    '3650',
    '-extfile',
    `${name}.cnf`,
    '-out',
    `${name}.pem`,
  );
  openssl('x509', '-in', `${name}.pem`, '-outform', 'der', '-out', `${name}.der`);
  openssl('pkcs8', '-topk8', '-nocrypt', '-in', `${name}.key`, '-outform', 'der', '-out', `${name}.p8`);
}
const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const rsa = ['-newkey', 'rsa:2048'];

test('openssl finds our certificates valid, strictly, with their Chinese names', () => {
  expect(openssl('verify', '-x509_strict', '-attime', unix, '-CAfile', 'root.pem', 'leaf.pem', 'box.pem')).toBe(
    'leaf.pem: OK\nbox.pem: OK\n',
  );
  expect(openssl('x509', '-in', 'leaf.pem', '-noout', '-subject', '-nameopt', 'utf8')).toContain(
    'O=杭州龘靐科技有限公司, CN=王小明',
  );
  expect(openssl('x509', '-in', 'leaf.pem', '-noout', '-ext', 'keyUsage')).toContain(
    'Digital Signature, Non Repudiation',
  );
  expect(openssl('x509', '-in', 'box.pem', '-noout', '-ext', 'keyUsage')).toContain('Key Agreement');
});

test('openssl verifies our request', async () => {
  const request = await makeCertificateRequest({ subject: withoutCode, signing, encryption });
  put('request', fromHex(request.signing));
  expect(
    openssl('req', '-inform', 'der', '-in', 'request', '-verify', '-noout', '-subject', '-nameopt', 'utf8'),
  ).toContain('杭州龘靐科技有限公司');
});

test('openssl verifies our signature as CAdES, and refuses it over other content', async () => {
  put(
    'ours',
    await signDetached({
      content,
      certificate: issued.signing,
      chain: [authority.certificate],
      privateKey: signing.privateKey,
      signingTime: at,
    }),
  );
  const words = [
    'cms',
    '-verify',
    '-cades',
    '-binary',
    '-inform',
    'der',
    '-in',
    'ours',
    '-CAfile',
    'root.pem',
    '-attime',
    unix,
  ];
  expect(openssl(...words, '-content', 'content')).toBe(new TextDecoder().decode(content));
  put('other', '投标函：总价 1.00 元\n');
  expect(() => openssl(...words, '-content', 'other')).toThrow(/verification failure|digest failure/i);
});

test.each([
  ['EC', ec],
  ['RSA', rsa],
] as const)('signs with a certificate and %s key that openssl made, to openssl’s satisfaction', async (name, key) => {
  await opensslLeaf(name, [...key]);
  const privateKey = await importSigningKey(get(`${name}.p8`), { extractable: false });
  expect(privateKey.extractable).toBe(false);
  const signature = await signDetached({
    content,
    certificate: get(`${name}.der`),
    privateKey,
    signingTime: new Date('2027-01-01T00:00:00Z'),
  });
  put(`${name}.sig`, signature);
  openssl(
    'cms',
    '-verify',
    '-cades',
    '-binary',
    '-inform',
    'der',
    '-in',
    `${name}.sig`,
    '-content',
    'content',
    '-CAfile',
    'root.pem',
    '-no_check_time',
  );
  expect(
    await verifyDetached({ content, signature, roots: [authority.certificate], at: notBeforeOf(`${name}.der`) }),
  ).toMatchObject({ ok: true, certificate: { subject: { organisation: '宁波某公司' } } });
});

const notBeforeOf = (name: string): Date => readCertificate(get(name)).notBefore;

test.each([
  ['EC', ec],
  ['RSA', rsa],
] as const)(
  'accepts openssl’s own CAdES signature with an %s key, and refuses it without the signing certificate attribute',
  async (name, key) => {
    await opensslLeaf(name, [...key]);
    const judged = { content, roots: [authority.certificate], at: notBeforeOf(`${name}.der`) };
    const words = [
      'cms',
      '-sign',
      '-binary',
      '-in',
      'content',
      '-signer',
      `${name}.pem`,
      '-inkey',
      `${name}.key`,
      '-md',
      'sha256',
      '-outform',
      'der',
      '-out',
      'theirs',
    ];
    openssl(...words, '-cades');
    const verified = await verifyDetached({ ...judged, signature: get('theirs') });
    expect(verified).toMatchObject({ ok: true, certificate: { serial: '4d' }, signingTime: expect.any(Date) });
    openssl(...words);
    expect(await verifyDetached({ ...judged, signature: get('theirs') })).toEqual({
      ok: false,
      reason: 'signature.malformed',
    });
  },
);

test('openssl reads our revocation list, and both find the certificate revoked', async () => {
  const crl = await makeCrl({
    authority,
    revoked: [{ serial: 'f0000000000000000000000000000001', at, reason: 'keyCompromise' }],
    at,
    nextUpdate: new Date('2026-12-24T00:00:00Z'),
  });
  put('crl', crl);
  expect(openssl('crl', '-inform', 'der', '-in', 'crl', '-CAfile', 'root.pem', '-noout', '-text')).toContain(
    'Key Compromise',
  );
  openssl('crl', '-inform', 'der', '-in', 'crl', '-out', 'crl.pem');
  expect(() =>
    openssl('verify', '-attime', unix, '-crl_check', '-CRLfile', 'crl.pem', '-CAfile', 'root.pem', 'leaf.pem'),
  ).toThrow(/revoked/);
  const question = { roots: [authority.certificate], crls: [crl], at };
  expect(await checkCertificate({ ...question, certificate: issued.signing, usage: 'sign' })).toBe(
    'certificate.revoked',
  );
  expect(await checkCertificate({ ...question, certificate: issued.encryption, usage: 'agree' })).toBeUndefined();
});

test('accepts a chain with an intermediate authority that openssl made, and only with it', async () => {
  await opensslLeaf(
    'middle',
    ec,
    'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n',
  );
  put('end.cnf', 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n');
  openssl('req', '-new', '-nodes', ...ec, '-utf8', '-subj', '/CN=韩梅梅', '-keyout', 'end.key', '-out', 'end.csr');
  openssl(
    'x509',
    '-req',
    '-in',
    'end.csr',
    '-CA',
    'middle.pem',
    '-CAkey',
    'middle.key',
    '-set_serial',
    '5',
    '-days',
    '30',
    '-extfile',
    'end.cnf',
    '-out',
    'end.pem',
  );
  openssl('x509', '-in', 'end.pem', '-outform', 'der', '-out', 'end.der');
  const question = { certificate: get('end.der'), usage: 'sign', at: notBeforeOf('end.der') } as const;
  // The demonstration root allows no authority below it; a root that does is made here.
  openssl(
    'req',
    '-x509',
    '-nodes',
    ...ec,
    '-utf8',
    '-subj',
    '/CN=国家根',
    '-days',
    '30',
    '-keyout',
    'deep.key',
    '-out',
    'deep.pem',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    'middle.csr',
    '-CA',
    'deep.pem',
    '-CAkey',
    'deep.key',
    '-set_serial',
    '6',
    '-days',
    '30',
    '-extfile',
    'middle.cnf',
    '-outform',
    'der',
    '-out',
    'middle2.der',
  );
  openssl('x509', '-in', 'deep.pem', '-outform', 'der', '-out', 'deep.der');
  const later = { ...question, at: notBeforeOf('middle2.der') };
  expect(
    await checkCertificate({ ...later, roots: [get('deep.der')], intermediates: [get('middle2.der')] }),
  ).toBeUndefined();
  expect(await checkCertificate({ ...later, roots: [get('deep.der')] })).toBe('certificate.untrusted');
  expect(await checkCertificate({ ...later, roots: [authority.certificate], intermediates: [get('middle.der')] })).toBe(
    'certificate.untrusted',
  );
});

const password = '密码 correct horse 🐎';

test('openssl opens our key file, whose keys then sign and agree without being extractable', async () => {
  const file = await makePkcs12({
    entries: [
      { name: '签名', pkcs8: await pkcs8Of(signing.privateKey), certificate: issued.signing },
      { name: '加密', pkcs8: await pkcs8Of(encryption.privateKey), certificate: issued.encryption },
    ],
    chain: [authority.certificate],
    password,
    iterations: 2048,
  });
  put('ours.p12', file);
  expect(
    openssl('pkcs12', '-in', 'ours.p12', '-nodes', '-passin', `pass:${password}`).match(/BEGIN PRIVATE KEY/g),
  ).toHaveLength(2);
  const { entries, chain } = await openPkcs12(file, password);
  expect(entries.map(({ name }) => name)).toEqual(['签名', '加密']);
  expect(entries.map(({ certificate }) => certificate)).toEqual([issued.signing, issued.encryption]);
  expect(chain).toEqual([authority.certificate]);
  const [first, second] = entries;
  const privateKey = await importSigningKey(first?.pkcs8 ?? new Uint8Array());
  await signDetached({ content, certificate: issued.signing, privateKey });
  expect((await importEncryptionKey(second?.pkcs8 ?? new Uint8Array())).extractable).toBe(false);
});

test.each([
  ['modern', []],
  ['legacy 3DES and RC2-40', ['-legacy']],
  ['3DES throughout', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  ['without a MAC', ['-nomac']],
  ['SHA-512 MAC', ['-macalg', 'sha512']],
] as const)('opens openssl’s key file: %s', async (_name, options) => {
  openssl(
    'pkcs8',
    '-topk8',
    '-nocrypt',
    '-inform',
    'der',
    '-in',
    put('leaf.p8', await pkcs8Of(signing.privateKey)),
    '-out',
    'leaf.key',
  );
  openssl(
    'pkcs12',
    '-export',
    '-in',
    'leaf.pem',
    '-inkey',
    'leaf.key',
    '-certfile',
    'root.pem',
    '-name',
    'my key',
    ...options,
    '-passout',
    'pass:secret',
    '-out',
    'theirs.p12',
  );
  const opened = await openPkcs12(get('theirs.p12'), 'secret');
  expect(opened).toMatchObject({
    entries: [{ name: 'my key', certificate: issued.signing }],
    chain: [authority.certificate],
  });
  await signDetached({
    content,
    certificate: issued.signing,
    privateKey: await importSigningKey(opened.entries[0]?.pkcs8 ?? new Uint8Array()),
  });
  await expect(openPkcs12(get('theirs.p12'), 'Secret')).rejects.toThrow(WrongPassword);
  await expect(openPkcs12(get('theirs.p12').subarray(0, -9), 'secret')).rejects.toThrow(/malformed/);
});

test('opens a legacy RSA key file', async () => {
  await opensslLeaf('old', rsa);
  openssl(
    'pkcs12',
    '-export',
    '-legacy',
    '-in',
    'old.pem',
    '-inkey',
    'old.key',
    '-passout',
    'pass:secret',
    '-out',
    'old.p12',
  );
  const { entries } = await openPkcs12(get('old.p12'), 'secret');
  await signDetached({
    content,
    certificate: get('old.der'),
    privateKey: await importSigningKey(entries[0]?.pkcs8 ?? new Uint8Array()),
  });
});

test('reads the code of a party only when its check character is right', async () => {
  const good = { commonName: '王小明', organisation: '甲', uscc: '91350100M000100Y43' };
  const request = await makeCertificateRequest({ subject: good, signing, encryption });
  expect(await checkCertificateRequest(request)).toMatchObject({ ok: true, subject: good });
  await expect(makeCertificateRequest({ subject, signing, encryption })).rejects.toThrow(/uscc/);
});
