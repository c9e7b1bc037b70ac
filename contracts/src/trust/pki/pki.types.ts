import type { SigningKey } from '../signer.ts';

/** Bytes WebCrypto takes: never a view of shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Who a certificate or a request names. */
export type CertificateSubject = {
  readonly commonName: string;
  readonly organisation?: string;
  /** Unified social credit code, from organizationIdentifier (2.5.4.97) or serialNumber (2.5.4.5). */
  readonly uscc?: string;
};

export type KeyAlgorithm = 'EC-P256' | 'RSA' | 'SM2';

/** What a certificate claims; nothing here is proven before `checkCertificate` has answered undefined. */
export type CertificateFacts = {
  readonly der: Bytes;
  /** SHA-256 of the DER, lowercase hex: how the platform names a certificate. */
  readonly fingerprint: string;
  /** Lowercase hex without leading zero byte. */
  readonly serial: string;
  readonly subject: CertificateSubject;
  /** The issuer's name as one line, most specific part first: `CN=…, O=…, C=CN`. */
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly algorithm: KeyAlgorithm;
  readonly keyBits: number;
  /**
   * sign: digitalSignature or nonRepudiation on an end-entity certificate; agree: fit to seal shares to, that is
   * keyAgreement with a P-256 key, keyAgreement or keyEncipherment with an SM2 key.
   */
  readonly usage: { readonly sign: boolean; readonly agree: boolean };
  /** SubjectPublicKeyInfo, DER: what WebCrypto imports as `spki`. */
  readonly spki: Bytes;
};

export type CertificateFault =
  | 'certificate.expired'
  | 'certificate.not-yet-valid'
  | 'certificate.untrusted'
  | 'certificate.revoked'
  | 'certificate.wrong-usage'
  | 'certificate.weak-key';

export type SignatureFault = 'signature.malformed' | 'signature.wrong-content' | 'signature.invalid' | CertificateFault;

/** What a certificate is judged against. `roots` and `crls` are the caller's own configuration. */
export type TrustAnchors = {
  readonly roots: readonly Uint8Array[];
  readonly intermediates?: readonly Uint8Array[];
  readonly crls?: readonly Uint8Array[];
  /** The instant that counts. */
  readonly at: Date;
};

/** A request for the two certificates of one party: the signing key vouches for the encryption key. Lowercase hex. */
export type CertificateRequest = {
  /** PKCS#10 of the signing key, self-signed. */
  readonly signing: string;
  /** SubjectPublicKeyInfo of the encryption key, which cannot sign for itself. */
  readonly encryptionSpki: string;
  /** Signature of the signing key, ECDSA and SM2 in DER form, over label ‖ encryptionSpki ‖ SHA-256(PKCS#10). */
  readonly binding: string;
};

export type RequestFault =
  | 'request.malformed'
  | 'request.weak-key'
  | 'request.mixed-suites'
  | 'request.invalid-signature'
  | 'request.invalid-binding';

/** The demonstration certificate authority: its self-signed certificate and the key that issues. */
export type Authority<Key extends SigningKey = CryptoKey> = { readonly certificate: Bytes; readonly privateKey: Key };

export type Revocation = {
  /** Lowercase hex, as in CertificateFacts. */
  readonly serial: string;
  readonly at: Date;
  readonly reason: 'unspecified' | 'keyCompromise' | 'affiliationChanged' | 'superseded' | 'cessationOfOperation';
};

/** One key with its certificate, as a PKCS#12 file holds it. */
export type KeyEntry = { readonly name: string; readonly pkcs8: Bytes; readonly certificate: Bytes };
export type KeyFile = { readonly entries: readonly KeyEntry[]; readonly chain: readonly Bytes[] };
