import { Malformed } from '../canonical.ts';
import { sm2PointOf, sm2Verify } from '../sm/sm2.ts';
import {
  Fields,
  nothing,
  octetsOfBits,
  oid,
  oidOf,
  readDer,
  sequence,
  tags,
  unsigned,
  unsignedOf,
  type Node,
} from './der.ts';
import { oids } from './oids.ts';
import type { SigningKey } from '../signer.ts';
import type { Bytes } from './pki.types.ts';

export type Hash = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512' | 'SM3';
type Curve = 'P-256' | 'P-384' | 'P-521';

/** A public key as far as this platform knows keys; anything else is `unknown` and never verifies. */
export type PublicKey =
  | { readonly kind: 'EC'; readonly curve: Curve; readonly bits: number; readonly spki: Bytes }
  | { readonly kind: 'RSA'; readonly bits: number; readonly spki: Bytes }
  | { readonly kind: 'SM2'; readonly bits: number; readonly spki: Bytes; readonly point: Bytes }
  | { readonly kind: 'unknown'; readonly bits: number; readonly spki: Bytes };

/** How a signature was made. SHA-1 is read only to be named as weak. */
export type SignatureScheme = { readonly kind: 'EC' | 'RSA' | 'SM2'; readonly hash: Hash };

const curves: Readonly<Record<string, { curve: Curve; bits: number; bytes: number }>> = {
  [oids.p256]: { curve: 'P-256', bits: 256, bytes: 32 },
  [oids.p384]: { curve: 'P-384', bits: 384, bytes: 48 },
  [oids.p521]: { curve: 'P-521', bits: 521, bytes: 66 },
};
const scalarBytes: Readonly<Record<Curve, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

const schemes: Readonly<Record<string, SignatureScheme>> = {
  [oids.rsaSha1]: { kind: 'RSA', hash: 'SHA-1' },
  [oids.rsaSha256]: { kind: 'RSA', hash: 'SHA-256' },
  [oids.rsaSha384]: { kind: 'RSA', hash: 'SHA-384' },
  [oids.rsaSha512]: { kind: 'RSA', hash: 'SHA-512' },
  [oids.ecdsaSha1]: { kind: 'EC', hash: 'SHA-1' },
  [oids.ecdsaSha256]: { kind: 'EC', hash: 'SHA-256' },
  [oids.ecdsaSha384]: { kind: 'EC', hash: 'SHA-384' },
  [oids.ecdsaSha512]: { kind: 'EC', hash: 'SHA-512' },
  [oids.sm2Sm3]: { kind: 'SM2', hash: 'SM3' },
};

const hashes: Readonly<Record<string, Hash>> = {
  [oids.sha1]: 'SHA-1', [oids.sha256]: 'SHA-256', [oids.sha384]: 'SHA-384', [oids.sha512]: 'SHA-512', [oids.sm3]: 'SM3',
}; // prettier-ignore

/** AlgorithmIdentifier of a digest; parameters absent or NULL. Undefined for a digest nobody here uses. */
export function hashOf(node: Node | undefined): Hash | undefined {
  return hashes[plainAlgorithm(node)];
}

/** AlgorithmIdentifier of a signature. A bare rsaEncryption, as CMS writes it, takes the digest given beside it. */
export function schemeOf(node: Node | undefined, beside?: Hash): SignatureScheme | undefined {
  const dotted = plainAlgorithm(node, true);
  if (dotted === oids.rsa) return beside && { kind: 'RSA', hash: beside };
  // So do the bare names of SM2, which has no other digest than SM3.
  if (dotted === oids.sm2 || dotted === oids.sm2Sign)
    return beside === 'SM3' ? { kind: 'SM2', hash: 'SM3' } : undefined;
  return schemes[dotted];
}

function plainAlgorithm(node: Node | undefined, anyParameters = false): string {
  const fields = new Fields(node, 'algorithm');
  const dotted = oidOf(fields.take(tags.oid));
  const parameters = fields.maybe(tags.null) ?? (anyParameters ? fields.maybe(tags.sequence) : undefined);
  // RSA-PSS and its kin put their meaning into parameters: they are outside of the list, so nothing is lost here.
  if (parameters?.tag === tags.sequence && dotted in schemes) throw new Malformed('algorithm');
  fields.done();
  return dotted;
}

export const signatureAlgorithm = ({ kind, hash }: SignatureScheme): Bytes => {
  const dotted = Object.entries(schemes).find(([, scheme]) => scheme.kind === kind && scheme.hash === hash)?.[0];
  if (dotted === undefined) throw new Malformed('algorithm');
  return kind === 'RSA' ? sequence(oid(dotted), nothing()) : sequence(oid(dotted));
};

/** Reads a SubjectPublicKeyInfo. Whether a point lies on its curve is decided where it is used. */
export function publicKeyOf(node: Node): PublicKey {
  const fields = new Fields(node, 'public key');
  const algorithm = new Fields(fields.take(tags.sequence), 'public key');
  const key = octetsOfBits(fields.take(tags.bitString), 'public key');
  fields.done();
  const dotted = oidOf(algorithm.take(tags.oid));
  const spki = node.der;

  if (dotted === oids.ec) {
    const named = algorithm.maybe(tags.oid);
    if (named && oidOf(named) === oids.sm2) {
      algorithm.done();
      if (key.length !== 65 || key[0] !== 4) throw new Malformed('public key');
      return { kind: 'SM2', bits: 256, spki, point: new Uint8Array(key) };
    }
    const curve = named && curves[oidOf(named)];
    if (!curve) return { kind: 'unknown', bits: 0, spki };
    algorithm.done();
    if (key.length !== 1 + 2 * curve.bytes || key[0] !== 4) throw new Malformed('public key');
    return { kind: 'EC', curve: curve.curve, bits: curve.bits, spki };
  }
  if (dotted === oids.rsa) {
    const rsa = new Fields(readDer(key), 'public key');
    const modulus = unsignedOf(rsa.take(tags.integer), 'public key');
    const exponent = unsignedOf(rsa.take(tags.integer), 'public key');
    rsa.done();
    if (exponent.length > 4 || ((exponent.at(-1) ?? 0) & 1) === 0) throw new Malformed('public key');
    return { kind: 'RSA', bits: modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24, spki };
  }
  return { kind: 'unknown', bits: 0, spki };
}

/** Strong enough to be relied on: RSA from 2048 to 8192 bits, one of the NIST curves, or SM2. */
export const isStrong = (key: PublicKey): boolean =>
  key.kind === 'EC' || key.kind === 'SM2' || (key.kind === 'RSA' && key.bits >= 2048 && key.bits <= 8192);

/** Did this key make this signature (DER form for ECDSA)? Never throws: what cannot be imported or read did not. */
export async function verifies(
  key: PublicKey,
  made: { scheme: SignatureScheme; signature: Uint8Array; over: Uint8Array },
): Promise<boolean> {
  if (key.kind !== made.scheme.kind || key.bits > 8192) return false;
  try {
    const { hash } = made.scheme;
    if (key.kind === 'SM2') return hash === 'SM3' && sm2Verify(key.point, made.over, made.signature);
    if (hash === 'SM3') return false;
    const over = new Uint8Array(made.over);
    if (key.kind === 'RSA') {
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash };
      const imported = await crypto.subtle.importKey('spki', key.spki, algorithm, false, ['verify']);
      return await crypto.subtle.verify(algorithm, imported, new Uint8Array(made.signature), over);
    }
    if (key.kind !== 'EC') return false;
    const imported = await crypto.subtle.importKey('spki', key.spki, { name: 'ECDSA', namedCurve: key.curve }, false, [
      'verify',
    ]);
    return await crypto.subtle.verify(
      { name: 'ECDSA', hash },
      imported,
      rawSignature(made.signature, scalarBytes[key.curve]),
      over,
    );
  } catch {
    return false;
  }
}

/** Does the point of a key lie on its curve? Before anyone seals a share to it. */
export async function isOnCurve(key: PublicKey): Promise<boolean> {
  try {
    if (key.kind === 'SM2') return !sm2PointOf(key.point).is0();
    if (key.kind !== 'EC') return false;
    await crypto.subtle.importKey('spki', key.spki, { name: 'ECDH', namedCurve: key.curve }, false, []);
    return true;
  } catch {
    return false;
  }
}

/** The scheme a private key signs with: SHA-256, and SM3 for SM2. Throws Malformed for a key that is not a signing key. */
export function schemeOfKey(key: SigningKey): SignatureScheme {
  if ('scheme' in key) return key.scheme;
  if (key.algorithm.name === 'ECDSA') return { kind: 'EC', hash: 'SHA-256' };
  if (key.algorithm.name === 'RSASSA-PKCS1-v1_5') return { kind: 'RSA', hash: 'SHA-256' };
  throw new Malformed('not a signing key');
}

/** Signs in the form X.509 and CMS carry: DER for ECDSA and SM2. */
export async function sign(key: SigningKey, over: Uint8Array): Promise<Bytes> {
  if ('scheme' in key) return key.sign(over);
  const { kind } = schemeOfKey(key);
  const algorithm = kind === 'EC' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'RSASSA-PKCS1-v1_5' };
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm, key, new Uint8Array(over)));
  if (kind === 'RSA') return signature;
  const half = signature.length / 2;
  return sequence(unsigned(signature.subarray(0, half)), unsigned(signature.subarray(half)));
}

/** ECDSA-Sig-Value as r ‖ s of fixed length, which is what WebCrypto speaks; throws Malformed. */
function rawSignature(der: Uint8Array, size: number): Bytes {
  const fields = new Fields(readDer(der, 256), 'signature');
  const halves = [unsignedOf(fields.take(tags.integer)), unsignedOf(fields.take(tags.integer))];
  fields.done();
  const raw = new Uint8Array(2 * size);
  for (const [at, half] of halves.entries()) {
    if (half.length > size) throw new Malformed('signature');
    raw.set(half, (at + 1) * size - half.length);
  }
  return raw;
}
