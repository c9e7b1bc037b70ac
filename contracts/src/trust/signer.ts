import { importEncryptionKey, importSigningKey } from './pki/keys.ts';
import type { SignatureScheme } from './pki/algorithms.ts';
import { signDetached } from './pki/cms.ts';
import { readCertificate } from './pki/certificate.ts';
import { isSm2Pkcs8, Sm2Key } from './pki/sm2Key.ts';
import type { Bytes, CertificateFacts } from './pki/pki.types.ts';

/**
 * Who signs and who opens, wherever their keys lie: in the browser's key store, in a key file opened for one session,
 * or on a token that never gives them out. Whoever uses a Signer or a Decrypter need not know which.
 */

/** A private key that WebCrypto does not hold but that signs in the form X.509 and CMS carry. */
export interface OwnSigningKey {
  readonly scheme: SignatureScheme;
  readonly sign: (over: Uint8Array) => Promise<Bytes>;
}
export type SigningKey = CryptoKey | OwnSigningKey;

/** A private P-256 key elsewhere that can still agree: it gives the 32 bytes of the shared point's x. */
export interface OwnAgreementKey {
  readonly agree: (point: Bytes) => Promise<Bytes>;
}
/** A private SM2 key: it opens what was encrypted for it, whole. */
export interface OwnOpeningKey {
  readonly open: (ciphertext: Uint8Array) => Promise<Bytes>;
}
export type DecryptionKey = CryptoKey | OwnAgreementKey | OwnOpeningKey;

/** Where a key lies: kept by this browser, in a key file opened for this session, on a hardware token. */
export type KeyPlace = 'software' | 'p12' | 'pkcs11';

/** Somebody who can sign: the certificate that will stand behind it, and the signing itself. */
export interface Signer {
  readonly kind: KeyPlace;
  readonly certificate: CertificateFacts;
  readonly chain: readonly Bytes[];
  /** Signs content that stays outside: detached CMS, DER. `words` tell a person at a token what it is about. */
  sign(content: Uint8Array, words?: string): Promise<Bytes>;
}

/** Somebody who can open what was sealed to the certificate. Throws WrapUnreadable from `unwrap`, whatever is wrong. */
export interface Decrypter {
  readonly kind: KeyPlace;
  readonly certificate: CertificateFacts;
  readonly key: DecryptionKey;
}

/** A signer from a key that lies in this program's reach. `now` gives the signing time to state, if any. */
export function signerOf({
  kind,
  certificate,
  chain,
  key,
  now,
}: {
  readonly kind: KeyPlace;
  readonly certificate: Uint8Array;
  readonly chain: readonly Bytes[];
  readonly key: SigningKey;
  readonly now?: () => Date;
}): Signer {
  const facts = readCertificate(certificate);
  return {
    kind,
    certificate: facts,
    chain,
    sign: (content) =>
      signDetached({
        content,
        certificate: facts.der,
        chain,
        privateKey: key,
        ...(now ? { signingTime: now() } : {}),
      }),
  };
}

/** Takes in a private signing key of any kind this platform knows (P-256, RSA, SM2). Throws Malformed. */
export const signingKeyFrom = async (pkcs8: Uint8Array): Promise<SigningKey> =>
  isSm2Pkcs8(pkcs8) ? Sm2Key.from(pkcs8) : importSigningKey(pkcs8);

/** Takes in a private encryption key of either suite (P-256, SM2). Throws Malformed. */
export const decryptionKeyFrom = async (pkcs8: Uint8Array): Promise<DecryptionKey> =>
  isSm2Pkcs8(pkcs8) ? Sm2Key.from(pkcs8) : importEncryptionKey(pkcs8);
