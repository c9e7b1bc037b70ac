/**
 * Timestamps after RFC 3161: asking, answering, judging. Strict DER, one signer whose certificate is for timestamps
 * only (critically), the signing certificate named by signing-certificate-v2.
 */
export type * from './timestamp.types.ts';
export { createTimestampAuthority } from './authority.ts';
export { longestAnswer, longestQuestion, OtherDigest } from './form.ts';
export {
  checkTimestamp,
  issueTimestamp,
  readTimestamp,
  readTimestampRequest,
  readTimestampResponse,
  timestampRequest,
  timestampResponse,
} from './timestamp.ts';
export { timestampsIn, withTimestamps } from './stamped.ts';
