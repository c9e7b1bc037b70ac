import { p256 } from '@noble/curves/nist.js';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { Malformed } from './canonical.ts';
import { bigintOf } from './derive.ts';
import { equalBytes, joined, sha256 } from './hash.ts';
import type { DecryptionKey } from './signer.ts';
import type { SuiteName } from './suite.ts';
import { encodeSm2, readSm2, sm2Decrypt, sm2Encrypt, sm2PointOf, Sm2Point } from './sm/sm2.ts';

/**
 * One secret for one officer: CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM, its key agreed by ECDH P-256
 * (dhSinglePass-stdDH-sha256kdf, RFC 5753) and wrapped by AES-256 key wrap. `openssl cms -decrypt` opens it.
 * For an SM2 certificate a wrap is one SM2 ciphertext (GM/T 0009), which `openssl pkeyutl -decrypt` and tokens open.
 * There is one encoding only: what does not re-encode to the same bytes is refused before any key is used.
 */
type Bytes = Uint8Array<ArrayBuffer>;

/** The officer's wrap did not open. There is one such error and it says nothing more, to nobody. */
export class WrapUnreadable extends Error {
  constructor() {
    super('wrap unreadable');
    this.name = 'WrapUnreadable';
  }
}

/** Whose wrap it is: issuer and serial number as they stand in the certificate, and its public point. */
export interface Recipient {
  readonly kind: 'P-256' | 'SM2';
  /** DER of IssuerAndSerialNumber; empty for SM2, whose ciphertext names nobody. */
  readonly identifier: Bytes;
  /** Uncompressed point, 65 bytes. */
  readonly point: Bytes;
}

/** The parts of a wrap that can be seen without its key; those that SM2 does not have are empty. */
export interface WrapParts {
  readonly identifier: Bytes;
  /** Ephemeral point, uncompressed. */
  readonly ephemeral: Bytes;
  /** 40 bytes. */
  readonly wrappedKey: Bytes;
  readonly iv: Bytes;
  readonly ciphertext: Bytes;
  /** 16 bytes, and 32 for SM2. */
  readonly mac: Bytes;
}

export interface WrapSecrets {
  readonly contentKey: Uint8Array;
  readonly iv: Uint8Array;
  readonly ephemeral: Uint8Array;
}

/** Reads what a wrap needs from a certificate with a P-256 or an SM2 key; throws Malformed on any other kind of key. */
export function recipientOf(certificate: Uint8Array): Recipient {
  const tbs = read(read({ bytes: certificate, at: 0, end: certificate.length }, 0x30, 'last').inside, 0x30).inside;
  if (certificate[tbs.at] === 0xa0) read(tbs, 0xa0);
  const serial = read(tbs, 0x02).whole;
  read(tbs, 0x30);
  const issuer = read(tbs, 0x30).whole;
  read(tbs, 0x30);
  read(tbs, 0x30);
  const key = read(tbs, 0x30).whole;
  const point = key.slice(key.length - 65);
  if (equalBytes(key, joined(sm2PublicKeyHead, point))) {
    sm2PointOf(point);
    return { kind: 'SM2', identifier: new Uint8Array(), point };
  }
  if (!equalBytes(key, joined(subjectPublicKeyHead, point)))
    throw new Malformed('certificate: neither a P-256 nor an SM2 key');
  return { kind: 'P-256', identifier: sequence(issuer, serial), point: publicPoint(point) };
}

/** Can shares be sealed to a certificate, but in the other suite only? Whether it is one at all is asked where they are sealed. */
export function isOfOtherSuite(certificate: Uint8Array, suite: SuiteName): boolean {
  try {
    return (recipientOf(certificate).kind === 'SM2') !== (suite === 'XB1-SM');
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

/** Wraps a secret for one officer, the same bytes each time for the same inputs. */
export async function wrapFor(
  recipient: Recipient,
  secret: Uint8Array,
  { contentKey, iv, ephemeral }: WrapSecrets,
): Promise<Bytes> {
  if (recipient.kind === 'SM2') return sm2Encrypt(recipient.point, secret, ephemeral);
  const shared = p256.getSharedSecret(ephemeral, recipient.point, true).slice(1);
  const content = await crypto.subtle.importKey('raw', new Uint8Array(contentKey), 'AES-GCM', true, ['encrypt']);
  const wrapped = await crypto.subtle.wrapKey('raw', content, await keyEncryptionKey(shared, 'wrapKey'), 'AES-KW');
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(iv) }, content, new Uint8Array(secret)),
  );
  return encodeWrap({
    identifier: recipient.identifier,
    ephemeral: new Uint8Array(p256.getPublicKey(ephemeral, false)),
    wrappedKey: new Uint8Array(wrapped),
    iv: new Uint8Array(iv),
    ciphertext: sealed.slice(0, -16),
    mac: sealed.slice(-16),
  });
}

/**
 * Opens a wrap with the officer's key: ECDH P-256, which may be non-extractable and needs only `deriveBits`, one that
 * agrees elsewhere, or an SM2 key. Whatever is wrong, the error is WrapUnreadable.
 */
export async function unwrapWith(privateKey: DecryptionKey, recipient: Recipient, wrap: Uint8Array): Promise<Bytes> {
  try {
    const parts = parseWrap(wrap);
    if (!equalBytes(parts.identifier, recipient.identifier)) throw new Malformed('wrap: recipient');
    if ('open' in privateKey) return await privateKey.open(wrap);
    const kek = await keyEncryptionKey(await agreed(privateKey, parts.ephemeral), 'unwrapKey');
    const content = await crypto.subtle.unwrapKey('raw', parts.wrappedKey, kek, 'AES-KW', 'AES-GCM', false, [
      'decrypt',
    ]);
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: 'AES-GCM', iv: parts.iv }, content, joined(parts.ciphertext, parts.mac)),
    );
  } catch {
    throw new WrapUnreadable();
  }
}

async function agreed(privateKey: Exclude<DecryptionKey, { open: unknown }>, point: Bytes): Promise<Bytes> {
  if ('agree' in privateKey) return privateKey.agree(point);
  const ephemeral = await crypto.subtle.importKey('raw', point, p256Algorithm, false, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: ephemeral }, privateKey, 256));
}

/** What a wrap holds, seen from the side of whoever made it. */
export interface DealtWrap {
  readonly secret: Bytes;
  readonly contentKey: Bytes;
  readonly iv: Bytes;
}

/**
 * Opens a wrap with the ephemeral scalar it was made with, which is the dealer's half of the agreement: how anybody
 * judges a dispute over one wrap without the officer's key. Whatever is wrong, the error is WrapUnreadable.
 */
export async function unwrapAsDealer(
  recipient: Recipient,
  ephemeral: Uint8Array,
  wrap: Uint8Array,
): Promise<DealtWrap> {
  try {
    const parts = parseWrap(wrap);
    if (!equalBytes(parts.identifier, recipient.identifier)) throw new Malformed('wrap: recipient');
    if (recipient.kind === 'SM2') return dealtSm2(recipient, ephemeral, wrap);
    const kek = await keyEncryptionKey(p256.getSharedSecret(ephemeral, recipient.point, true).slice(1), 'unwrapKey');
    const content = await crypto.subtle.unwrapKey('raw', parts.wrappedKey, kek, 'AES-KW', 'AES-GCM', true, ['decrypt']);
    const secret = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: parts.iv },
      content,
      joined(parts.ciphertext, parts.mac),
    );
    return {
      secret: new Uint8Array(secret),
      contentKey: new Uint8Array(await crypto.subtle.exportKey('raw', content)),
      iv: parts.iv,
    };
  } catch {
    throw new WrapUnreadable();
  }
}

/** The agreement is the same from both sides: the recipient's point takes the place of the ephemeral one. */
function dealtSm2({ point }: Recipient, ephemeral: Uint8Array, wrap: Uint8Array): DealtWrap {
  const parts = readSm2(wrap);
  if (!equalBytes(parts.ephemeral, ephemeralPointOf('SM2', ephemeral))) throw new Malformed('wrap: ephemeral');
  const secret = sm2Decrypt(ephemeral, encodeSm2({ ...parts, ephemeral: point }));
  return { secret, contentKey: new Uint8Array(), iv: new Uint8Array() };
}

/** The point that a wrap made with this ephemeral scalar shows, uncompressed. Throws Malformed. */
export function ephemeralPointOf(kind: Recipient['kind'], scalar: Uint8Array): Bytes {
  try {
    const group = kind === 'SM2' ? Sm2Point : p256.Point;
    return new Uint8Array(group.BASE.multiply(bigintOf(scalar)).toBytes(false));
  } catch {
    throw new Malformed('scalar');
  }
}

/** Takes a wrap apart; throws Malformed unless it is in the one encoding, with a point on the curve. */
export function parseWrap(wrap: Uint8Array): WrapParts {
  // CMS begins with the name of its content, SM2 with a number.
  if (isSm2Wrap(wrap)) {
    const { ephemeral, check, masked } = readSm2(wrap);
    const none = new Uint8Array();
    return { identifier: none, ephemeral, wrappedKey: none, iv: none, ciphertext: masked, mac: check };
  }
  const outer = read({ bytes: wrap, at: 0, end: wrap.length }, 0x30, 'last').inside;
  read(outer, 0x06);
  const enveloped = read(read(outer, 0xa0, 'last').inside, 0x30, 'last').inside;
  read(enveloped, 0x02);
  const recipient = read(read(enveloped, 0x31).inside, 0xa1, 'last').inside;
  read(recipient, 0x02);
  const originator = read(read(recipient, 0xa0).inside, 0xa1, 'last').inside;
  read(originator, 0x30);
  const ephemeral = read(originator, 0x03, 'last').value.slice(1);
  read(recipient, 0x30);
  const encryptedKey = read(read(recipient, 0x30, 'last').inside, 0x30, 'last').inside;
  const identifier = read(encryptedKey, 0x30).whole;
  const wrappedKey = read(encryptedKey, 0x04, 'last').value;
  const content = read(enveloped, 0x30).inside;
  read(content, 0x06);
  const algorithm = read(content, 0x30).inside;
  read(algorithm, 0x06);
  const iv = read(read(algorithm, 0x30, 'last').inside, 0x04).value;
  const ciphertext = read(content, 0x80, 'last').value;
  const mac = read(enveloped, 0x04, 'last').value;
  const parts = { identifier, ephemeral: publicPoint(ephemeral), wrappedKey, iv, ciphertext, mac };
  if (wrappedKey.length !== 40 || iv.length !== 12 || mac.length !== 16) throw new Malformed('wrap: lengths');
  // The fields skipped above (versions, algorithms, parameters) are checked here, all at once.
  if (!equalBytes(encodeWrap(parts), wrap)) throw new Malformed('wrap: encoding');
  return parts;
}

function isSm2Wrap(wrap: Uint8Array): boolean {
  const inside = read({ bytes: wrap, at: 0, end: wrap.length }, 0x30, 'last').inside;
  return wrap[inside.at] === 0x02;
}

function encodeWrap({ identifier, ephemeral, wrappedKey, iv, ciphertext, mac }: WrapParts): Bytes {
  const originatorKey = tlv(0xa1, sequence(oid.ecPublicKey), tlv(0x03, Uint8Array.of(0), ephemeral));
  const recipient = tlv(
    0xa1,
    integer(3),
    tlv(0xa0, originatorKey),
    sequence(oid.stdDhSha256Kdf, aes256Wrap),
    sequence(sequence(identifier, tlv(0x04, wrappedKey))),
  );
  const content = sequence(
    oid.data,
    sequence(oid.aes256Gcm, sequence(tlv(0x04, iv), integer(16))),
    tlv(0x80, ciphertext),
  );
  return sequence(
    oid.authEnvelopedData,
    tlv(0xa0, sequence(integer(0), tlv(0x31, recipient), content, tlv(0x04, mac))),
  );
}

/** ANSI X9.63 key derivation over ECC-CMS-SharedInfo (RFC 5753 §7.2): one round gives 256 bits. */
function keyEncryptionKey(shared: Bytes, usage: 'wrapKey' | 'unwrapKey'): Promise<CryptoKey> {
  const info = sequence(aes256Wrap, tlv(0xa2, tlv(0x04, Uint8Array.of(0, 0, 1, 0))));
  return crypto.subtle.importKey('raw', sha256(joined(shared, Uint8Array.of(0, 0, 0, 1), info)), 'AES-KW', false, [
    usage,
  ]);
}

function publicPoint(bytes: Bytes): Bytes {
  if (bytes.length !== 65 || bytes[0] !== 4) throw new Malformed('point');
  try {
    p256.Point.fromBytes(bytes).assertValidity();
  } catch {
    throw new Malformed('point');
  }
  return bytes;
}

const p256Algorithm = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** The ephemeral point of a wrap as hex, for finding one that was used twice. */
export const ephemeralOf = (wrap: Uint8Array): string => toHex(parseWrap(wrap).ephemeral);

// ---- DER, as little as is needed -------------------------------------------------------------------------------

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

/** Reads one element at the cursor and steps over it; `last` insists that nothing follows. Throws Malformed. */
function read(cursor: Cursor, tag: number, last?: 'last'): { whole: Bytes; value: Bytes; inside: Cursor } {
  const { bytes, at, end } = cursor;
  if (at + 2 > end || bytes[at] !== tag) throw new Malformed('der');
  let length = bytes[at + 1] ?? 0;
  let start = at + 2;
  if (length > 0x82 || length === 0x80) throw new Malformed('der length');
  if (length > 0x80) {
    const count = length - 0x80;
    length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[start + i] ?? 0);
    start += count;
    if (length < (count === 1 ? 0x80 : 0x100)) throw new Malformed('der length');
  }
  const stop = start + length;
  if (stop > end || (last && stop !== end)) throw new Malformed('der');
  cursor.at = stop;
  return { whole: bytes.slice(at, stop), value: bytes.slice(start, stop), inside: { bytes, at: start, end: stop } };
}

function tlv(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const content = joined(...contents);
  const { length } = content;
  if (length >= 0x10000) throw new Malformed('der length');
  if (length < 0x80) return joined(Uint8Array.of(tag, length), content);
  return joined(
    length < 0x100 ? Uint8Array.of(tag, 0x81, length) : Uint8Array.of(tag, 0x82, length >> 8, length & 255),
    content,
  );
}
const sequence = (...contents: readonly Uint8Array[]): Bytes => tlv(0x30, ...contents);
const integer = (value: number): Bytes => tlv(0x02, Uint8Array.of(value));

const oid = {
  data: fromHex('06092a864886f70d010701'),
  authEnvelopedData: fromHex('060b2a864886f70d0109100117'),
  aes256Gcm: fromHex('060960864801650304012e'),
  aes256Wrap: fromHex('060960864801650304012d'),
  ecPublicKey: fromHex('06072a8648ce3d0201'),
  prime256v1: fromHex('06082a8648ce3d030107'),
  sm2: fromHex('06082a811ccf5501822d'),
  stdDhSha256Kdf: fromHex('06062b8104010b01'),
} as const;
const aes256Wrap = sequence(oid.aes256Wrap);
/** SubjectPublicKeyInfo up to the point, of SM2 and of P-256. */
const sm2PublicKeyHead = joined(fromHex('3059'), sequence(oid.ecPublicKey, oid.sm2), fromHex('034200'));
const subjectPublicKeyHead = joined(fromHex('3059'), sequence(oid.ecPublicKey, oid.prime256v1), fromHex('034200'));
