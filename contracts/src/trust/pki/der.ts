import { joined } from '../hash.ts';
import { Malformed } from '../canonical.ts';
import type { Bytes } from './pki.types.ts';

/**
 * DER, and only DER: one way to write each value, so that what was signed cannot be read in two ways.
 * Small on purpose: the tree is read once, with limits, and the rest of the folder asks it questions.
 */
export type Node = {
  readonly tag: number;
  /** The value's own bytes. */
  readonly content: Bytes;
  /** Tag, length and value: what is hashed, signed and compared. */
  readonly der: Bytes;
  /** Filled for constructed tags. */
  readonly children: readonly Node[];
};

export const tags = {
  boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, oid: 0x06, enumerated: 0x0a,
  utf8String: 0x0c, printableString: 0x13, teletexString: 0x14, ia5String: 0x16, utcTime: 0x17, generalizedTime: 0x18,
  bmpString: 0x1e, sequence: 0x30, set: 0x31,
} as const; // prettier-ignore

/** Each node spends two bytes of the limit, so depth is all that needs one of its own. */
const deepest = 24;

/** Reads exactly one DER value of at most `limit` bytes; throws Malformed on anything else. */
export function readDer(input: Uint8Array, limit = 65_536): Node {
  if (input.length > limit) throw new Malformed('der is too long');
  const bytes = new Uint8Array(input);
  const { node, end } = readNode(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new Malformed('der has bytes left over');
  return node;
}

function readNode(bytes: Bytes, start: number, limit: number, depth: number): { node: Node; end: number } {
  if (depth > deepest) throw new Malformed('der nests too deep');
  const tag = byteAt(bytes, start, limit);
  if ((tag & 0x1f) === 0x1f) throw new Malformed('der tag');
  const { length, at } = readLength(bytes, start + 1, limit);
  const end = at + length;
  if (end > limit) throw new Malformed('der is cut off');

  const children: Node[] = [];
  if ((tag & 0x20) !== 0)
    for (let next = at; next < end;) {
      const child = readNode(bytes, next, end, depth + 1);
      children.push(child.node);
      next = child.end;
    }
  return { node: { tag, content: bytes.subarray(at, end), der: bytes.subarray(start, end), children }, end };
}

function readLength(bytes: Bytes, start: number, limit: number): { length: number; at: number } {
  const first = byteAt(bytes, start, limit);
  if (first < 0x80) return { length: first, at: start + 1 };
  const size = first & 0x7f;
  if (size === 0 || size > 4) throw new Malformed('der length');
  let length = 0;
  for (let at = start + 1; at <= start + size; at += 1) length = length * 256 + byteAt(bytes, at, limit);
  if (length < 0x80 || length < 256 ** (size - 1)) throw new Malformed('der length is not the shortest');
  return { length, at: start + 1 + size };
}

function byteAt(bytes: Bytes, at: number, limit: number): number {
  const byte = at < limit ? bytes[at] : undefined;
  if (byte === undefined) throw new Malformed('der is cut off');
  return byte;
}

/** The node, if it carries the tag; throws Malformed otherwise. */
export function expect(node: Node | undefined, tag: number, what: string): Node {
  if (node?.tag !== tag) throw new Malformed(what);
  return node;
}

export const isTag = (node: Node | undefined, tag: number): node is Node => node?.tag === tag;

/** Takes the fields of a SEQUENCE in order; `done` throws when something is left that nobody asked for. */
export class Fields {
  private at = 0;
  private readonly nodes: readonly Node[];
  private readonly what: string;

  constructor(node: Node | undefined, what: string, tag: number = tags.sequence) {
    this.nodes = expect(node, tag, what).children;
    this.what = what;
  }

  take(tag: number): Node {
    return expect(this.nodes[this.at++], tag, this.what);
  }

  maybe(...accepted: readonly number[]): Node | undefined {
    const node = this.nodes[this.at];
    if (!node || !accepted.includes(node.tag)) return undefined;
    this.at += 1;
    return node;
  }

  any(): Node {
    const node = this.nodes[this.at++];
    if (!node) throw new Malformed(this.what);
    return node;
  }

  done(): void {
    if (this.at !== this.nodes.length) throw new Malformed(this.what);
  }
}

export function oidOf(node: Node | undefined): string {
  const { content } = expect(node, tags.oid, 'object identifier');
  const arcs: number[] = [];
  let arc = 0;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw new Malformed('object identifier');
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new Malformed('object identifier');
    fresh = byte < 0x80;
    if (fresh) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first, ...rest] = arcs;
  if (first === undefined || !fresh) throw new Malformed('object identifier');
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}

/** An integer's bytes without the sign's leading zero; throws Malformed on a negative or padded one. */
export function unsignedOf(node: Node | undefined, what = 'integer'): Bytes {
  const { content } = expect(node, tags.integer, what);
  const [first, second] = content;
  if (first === undefined || first >= 0x80) throw new Malformed(what);
  if (first !== 0) return content;
  if (second === undefined) return content;
  if (second < 0x80) throw new Malformed(what);
  return content.subarray(1);
}

export function smallIntegerOf(node: Node | undefined, what = 'integer'): number {
  const bytes = unsignedOf(node, what);
  if (bytes.length > 4) throw new Malformed(what);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

export function bitStringOf(node: Node | undefined, what = 'bit string'): { bytes: Bytes; unused: number } {
  const { content } = expect(node, tags.bitString, what);
  const [unused] = content;
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0)) throw new Malformed(what);
  return { bytes: content.subarray(1), unused };
}

/** The whole bytes of a BIT STRING, as keys and signatures use it. */
export function octetsOfBits(node: Node | undefined, what = 'bit string'): Bytes {
  const { bytes, unused } = bitStringOf(node, what);
  if (unused !== 0) throw new Malformed(what);
  return bytes;
}

export function booleanOf(node: Node | undefined): boolean {
  const { content } = expect(node, tags.boolean, 'boolean');
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new Malformed('boolean');
  return content[0] === 0xff;
}

/** UTCTime or GeneralizedTime in the one form RFC 5280 allows: to the second, in Z. */
export function timeOf(node: Node | undefined): Date {
  if (!isTag(node, tags.utcTime) && !isTag(node, tags.generalizedTime)) throw new Malformed('time');
  const text = String.fromCharCode(...node.content.subarray(0, 32));
  const form = isTag(node, tags.utcTime)
    ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
    : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  const parts = form.exec(text)?.slice(1);
  if (!parts) throw new Malformed('time');
  const [year, month, ...rest] = parts;
  const short = Number(year);
  const century = isTag(node, tags.utcTime) ? (short >= 50 ? 1900 : 2000) : 0;
  const iso = `${String(century + short).padStart(4, '0')}-${month}-${rest[0]}T${rest[1]}:${rest[2]}:${rest[3]}.000Z`;
  const time = new Date(iso);
  // A day such as 30 February rolls over in Date; the text must come back as it went in.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw new Malformed('time');
  return time;
}

/* ---------- writing ---------- */

export function write(tag: number, ...content: readonly Uint8Array[]): Bytes {
  const length = content.reduce((total, part) => total + part.length, 0);
  return joined(Uint8Array.of(tag, ...lengthBytes(length)), ...content);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...items: readonly Uint8Array[]): Bytes => write(tags.sequence, ...items);
export const octetString = (bytes: Uint8Array): Bytes => write(tags.octetString, bytes);
export const bitString = (bytes: Uint8Array, unused = 0): Bytes => write(tags.bitString, Uint8Array.of(unused), bytes);
export const nothing = (): Bytes => write(tags.null);
export const utf8String = (text: string): Bytes =>
  write(tags.utf8String, new TextEncoder().encode(text.normalize('NFC')));
export const explicit = (number: number, ...items: readonly Uint8Array[]): Bytes => write(0xa0 | number, ...items);

/** A SET OF in the order DER fixes: by encoding. */
export const setOf = (...items: readonly Uint8Array[]): Bytes => write(tags.set, ...items.toSorted(compareBytes));

/** A non-negative integer from its big-endian bytes. */
export function unsigned(bytes: Uint8Array): Bytes {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const short = bytes.subarray(start);
  return write(tags.integer, Uint8Array.of(...((short[0] ?? 0x80) >= 0x80 ? [0] : [])), short);
}

export function smallInteger(value: number): Bytes {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return unsigned(Uint8Array.from(bytes.length > 0 ? bytes : [0]));
}

export function oid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(0x80 | (left % 128));
    bytes.push(...digits);
  }
  return write(tags.oid, Uint8Array.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on, as RFC 5280 asks; fractions of a second are dropped. */
export function time(at: Date): Bytes {
  const digits = at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:T]/g, '');
  const year = at.getUTCFullYear();
  if (year < 1950 || year > 9999) throw new RangeError('year outside of what a certificate can say');
  return year < 2050
    ? write(tags.utcTime, new TextEncoder().encode(digits.slice(2)))
    : write(tags.generalizedTime, new TextEncoder().encode(digits));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
