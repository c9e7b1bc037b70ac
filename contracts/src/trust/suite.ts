import { p256 } from '@noble/curves/nist.js';
import { hkdf, expand } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { Malformed } from './canonical.ts';
import { joined, sha256 } from './hash.ts';
import type { CertificateFacts, KeyAlgorithm } from './pki/pki.types.ts';
import { Sm2Point } from './sm/sm2.ts';
import { sm3 } from './sm/sm3.ts';
import { sm4Key } from './sm/sm4.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export const suiteNames = ['XB1', 'XB1-SM'] as const;
/** Which algorithms a tender's envelopes are made of: one suite for the whole tender, never two. */
export type SuiteName = (typeof suiteNames)[number];

/** Points of a curve of prime order, with their arithmetic. */
export type Group = typeof p256.Point;

/** A key of authenticated encryption; every message under a nonce of its own. */
export interface Aead {
  seal(nonce: Bytes, plain: Bytes, additional?: Bytes): Promise<Bytes>;
  /** The message; rejects for anything but what `seal` made. */
  open(nonce: Bytes, sealed: Bytes, additional?: Bytes): Promise<Bytes>;
}

/** The algorithms of one suite. What uses them is written once. */
export interface Suite {
  readonly name: SuiteName;
  /** What shares are sealed to. */
  readonly officerKeys: KeyAlgorithm;
  /** H: 32 bytes. */
  readonly hash: (bytes: Uint8Array) => Bytes;
  /** HKDF whole (RFC 5869). */
  readonly hkdf: (secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number) => Bytes;
  /** X(key, info, length): HKDF-Expand alone. */
  readonly expand: (key: Uint8Array, info: Uint8Array, length: number) => Bytes;
  readonly Point: Group;
  readonly aead: {
    /** Bytes of a key. */
    readonly keyLength: 16 | 32;
    /** First bytes of the info from which a part's keys are expanded. */
    readonly label: string;
    readonly key: (bytes: Uint8Array) => Promise<Aead>;
  };
}

/** HKDF-Expand with SHA-512, written out because these keys have 32 bytes and the library insists on a hash's length. */
function expandSha512(key: Uint8Array, info: Uint8Array, length: number): Bytes {
  const blocks: Uint8Array[] = [];
  for (let at = 1; (at - 1) * 64 < length; at += 1)
    blocks.push(hmac(sha512, key, joined(blocks.at(-1) ?? new Uint8Array(), info, Uint8Array.of(at))));
  return joined(...blocks).slice(0, length);
}

async function aesGcm(bytes: Uint8Array): Promise<Aead> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(bytes), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const algorithm = (iv: Bytes, additionalData?: Bytes) => ({
    name: 'AES-GCM',
    iv,
    ...(additionalData ? { additionalData } : {}),
  });
  return {
    seal: async (nonce, plain, additional) =>
      new Uint8Array(await crypto.subtle.encrypt(algorithm(nonce, additional), key, plain)),
    open: async (nonce, sealed, additional) =>
      new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce, additional), key, sealed)),
  };
}

/* oxlint-disable require-await -- both suites answer alike, though only WebCrypto has to wait */
async function sm4Gcm(bytes: Uint8Array): Promise<Aead> {
  const key = sm4Key(bytes);
  return {
    seal: async (nonce, plain, additional) => key.seal(nonce, plain, additional),
    open: async (nonce, sealed, additional) => key.open(nonce, sealed, additional),
  };
}
/* oxlint-enable require-await */

/** The general suite: what every browser has built in. */
export const xb1: Suite = {
  name: 'XB1',
  officerKeys: 'EC-P256',
  hash: sha256,
  hkdf: (secret, salt, info, length) => new Uint8Array(hkdf(sha512, secret, salt, info, length)),
  expand: expandSha512,
  Point: p256.Point,
  aead: { keyLength: 32, label: 'c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM', key: aesGcm },
};

/** The national suite: SM2, SM3, SM4 throughout. */
export const xb1Sm: Suite = {
  name: 'XB1-SM',
  officerKeys: 'SM2',
  hash: (bytes) => new Uint8Array(sm3(bytes)),
  hkdf: (secret, salt, info, length) => new Uint8Array(hkdf(sm3, secret, salt, info, length)),
  expand: (key, info, length) => {
    if (key.length !== 32) throw new Malformed('key length');
    return new Uint8Array(expand(sm3, key, info, length));
  },
  Point: Sm2Point,
  aead: { keyLength: 16, label: 'xinbiao/v1/chunked+HKDF_SM3+AEAD_SM4_GCM', key: sm4Gcm },
};

export const suites: Readonly<Record<SuiteName, Suite>> = { XB1: xb1, 'XB1-SM': xb1Sm };

/** The only suite in whose tenders a certificate's key may sign a bid or receive shares. */
export const suiteOfKey = ({ algorithm }: Pick<CertificateFacts, 'algorithm'>): SuiteName =>
  algorithm === 'SM2' ? 'XB1-SM' : 'XB1';
