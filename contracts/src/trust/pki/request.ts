import { bytesOf, Malformed } from '../canonical.ts';
import { joined, sha256 } from '../hash.ts';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import {
  isOnCurve,
  isStrong,
  publicKeyOf,
  schemeOf,
  schemeOfKey,
  sign,
  signatureAlgorithm,
  verifies,
  type PublicKey,
} from './algorithms.ts';
import {
  bitString,
  Fields,
  octetsOfBits,
  readDer,
  sequence,
  smallInteger,
  smallIntegerOf,
  tags,
  write,
  type Node,
} from './der.ts';
import { spkiOf } from './keys.ts';
import { nameOf, subjectOf } from './name.ts';
import type { SigningKey } from '../signer.ts';
import type { SuiteName } from '../suite.ts';
import type { Bytes, CertificateRequest, CertificateSubject, RequestFault } from './pki.types.ts';

const bindingLabel = bytesOf('xinbiao/v1/encryption-key\n');

/** Asks for a signing and an encryption certificate in one; the signing key signs for both. */
export async function makeCertificateRequest({
  subject,
  signing,
  encryption,
}: {
  subject: CertificateSubject;
  signing: CryptoKeyPair | PairElsewhere;
  encryption: CryptoKeyPair | Pick<PairElsewhere, 'spki'>;
}): Promise<CertificateRequest> {
  const info = sequence(smallInteger(0), nameOf(subject), await publicOf(signing), write(0xa0));
  const scheme = signatureAlgorithm(schemeOfKey(signing.privateKey));
  const request = sequence(info, scheme, bitString(await sign(signing.privateKey, info)));
  const encryptionSpki = await publicOf(encryption);
  const binding = await sign(signing.privateKey, bindingBytes(encryptionSpki, request));
  return { signing: toHex(request), encryptionSpki: toHex(encryptionSpki), binding: toHex(binding) };
}

/** A pair whose private key WebCrypto does not hold: SM2, or on a token. */
export type PairElsewhere = { readonly privateKey: SigningKey; readonly spki: Bytes };

const publicOf = (pair: CryptoKeyPair | Pick<PairElsewhere, 'spki'>): Promise<Bytes> =>
  'spki' in pair ? Promise.resolve(pair.spki) : spkiOf(pair.publicKey);

const bindingBytes = (encryptionSpki: Uint8Array, request: Uint8Array): Bytes =>
  joined(bindingLabel, encryptionSpki, sha256(request));

export type CheckedRequest =
  | {
      readonly ok: true;
      readonly suite: SuiteName;
      readonly subject: CertificateSubject;
      readonly signingSpki: Bytes;
      readonly encryptionSpki: Bytes;
    }
  | { readonly ok: false; readonly reason: RequestFault };

/** Does the party hold the signing key it asks for, and does that key vouch for the encryption key? Never throws. */
export async function checkCertificateRequest(request: CertificateRequest): Promise<CheckedRequest> {
  let read: ReturnType<typeof readRequest>;
  try {
    read = readRequest(request);
  } catch (error) {
    if (error instanceof Malformed || error instanceof RangeError) return { ok: false, reason: 'request.malformed' };
    throw error;
  }
  const { signingKey, encryptionKey, info, scheme, signature } = read;
  const fits = encryptionKey.kind === 'SM2' || (encryptionKey.kind === 'EC' && encryptionKey.curve === 'P-256');
  if (!isStrong(signingKey) || !fits || (signingKey.kind === 'EC' && signingKey.curve !== 'P-256'))
    return { ok: false, reason: 'request.weak-key' };
  if ((signingKey.kind === 'SM2') !== (encryptionKey.kind === 'SM2'))
    return { ok: false, reason: 'request.mixed-suites' };
  if (!scheme || scheme.hash === 'SHA-1' || !(await verifies(signingKey, { scheme, signature, over: info.der })))
    return { ok: false, reason: 'request.invalid-signature' };

  const over = bindingBytes(encryptionKey.spki, fromHex(request.signing));
  const bound = await verifies(signingKey, {
    scheme: scheme.kind === 'SM2' ? scheme : { ...scheme, hash: 'SHA-256' },
    signature: fromHex(request.binding),
    over,
  });
  // The point must lie on the curve before anyone seals a share to it.
  if (!bound || !(await isOnCurve(encryptionKey))) return { ok: false, reason: 'request.invalid-binding' };
  const suite = signingKey.kind === 'SM2' ? 'XB1-SM' : 'XB1';
  return { ok: true, suite, subject: read.subject, signingSpki: signingKey.spki, encryptionSpki: encryptionKey.spki };
}

function readRequest({ signing, encryptionSpki, binding }: CertificateRequest): {
  info: Node;
  subject: CertificateSubject;
  signingKey: PublicKey;
  encryptionKey: PublicKey;
  scheme: ReturnType<typeof schemeOf>;
  signature: Bytes;
} {
  // prettier-ignore
  const outer = new Fields(readDer(fromHex(signing)), 'request');
  const info = outer.take(tags.sequence);
  const scheme = schemeOf(outer.take(tags.sequence));
  const signature = octetsOfBits(outer.take(tags.bitString), 'request');
  outer.done();
  const fields = new Fields(info, 'request');
  if (smallIntegerOf(fields.take(tags.integer)) !== 0) throw new Malformed('request version');
  const subject = subjectOf(fields.take(tags.sequence));
  const signingKey = publicKeyOf(fields.take(tags.sequence));
  fields.maybe(0xa0);
  fields.done();
  fromHex(binding);
  return { info, subject, signingKey, encryptionKey: publicKeyOf(readDer(fromHex(encryptionSpki))), scheme, signature };
}
