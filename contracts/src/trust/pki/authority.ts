import { Malformed } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { fromHex } from '../../kernel/bytes.ts';
import type { SigningKey } from '../signer.ts';
import { schemeOfKey, sign, signatureAlgorithm } from './algorithms.ts';
import { keyUsages, parseCertificate, type KeyUsage } from './certificate.ts';
import {
  bitString,
  explicit,
  Fields,
  octetsOfBits,
  octetString,
  oid,
  readDer,
  sequence,
  smallInteger,
  tags,
  time,
  unsigned,
  write,
} from './der.ts';
import { generateSigningPair, spkiOf } from './keys.ts';
import { nameOf } from './name.ts';
import { oids } from './oids.ts';
import { Sm2Key } from './sm2Key.ts';
import { checkCertificateRequest } from './request.ts';
import type { Authority, Bytes, CertificateRequest, CertificateSubject, Revocation } from './pki.types.ts';

/** Founds a demonstration authority: a self-signed P-256 root, valid for whole years from `at`. */
export async function createAuthority({
  extractable = false,
  ...founding
}: Founding & {
  /** Only true when the caller will store the key. */
  extractable?: boolean;
}): Promise<Authority> {
  const { publicKey, privateKey } = await generateSigningPair({ extractable });
  return found(privateKey, await spkiOf(publicKey), founding);
}

/** Founds a demonstration authority of the national suite: a self-signed SM2 root. */
export async function createSm2Authority(founding: Founding): Promise<Authority<Sm2Key>> {
  const key = Sm2Key.generate();
  return found(key, key.spki, founding);
}

type Founding = { readonly name: string; readonly at: Date; readonly years: number };

async function found<Key extends SigningKey>(
  privateKey: Key,
  spki: Bytes,
  { name, at, years }: Founding,
): Promise<Authority<Key>> {
  const notAfter = new Date(at);
  notAfter.setUTCFullYear(at.getUTCFullYear() + years);
  const subject = nameOf({ commonName: name, organisation: name });
  const certificate = await certify(privateKey, {
    serial: crypto.getRandomValues(new Uint8Array(16)),
    issuer: subject,
    subject,
    notBefore: at,
    notAfter,
    spki,
    extensions: [
      extension(oids.basicConstraints, sequence(write(tags.boolean, Uint8Array.of(0xff)), smallInteger(0)), 'critical'),
      extension(oids.keyUsage, usageBits(['keyCertSign', 'cRLSign']), 'critical'),
      extension(oids.subjectKeyIdentifier, octetString(identifierOf(spki))),
    ],
  });
  return { certificate, privateKey };
}

/**
 * Issues the two certificates of a party for a request whose signatures hold, in the subject's name as the
 * authority found it to be (not as the request claims). Throws Malformed for a request that does not hold.
 */
export async function issueCertificates({
  authority,
  request,
  subject,
  serials,
  notBefore,
  notAfter,
}: {
  authority: Authority<SigningKey>;
  request: CertificateRequest;
  subject: CertificateSubject;
  /** Lowercase hex, at most 20 bytes, never used before by this authority. */
  serials: { signing: string; encryption: string };
  notBefore: Date;
  notAfter: Date;
}): Promise<{ signing: Bytes; encryption: Bytes }> {
  const checked = await checkCertificateRequest(request);
  if (!checked.ok) throw new Malformed(checked.reason);
  const root = parseCertificate(authority.certificate);
  const issue = (serial: string, spki: Bytes, usages: readonly KeyUsage[]): Promise<Bytes> =>
    certify(authority.privateKey, {
      serial: fromHex(serial),
      issuer: root.subject.der,
      subject: nameOf(subject),
      notBefore,
      notAfter,
      spki,
      extensions: [
        extension(oids.basicConstraints, sequence(), 'critical'),
        extension(oids.keyUsage, usageBits(usages), 'critical'),
        extension(oids.subjectKeyIdentifier, octetString(identifierOf(spki))),
        extension(oids.authorityKeyIdentifier, sequence(write(0x80, identifierOf(root.key.spki)))),
      ],
    });
  return {
    signing: await issue(serials.signing, checked.signingSpki, ['digitalSignature', 'nonRepudiation']),
    encryption: await issue(serials.encryption, checked.encryptionSpki, ['keyAgreement']),
  };
}

const reasonCodes: Readonly<Record<Revocation['reason'], number>> = {
  unspecified: 0, keyCompromise: 1, affiliationChanged: 3, superseded: 4, cessationOfOperation: 5,
}; // prettier-ignore

/** Publishes what the authority has revoked so far. */
export async function makeCrl({
  authority,
  revoked,
  at,
  nextUpdate,
}: {
  authority: Authority<SigningKey>;
  revoked: readonly Revocation[];
  at: Date;
  nextUpdate: Date;
}): Promise<Bytes> {
  const root = parseCertificate(authority.certificate);
  const entries = revoked.map((entry) => {
    // RFC 5280 asks to leave the reason out rather than to say "unspecified".
    const reason =
      entry.reason === 'unspecified'
        ? []
        : [sequence(extension(oids.reasonCode, write(tags.enumerated, Uint8Array.of(reasonCodes[entry.reason]))))];
    return sequence(unsigned(fromHex(entry.serial)), time(entry.at), ...reason);
  });
  const scheme = signatureAlgorithm(schemeOfKey(authority.privateKey));
  const body = sequence(
    smallInteger(1),
    scheme,
    root.subject.der,
    time(at),
    time(nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    explicit(
      0,
      sequence(
        extension(oids.authorityKeyIdentifier, sequence(write(0x80, identifierOf(root.key.spki)))),
        extension(oids.crlNumber, smallInteger(Math.floor(at.getTime() / 1000))),
      ),
    ),
  );
  return sequence(body, scheme, bitString(await sign(authority.privateKey, body)));
}

type Contents = {
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly spki: Uint8Array;
  readonly extensions: readonly Uint8Array[];
};

/** Signs a certificate of these contents; throws Malformed for a serial that cannot be written. */
export async function certify(
  key: SigningKey,
  { serial, issuer, subject, notBefore, notAfter, spki, extensions }: Contents,
): Promise<Bytes> {
  if (serial.length === 0 || serial.length > 20) throw new Malformed('serial');
  const scheme = signatureAlgorithm(schemeOfKey(key));
  const body = sequence(
    explicit(0, smallInteger(2)),
    unsigned(serial),
    scheme,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    subject,
    spki,
    explicit(3, sequence(...extensions)),
  );
  return sequence(body, scheme, bitString(await sign(key, body)));
}

export const extension = (id: string, value: Uint8Array, critical?: 'critical'): Bytes =>
  sequence(oid(id), ...(critical ? [write(tags.boolean, Uint8Array.of(0xff))] : []), octetString(value));

export function usageBits(usages: readonly KeyUsage[]): Bytes {
  const places = usages.map((usage) => keyUsages.indexOf(usage));
  const last = Math.max(...places);
  const bytes = new Uint8Array((last >> 3) + 1);
  for (const place of places) bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (0x80 >> (place & 7));
  return bitString(bytes, 7 - (last & 7)); // named bits: DER drops trailing zeros
}

/** RFC 7093 §2 method 1: the first 20 bytes of the key's SHA-256. */
export function identifierOf(spki: Uint8Array): Bytes {
  const fields = new Fields(readDer(spki), 'public key');
  fields.take(tags.sequence);
  return sha256(octetsOfBits(fields.take(tags.bitString))).subarray(0, 20);
}
