import { fromHex } from '../kernel/bytes.ts';
import { Malformed, bytesOf } from './canonical.ts';
import { joined } from './hash.ts';
import { suites, xb1, type Suite, type SuiteName } from './suite.ts';

const nul = Uint8Array.of(0);

/** X(key, info, length) of the general suite: HKDF-Expand with SHA-512 (RFC 5869 §2.3). */
export const expandKey = xb1.expand;

/** SK_s: the key of a stage from what the groups hold together. */
export const stageKeyOf = (
  secret: Uint8Array,
  ctxHash: string,
  stage: string,
  { hkdf }: Suite = xb1,
): Uint8Array<ArrayBuffer> =>
  hkdf(secret, fromHex(ctxHash), joined(bytesOf('xinbiao/v1/stage'), nul, bytesOf(stage)), 32);

/** What the manifest says of a stage key without giving it away. */
export const keyCommitOf = (
  stageKey: Uint8Array,
  ctxHash: string,
  stage: string,
  { expand }: Suite = xb1,
): Uint8Array<ArrayBuffer> =>
  expand(stageKey, joined(bytesOf('xinbiao/v1/key-commit'), nul, fromHex(ctxHash), bytesOf(stage)), 32);

/** The key of one part; enough to open that part and nothing else. */
export const partKeyOf = (
  stageKey: Uint8Array,
  ctxHash: string,
  stage: string,
  part: string,
  { expand }: Suite = xb1,
): Uint8Array<ArrayBuffer> =>
  expand(
    stageKey,
    joined(bytesOf('xinbiao/v1/part-key'), nul, fromHex(ctxHash), bytesOf(stage), nul, bytesOf(part)),
    32,
  );

/** What an envelope says of itself that its keys depend on. */
export interface Placed {
  readonly ctx: { readonly suite: SuiteName };
  readonly ctxHash: string;
}

/** `partKeyOf` in the suite of the envelope. */
export const partKeyIn = (
  { ctx, ctxHash }: Placed,
  stageKey: Uint8Array,
  stage: string,
  part: string,
): Uint8Array<ArrayBuffer> => partKeyOf(stageKey, ctxHash, stage, part, suites[ctx.suite]);

/** `keyCommitOf` in the suite of the envelope. */
export const keyCommitIn = ({ ctx, ctxHash }: Placed, stageKey: Uint8Array, stage: string): Uint8Array<ArrayBuffer> =>
  keyCommitOf(stageKey, ctxHash, stage, suites[ctx.suite]);

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
  readonly suite: Suite;
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

export function dealerOf(dealSeed: Uint8Array, ctxHash: string, suite: Suite = xb1): Dealer {
  if (dealSeed.length !== 32) throw new Malformed('dealSeed');
  const bytes = (label: string, length: number): Uint8Array<ArrayBuffer> =>
    suite.hkdf(dealSeed, fromHex(ctxHash), bytesOf(`xinbiao/v1/deal/${label}`), length);
  const scalarOf = (random: Uint8Array): bigint => scalarFrom(random, suite);
  const at = (kind: string, { stage, group, x }: Place): string => `${kind}/${stage}/${group}/${x}`;
  return {
    suite,
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
function scalarFrom(random: Uint8Array, { Point }: Suite): bigint {
  return (bigintOf(random) % (Point.Fn.ORDER - 1n)) + 1n;
}

export function bigintOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return value;
}

export const scalarBytes = (scalar: bigint): Uint8Array<ArrayBuffer> => fromHex(scalar.toString(16).padStart(64, '0'));
