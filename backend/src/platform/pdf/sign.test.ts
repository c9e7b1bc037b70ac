import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkPaper,
  createAuthority,
  createTimestampAuthority,
  issueTimestamp,
  readTimestampRequest,
  timestampRequest,
  generateEncryptionPair,
  generateSigningPair,
  importSigningKey,
  issueCertificates,
  makeCertificateRequest,
  type Authority,
} from '@xinbiao/contracts/trust';
import { PDFDocument } from 'pdf-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countersignPaper, makePaper, signPaper, type PaperSigner } from './index.ts';

let folder: string;
let authority: Authority;
let paper: Uint8Array;
let expert: PaperSigner;
let witness: PaperSigner;
const founded = new Date('2020-01-01T00:00:00Z');
const at = new Date('2040-01-01T00:00:00Z');

async function aSigner(name: string, serial: string): Promise<PaperSigner> {
  const signing = await generateSigningPair({ extractable: false });
  const subject = { commonName: name, organisation: '青澜市公共资源交易中心' };
  const request = await makeCertificateRequest({
    subject,
    signing,
    encryption: await generateEncryptionPair({ extractable: false }),
  });
  const { signing: certificate } = await issueCertificates({
    authority,
    request,
    subject,
    serials: { signing: serial, encryption: `${serial}00` },
    notBefore: founded,
    notAfter: new Date('2050-01-01T00:00:00Z'),
  });
  return {
    certificate,
    chain: [authority.certificate],
    privateKey: signing.privateKey,
    reason: '确认开标记录',
    name,
    signedAt: new Date('2026-11-24T02:00:00Z'),
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sign-'));
  authority = await createAuthority({ name: '演示证书中心', at: founded, years: 40, extractable: true });
  expert = await aSigner('沈亦舟', '01');
  witness = await aSigner('王小明', '02');
  paper = await makePaper({
    title: '开标记录',
    number: 'KB-01',
    facts: [['采购人', '青澜市第二中学']],
    sections: [{ paragraphs: ['报价 9800 元。'] }],
    check: { url: 'https://example.org/check/KB-01', label: '扫码核对' },
    footer: '平台',
    at: founded,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The second opinion. It needs no trust store to say whether the signature itself holds. */
function pdfsig(pdf: Uint8Array): string {
  writeFileSync(join(folder, 'p.pdf'), pdf);
  return execFileSync('pdfsig', ['p.pdf'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
const anchors = (): { roots: Uint8Array[]; at: Date } => ({ roots: [authority.certificate], at });

test('pdfsig finds a paper signed under a Chinese name valid and whole', async () => {
  const signed = await signPaper(paper, expert);
  const verdict = pdfsig(signed);
  expect(verdict).toContain('Signature is Valid');
  expect(verdict).toContain('Total document signed');
  expect(verdict).toContain('CN=沈亦舟,O=青澜市公共资源交易中心');
  expect(verdict).toContain('ETSI.CAdES.detached');
  expect(Buffer.from(signed).subarray(0, paper.length).equals(paper)).toBe(true);
  expect(await checkPaper(signed, anchors())).toMatchObject({
    ok: true,
    signatures: [{ certificate: { subject: { commonName: '沈亦舟' } } }],
  });
});

test('pdfsig finds a paper signed with RSA valid', async () => {
  const openssl = (...words: string[]): string =>
    execFileSync('openssl', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  writeFileSync(
    join(folder, 'leaf.cnf'),
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n',
  );
  writeFileSync(join(folder, 'ca.der'), authority.certificate);
  writeFileSync(join(folder, 'ca.p8'), new Uint8Array(await crypto.subtle.exportKey('pkcs8', authority.privateKey)));
  openssl('x509', '-inform', 'der', '-in', 'ca.der', '-out', 'ca.pem');
  openssl('pkcs8', '-inform', 'der', '-nocrypt', '-in', 'ca.p8', '-out', 'ca.key');
  openssl(
    'req',
    '-new',
    '-nodes',
    '-newkey',
    'rsa:3072',
    '-utf8',
    '-subj',
    '/C=CN/CN=韩梅梅',
    '-keyout',
    'leaf.key',
    '-out',
    'leaf.csr',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    'leaf.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-set_serial',
    '9',
    '-days',
    '9000',
    '-extfile',
    'leaf.cnf',
    '-outform',
    'der',
    '-out',
    'leaf.der',
  );
  openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'leaf.key', '-outform', 'der', '-out', 'leaf.p8');
  const privateKey = await importSigningKey(readFileSync(join(folder, 'leaf.p8')));
  const signed = await signPaper(paper, {
    ...expert,
    certificate: readFileSync(join(folder, 'leaf.der')),
    privateKey,
    name: '韩梅梅',
  });
  expect(pdfsig(signed)).toContain('Signature is Valid');
  expect(await checkPaper(signed, anchors())).toMatchObject({
    ok: true,
    signatures: [{ certificate: { algorithm: 'RSA', keyBits: 3072 } }],
  });
});

test('countersigning keeps every earlier signature valid, in order', async () => {
  const twice = await countersignPaper(await signPaper(paper, expert), witness);
  const thrice = await countersignPaper(twice, expert);
  expect(pdfsig(thrice).match(/Signature is Valid/g)).toHaveLength(3);
  const checked = await checkPaper(thrice, anchors());
  expect(checked.ok && checked.signatures.map(({ certificate }) => certificate.serial)).toEqual(['01', '02', '01']);
  const other = await PDFDocument.load(thrice, { updateMetadata: false });
  expect(other.getPageCount()).toBe(1);
  execFileSync('qpdf', ['--check', 'p.pdf'], { cwd: folder });
});

test('names signer and reason in Chinese for those who open the file', async () => {
  const text = Buffer.from(await signPaper(paper, expert)).toString('latin1');
  const utf16 = (words: string): string =>
    `FEFF${Array.from(words, (character) => character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')).join('')}`;
  expect(text).toContain(`/Name <${utf16('沈亦舟')}>`);
  expect(text).toContain(`/Reason <${utf16('确认开标记录')}>`);
});

test('signs once only, and countersigns only what is signed', async () => {
  const signed = await signPaper(paper, expert);
  await expect(signPaper(signed, witness)).rejects.toThrow(/signed already/);
  await expect(countersignPaper(paper, witness)).rejects.toThrow(/no signature/);
  await expect(signPaper(new TextEncoder().encode('%PDF-1.7\n'), expert)).rejects.toThrow(/malformed/);
  expect(await checkPaper(paper, anchors())).toEqual({ ok: false, reason: 'paper.unsigned' });
});

test('a changed byte, before or behind the signature, is found by pdfsig and by us', async () => {
  const signed = await signPaper(paper, expert);
  const changed = new Uint8Array(signed);
  const place = Buffer.from(signed).indexOf('/Title');
  changed[place + 20] = (changed[place + 20] ?? 0) === 0x41 ? 0x42 : 0x41;
  expect(pdfsig(changed)).not.toContain('Signature is Valid');
  expect(await checkPaper(changed, anchors())).toEqual({ ok: false, reason: 'signature.wrong-content' });
});

test('content added after the signature is found, also when it comes as a proper update', async () => {
  const signed = await signPaper(paper, expert);
  const added = Buffer.concat([signed, Buffer.from('% one more line\n')]);
  expect(await checkPaper(added, anchors())).toEqual({ ok: false, reason: 'paper.changed-after-signing' });
  const table = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(Buffer.from(signed).toString('latin1'))?.[1];
  const object = '99 0 obj\n(hidden)\nendobj\n';
  const update = `${object}xref\n99 1\n${String(signed.length).padStart(10, '0')} 00000 n \ntrailer\n<< /Size 100 /Root 2 0 R /Prev ${table} >>\nstartxref\n${signed.length + object.length}\n%%EOF\n`;
  const root = /\/Root (\d+ 0 R)/.exec(Buffer.from(signed).toString('latin1'))?.[1] ?? '';
  const grown = Buffer.concat([signed, Buffer.from(update.replace('2 0 R', root))]);
  expect(pdfsig(grown)).toContain('Not total document signed');
  expect(await checkPaper(grown, anchors())).toEqual({ ok: false, reason: 'paper.changed-after-signing' });
});

test('whoever countersigns may add a signature and nothing else', async () => {
  const signed = await signPaper(paper, expert);
  const twice = Buffer.from(await countersignPaper(signed, witness)).toString('latin1');
  const [before, update] = [twice.slice(0, signed.length), twice.slice(signed.length)];
  const spoilt = async (from: string | RegExp, to: string): Promise<unknown> => {
    expect(update).toMatch(from);
    return checkPaper(Buffer.from(before + update.replace(from, to), 'latin1'), anchors());
  };
  const grown = { ok: false, reason: 'paper.changed-after-signing' };
  // The same page with another content, a visible field, an action: each could be signed over by a good certificate.
  expect(await spoilt(/\/Contents \[ (\d)/, '/Contents [ 4')).toEqual(grown);
  expect(await spoilt('/Rect [ 0 0 0 0 ]', '/Rect [ 9 9 9 9 ]')).toEqual(grown);
  expect(await spoilt('/T (Signature2)', '/AA << /O 4 >> ')).toEqual(grown);
  expect(await spoilt('/Length 8', '/Length 9')).toEqual(grown);
  expect(await spoilt(/\/Size \d+/, '/Size 9')).toMatchObject({ ok: false });
  expect(await checkPaper(Buffer.from(twice, 'latin1'), anchors())).toMatchObject({ ok: true });
});

test('a paper proves when it was signed, and outlives the certificate it was signed with', async () => {
  const clock = await createTimestampAuthority({ name: '演示时间戳', at: founded, years: 60 });
  const stamping = (time: Date, over?: Uint8Array) => async (digest: Uint8Array) => [
    await issueTimestamp({
      question: readTimestampRequest(timestampRequest({ digest: over ?? digest, nonce: Uint8Array.of(1, 2, 3) })),
      authority: clock,
      time,
      serial: Uint8Array.of(1, 7),
      policy: '1.3.6.1.4.1.4146.2.2',
    }),
  ];
  const time = new Date('2026-11-24T02:00:00Z');
  const signed = await signPaper(paper, { ...expert, stamp: stamping(time) });
  const twice = await countersignPaper(signed, { ...witness, stamp: stamping(time) });
  expect(pdfsig(twice).match(/Signature is Valid/g)).toHaveLength(2);
  const late = { ...anchors(), at: new Date('2055-01-01T00:00:00Z'), timestampRoots: [...clock.chain] };
  expect(await checkPaper(twice, late)).toMatchObject({
    ok: true,
    signatures: [{ stamps: [{ time, authority: '演示时间戳' }] }, { stamps: [{ time }] }],
  });
  // An authority nobody trusts proves nothing, and a token for something else is a forgery.
  expect(await checkPaper(signed, { ...late, timestampRoots: [] })).toMatchObject({ reason: 'certificate.expired' });
  const moved = await signPaper(paper, { ...expert, stamp: stamping(time, new Uint8Array(32)) });
  expect(await checkPaper(moved, { ...anchors(), timestampRoots: [...clock.chain] })).toEqual({
    ok: false,
    reason: 'paper.bad-timestamp',
  });
});

test('a signature of somebody unknown, or after the certificate ended, does not count', async () => {
  const signed = await signPaper(paper, expert);
  expect(await checkPaper(signed, { roots: [], at })).toEqual({ ok: false, reason: 'certificate.untrusted' });
  expect(await checkPaper(signed, { ...anchors(), at: new Date('2055-01-01T00:00:00Z') })).toEqual({
    ok: false,
    reason: 'certificate.expired',
  });
});
