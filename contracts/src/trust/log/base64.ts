import { Malformed } from '../canonical.ts';

/** Standard base64 with padding, as the text formats of the log want it; binary in JSON stays hex. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Reads base64 and accepts one spelling only: padding present, unused bits zero, no white space. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw new Malformed('base64');
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  if (toBase64(bytes) !== text) throw new Malformed('base64');
  return bytes;
}
