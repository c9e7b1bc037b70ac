import { z } from 'zod';

/** Every thing's id: a UUID, version 7, so that ids grow with time on every database. */
export const Id = z.uuid();
export type Id = string;

/** A version 7 UUID from an instant and ten random bytes (RFC 9562 §5.7). */
export function uuid7(at: Date, random: Uint8Array): Id {
  const time = BigInt(at.getTime()).toString(16).padStart(12, '0');
  const r = [...random.subarray(0, 10)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = (8 + (Number.parseInt(r.slice(3, 4), 16) % 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${r.slice(0, 3)}-${variant}${r.slice(4, 7)}-${r.slice(7, 19)}`;
}
