import { certify, createAuthority, extension, identifierOf, usageBits } from '../pki/authority.ts';
import { parseCertificate } from '../pki/certificate.ts';
import { octetString, oid, sequence, write } from '../pki/der.ts';
import { generateSigningPair, spkiOf } from '../pki/keys.ts';
import { nameOf } from '../pki/name.ts';
import { oids } from '../pki/oids.ts';
import type { StampingAuthority } from './timestamp.types.ts';

/**
 * Founds a timestamp authority for demonstrations: a root of its own, whose key nobody keeps, and one certificate that
 * may make timestamps and nothing else, both valid for whole years from `at`.
 */
export async function createTimestampAuthority({
  name,
  at,
  years,
  extractable = false,
}: {
  name: string;
  at: Date;
  years: number;
  /** Only true when the caller will store the key. */
  extractable?: boolean;
}): Promise<StampingAuthority> {
  const root = await createAuthority({ name: `${name}根证书`, at, years });
  const { notAfter, subject, key } = parseCertificate(root.certificate);
  const pair = await generateSigningPair({ extractable });
  const spki = await spkiOf(pair.publicKey);
  const certificate = await certify(root.privateKey, {
    serial: Uint8Array.of(0x40, ...crypto.getRandomValues(new Uint8Array(15))),
    issuer: subject.der,
    subject: nameOf({ commonName: name, organisation: name }),
    notBefore: at,
    notAfter,
    spki,
    extensions: [
      extension(oids.basicConstraints, sequence(), 'critical'),
      extension(oids.keyUsage, usageBits(['digitalSignature', 'nonRepudiation']), 'critical'),
      extension(oids.extendedKeyUsage, sequence(oid(oids.timeStamping)), 'critical'),
      extension(oids.subjectKeyIdentifier, octetString(identifierOf(spki))),
      extension(oids.authorityKeyIdentifier, sequence(write(0x80, identifierOf(key.spki)))),
    ],
  });
  return { certificate, chain: [root.certificate], privateKey: pair.privateKey };
}
