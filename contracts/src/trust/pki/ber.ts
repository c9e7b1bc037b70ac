import { joined } from '../hash.ts';
import { Malformed } from '../canonical.ts';
import { write } from './der.ts';
import type { Bytes } from './pki.types.ts';

const deepest = 24;

/**
 * Rewrites BER as DER: indefinite lengths, long lengths and strings in pieces become the one DER form.
 * Only for key files, which other programs write as they like and nobody signs. Throws Malformed.
 */
export function derFromBer(bytes: Uint8Array): Bytes {
  const { der, end } = rewrite(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new Malformed('ber has bytes left over');
  return der;
}

function rewrite(
  bytes: Uint8Array,
  start: number,
  limit: number,
  depth: number,
): { der: Bytes; end: number; content: Bytes } {
  if (depth > deepest) throw new Malformed('ber nests too deep');
  const tag = byteAt(bytes, start, limit);
  if ((tag & 0x1f) === 0x1f) throw new Malformed('ber tag');
  const { length, at } = readLength(bytes, start + 1, limit);
  const constructed = (tag & 0x20) !== 0;
  if (length === undefined && !constructed) throw new Malformed('ber length');
  const stop = length === undefined ? limit : at + length;
  if (stop > limit) throw new Malformed('ber is cut off');
  if (!constructed)
    return { der: write(tag, bytes.subarray(at, stop)), end: stop, content: new Uint8Array(bytes.subarray(at, stop)) };

  const parts: ReturnType<typeof rewrite>[] = [];
  let next = at;
  for (;;) {
    if (length === undefined && byteAt(bytes, next, limit) === 0) {
      if (byteAt(bytes, next + 1, limit) !== 0) throw new Malformed('ber end');
      next += 2;
      break;
    }
    if (length !== undefined && next === stop) break;
    const part = rewrite(bytes, next, stop, depth + 1);
    parts.push(part);
    next = part.end;
  }
  // An octet string in pieces is one octet string.
  if (tag === 0x24) {
    const content = joined(...parts.map((part) => part.content));
    return { der: write(0x04, content), end: next, content };
  }
  const content = joined(...parts.map((part) => part.der));
  return { der: write(tag, content), end: next, content };
}

function readLength(bytes: Uint8Array, start: number, limit: number): { length: number | undefined; at: number } {
  const first = byteAt(bytes, start, limit);
  if (first < 0x80) return { length: first, at: start + 1 };
  if (first === 0x80) return { length: undefined, at: start + 1 };
  const size = first & 0x7f;
  if (size > 4) throw new Malformed('ber length');
  let length = 0;
  for (let at = start + 1; at <= start + size; at += 1) length = length * 256 + byteAt(bytes, at, limit);
  return { length, at: start + 1 + size };
}

function byteAt(bytes: Uint8Array, at: number, limit: number): number {
  const byte = at < limit ? bytes[at] : undefined;
  if (byte === undefined) throw new Malformed('ber is cut off');
  return byte;
}
