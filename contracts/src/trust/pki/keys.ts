import { Malformed } from '../canonical.ts';
import { Fields, oidOf, readDer, tags } from './der.ts';
import { oids } from './oids.ts';
import type { Bytes } from './pki.types.ts';

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ecdh = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** A fresh key pair for signing: ECDSA P-256. */
export const generateSigningPair = ({ extractable }: { extractable: boolean }): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(ecdsa, extractable, ['sign', 'verify']);

/** A fresh key pair for receiving sealed things: ECDH P-256. */
export const generateEncryptionPair = ({ extractable }: { extractable: boolean }): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(ecdh, extractable, ['deriveBits']);

/** Takes in a private signing key, P-256 or RSA from 2048 bits; not extractable unless asked. Throws Malformed. */
export async function importSigningKey(
  pkcs8: Uint8Array,
  { extractable }: { extractable: boolean } = { extractable: false },
): Promise<CryptoKey> {
  const kind = kindOf(pkcs8);
  const key = await imported(pkcs8, kind === 'RSA' ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : ecdsa, {
    extractable,
    usages: ['sign'],
  });
  if (kind === 'RSA' && (!('modulusLength' in key.algorithm) || Number(key.algorithm.modulusLength) < 2048))
    throw new Malformed('key is too short');
  return key;
}

/** Takes in a private encryption key, P-256 only; not extractable unless asked. Throws Malformed. */
export async function importEncryptionKey(
  pkcs8: Uint8Array,
  { extractable }: { extractable: boolean } = { extractable: false },
): Promise<CryptoKey> {
  if (kindOf(pkcs8) !== 'EC') throw new Malformed('an encryption key is EC P-256');
  return imported(pkcs8, ecdh, { extractable, usages: ['deriveBits'] });
}

async function imported(
  pkcs8: Uint8Array,
  algorithm: EcKeyImportParams | RsaHashedImportParams,
  { extractable, usages }: { extractable: boolean; usages: readonly KeyUsage[] },
): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, extractable, [...usages]);
  } catch {
    throw new Malformed('private key'); // WebCrypto's own words differ by browser and say nothing more
  }
}

function kindOf(pkcs8: Uint8Array): 'EC' | 'RSA' {
  const fields = new Fields(readDer(pkcs8), 'private key');
  fields.take(tags.integer);
  const algorithm = new Fields(fields.take(tags.sequence), 'private key');
  const dotted = oidOf(algorithm.take(tags.oid));
  if (dotted === oids.rsa) return 'RSA';
  if (dotted === oids.ec && oidOf(algorithm.maybe(tags.oid)) === oids.p256) return 'EC';
  throw new Malformed('private key is neither EC P-256 nor RSA');
}

export async function spkiOf(key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey('spki', key));
}
