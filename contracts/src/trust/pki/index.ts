/**
 * Certificates, detached signatures, key files and the demonstration authority. Reads strict DER only,
 * believes nothing a certificate claims before its path to a root was checked, and holds no trusted root itself.
 */
import type * as T from './pki.types.ts';

export type * from './pki.types.ts';

const soon = (): never => {
  throw new Error('being written');
};

export const readCertificate = (_der: Uint8Array): T.CertificateFacts => soon();
export const checkCertificate = async (_: T.TrustAnchors & { certificate: Uint8Array; usage: 'sign' | 'agree' }): Promise<T.CertificateFault | undefined> => soon();
export const generateSigningPair = async (_: { extractable: boolean }): Promise<CryptoKeyPair> => soon();
export const generateEncryptionPair = async (_: { extractable: boolean }): Promise<CryptoKeyPair> => soon();
export const importSigningKey = async (_pkcs8: Uint8Array, _options: { extractable: boolean }): Promise<CryptoKey> => soon();
export const importEncryptionKey = async (_pkcs8: Uint8Array, _options: { extractable: boolean }): Promise<CryptoKey> => soon();
export const makeCertificateRequest = async (_: { subject: T.CertificateSubject; signing: CryptoKeyPair; encryption: CryptoKeyPair }): Promise<T.CertificateRequest> => soon();
export const checkCertificateRequest = async (
  _: T.CertificateRequest,
): Promise<{ ok: true; subject: T.CertificateSubject; signingSpki: T.Bytes; encryptionSpki: T.Bytes } | { ok: false; reason: T.RequestFault }> => soon();
export const createAuthority = async (_: { name: string; at: Date; years: number; extractable?: boolean }): Promise<T.Authority> => soon();
export const issueCertificates = async (_: {
  authority: T.Authority;
  request: T.CertificateRequest;
  subject: T.CertificateSubject;
  serials: { signing: string; encryption: string };
  notBefore: Date;
  notAfter: Date;
}): Promise<{ signing: T.Bytes; encryption: T.Bytes }> => soon();
export const makeCrl = async (_: { authority: T.Authority; revoked: readonly T.Revocation[]; at: Date; nextUpdate: Date }): Promise<T.Bytes> => soon();
export const signDetached = async (_: {
  content: Uint8Array;
  certificate: Uint8Array;
  chain?: readonly Uint8Array[];
  privateKey: CryptoKey;
  signingTime?: Date;
}): Promise<T.Bytes> => soon();
export const verifyDetached = async (
  _: T.TrustAnchors & { content: Uint8Array; signature: Uint8Array },
): Promise<{ ok: true; certificate: T.CertificateFacts; signingTime?: Date } | { ok: false; reason: T.SignatureFault }> => soon();
export const makePkcs12 = async (_: T.KeyFile & { password: string; iterations?: number }): Promise<T.Bytes> => soon();
export const openPkcs12 = async (_bytes: Uint8Array, _password: string): Promise<T.KeyFile> => soon();
export class WrongPassword extends Error {}
