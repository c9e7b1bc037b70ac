import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { p256 } from '@noble/curves/nist.js';
import { fromHex } from '../kernel/bytes.ts';
import { Malformed, bytesOf } from './canonical.ts';
import { joined } from './hash.ts';

const nul = Uint8Array.of(0);
const order = p256.Point.Fn.ORDER;

/** X(key, info, length) of the protocol: HKDF-Expand with SHA-512 (RFC 5869 §2.3). */
export function expandKey(key: Uint8Array, info: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  // Written out because the protocol's keys have 32 bytes and the library insists on a hash's length for a PRK.
  const blocks: Uint8Array[] = [];
  for (let at = 1; (at - 1) * 64 < length; at += 1)
    blocks.push(hmac(sha512, key, joined(blocks.at(-1) ?? new Uint8Array(), info, Uint8Array.of(at))));
  return joined(...blocks).slice(0, length);
}

/** SK_s: the key of a stage from what the groups hold together. */
export const stageKeyOf = (secret: Uint8Array, ctxHash: string, stage: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(hkdf(sha512, secret, fromHex(ctxHash), joined(bytesOf('xinbiao/v1/stage'), nul, bytesOf(stage)), 32));

/** What the manifest says of a stage key without giving it away. */
export const keyCommitOf = (stageKey: Uint8Array, ctxHash: string, stage: string): Uint8Array<ArrayBuffer> =>
  expandKey(stageKey, joined(bytesOf('xinbiao/v1/key-commit'), nul, fromHex(ctxHash), bytesOf(stage)), 32);

/** The key of one part; enough to open that part and nothing else. */
export const partKeyOf = (
  stageKey: Uint8Array,
  ctxHash: string,
  stage: string,
  part: string,
): Uint8Array<ArrayBuffer> =>
  expandKey(
    stageKey,
    joined(bytesOf('xinbiao/v1/part-key'), nul, fromHex(ctxHash), bytesOf(stage), nul, bytesOf(part)),
    32,
  );

/** The encryption context of one part: ciphertext moved to another bid, stage or part does not open. */
export const partContextOf = (ctxHash: string, stage: string, part: string): Uint8Array<ArrayBuffer> =>
  joined(bytesOf('xinbiao/v1/part'), nul, fromHex(ctxHash), bytesOf(stage), nul, bytesOf(part));

/** Where a secret of the dealer belongs: every place has a label of its own. */
export interface Place {
  readonly stage: string;
  readonly group: string;
  readonly x: number;
}

/** What the dealer draws for the bidder's gate of one stage. */
export interface GateSecrets {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly contentKey: Uint8Array<ArrayBuffer>;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly ephemeral: Uint8Array<ArrayBuffer>;
}

/** All the randomness of one envelope's dealer, from one seed, so that the envelope can be rebuilt byte for byte. */
export interface Dealer {
  coefficient(stage: string, group: string, degree: number): bigint;
  shareSalt(place: Place): Uint8Array<ArrayBuffer>;
  contentKey(place: Place): Uint8Array<ArrayBuffer>;
  iv(place: Place): Uint8Array<ArrayBuffer>;
  ephemeral(place: Place): Uint8Array<ArrayBuffer>;
  /** The bidder's own key to a stage, and what wraps it for the bidder. */
  gate(stage: string): GateSecrets;
  /** `layout` names the archive: other files get another salt, so a key and salt never meet other sizes or another bid.json. */
  headSalt(stage: string, part: string, layout: string): Uint8Array<ArrayBuffer>;
  bytes(label: string, length: number): Uint8Array<ArrayBuffer>;
}

export function dealerOf(dealSeed: Uint8Array, ctxHash: string): Dealer {
  if (dealSeed.length !== 32) throw new Malformed('dealSeed');
  const bytes = (label: string, length: number): Uint8Array<ArrayBuffer> =>
    new Uint8Array(hkdf(sha512, dealSeed, fromHex(ctxHash), bytesOf(`xinbiao/v1/deal/${label}`), length));
  const at = (kind: string, { stage, group, x }: Place): string => `${kind}/${stage}/${group}/${x}`;
  return {
    bytes,
    coefficient: (stage, group, degree) => scalarOf(bytes(`coefficient/${stage}/${group}/${degree}`, 48)),
    shareSalt: (place) => bytes(at('share-salt', place), 32),
    contentKey: (place) => bytes(at('content-key', place), 32),
    iv: (place) => bytes(at('iv', place), 12),
    ephemeral: (place) => scalarBytes(scalarOf(bytes(at('ephemeral', place), 48))),
    gate: (stage) => ({
      key: bytes(`gate/${stage}`, 32),
      salt: bytes(`gate-salt/${stage}`, 32),
      contentKey: bytes(`gate-content-key/${stage}`, 32),
      iv: bytes(`gate-iv/${stage}`, 12),
      ephemeral: scalarBytes(scalarOf(bytes(`gate-ephemeral/${stage}`, 48))),
    }),
    headSalt: (stage, part, layout) => bytes(`head-salt/${stage}/${part}/${layout}`, 24),
  };
}

/** A scalar from 1 to q − 1; 48 bytes leave a bias below 2⁻¹²⁸. */
function scalarOf(random: Uint8Array): bigint {
  return (bigintOf(random) % (order - 1n)) + 1n;
}

export function bigintOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return value;
}

export const scalarBytes = (scalar: bigint): Uint8Array<ArrayBuffer> => fromHex(scalar.toString(16).padStart(64, '0'));
