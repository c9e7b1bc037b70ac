/* oxlint-disable no-non-null-assertion */
import {
  declareAct,
  declare,
  listCertificates,
  pinAct,
  pinCertificates,
  revokeAct,
  revokeCertificates,
} from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  createSm2Authority,
  generateEncryptionPair,
  generateSigningPair,
  makeCrl,
  readCertificate,
  sha256Hex,
  signDetached,
  Sm2Key,
  type Authority,
  type SigningKey,
} from '@xinbiao/contracts/trust';
import { createPrivateKey, generateKeyPairSync, sign as nodeSign, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certify, extension, usageBits } from '../../../contracts/src/trust/pki/authority.ts';
import type { KeyUsage } from '../../../contracts/src/trust/pki/certificate.ts';
import {
  nothing,
  oid,
  readDer,
  sequence,
  smallInteger,
  utf8String,
  write,
} from '../../../contracts/src/trust/pki/der.ts';
import { nameOf } from '../../../contracts/src/trust/pki/name.ts';
import { oids } from '../../../contracts/src/trust/pki/oids.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { anOrganisation, aUscc, signedUp, type Party } from '../party.ts';
import { attack } from './table.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const [from, until] = [new Date('2026-01-01T00:00:00Z'), new Date('2028-01-01T00:00:00Z')];

/** What a certificate says; everything has an honest default, so that each case names its one lie. */
type Says = {
  readonly subject?: Uint8Array;
  readonly spki: Uint8Array;
  readonly usages?: readonly KeyUsage[];
  readonly extensions?: readonly Uint8Array[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly serial?: string;
};
/** An authority of any kind of key: a name and something that signs. */
type Issuer = { readonly name: Uint8Array; readonly key: SigningKey };

let serials = 0x4100;
const constraints = (authority: boolean, pathLength?: number): Bytes =>
  extension(
    oids.basicConstraints,
    sequence(
      ...(authority ? [write(0x01, Uint8Array.of(0xff))] : []),
      ...(pathLength === undefined ? [] : [smallInteger(pathLength)]),
    ),
    'critical',
  );
const usage = (...usages: KeyUsage[]): Bytes => extension(oids.keyUsage, usageBits(usages), 'critical');

const issue = ({ name, key }: Issuer, says: Says & { readonly subject: Uint8Array }): Promise<Bytes> =>
  certify(key, {
    serial: fromHex(says.serial ?? (serials += 1).toString(16).padStart(4, '0')),
    issuer: name,
    subject: says.subject,
    notBefore: says.notBefore ?? from,
    notAfter: says.notAfter ?? until,
    spki: says.spki,
    extensions: says.extensions ?? [constraints(false), usage(...(says.usages ?? ['digitalSignature']))],
  });

/** A key of Node's, for what the browser refuses to make: RSA of 1024 bits, SHA-1. */
const nodeKey = (key: KeyObject, scheme: { kind: 'EC' | 'RSA'; hash: 'SHA-1' | 'SHA-256' }): SigningKey => ({
  scheme,
  // oxlint-disable-next-line require-await
  sign: async (over) => new Uint8Array(nodeSign(scheme.hash === 'SHA-1' ? 'sha1' : 'sha256', over, key)),
});
const spkiOf = async (key: CryptoKey): Promise<Bytes> => new Uint8Array(await crypto.subtle.exportKey('spki', key));
const pem = (der: Uint8Array, label = 'CERTIFICATE'): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')}\n-----END ${label}-----\n`;

/** A root that lets others issue below it, as real authorities have them. */
async function aRoot(at: Date): Promise<Authority> {
  const { publicKey, privateKey } = await generateSigningPair({ extractable: false });
  const name = nameOf({ commonName: '青澜市电子认证中心' });
  const says = {
    subject: name,
    spki: await spkiOf(publicKey),
    notBefore: at,
    notAfter: new Date('2040-01-01T00:00:00Z'),
    extensions: [constraints(true), usage('keyCertSign', 'cRLSign')],
  };
  return { certificate: await issue({ name, key: privateKey }, says), privateKey };
}

let folder: string;
let house: TestHouse;
let root: Issuer;
let rsaRoot: Issuer;
let smRoot: Issuer;
let stranger: Issuer;
let party: Party;
let subject: Bytes;
let uscc = '';
const revokedSerial = '4d4d';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xinbiao-attack-27-'));
  const at = new Date('2020-01-01T00:00:00Z');
  const ec = await aRoot(at);
  const sm = await createSm2Authority({ name: '青澜市国密认证中心', at, years: 20 });
  // A stranger under the very name of the trusted one.
  const other = await aRoot(at);
  const issuerOf = ({ certificate, privateKey }: Authority<SigningKey>): Issuer => ({
    name: readDer(certificate).children[0]!.children[5]!.der,
    key: privateKey,
  });
  [root, smRoot, stranger] = [issuerOf(ec), issuerOf(sm), issuerOf(other)];
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = nameOf({ commonName: '旧式认证中心' });
  rsaRoot = { name, key: nodeKey(privateKey, { kind: 'RSA', hash: 'SHA-256' }) };
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  const old = await issue(rsaRoot, { subject: name, spki, notBefore: at, notAfter: new Date('2040-01-01T00:00:00Z'), extensions: [constraints(true), usage('keyCertSign', 'cRLSign')] }); // prettier-ignore
  rsaRoot = { name, key: nodeKey(privateKey, { kind: 'RSA', hash: 'SHA-1' }) };
  const crl = await makeCrl({
    authority: ec,
    revoked: [{ serial: revokedSerial, at, reason: 'keyCompromise' }],
    at,
    nextUpdate: until,
  });
  const trust = join(folder, 'trust');
  mkdirSync(trust, { recursive: true });
  writeFileSync(
    join(trust, 'all.pem'),
    [ec.certificate, sm.certificate, old].map((der) => pem(der)).join('') + pem(crl, 'X509 CRL'),
  );
  house = await openHouse({ config: { trustFolder: trust, mode: 'production' } });
  party = await signedUp(house);
  const { organisation } = await party.me();
  uscc = organisation?.uscc ?? '';
  subject = nameOf({ commonName: organisation?.name ?? '', organisation: organisation?.name ?? '', uscc });
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

type Pair = { readonly signing: Bytes; readonly encryption: Bytes; readonly key: SigningKey };
type Keys = { readonly signing: CryptoKeyPair; readonly encryption: CryptoKeyPair };
const freshKeys = async (): Promise<Keys> => ({
  signing: await generateSigningPair({ extractable: false }),
  encryption: await generateEncryptionPair({ extractable: false }),
});

/** An honest pair but for what the case changes in one of its certificates. */
async function pairWith(
  lie: {
    readonly signing?: Partial<Says> & { readonly by?: Issuer };
    readonly encryption?: Partial<Says> & { readonly by?: Issuer };
    readonly key?: SigningKey;
  } = {},
): Promise<Pair> {
  const keys = await freshKeys();
  const { signing = {}, encryption = {} } = lie;
  return {
    key: lie.key ?? keys.signing.privateKey,
    signing: await issue(signing.by ?? root, { subject, spki: await spkiOf(keys.signing.publicKey), ...signing }),
    encryption: await issue(encryption.by ?? root, {
      subject,
      spki: await spkiOf(keys.encryption.publicKey),
      usages: ['keyAgreement'],
      ...encryption,
    }),
  };
}

/** Tries to register a pair as its holder would, with a proof that holds. */
async function pin({ signing, encryption, key }: Pair, chain: readonly Uint8Array[] = []): Promise<string[]> {
  const act = canonical(pinAct(await party.by(), { signing: sha256Hex(signing), encryption: sha256Hex(encryption) }));
  const signature = await signDetached({ content: bytesOf(act), certificate: signing, chain, privateKey: key }).catch(
    () => new Uint8Array(9),
  );
  const body = {
    signing: toHex(signing),
    encryption: toHex(encryption),
    chain: chain.map(toHex),
    act,
    signature: toHex(signature),
  };
  return party.client.refused(pinCertificates, { body });
}

/** An authority below the root, made as the case says. */
async function intermediate(extensions: readonly Uint8Array[], over: Partial<Says> = {}, above: Issuer = root) {
  const { publicKey, privateKey } = await generateSigningPair({ extractable: false });
  const name = nameOf({ commonName: `下级机构 ${(serials += 1)}` });
  const certificate = await issue(above, { subject: name, spki: await spkiOf(publicKey), extensions, ...over });
  return { issuer: { name, key: privateKey }, certificate };
}
const ca = [constraints(true), usage('keyCertSign')];

async function curved(namedCurve: 'P-384'): Promise<{ spki: Bytes; key: SigningKey }> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return {
    spki: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    key: nodeKey(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })), {
      kind: 'EC',
      hash: 'SHA-256',
    }),
  };
}

/** Each a certificate that looks right at a glance, what is wrong with it, and how the house must say so. */
const bad: readonly (readonly [what: string, code: string, attempt: () => Promise<string[]>])[] = [
  ['expired, for signing', 'certificate.expired', async () => pin(await pairWith({ signing: { notAfter: new Date('2026-06-01T00:00:00Z') } }))],
  ['expired, for encryption', 'certificate.expired', async () => pin(await pairWith({ encryption: { notAfter: new Date('2026-06-01T00:00:00Z') } }))],
  ['not valid yet', 'certificate.not-yet-valid', async () => pin(await pairWith({ signing: { notBefore: new Date('2027-01-01T00:00:00Z') } }))],
  ['revoked by its authority, for signing', 'certificate.revoked', async () => pin(await pairWith({ signing: { serial: revokedSerial } }))],
  ['revoked by its authority, for encryption', 'certificate.revoked', async () => pin(await pairWith({ encryption: { serial: revokedSerial } }))],
  ['signed by itself', 'certificate.untrusted', async () => {
    const keys = await freshKeys();
    const own: Issuer = { name: subject, key: keys.signing.privateKey };
    return pin(await pairWith({ signing: { spki: await spkiOf(keys.signing.publicKey), by: own }, key: keys.signing.privateKey }));
  }],
  ['of a stranger under the name of a trusted authority', 'certificate.untrusted', async () => pin(await pairWith({ signing: { by: stranger } }))],
  ['of a stranger, for encryption', 'certificate.untrusted', async () => pin(await pairWith({ encryption: { by: stranger } }))],
  ['changed after it was issued', 'certificate.untrusted', async () => {
    const pair = await pairWith();
    const encryption = pair.encryption.slice();
    const place = Buffer.from(encryption).indexOf(Buffer.from('280101000000Z'));
    encryption[place + 1] = '9'.codePointAt(0)!;
    return pin({ ...pair, encryption });
  }],
  ['signed with SHA-1', 'certificate.weak-key', async () => pin(await pairWith({ signing: { by: rsaRoot } }))],
  ['of an RSA key of 1024 bits', 'certificate.weak-key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    return pin(await pairWith({ signing: { spki }, key: nodeKey(privateKey, { kind: 'RSA', hash: 'SHA-256' }) }));
  }],
  ['of a curve that nobody here uses', 'certificate.malformed', async () => {
    const { spki, key } = await curved('P-384');
    return pin(await pairWith({ signing: { spki }, key }));
  }],
  ['of an RSA key where shares are to be sealed', 'certificate.weak-key', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return pin(await pairWith({ encryption: { spki: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })), usages: ['keyEncipherment'] } }));
  }],
  ['of a point that lies off its curve', 'certificate.weak-key', async () => {
    const spki = await spkiOf((await generateEncryptionPair({ extractable: false })).publicKey);
    spki[spki.length - 1] = spki.at(-1)! ^ 1;
    return pin(await pairWith({ encryption: { spki } }));
  }],
  ['meant for encryption only, and made to sign', 'certificate.wrong-usage', async () => pin(await pairWith({ signing: { usages: ['keyAgreement'] } }))],
  ['meant for signing only, and offered to seal to', 'certificate.wrong-usage', async () => pin(await pairWith({ encryption: { usages: ['digitalSignature'] } }))],
  ['that does not say what it is for', 'certificate.wrong-usage', async () => pin(await pairWith({ signing: { extensions: [constraints(false)] } }))],
  ['of a web server', 'certificate.wrong-usage', async () =>
    pin(await pairWith({ signing: { extensions: [constraints(false), usage('digitalSignature'), extension(oids.extendedKeyUsage, sequence(oid('1.3.6.1.5.5.7.3.1')))] } }))],
  ['of a timestamp authority', 'certificate.wrong-usage', async () =>
    pin(await pairWith({ signing: { extensions: [constraints(false), usage('digitalSignature'), extension(oids.extendedKeyUsage, sequence(oid(oids.timeStamping)), 'critical')] } }))],
  ['of an authority, used by a party', 'certificate.wrong-usage', async () =>
    pin(await pairWith({ signing: { extensions: [constraints(true), usage('digitalSignature', 'keyCertSign')] } }))],
  ['with a critical extension that nobody here understands', 'certificate.untrusted', async () =>
    pin(await pairWith({ signing: { extensions: [constraints(false), usage('digitalSignature'), extension('1.2.3.4.5', nothing(), 'critical')] } }))],
  ['issued by somebody who is no authority', 'certificate.untrusted', async () => {
    const middle = await intermediate([constraints(false), usage('digitalSignature')]);
    return pin(await pairWith({ signing: { by: middle.issuer } }), [middle.certificate]);
  }],
  ['issued by an authority that may not sign certificates', 'certificate.untrusted', async () => {
    const middle = await intermediate([constraints(true), usage('cRLSign')]);
    return pin(await pairWith({ signing: { by: middle.issuer } }), [middle.certificate]);
  }],
  ['further from the root than the path may be long', 'certificate.untrusted', async () => {
    const first = await intermediate([constraints(true, 0), usage('keyCertSign')]);
    const second = await intermediate(ca, {}, first.issuer);
    return pin(await pairWith({ signing: { by: second.issuer } }), [second.certificate, first.certificate]);
  }],
  ['issued outside of the names its authority is limited to', 'certificate.untrusted', async () => {
    const names = extension(oids.nameConstraints, sequence(write(0xa0, sequence(write(0xa4, nameOf({ commonName: '别家' }))))));
    const middle = await intermediate([...ca, names]);
    return pin(await pairWith({ signing: { by: middle.issuer } }), [middle.certificate]);
  }],
  ['issued by an authority that has expired', 'certificate.expired', async () => {
    const middle = await intermediate(ca, { notAfter: new Date('2026-06-01T00:00:00Z') });
    return pin(await pairWith({ signing: { by: middle.issuer } }), [middle.certificate]);
  }],
  ['issued by an authority that was revoked', 'certificate.revoked', async () => {
    const middle = await intermediate(ca, { serial: revokedSerial });
    return pin(await pairWith({ signing: { by: middle.issuer } }), [middle.certificate]);
  }],
  ['of another company with the very same name', 'certificate.other-party', async () => {
    const { organisation } = await party.me();
    const other = nameOf({ commonName: organisation!.name, organisation: organisation!.name, uscc: aUscc() });
    return pin(await pairWith({ signing: { subject: other } }));
  }],
  ['of the same name and no credit code', 'certificate.other-party', async () => {
    const { organisation } = await party.me();
    return pin(await pairWith({ encryption: { subject: nameOf({ commonName: organisation!.name, organisation: organisation!.name }) } }));
  }],
  ['whose credit code is only written into the name', 'certificate.other-party', async () =>
    pin(await pairWith({ signing: { subject: sequence(write(0x31, sequence(oid(oids.commonName), utf8String(`公司 ${uscc}`)))) } }))],
  ['that names two algorithms', 'certificate.malformed', async () => {
    const pair = await pairWith();
    const [body, , signature] = readDer(pair.signing).children;
    return pin({ ...pair, signing: sequence(body!.der, sequence(oid(oids.ecdsaSha512)), signature!.der) });
  }],
  ['with an extension given twice', 'certificate.malformed', async () =>
    pin(await pairWith({ signing: { extensions: [constraints(false), usage('digitalSignature'), usage('keyAgreement')] } }))],
  ['in BER, which can be read in two ways', 'certificate.malformed', async () => {
    const pair = await pairWith();
    const der = pair.encryption;
    return pin({ ...pair, encryption: new Uint8Array(Buffer.concat([Buffer.of(0x30, 0x80), der.subarray(4), Buffer.of(0, 0)])) });
  }],
  ['of the other suite than its twin', 'request.mixed-suites', async () =>
    pin(await pairWith({ encryption: { by: smRoot, spki: Sm2Key.generate().spki } }))],
  ['of an SM2 authority whose signature is another’s', 'certificate.untrusted', async () => {
    const [key, encryption] = [Sm2Key.generate(), Sm2Key.generate()];
    const forged: Issuer = { name: smRoot.name, key: Sm2Key.generate() };
    return pin(await pairWith({ signing: { spki: key.spki, by: forged }, encryption: { spki: encryption.spki, by: smRoot }, key }));
  }],
  ['of an SM2 point off its curve', 'certificate.weak-key', async () => {
    const [key, spki] = [Sm2Key.generate(), Sm2Key.generate().spki];
    spki[spki.length - 1] = spki.at(-1)! ^ 1;
    return pin(await pairWith({ signing: { spki: key.spki, by: smRoot }, encryption: { spki, by: smRoot }, key }));
  }],
]; // prettier-ignore

describe(attack(27), () => {
  test.each(bad)('a certificate %s is refused: %s', async (_, code, attempt) => {
    expect(await attempt()).toEqual([code]);
  });

  test('nothing of all that was registered', async () => {
    expect((await party.me()).certificates).toEqual([]);
  });

  describe('an honest pair counts, and no twin of it does', () => {
    let honest: Pair;
    const act = async (): Promise<string> => canonical(declareAct(await party.by()));
    const declared = async (signature: Uint8Array): Promise<string[]> =>
      party.client.refused(declare, { body: { act: await act(), signature: toHex(signature) } });

    const register = async (pair: Pair, chain: readonly Uint8Array[] = []): Promise<void> => {
      const text = canonical(
        pinAct(await party.by(), { signing: sha256Hex(pair.signing), encryption: sha256Hex(pair.encryption) }),
      );
      const signature = await signDetached({ content: bytesOf(text), certificate: pair.signing, privateKey: pair.key });
      const body = {
        signing: toHex(pair.signing),
        encryption: toHex(pair.encryption),
        chain: chain.map(toHex),
        act: text,
        signature: toHex(signature),
      };
      await party.client.call(pinCertificates, { body });
    };

    test('it is registered once, at one seat', async () => {
      honest = await pairWith();
      await register(honest);
      expect(await pin(honest)).toEqual(['certificate.already-pinned']);
    });

    test('one is registered too whose authority stands below a root, so it was no shape of the chain that was refused', async () => {
      const middle = await intermediate(ca);
      await register(await pairWith({ signing: { by: middle.issuer } }), [middle.certificate]);
      const [key, encryption] = [Sm2Key.generate(), Sm2Key.generate()];
      await register(
        await pairWith({
          signing: { spki: key.spki, by: smRoot },
          encryption: { spki: encryption.spki, by: smRoot },
          key,
        }),
      );
    });

    test('a second certificate that the authority issues for the same name signs nothing', async () => {
      const twin = await pairWith();
      const signature = await signDetached({
        content: bytesOf(await act()),
        certificate: twin.signing,
        privateKey: twin.key,
      });
      expect(await declared(signature)).toEqual(['certificate.not-of-this-seat']);
    });

    test('nor does one for the same key, and it cannot be put into a signature in place of the registered one', async () => {
      const { spki } = readCertificate(honest.signing);
      const serial = readCertificate(honest.signing).serial;
      // A signature's length varies by a byte or two; the twin must fit into the place of the other.
      let twin = new Uint8Array();
      while (twin.length !== honest.signing.length)
        twin = await issue(root, { subject, spki, serial, notAfter: new Date('2029-01-01T00:00:00Z') });
      const content = bytesOf(await act());
      const signed = await signDetached({ content, certificate: twin, privateKey: honest.key });
      expect(await declared(signed)).toEqual(['certificate.not-of-this-seat']);
      // Same issuer, serial and length: the registered certificate slid over the one that signed.
      const swapped = Buffer.from(signed);
      const place = swapped.indexOf(Buffer.from(twin));
      Buffer.from(honest.signing).copy(swapped, place);
      expect(await declared(swapped)).toEqual(['signature.invalid']);
    });

    test('another party does not sign with it, though key and certificate are at hand', async () => {
      const thief = await signedUp(house, 'bidder', { organisation: anOrganisation() });
      const text = canonical(declareAct(await thief.by()));
      const signature = await signDetached({
        content: bytesOf(text),
        certificate: honest.signing,
        privateKey: honest.key,
      });
      const body = { act: text, signature: toHex(signature) };
      expect(await thief.client.refused(declare, { body })).toEqual(['certificate.not-of-this-seat']);
    });

    test('once it is revoked here it signs nothing any more', async () => {
      const sign = async (content: string) =>
        toHex(await signDetached({ content: bytesOf(content), certificate: honest.signing, privateKey: honest.key }));
      const row = (await party.me()).certificates.find(({ fingerprint }) => fingerprint === sha256Hex(honest.signing));
      const text = canonical(revokeAct(await party.by(), { certificate: row!.fingerprint, reason: 'keyCompromise' }));
      const { rows } = await party.client.call(listCertificates);
      const certificateId = rows.find(({ fingerprint }) => fingerprint === row!.fingerprint)?.id ?? '';
      const signed = { act: text, signature: await sign(text) };
      await party.client.call(revokeCertificates, {
        params: { certificateId },
        body: { reason: 'keyCompromise', signed },
      });
      expect(await declared(fromHex(await sign(await act())))).toEqual(['certificate.revoked']);
    });
  });
});
