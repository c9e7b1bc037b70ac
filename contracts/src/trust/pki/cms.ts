import { Malformed } from '../canonical.ts';
import { equalBytes } from '../hash.ts';
import type { SigningKey } from '../signer.ts';
import { sm3 } from '../sm/sm3.ts';
import {
  hashOf,
  schemeOf,
  schemeOfKey,
  sign,
  signatureAlgorithm,
  verifies,
  type Hash,
  type SignatureScheme,
} from './algorithms.ts';
import { factsOf, parseCertificate, type Certificate } from './certificate.ts';
import { checkParsed } from './check.ts';
import {
  explicit,
  Fields,
  nothing,
  octetString,
  oid,
  oidOf,
  readDer,
  sequence,
  setOf,
  smallInteger,
  smallIntegerOf,
  tags,
  time,
  timeOf,
  unsigned,
  type Node,
} from './der.ts';
import { oids } from './oids.ts';
import { fromHex } from '../../kernel/bytes.ts';
import type { Bytes, CertificateFacts, SignatureFault, TrustAnchors } from './pki.types.ts';

/** A signature is at most this long: certificates, attributes and an unsigned timestamp fit many times. */
const longest = 65_536;
const mostCertificates = 16;

/** What a SignedData holds: content that stays outside, or one structure of a named type inside it. */
export type Form = { readonly type: string; readonly inside: boolean };
const detached: Form = { type: oids.data, inside: false };

/**
 * Signs content that stays outside: CMS SignedData as CAdES-BES (RFC 5652, RFC 5035), one signer, SHA-256
 * or, for SM2 keys, SM3.
 * Without `signingTime` the time is left to whatever surrounds the signature, as PAdES demands.
 * Throws Malformed for a key that does not belong to the certificate.
 */
export const signDetached = (given: Signing): Promise<Bytes> => signAs(detached, given);

type Signing = {
  content: Uint8Array;
  certificate: Uint8Array;
  chain?: readonly Uint8Array[];
  privateKey: SigningKey;
  signingTime?: Date;
  /** False where whoever asked holds the certificates already. */
  embed?: boolean;
};

/** Signs content of a type, outside or inside; throws Malformed for a key that does not belong to the certificate. */
export async function signAs(
  form: Form,
  { content, certificate, chain = [], privateKey, signingTime, embed = true }: Signing,
): Promise<Bytes> {
  const signer = parseCertificate(certificate);
  const scheme = schemeOfKey(privateKey);
  if (scheme.kind !== signer.key.kind) throw new Malformed('key and certificate differ');
  const hashAlgorithm = sequence(oid(scheme.hash === 'SM3' ? oids.sm3 : oids.sha256));
  const named = octetString(await digest(scheme.hash, signer.der));
  const attributes = setOf(
    attribute(oids.contentType, oid(form.type)),
    attribute(oids.messageDigest, octetString(await digest(scheme.hash, content))),
    // ESSCertIDv2: SHA-256 is the default hash, which DER therefore leaves out.
    attribute(
      oids.signingCertificateV2,
      sequence(sequence(scheme.hash === 'SHA-256' ? sequence(named) : sequence(hashAlgorithm, named))),
    ),
    ...(signingTime ? [attribute(oids.signingTime, time(signingTime))] : []),
  );
  const signature = await sign(privateKey, attributes);
  if (!(await verifies(signer.key, { scheme, signature, over: attributes })))
    throw new Malformed('key and certificate differ');
  const signerInfo = sequence(
    smallInteger(1),
    sequence(signer.issuer.der, unsigned(fromHex(signer.serial))),
    hashAlgorithm,
    retagged(attributes, 0xa0),
    scheme.kind === 'RSA' ? sequence(oid(oids.rsa), nothing()) : signatureAlgorithm(scheme),
    octetString(signature),
  );
  const certificates = [certificate, ...chain].map((der) => parseCertificate(der).der);
  const unique = certificates.filter((der, at) => certificates.findIndex((other) => equalBytes(der, other)) === at);
  return sequence(
    oid(oids.signedData),
    explicit(
      0,
      sequence(
        smallInteger(versionOf(form)),
        setOf(hashAlgorithm),
        sequence(oid(form.type), ...(form.inside ? [explicit(0, octetString(content))] : [])),
        ...(embed ? [retagged(setOf(...unique), 0xa0)] : []),
        setOf(signerInfo),
      ),
    ),
  );
}

/** RFC 5652 §5.1: 3 where what is signed is a structure, 1 for plain data. */
const versionOf = ({ type }: Form): number => (type === oids.data ? 1 : 3);

const attribute = (type: string, value: Uint8Array): Bytes => sequence(oid(type), setOf(value));

function retagged(der: Uint8Array, tag: number): Bytes {
  const bytes = new Uint8Array(der);
  bytes[0] = tag;
  return bytes;
}

export type Verified = { readonly ok: true; readonly certificate: CertificateFacts; readonly signingTime?: Date };

/**
 * Did the holder of a certificate that a root stands behind sign exactly this content? Never throws for what the
 * signature holds; throws Malformed only for roots and revocation lists that cannot be read.
 */
export async function verifyDetached({
  content,
  signature,
  ...anchors
}: TrustAnchors & { content: Uint8Array; signature: Uint8Array }): Promise<
  Verified | { readonly ok: false; readonly reason: SignatureFault }
> {
  let read: Signature;
  let certificate: CertificateFacts | undefined;
  try {
    read = readSignature(signature, detached);
    certificate = factsOf(read.signer);
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, reason: 'signature.malformed' };
    throw error;
  }
  if (!certificate) return { ok: false, reason: 'certificate.weak-key' };
  const made = await faultOfSigning(read, content);
  if (made) return { ok: false, reason: made };

  const intermediates = [...(anchors.intermediates ?? []), ...read.others];
  const fault = await checkParsed(read.signer, 'sign', { ...anchors, intermediates });
  if (fault) return { ok: false, reason: fault };
  return { ok: true, certificate, ...(read.signingTime ? { signingTime: read.signingTime } : {}) };
}

/**
 * The certificate whose key signed exactly this content, whoever stands behind it: for those who know by its fingerprint
 * which one it has to be. Undefined where none did; never throws for what the signature holds.
 */
export async function whoSigned({
  content,
  signature,
}: {
  readonly content: Uint8Array;
  readonly signature: Uint8Array;
}): Promise<CertificateFacts | undefined> {
  try {
    const read = readSignature(signature, detached);
    return (await faultOfSigning(read, content)) ? undefined : factsOf(read.signer);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Did the key of the certificate that the signature names sign this content? Whose certificate it is, is judged apart. */
export async function faultOfSigning(
  read: Signature,
  content: Uint8Array,
): Promise<'signature.wrong-content' | 'signature.invalid' | undefined> {
  if (!equalBytes(read.digest, await digest(read.hash, content))) return 'signature.wrong-content';
  const made = { scheme: read.scheme, signature: read.value, over: read.attributes };
  if (!(await verifies(read.signer.key, made)) || !(await vouchesFor(read))) return 'signature.invalid';
  return undefined;
}

/**
 * The value of a detached signature, without certificates and attributes: what a signature timestamp is over, so that
 * nothing can be exchanged around it. Throws Malformed.
 */
export const signatureValueOf = (signature: Uint8Array): Bytes => readSignature(signature, detached).value;

export type Signature = {
  readonly signer: Certificate;
  /** What else the signature carries: candidates for the path, nothing more. */
  readonly others: readonly Bytes[];
  readonly hash: Hash;
  readonly digest: Bytes;
  readonly scheme: SignatureScheme;
  readonly value: Bytes;
  /** The signed attributes as they were signed: a SET. */
  readonly attributes: Bytes;
  readonly certificateId: { readonly hash: Hash; readonly digest: Bytes };
  readonly signingTime: Date | undefined;
  /** What was signed, where it lies inside. */
  readonly content: Bytes | undefined;
};

/** Takes a signature of the form apart. Throws Malformed. */
export function readSignature(der: Uint8Array, form: Form): Signature {
  const outer = new Fields(readDer(der, longest), 'signature');
  if (oidOf(outer.take(tags.oid)) !== oids.signedData) throw new Malformed('signature');
  const [body, ...more] = outer.take(0xa0).children;
  outer.done();
  if (more.length > 0) throw new Malformed('signature');

  const fields = new Fields(body, 'signature');
  if (smallIntegerOf(fields.take(tags.integer)) !== versionOf(form)) throw new Malformed('signature version');
  const digests = fields.take(tags.set).children;
  const content = new Fields(fields.take(tags.sequence), 'signature content');
  if (oidOf(content.take(tags.oid)) !== form.type) throw new Malformed('signature content');
  const inside = form.inside ? insideOf(content.take(0xa0)) : undefined;
  content.done(); // content inside a detached signature is a second thing that could be read
  const certificates = fields.maybe(0xa0)?.children ?? [];
  fields.maybe(0xa1);
  const [signerInfo, ...otherSigners] = fields.take(tags.set).children;
  fields.done();
  if (otherSigners.length > 0 || digests.length !== 1 || certificates.length > mostCertificates)
    throw new Malformed('signature');
  return {
    ...readSigner(signerInfo, certificates, { announced: hashOf(digests[0]), type: form.type }),
    content: inside,
  };
}

function insideOf(node: Node): Bytes {
  const [content, ...more] = node.children;
  if (content?.tag !== tags.octetString || more.length > 0) throw new Malformed('signature content');
  return content.content;
}

function readSigner(
  node: Node | undefined,
  certificates: readonly Node[],
  { announced, type }: { readonly announced: Hash | undefined; readonly type: string },
): Omit<Signature, 'content'> {
  const fields = new Fields(node, 'signer');
  if (smallIntegerOf(fields.take(tags.integer)) !== 1) throw new Malformed('signer version');
  const identifier = new Fields(fields.take(tags.sequence), 'signer');
  const issuer = identifier.take(tags.sequence);
  const serial = identifier.take(tags.integer);
  identifier.done();
  const hash = hashOf(fields.take(tags.sequence));
  const attributes = fields.take(0xa0);
  const scheme = hash && schemeOf(fields.take(tags.sequence), hash);
  const value = fields.take(tags.octetString).content;
  fields.maybe(0xa1); // unsigned attributes: a timestamp, read elsewhere
  fields.done();
  if (!hash || hash === 'SHA-1' || hash !== announced || scheme?.hash !== hash)
    throw new Malformed('signature algorithm');

  const signedBy = ({ children: [body] }: Node): boolean => {
    const [first, second, third, fourth] = body?.children ?? [];
    const [number, name] = first?.tag === 0xa0 ? [second, fourth] : [first, third];
    return (
      number !== undefined &&
      name !== undefined &&
      equalBytes(number.der, serial.der) &&
      equalBytes(name.der, issuer.der)
    );
  };
  const [own, ...twins] = certificates.filter(signedBy);
  if (!own || twins.length > 0) throw new Malformed('signer certificate');

  const values = attributeValues(attributes);
  const contentType = values.get(oids.contentType);
  if (oidOf(contentType) !== type) throw new Malformed('content type');
  const messageDigest = values.get(oids.messageDigest);
  if (messageDigest?.tag !== tags.octetString) throw new Malformed('message digest');
  const at = values.get(oids.signingTime);
  return {
    signer: parseCertificate(own.der),
    others: certificates.filter((certificate) => certificate !== own).map((certificate) => certificate.der),
    hash,
    digest: messageDigest.content,
    scheme,
    value,
    attributes: retagged(attributes.der, tags.set),
    certificateId: readCertificateId(values.get(oids.signingCertificateV2)),
    signingTime: at && timeOf(at),
  };
}

/** Each signed attribute once, with one value. */
function attributeValues(attributes: Node): ReadonlyMap<string, Node> {
  const found = new Map<string, Node>();
  for (const node of attributes.children) {
    const fields = new Fields(node, 'attribute');
    const type = oidOf(fields.take(tags.oid));
    const values = fields.take(tags.set).children;
    fields.done();
    const [value] = values;
    if (found.has(type) || !value) throw new Malformed('attribute');
    if (values.length > 1 && type !== oids.signingCertificateV2) throw new Malformed('attribute');
    found.set(type, value);
  }
  return found;
}

/** SigningCertificateV2: the first identifier names the signer's certificate (RFC 5035 §3). */
function readCertificateId(node: Node | undefined): Signature['certificateId'] {
  const [list] = node?.tag === tags.sequence ? node.children : [];
  const [first] = list?.tag === tags.sequence ? list.children : [];
  const fields = new Fields(first, 'signing certificate');
  const algorithm = fields.maybe(tags.sequence);
  const hash = algorithm ? hashOf(algorithm) : 'SHA-256';
  const named = fields.take(tags.octetString).content;
  fields.maybe(tags.sequence); // issuer and serial: the hash already says more
  fields.done();
  if (!hash || hash === 'SHA-1') throw new Malformed('signing certificate');
  return { hash, digest: named };
}

/** Does the signature itself name the certificate it travels with? Otherwise a twin of the same key could be put in its place. */
async function vouchesFor({ signer, certificateId }: Signature): Promise<boolean> {
  return equalBytes(certificateId.digest, await digest(certificateId.hash, signer.der));
}

async function digest(hash: Hash, bytes: Uint8Array): Promise<Bytes> {
  if (hash === 'SM3') return new Uint8Array(sm3(bytes));
  return new Uint8Array(await crypto.subtle.digest(hash, new Uint8Array(bytes)));
}
