import { sha256Hex } from '../hash.ts';
import { Malformed } from '../canonical.ts';
import { toHex } from '../../kernel/bytes.ts';
import { publicKeyOf, schemeOf, type PublicKey, type SignatureScheme } from './algorithms.ts';
import {
  bitStringOf,
  booleanOf,
  expect,
  Fields,
  octetsOfBits,
  oidOf,
  readDer,
  smallIntegerOf,
  tags,
  timeOf,
  unsignedOf,
  type Node,
} from './der.ts';
import { lineOf, subjectOf } from './name.ts';
import { oids } from './oids.ts';
import type { Bytes, CertificateFacts } from './pki.types.ts';

/** A certificate taken apart, CAs included. */
export type Certificate = {
  readonly der: Bytes;
  /** What the issuer signed. */
  readonly signed: Bytes;
  readonly scheme: SignatureScheme | undefined;
  readonly signature: Bytes;
  readonly serial: string;
  readonly issuer: Node;
  readonly subject: Node;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly key: PublicKey;
  readonly extensions: Extensions;
};

export type Extensions = {
  readonly authority: boolean;
  readonly pathLength: number | undefined;
  /** Names of the bits set; undefined when the certificate does not say. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly extendedKeyUsageCritical: boolean;
  /** A critical extension this code does not act on: such a certificate must not be relied on. */
  readonly unknownCritical: boolean;
};

export const keyUsages = [
  'digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly',
] as const; // prettier-ignore
export type KeyUsage = (typeof keyUsages)[number];

/** Reads a DER certificate of at most 64 KiB; throws Malformed. */
export function parseCertificate(der: Uint8Array): Certificate {
  const root = readDer(der);
  const outer = new Fields(root, 'certificate');
  const body = outer.take(tags.sequence);
  const outerAlgorithm = outer.take(tags.sequence);
  const signature = octetsOfBits(outer.take(tags.bitString), 'certificate');
  outer.done();

  const fields = new Fields(body, 'certificate');
  const version = fields.maybe(0xa0);
  if (version && smallIntegerOf(version.children[0]) !== 2) throw new Malformed('certificate version');
  const serial = serialOf(fields.take(tags.integer));
  const algorithm = fields.take(tags.sequence);
  if (toHex(algorithm.der) !== toHex(outerAlgorithm.der)) throw new Malformed('certificate names two algorithms');
  const issuer = fields.take(tags.sequence);
  const validity = new Fields(fields.take(tags.sequence), 'validity');
  const [notBefore, notAfter] = [timeOf(validity.any()), timeOf(validity.any())];
  validity.done();
  const subject = fields.take(tags.sequence);
  const key = publicKeyOf(fields.take(tags.sequence));
  fields.maybe(0x81);
  fields.maybe(0x82);
  const extensions = fields.maybe(0xa3);
  fields.done();

  return {
    der: root.der,
    signed: body.der,
    scheme: schemeOf(algorithm),
    signature,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    key,
    extensions: readExtensions(extensions),
  };
}

/** Serials name a certificate: up to 20 bytes, as hex without the sign's leading zero. */
export function serialOf(node: Node): string {
  const bytes = unsignedOf(node, 'serial');
  if (bytes.length > 20) throw new Malformed('serial');
  return toHex(bytes);
}

/** Each extension of a certificate or list once: identifier, critical, value. */
export function extensionsOf(node: Node | undefined): readonly { id: string; critical: boolean; value: Node }[] {
  if (!node) return [];
  const [list, ...more] = node.children;
  if (more.length > 0) throw new Malformed('extensions');
  const found = expect(list, tags.sequence, 'extensions').children.map((child) => {
    const fields = new Fields(child, 'extension');
    const id = oidOf(fields.take(tags.oid));
    const flag = fields.maybe(tags.boolean);
    const critical = flag ? booleanOf(flag) : false;
    const value = fields.take(tags.octetString);
    fields.done();
    return { id, critical, value };
  });
  if (new Set(found.map(({ id }) => id)).size !== found.length) throw new Malformed('extension given twice');
  return found;
}

const understood: ReadonlySet<string> = new Set([oids.keyUsage, oids.basicConstraints, oids.extendedKeyUsage, oids.subjectKeyIdentifier,
  oids.authorityKeyIdentifier, oids.subjectAltName, oids.policies, oids.crlPoints]); // prettier-ignore

const narrowing: ReadonlySet<string> = new Set([oids.nameConstraints, oids.policyConstraints]);

function readExtensions(node: Node | undefined): Extensions {
  const all = extensionsOf(node);
  const valueOf = (id: string): Node | undefined => {
    const extension = all.find((candidate) => candidate.id === id);
    return extension && readDer(extension.value.content);
  };
  return {
    ...readConstraints(valueOf(oids.basicConstraints)),
    keyUsage: readKeyUsage(valueOf(oids.keyUsage)),
    extendedKeyUsage: valueOf(oids.extendedKeyUsage)?.children.map(oidOf),
    extendedKeyUsageCritical: all.some(({ id, critical }) => id === oids.extendedKeyUsage && critical),
    // What narrows an authority's power counts even where the authority forgot to call it critical.
    unknownCritical: all.some(({ id, critical }) => (critical && !understood.has(id)) || narrowing.has(id)),
  };
}

function readConstraints(node: Node | undefined): Pick<Extensions, 'authority' | 'pathLength'> {
  if (!node) return { authority: false, pathLength: undefined };
  const fields = new Fields(node, 'basic constraints');
  const flag = fields.maybe(tags.boolean);
  const length = fields.maybe(tags.integer);
  fields.done();
  return { authority: flag ? booleanOf(flag) : false, pathLength: length && smallIntegerOf(length) };
}

function readKeyUsage(node: Node | undefined): ReadonlySet<KeyUsage> | undefined {
  if (!node) return undefined;
  const { bytes } = bitStringOf(node, 'key usage');
  return new Set(keyUsages.filter((_, bit) => (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1));
}

const personal: readonly string[] = [
  oids.anyExtendedKeyUsage,
  oids.clientAuth,
  oids.emailProtection,
  oids.documentSigning,
  '1.3.6.1.4.1.311.10.3.12',
  '1.2.840.113583.1.1.5',
]; // Microsoft's and Adobe's document signing // prettier-ignore

/** What an end-entity certificate may be used for. One that does not say, may not. */
export function usageOf({ key, extensions }: Certificate): CertificateFacts['usage'] {
  const fitting = !extensions.authority && (extensions.extendedKeyUsage?.some((id) => personal.includes(id)) ?? true);
  const has = (usage: KeyUsage): boolean => fitting && (extensions.keyUsage?.has(usage) ?? false);
  return {
    sign: has('digitalSignature') || has('nonRepudiation'),
    agree:
      (has('keyAgreement') && key.kind === 'EC' && key.curve === 'P-256') ||
      ((has('keyAgreement') || has('keyEncipherment')) && key.kind === 'SM2'),
  };
}

/** May it make timestamps? Only a certificate that says so critically, and that it is for nothing else (RFC 3161 §2.3). */
export const mayStamp = ({ extensions }: Certificate): boolean =>
  !extensions.authority &&
  extensions.extendedKeyUsageCritical &&
  extensions.extendedKeyUsage?.length === 1 &&
  extensions.extendedKeyUsage[0] === oids.timeStamping &&
  (extensions.keyUsage === undefined ||
    extensions.keyUsage.has('digitalSignature') ||
    extensions.keyUsage.has('nonRepudiation'));

/** Reads what a certificate claims about a party; throws Malformed on bad DER and on a key that is none of P-256, RSA and SM2. */
export function readCertificate(der: Uint8Array): CertificateFacts {
  const facts = factsOf(parseCertificate(der));
  if (!facts) throw new Malformed('certificate key is none of EC P-256, RSA and SM2');
  return facts;
}

export function factsOf(certificate: Certificate): CertificateFacts | undefined {
  const { der, serial, issuer, subject, notBefore, notAfter, key } = certificate;
  if (key.kind === 'unknown' || (key.kind === 'EC' && key.curve !== 'P-256')) return undefined;
  return {
    der,
    fingerprint: sha256Hex(der),
    serial,
    subject: subjectOf(subject),
    issuer: lineOf(issuer),
    notBefore,
    notAfter,
    algorithm: key.kind === 'EC' ? 'EC-P256' : key.kind,
    keyBits: key.bits,
    usage: usageOf(certificate),
    spki: key.spki,
  };
}
