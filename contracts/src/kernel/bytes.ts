import { z } from 'zod';

/** Binary in JSON: lowercase hex. */
export const Hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
export const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
/** DER of a detached CMS signature, at most 64 KiB. */
export const SignatureHex = Hex.max(131_072);

const digits = '0123456789abcdef';

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (digits[byte >> 4] ?? '') + (digits[byte & 15] ?? '');
  return text;
}

/** Reads lowercase hex; throws RangeError on anything else. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new RangeError('not lowercase hex');
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16);
  return bytes;
}
