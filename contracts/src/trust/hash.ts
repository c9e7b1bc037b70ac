import { sha256 as digest } from '@noble/hashes/sha2.js';
import { toHex } from '../kernel/bytes.ts';
import { bytesOf, canonicalBytes } from './canonical.ts';

/** SHA-256 of short things, at once. Large files go through WebCrypto or hash-wasm in pieces. */
export const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(digest(bytes));
export const sha256Hex = (bytes: Uint8Array): string => toHex(digest(bytes));

/** H(label ‖ JCS(value)): how the protocol names a signed document. Labels end in a newline; H is SHA-256 unless a suite says otherwise. */
export const labelledHash = (
  label: `xinbiao/v1/${string}\n`,
  value: unknown,
  hash: (bytes: Uint8Array) => Uint8Array = digest,
): string => toHex(hash(joined(bytesOf(label), canonicalBytes(value))));

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}
