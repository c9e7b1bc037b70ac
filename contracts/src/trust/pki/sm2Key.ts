import { Malformed } from '../canonical.ts';
import { sm2Decrypt, sm2PublicOf, sm2SecretOf, sm2Sign } from '../sm/sm2.ts';
import {
  bitString,
  explicit,
  Fields,
  octetString,
  oid,
  oidOf,
  readDer,
  sequence,
  smallInteger,
  smallIntegerOf,
  tags,
} from './der.ts';
import { oids } from './oids.ts';
import type { SignatureScheme } from './algorithms.ts';
import type { Bytes } from './pki.types.ts';

/** id-ecPublicKey on the curve sm2p256v1. */
const algorithm = (): Bytes => sequence(oid(oids.ec), oid(oids.sm2));

/** SubjectPublicKeyInfo of an uncompressed SM2 point. */
export const sm2Spki = (point: Uint8Array): Bytes => sequence(algorithm(), bitString(point));

/**
 * An SM2 private key in memory. WebCrypto knows no SM2, so no browser can make it unreadable the way it does with the
 * other suite's keys: where that matters it belongs on a token.
 */
export class Sm2Key {
  readonly scheme: SignatureScheme = { kind: 'SM2', hash: 'SM3' };
  /** Uncompressed, 65 bytes. */
  readonly point: Bytes;
  readonly #secret: Bytes;

  private constructor(secret: Bytes) {
    this.point = sm2PublicOf(secret);
    this.#secret = secret;
  }

  /** A fresh key. */
  static generate(): Sm2Key {
    return new Sm2Key(sm2SecretOf(crypto.getRandomValues(new Uint8Array(48))));
  }

  /** Reads PKCS#8; throws Malformed for anything but one whole SM2 key. */
  static from(pkcs8: Uint8Array): Sm2Key {
    if (!isSm2Pkcs8(pkcs8)) throw new Malformed('private key is not SM2');
    const outer = new Fields(readDer(pkcs8), 'private key');
    outer.take(tags.integer);
    outer.take(tags.sequence);
    const inner = new Fields(readDer(outer.take(tags.octetString).content), 'private key');
    if (smallIntegerOf(inner.take(tags.integer)) !== 1) throw new Malformed('private key');
    return new Sm2Key(new Uint8Array(inner.take(tags.octetString).content));
  }

  get spki(): Bytes {
    return sm2Spki(this.point);
  }

  // oxlint-disable-next-line require-await
  readonly sign = async (over: Uint8Array): Promise<Bytes> =>
    sm2Sign(this.#secret, over, crypto.getRandomValues(new Uint8Array(32)));

  // oxlint-disable-next-line require-await
  readonly open = async (ciphertext: Uint8Array): Promise<Bytes> => sm2Decrypt(this.#secret, ciphertext);

  /** The key in the form key files carry, as openssl writes it. */
  toPkcs8(): Bytes {
    const key = sequence(smallInteger(1), octetString(this.#secret), explicit(1, bitString(this.point)));
    return sequence(smallInteger(0), algorithm(), octetString(key));
  }
}

/** Is it PKCS#8 of an SM2 key? Throws Malformed for what is not PKCS#8. */
export function isSm2Pkcs8(pkcs8: Uint8Array): boolean {
  const fields = new Fields(readDer(pkcs8), 'private key');
  fields.take(tags.integer);
  const algorithmOf = new Fields(fields.take(tags.sequence), 'private key');
  const dotted = oidOf(algorithmOf.take(tags.oid));
  const curve = algorithmOf.maybe(tags.oid);
  return dotted === oids.sm2 || (dotted === oids.ec && curve !== undefined && oidOf(curve) === oids.sm2);
}
