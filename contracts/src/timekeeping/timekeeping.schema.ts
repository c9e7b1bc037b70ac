import { z } from 'zod';
import { Hex, Sha256Hex } from '../kernel/bytes.ts';
import { Instant } from '../kernel/time.ts';

export const AuthorityId = z.string().regex(/^[a-z0-9-]{1,32}$/);
export const AuthorityParams = z.object({ authorityId: AuthorityId });

/** An authority that this platform asks for timestamps. */
export const TimeAuthority = z.object({
  id: AuthorityId,
  name: z.string(),
  /** Where to ask it directly, without this platform in between. */
  url: z.string(),
  /** Made by the demonstration itself: it knows no other clock than this platform's. */
  demonstration: z.boolean(),
});
export type TimeAuthority = z.infer<typeof TimeAuthority>;

/** Whom to ask, and the roots by which a browser judges the answers. DER as hex. */
export const TimeAuthorities = z.object({
  rows: z.array(TimeAuthority),
  roots: z.array(Hex),
  intermediates: z.array(Hex),
  crls: z.array(Hex),
});
export type TimeAuthorities = z.infer<typeof TimeAuthorities>;

/** A time in which the platform could not be reached. */
export const Unreachable = z.object({
  from: Instant,
  to: Instant,
  /** `platform`, or the name of the witness that signed so. */
  by: z.string(),
});
export const ReachQuery = z.object({ days: z.coerce.number().int().min(1).max(366).default(30) });
export const Reachability = z.object({
  now: Instant,
  /** Since when the platform has kept count; null where it never has. */
  since: Instant.nullable(),
  /** The newest first. */
  rows: z.array(Unreachable),
  /** What witnesses signed, as they signed it. */
  attestations: z.array(z.object({ hash: Sha256Hex, witness: z.string(), note: z.string() })),
});
export type Reachability = z.infer<typeof Reachability>;

/** One comparison of the server's clock with an authority's. */
export const ClockReading = z.object({
  authority: z.string(),
  at: Instant,
  /** answered; silent: nothing came; unfit: what came is no token one may trust. */
  outcome: z.enum(['answered', 'silent', 'unfit']),
  /** The server's clock less the authority's lies between these, in milliseconds; null without an answer. */
  lowest: z.int().nullable(),
  highest: z.int().nullable(),
});
export type ClockReading = z.infer<typeof ClockReading>;

/** agrees: within a second of an authority; off: beyond, whatever the authority's own inaccuracy; unknown: nobody to compare with. */
export const clockStates = ['agrees', 'off', 'unknown'] as const;
export const ClockComparison = z.object({
  state: z.enum(clockStates),
  /** The server's clock less the true time as well as can be told, in milliseconds. */
  skew: z.int().nullable(),
  /** By how much that may be wrong either way. */
  within: z.int().nullable(),
  /** Whether an authority that is not of the demonstration's own making is configured at all. */
  hasOutside: z.boolean(),
  /** The newest first. */
  readings: z.array(ClockReading),
});
export type ClockComparison = z.infer<typeof ClockComparison>;
