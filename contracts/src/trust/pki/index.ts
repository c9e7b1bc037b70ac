/**
 * Certificates, detached signatures, key files and the demonstration authority. Reads strict DER only (key files
 * of other programs apart), believes nothing a certificate claims before its path to a root was checked, and
 * holds no trusted root itself.
 */
export type * from './pki.types.ts';
export { readCertificate } from './certificate.ts';
export { checkCertificate } from './check.ts';
export { generateEncryptionPair, generateSigningPair, importEncryptionKey, importSigningKey } from './keys.ts';
export { checkCertificateRequest, makeCertificateRequest, type CheckedRequest, type PairElsewhere } from './request.ts';
export { isSm2Pkcs8, Sm2Key } from './sm2Key.ts';
export { createAuthority, createSm2Authority, issueCertificates, makeCrl } from './authority.ts';
export { signatureValueOf, signDetached, verifyDetached, whoSigned, type Verified } from './cms.ts';
export { makePkcs12, openPkcs12, WrongPassword } from './pkcs12.ts';
