import serialize from 'canonicalize';
import { pilesMarks } from '../kernel/text.ts';

/** Bytes that are not what the protocol says they must be. Never carries the bytes themselves. */
export class Malformed extends Error {
  readonly what: string;
  constructor(what: string) {
    super(`malformed: ${what}`);
    this.name = 'Malformed';
    this.what = what;
  }
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(utf8.encode(text));

/** Strict UTF-8; throws Malformed on anything else. */
export function textOf(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new Malformed('utf-8');
  }
}

/**
 * The one serialisation of a value: RFC 8785, over NFC text, without floats or undefined.
 * What is signed or hashed is always this.
 */
export function canonical(value: unknown): string {
  refuseUncanonical(value, 0);
  const text = serialize(value);
  if (text === undefined) throw new Malformed('not a JSON value');
  return text;
}

export const canonicalBytes = (value: unknown): Uint8Array<ArrayBuffer> => bytesOf(canonical(value));

/**
 * Reads JSON that was signed or hashed: only the canonical bytes are accepted, so that a duplicate key,
 * another order, a stray space or a float cannot mean two things. Throws Malformed.
 */
export function parseCanonical(input: Uint8Array | string): unknown {
  const text = typeof input === 'string' ? input : textOf(input);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed('json');
  }
  if (canonical(value) !== text) throw new Malformed('json is not canonical');
  return value;
}

function refuseUncanonical(value: unknown, depth: number): void {
  if (depth > 32) throw new Malformed('json nests too deep');
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Malformed('number is not a safe integer');
  if (typeof value === 'string') refuseUnusual(value);
  if (typeof value === 'bigint' || typeof value === 'function' || value === undefined)
    throw new Malformed('not a JSON value');
  if (Array.isArray(value)) for (const item of value) refuseUncanonical(item, depth + 1);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      refuseUnusual(key);
      refuseUncanonical(item, depth + 1);
    }
}

function refuseUnusual(text: string): void {
  // Before the normal form is looked for: there are texts for which that takes hours.
  if (!text.isWellFormed() || pilesMarks(text)) throw new Malformed('text is not stream-safe');
  if (text.normalize('NFC') !== text) throw new Malformed('text is not NFC');
}
