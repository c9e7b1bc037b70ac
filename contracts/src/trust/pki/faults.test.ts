import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Malformed } from '../canonical.ts';
import { joined } from '../hash.ts';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { derFromBer } from './ber.ts';
import { readDer, write, type Node } from './der.ts';
import {
  checkCertificate, checkCertificateRequest, createAuthority, generateEncryptionPair, generateSigningPair, importEncryptionKey, importSigningKey,
  issueCertificates, makeCertificateRequest, makeCrl, makePkcs12, openPkcs12, readCertificate, signDetached, verifyDetached, WrongPassword,
  type Authority, type Bytes, type CertificateRequest, type SignatureFault,
} from './index.ts'; // prettier-ignore

const at = new Date('2027-03-01T00:00:00Z');
const founded = new Date('2020-01-01T00:00:00Z');
const day = 86_400_000;
const content = new TextEncoder().encode('投标函');
const subject = { commonName: '王小明', organisation: '杭州某公司' };

let folder: string;
let authority: Authority;
let signing: CryptoKeyPair;
let encryption: CryptoKeyPair;
let request: CertificateRequest;
let issued: { signing: Bytes; encryption: Bytes };
let signature: Bytes;

const openssl = (...words: string[]): string =>
  execFileSync('openssl', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const put = (name: string, bytes: Uint8Array | string): string => (writeFileSync(join(folder, name), bytes), name);
const get = (name: string): Bytes => new Uint8Array(readFileSync(join(folder, name)));
const pkcs8Of = async (key: CryptoKey): Promise<Bytes> => new Uint8Array(await crypto.subtle.exportKey('pkcs8', key));
const from = (days: number): Date => new Date(at.getTime() + days * day);

const issue = (
  by: Authority,
  notBefore = from(-100),
  notAfter = from(100),
): Promise<{ signing: Bytes; encryption: Bytes }> =>
  issueCertificates({
    authority: by,
    request,
    subject,
    serials: { signing: '11', encryption: '12' },
    notBefore,
    notAfter,
  });
const signed = (certificate: Bytes, over = content): Promise<Bytes> =>
  signDetached({ content: over, certificate, privateKey: signing.privateKey, signingTime: at });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pki-'));
  authority = await createAuthority({ name: '演示证书中心', at: founded, years: 40, extractable: true });
  signing = await generateSigningPair({ extractable: true });
  encryption = await generateEncryptionPair({ extractable: true });
  request = await makeCertificateRequest({ subject, signing, encryption });
  issued = await issue(authority);
  signature = await signed(issued.signing);
  const key = put('ca.p8', await pkcs8Of(authority.privateKey));
  openssl('pkcs8', '-inform', 'der', '-nocrypt', '-in', key, '-out', 'ca.key');
  openssl('x509', '-inform', 'der', '-in', put('ca.der', authority.certificate), '-out', 'ca.pem');
  openssl('x509', '-inform', 'der', '-in', put('leaf.der', issued.signing), '-out', 'leaf.pem');
  openssl(
    'pkcs8',
    '-inform',
    'der',
    '-nocrypt',
    '-in',
    put('leaf.p8', await pkcs8Of(signing.privateKey)),
    '-out',
    'leaf.key',
  );
  put('content', content);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A certificate by openssl under our authority: for what our own authority refuses to issue. Long enough for any clock of the machine. */
function leafByOpenssl(
  name: string,
  { key, extensions, md = 'sha256' }: { key: readonly string[]; extensions: string; md?: string },
): Bytes {
  openssl('req', '-new', '-nodes', ...key, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
  const words = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-set_serial',
    '99',
    '-days',
    '9000',
    `-${md}`,
    '-extfile',
    put(`${name}.cnf`, extensions),
  ];
  openssl('x509', '-req', '-in', `${name}.csr`, ...words, '-outform', 'der', '-out', `${name}.der`);
  return get(`${name}.der`);
}
const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const signer = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n';
/** Inside of what openssl issued "now" and of our root, whenever the test runs. */
const later = new Date('2040-01-01T00:00:00Z');

test('accepts the certificates and the signature that everything below spoils', async () => {
  const question = { roots: [authority.certificate], at };
  expect(await checkCertificate({ ...question, certificate: issued.signing, usage: 'sign' })).toBeUndefined();
  expect(await checkCertificate({ ...question, certificate: issued.encryption, usage: 'agree' })).toBeUndefined();
  expect(await verifyDetached({ ...question, content, signature })).toMatchObject({
    ok: true,
    certificate: { serial: '11', subject },
    signingTime: at,
  });
  expect(
    await checkCertificate({
      roots: [authority.certificate],
      at: later,
      certificate: leafByOpenssl('good', { key: ec, extensions: signer }),
      usage: 'sign',
    }),
  ).toBeUndefined();
});

test.each<[string, SignatureFault, () => Promise<{ certificate: Bytes; at?: Date; crls?: Bytes[]; roots?: Bytes[]; usage?: 'sign' | 'agree' }>]>([
  ['that has expired', 'certificate.expired', async () => ({ certificate: (await issue(authority, from(-9), from(-1))).signing })],
  ['one second after its last', 'certificate.expired', async () => ({ certificate: issued.signing, at: new Date(from(100).getTime() + 1000) })],
  ['that is not valid yet', 'certificate.not-yet-valid', async () => ({ certificate: (await issue(authority, from(1))).signing })],
  ['whose root is not valid any more', 'certificate.expired', async () => {
    const old = await createAuthority({ name: '旧根', at: founded, years: 1 });
    return { certificate: (await issue(old)).signing, roots: [old.certificate] };
  }],
  ['of another authority', 'certificate.untrusted', async () => ({ certificate: (await issue(await createAuthority({ name: '别家', at: founded, years: 40 }))).signing })],
  ['of another authority with the same name', 'certificate.untrusted', async () => ({ certificate: (await issue(await createAuthority({ name: '演示证书中心', at: founded, years: 40 }))).signing })],
  ['when there is no root', 'certificate.untrusted', async () => ({ certificate: issued.signing, roots: [] })],
  ['that is its own authority', 'certificate.untrusted', async () => ({ certificate: issued.signing, roots: [issued.signing] })],
  ['issued by a party instead of an authority', 'certificate.untrusted', async () => {
    const party = { certificate: issued.signing, privateKey: signing.privateKey };
    return { certificate: (await issue(party)).signing, roots: [issued.signing] };
  }],
  ['issued by a certificate that says nothing of being an authority', 'certificate.untrusted', async () => {
    leafByOpenssl('mute', { key: ec, extensions: 'subjectKeyIdentifier=hash\n' });
    openssl('x509', '-inform', 'der', '-in', 'mute.der', '-out', 'mute.pem');
    openssl('req', '-new', '-nodes', ...ec, '-subj', '/CN=child', '-keyout', 'child.key', '-out', 'child.csr');
    openssl('x509', '-req', '-in', 'child.csr', '-CA', 'mute.pem', '-CAkey', 'mute.key', '-set_serial', '8', '-days', '9000', '-extfile', put('child.cnf', signer), '-outform', 'der', '-out', 'child.der');
    return { certificate: get('child.der'), roots: [get('mute.der')], at: later };
  }],
  ['with one bit of its name changed', 'certificate.untrusted', async () => {
    const bytes = new Uint8Array(issued.signing);
    const place = Buffer.from(bytes).indexOf('王小明');
    bytes.set(new TextEncoder().encode('玉'), place);
    return { certificate: bytes };
  }],
  ['that was revoked before', 'certificate.revoked', async () => ({
    certificate: issued.signing,
    crls: [await makeCrl({ authority, revoked: [{ serial: '11', at: from(-1), reason: 'keyCompromise' }], at: from(-1), nextUpdate: from(30) })],
  })],
  ['for encryption, to sign', 'certificate.wrong-usage', async () => ({ certificate: issued.encryption })],
  ['for signing, to encrypt', 'certificate.wrong-usage', async () => ({ certificate: issued.signing, usage: 'agree' })],
  ['of the authority itself, to sign', 'certificate.wrong-usage', async () => {
    const other = await createAuthority({ name: '自签', at: founded, years: 40 });
    return { certificate: other.certificate, roots: [other.certificate] };
  }],
  ['without any key usage', 'certificate.wrong-usage', async () => ({ certificate: leafByOpenssl('none', { key: ec, extensions: 'basicConstraints=CA:FALSE\n' }), at: later })],
  ['for web servers only', 'certificate.wrong-usage', async () => ({ certificate: leafByOpenssl('web', { key: ec, extensions: `${signer}extendedKeyUsage=serverAuth\n` }), at: later })],
  ['for timestamps only', 'certificate.wrong-usage', async () => ({ certificate: leafByOpenssl('tsa', { key: ec, extensions: `${signer}extendedKeyUsage=critical,timeStamping\n` }), at: later })],
  ['with a critical extension nobody knows', 'certificate.untrusted', async () => ({ certificate: leafByOpenssl('odd', { key: ec, extensions: `${signer}1.2.3.4=critical,DER:0500\n` }), at: later })],
  ['with an RSA key of 1024 bits', 'certificate.weak-key', async () => ({ certificate: leafByOpenssl('short', { key: ['-newkey', 'rsa:1024'], extensions: signer }), at: later })],
  ['on another curve', 'certificate.weak-key', async () => ({ certificate: leafByOpenssl('k1', { key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], extensions: signer }), at: later })],
  ['signed with SHA-1', 'certificate.weak-key', async () => ({ certificate: leafByOpenssl('sha1', { key: ec, extensions: signer, md: 'sha1' }), at: later })],
])('refuses a certificate %s', async (_name, fault, make) => {
  const { certificate, usage = 'sign', ...rest } = await make();
  expect(await checkCertificate({ roots: [authority.certificate], at, certificate, usage, ...rest })).toBe(fault);
}); // prettier-ignore

test('lets a certificate live until the instant it was revoked', async () => {
  const crls = [
    await makeCrl({
      authority,
      revoked: [{ serial: '11', at, reason: 'superseded' }],
      at: from(1),
      nextUpdate: from(30),
    }),
  ];
  const question = { certificate: issued.signing, usage: 'sign', roots: [authority.certificate], crls } as const;
  expect(await checkCertificate({ ...question, at: new Date(at.getTime() - 1000) })).toBeUndefined();
  expect(await checkCertificate({ ...question, at })).toBe('certificate.revoked');
});

test('does not believe a revocation list that another signed in the authority’s name', async () => {
  const impostor = await createAuthority({ name: '演示证书中心', at: founded, years: 40 });
  const crls = [
    await makeCrl({
      authority: impostor,
      revoked: [{ serial: '11', at: from(-1), reason: 'unspecified' }],
      at,
      nextUpdate: from(30),
    }),
  ];
  expect(
    await checkCertificate({ certificate: issued.signing, usage: 'sign', roots: [authority.certificate], crls, at }),
  ).toBeUndefined();
});

test('refuses to judge with a revocation list it cannot read', async () => {
  const crls = [Uint8Array.of(0x30, 0x01)];
  await expect(
    checkCertificate({ certificate: issued.signing, usage: 'sign', roots: [authority.certificate], crls, at }),
  ).rejects.toThrow(Malformed);
});

/** Rebuilds DER with some nodes replaced, lengths and all: a forger who can write, not only flip bits. */
function rewritten(der: Uint8Array, change: (node: Node, path: string) => Uint8Array | undefined): Bytes {
  const visit = (node: Node, path: string): Uint8Array =>
    change(node, path) ??
    ((node.tag & 0x20) !== 0
      ? write(node.tag, ...node.children.map((child, place) => visit(child, `${path}/${place}`)))
      : node.der);
  return new Uint8Array(visit(readDer(der), ''));
}
const signedDataParts = '/1/0';

test.each<[string, SignatureFault, () => Promise<{ signature: Uint8Array; content?: Uint8Array; at?: Date }>]>([
  ['over other content', 'signature.wrong-content', async () => ({ signature, content: new TextEncoder().encode('投标涵') })],
  ['over content with one byte more', 'signature.wrong-content', async () => ({ signature, content: joined(content, Uint8Array.of(0)) })],
  ['with a changed value', 'signature.invalid', async () => {
    const bytes = new Uint8Array(signature);
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    return { signature: bytes };
  }],
  ['whose time was changed', 'signature.invalid', async () => ({
    signature: rewritten(signature, (node) => (node.tag === 0x17 && node.content.length === 13 && Buffer.from(node.content).toString() === '270301000000Z' ? write(0x17, new TextEncoder().encode('270201000000Z')) : undefined)),
  })],
  ['whose certificate was exchanged for a twin of the same key, name and number', 'signature.invalid', async () => {
    const twin = (await issue(authority, from(-50))).signing;
    return { signature: rewritten(signature, (node) => (toHex(node.der) === toHex(issued.signing) ? twin : undefined)) };
  }],
  ['without its certificate', 'signature.malformed', async () => ({ signature: rewritten(signature, (_node, path) => (path === `${signedDataParts}/3` ? new Uint8Array() : undefined)) })],
  ['with the content inside', 'signature.malformed', async () => ({
    signature: rewritten(signature, (node, path) => (path === `${signedDataParts}/2` ? write(0x30, node.content, write(0xa0, write(0x04, content))) : undefined)),
  })],
  ['with the content inside, as openssl makes it', 'signature.malformed', async () => {
    openssl('cms', '-sign', '-cades', '-binary', '-nodetach', '-in', 'content', '-signer', 'leaf.pem', '-inkey', 'leaf.key', '-outform', 'der', '-out', 'attached');
    return { signature: get('attached') };
  }],
  ['by two signers', 'signature.malformed', async () => {
    leafByOpenssl('second', { key: ec, extensions: signer });
    openssl('x509', '-inform', 'der', '-in', 'second.der', '-out', 'second.pem');
    openssl('cms', '-sign', '-cades', '-binary', '-in', 'content', '-signer', 'leaf.pem', '-inkey', 'leaf.key', '-signer', 'second.pem', '-inkey', 'second.key', '-outform', 'der', '-out', 'two');
    return { signature: get('two') };
  }],
  ['by the same signer twice', 'signature.malformed', async () => ({ signature: rewritten(signature, (node, path) => (path === `${signedDataParts}/4` ? write(0x31, node.content, node.content) : undefined)) })],
  ['by nobody', 'signature.malformed', async () => ({ signature: rewritten(signature, (_node, path) => (path === `${signedDataParts}/4` ? write(0x31) : undefined)) })],
  ['with SHA-1', 'signature.malformed', async () => {
    openssl('cms', '-sign', '-cades', '-binary', '-md', 'sha1', '-in', 'content', '-signer', 'leaf.pem', '-inkey', 'leaf.key', '-outform', 'der', '-out', 'weak');
    return { signature: get('weak') };
  }],
  ['without signed attributes', 'signature.malformed', async () => {
    openssl('cms', '-sign', '-noattr', '-binary', '-in', 'content', '-signer', 'leaf.pem', '-inkey', 'leaf.key', '-outform', 'der', '-out', 'bare');
    return { signature: get('bare') };
  }],
  ['with a byte after its end', 'signature.malformed', async () => ({ signature: joined(signature, Uint8Array.of(0)) })],
  ['longer than 64 KiB', 'signature.malformed', async () => ({ signature: write(0x30, signature, write(0x04, new Uint8Array(65_000))) })],
  ['of nothing', 'signature.malformed', async () => ({ signature: new Uint8Array() })],
  ['with an expired certificate', 'certificate.expired', async () => ({ signature: await signed((await issue(authority, from(-9), from(-1))).signing) })],
  ['with an encryption certificate of the same key', 'certificate.wrong-usage', async () => {
    const both = await issueCertificates({ authority, request: await makeCertificateRequest({ subject, signing, encryption: await asEncryption(signing) }), subject, serials: { signing: '21', encryption: '22' }, notBefore: from(-1), notAfter: from(1) });
    return { signature: await signed(both.encryption) };
  }],
])('refuses a signature %s', async (_name, reason, make) => {
  const made = await make();
  expect(await verifyDetached({ content, roots: [authority.certificate], at, ...made })).toEqual({ ok: false, reason });
}); // prettier-ignore

async function asEncryption({ publicKey }: CryptoKeyPair): Promise<CryptoKeyPair> {
  const spki = await crypto.subtle.exportKey('spki', publicKey);
  return {
    publicKey: await crypto.subtle.importKey('spki', spki, { name: 'ECDH', namedCurve: 'P-256' }, true, []),
    privateKey: encryption.privateKey,
  };
}

test('does not sign with a key that is not the certificate’s', async () => {
  const other = await generateSigningPair({ extractable: false });
  await expect(signDetached({ content, certificate: issued.signing, privateKey: other.privateKey })).rejects.toThrow(
    Malformed,
  );
});

test('refuses a request whose parts do not belong together', async () => {
  const other = await makeCertificateRequest({
    subject,
    signing: await generateSigningPair({ extractable: false }),
    encryption: await generateEncryptionPair({ extractable: false }),
  });
  const reasonOf = async (spoiled: Partial<CertificateRequest>): Promise<unknown> =>
    checkCertificateRequest({ ...request, ...spoiled });
  expect(await reasonOf({})).toMatchObject({ ok: true, subject });
  expect(await reasonOf({ encryptionSpki: other.encryptionSpki })).toEqual({
    ok: false,
    reason: 'request.invalid-binding',
  });
  expect(await reasonOf({ binding: other.binding })).toEqual({ ok: false, reason: 'request.invalid-binding' });
  expect(await reasonOf({ signing: other.signing })).toEqual({ ok: false, reason: 'request.invalid-binding' });
  expect(
    await reasonOf({
      signing: request.signing.replace(toHex(new TextEncoder().encode('小')), toHex(new TextEncoder().encode('大'))),
    }),
  ).toEqual({ ok: false, reason: 'request.invalid-signature' });
  expect(await reasonOf({ signing: 'zz' })).toEqual({ ok: false, reason: 'request.malformed' });
  expect(await reasonOf({ signing: request.signing.slice(2) })).toEqual({ ok: false, reason: 'request.malformed' });
  await expect(
    issueCertificates({
      authority,
      request: { ...request, binding: other.binding },
      subject,
      serials: { signing: '1', encryption: '2' },
      notBefore: at,
      notAfter: at,
    }),
  ).rejects.toThrow(Malformed);
});

test('refuses an encryption key that is no point of the curve', async () => {
  const spki = fromHex(request.encryptionSpki);
  spki.fill(7, -20);
  const key = await crypto.subtle.importKey(
    'pkcs8',
    await pkcs8Of(signing.privateKey),
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  );
  const { bytesOf } = await import('../canonical.ts');
  const { sha256 } = await import('../hash.ts');
  const { sign } = await import('./algorithms.ts');
  const binding = toHex(
    await sign(key, joined(bytesOf('xinbiao/v1/encryption-key\n'), spki, sha256(fromHex(request.signing)))),
  );
  expect(await checkCertificateRequest({ ...request, encryptionSpki: toHex(spki), binding })).toEqual({
    ok: false,
    reason: 'request.invalid-binding',
  });
});

test('reads a key file that another program wrote in BER, in pieces and without lengths', async () => {
  const entry = { name: 'k', pkcs8: await pkcs8Of(signing.privateKey), certificate: issued.signing };
  const file = await makePkcs12({ entries: [entry], chain: [], password: 'p', iterations: 1000 });
  const end = Uint8Array.of(0, 0);
  const loose = (node: Node): Uint8Array => {
    if (node.tag === 0x04 && node.content.length > 100)
      return joined(
        Uint8Array.of(0x24, 0x80),
        write(0x04, node.content.subarray(0, 50)),
        write(0x04, node.content.subarray(50)),
        end,
      );
    return (node.tag & 0x20) !== 0 ? joined(Uint8Array.of(node.tag, 0x80), ...node.children.map(loose), end) : node.der;
  };
  const ber = loose(readDer(file));
  expect(ber.length).toBeGreaterThan(file.length);
  expect(derFromBer(ber)).toEqual(file);
  expect((await openPkcs12(ber, 'p')).entries).toEqual([entry]);
});

test('tells a wrong password from a file that is no key file, and limits the work a file may ask for', async () => {
  const file = await makePkcs12({ entries: [], chain: [issued.signing], password: 'p', iterations: 1000 });
  await expect(openPkcs12(file, 'q')).rejects.toThrow(WrongPassword);
  await expect(openPkcs12(issued.signing, 'p')).rejects.toThrow(Malformed);
  await expect(openPkcs12(new TextEncoder().encode('%PDF-1.7'), 'p')).rejects.toThrow(Malformed);
  await expect(openPkcs12(new Uint8Array(2_000_000), 'p')).rejects.toThrow(Malformed);
  const greedy = rewritten(file, (node) =>
    node.tag === 0x02 && toHex(node.content) === '03e8' ? write(0x02, fromHex('7fffffff')) : undefined,
  );
  await expect(openPkcs12(greedy, 'p')).rejects.toThrow(/iterations/);
});

test('does not open a key file that was changed after it was written', async () => {
  const entry = { name: 'k', pkcs8: await pkcs8Of(signing.privateKey), certificate: issued.signing };
  const file = await makePkcs12({ entries: [entry], chain: [], password: 'p', iterations: 1000 });
  const renamed = fromHex(toHex(file).replace('1e02006b', '1e02006c'));
  expect(renamed).not.toEqual(file);
  await expect(openPkcs12(renamed, 'p')).rejects.toThrow(WrongPassword);
});

test('imports signing keys for signing and encryption keys for agreeing, and nothing else', async () => {
  const key = await importSigningKey(await pkcs8Of(signing.privateKey));
  expect([key.extractable, key.usages]).toEqual([false, ['sign']]);
  expect((await importSigningKey(await pkcs8Of(signing.privateKey), { extractable: true })).extractable).toBe(true);
  openssl('genpkey', '-algorithm', 'rsa', '-pkeyopt', 'rsa_keygen_bits:1024', '-outform', 'der', '-out', 'short.pk');
  openssl('pkcs8', '-topk8', '-nocrypt', '-inform', 'der', '-in', 'short.pk', '-outform', 'der', '-out', 'short.p8');
  await expect(importSigningKey(get('short.p8'))).rejects.toThrow(/short/);
  await expect(importEncryptionKey(get('short.p8'))).rejects.toThrow(Malformed);
  await expect(importSigningKey(Uint8Array.of(0x30, 0x00))).rejects.toThrow(Malformed);
});

/** Never crash: whatever arrives, the answer is a fault or Malformed. */
const spoiled = (bytes: () => Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
      const copy = new Uint8Array(bytes());
      for (const [place, value] of changes) copy[place % copy.length] = value;
      return copy;
    }),
    fc.tuple(fc.nat(), fc.nat(40)).map(([place, length]) => {
      const whole = bytes();
      const start = place % whole.length;
      return joined(whole.subarray(0, start), whole.subarray(Math.min(whole.length, start + length)));
    }),
  );

test('answers any spoiled signature with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(
      spoiled(() => signature),
      async (bytes) => {
        const verdict = await verifyDetached({ content, signature: bytes, roots: [authority.certificate], at });
        // Unsigned fields may differ (RFC 5652 does not sign them), the content and the signer may not.
        expect(verdict.ok ? verdict.certificate.serial : typeof verdict.reason).toBe(verdict.ok ? '11' : 'string');
      },
    ),
    { numRuns: 1500 },
  );
});

test('answers any spoiled certificate, list or key file with a fault or Malformed', async () => {
  const crl = await makeCrl({
    authority,
    revoked: [{ serial: '11', at, reason: 'keyCompromise' }],
    at,
    nextUpdate: from(30),
  });
  const file = await makePkcs12({
    entries: [{ name: 'k', pkcs8: await pkcs8Of(signing.privateKey), certificate: issued.signing }],
    chain: [],
    password: 'p',
    iterations: 1,
  });
  const tame = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Malformed) && !(error instanceof WrongPassword)) throw error;
    }
  };
  await fc.assert(fc.asyncProperty(spoiled(() => issued.signing), (certificate) => tame(async () => {
    readCertificate(certificate);
    // A certificate changed in any byte is not the authority's any more.
    expect(await checkCertificate({ certificate, usage: 'sign', roots: [authority.certificate], at }) === undefined).toBe(toHex(certificate) === toHex(issued.signing));
  })), { numRuns: 1000 }); // prettier-ignore
  await fc.assert(
    fc.asyncProperty(
      spoiled(() => crl),
      (list) =>
        tame(() =>
          checkCertificate({
            certificate: issued.signing,
            usage: 'sign',
            roots: [authority.certificate],
            crls: [list],
            at,
          }),
        ),
    ),
    { numRuns: 500 },
  );
  await fc.assert(
    fc.asyncProperty(
      spoiled(() => file),
      (bytes) => tame(() => openPkcs12(bytes, 'p')),
    ),
    { numRuns: 500 },
  );
});

test('stops at DER that nests without end', () => {
  let deep: Uint8Array = write(0x30);
  for (let level = 0; level < 5000; level += 1) deep = write(0x30, deep);
  expect(() => readDer(deep)).toThrow(/deep/);
  expect(() => derFromBer(deep)).toThrow(/deep/);
});

test.each([
  ['a length that is not the shortest', '30810100'], ['an indefinite length', '30800000'], ['a long tag', '3f8101'], ['a cut', '3003'], ['leftovers', '300000'],
])('refuses DER with %s', (_name, hex) => expect(() => readDer(fromHex(hex))).toThrow(Malformed)); // prettier-ignore
