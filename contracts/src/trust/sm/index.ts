/** The national algorithms: SM2 signatures and encryption, the hash SM3, AEAD_SM4_GCM. */
export {
  distinguishingId,
  readSm2,
  sm2Decrypt,
  sm2Encrypt,
  sm2PublicOf,
  sm2SecretOf,
  sm2Sign,
  sm2Verify,
} from './sm2.ts';
export { sm3 } from './sm3.ts';
export { sm4Block, sm4Key, type Sm4Key } from './sm4.ts';
