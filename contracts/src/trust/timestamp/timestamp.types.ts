import type { Bytes, SignatureFault } from '../pki/index.ts';

/** Digests a timestamp may be over; the protocol's own are SHA-256. */
export type ImprintHash = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** What somebody asks a timestamp authority. */
export type TimestampQuestion = {
  readonly hash: ImprintHash;
  readonly digest: Bytes;
  /** Big-endian, without leading zeros. */
  readonly nonce: Bytes | undefined;
  readonly policy: string | undefined;
  /** Whether the token is to carry the authority's certificates. */
  readonly wantsCertificates: boolean;
};

/** A timestamp authority that signs by itself: its certificate for timestamps only, and its key. */
export type StampingAuthority = {
  readonly certificate: Bytes;
  readonly chain: readonly Bytes[];
  readonly privateKey: CryptoKey;
};

/** What a token says, before anybody has judged it. */
export type TimestampClaim = {
  readonly time: Date;
  readonly hash: ImprintHash;
  readonly digest: Bytes;
  readonly nonce: Bytes | undefined;
  readonly policy: string;
  readonly serial: string;
  /** By how much the authority says it may be off; null where it does not say. */
  readonly accuracyMilliseconds: number | null;
};

export type TimestampFault =
  | 'timestamp.malformed'
  | 'timestamp.wrong-digest'
  | 'timestamp.wrong-nonce'
  | Exclude<SignatureFault, 'signature.malformed'>;

/** A token that holds: the instant at which the digest existed, and who says so. */
export type CheckedTimestamp = {
  readonly ok: true;
  readonly time: Date;
  /** The name in the authority's certificate. */
  readonly authority: string;
  /** SHA-256 of the authority's certificate. */
  readonly fingerprint: string;
  readonly serial: string;
  readonly accuracyMilliseconds: number | null;
};

/** Why an authority gave no token, after RFC 3161 §2.4.2; `unreadable` where the answer is no answer at all. */
export type TimestampRefusal =
  | 'badAlg'
  | 'badRequest'
  | 'badDataFormat'
  | 'timeNotAvailable'
  | 'unacceptedPolicy'
  | 'unacceptedExtension'
  | 'addInfoNotAvailable'
  | 'systemFailure'
  | 'refused'
  | 'unreadable';
