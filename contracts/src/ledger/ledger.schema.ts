import { z } from 'zod';
import { Hex, Sha256Hex } from '../kernel/bytes.ts';
import { Instant } from '../kernel/time.ts';

/** What an entry says, as its leaf writes it. */
export const LogBody = z.object({
  v: z.literal(1),
  t: z.string(),
  s: z.string(),
  ts: Instant,
  p: z.record(z.string(), z.unknown()),
});

/** An entry as people look at it. A sealed entry shows its commitment, and its body once it was disclosed. */
export const LogEntry = z.object({
  index: z.int().nonnegative(),
  leaf: Sha256Hex,
  kind: z.enum(['public', 'commit']),
  commitment: Sha256Hex.nullable(),
  body: LogBody.nullable(),
  salt: Sha256Hex.nullable(),
});
export type LogEntry = z.infer<typeof LogEntry>;

export const InclusionProof = z.object({ index: z.int(), size: z.int(), leaf: Sha256Hex, proof: z.array(Sha256Hex) });
export const ConsistencyProof = z.object({ from: z.int(), to: z.int(), proof: z.array(Sha256Hex) });

/** Who signs the log, and who watches it; `isDemonstrationWitness` tells which of them vouch for nothing. */
export const LogKey = z.object({
  origin: z.string(),
  verifierKey: z.string(),
  witnesses: z.array(z.object({ name: z.string(), verifierKey: z.string() })),
});

/** A signed document as it was received: its text, whose SHA-256 is its name, and the detached CMS over it. */
export const SignedAct = z.object({
  hash: Sha256Hex,
  type: z.string(),
  act: z.string(),
  signature: Hex,
  certificateSha256: Sha256Hex,
});
export type SignedAct = z.infer<typeof SignedAct>;

const Count = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
export const EntryParams = z.object({ index: Count });
export const InclusionQuery = z.object({ index: Count, size: Count.optional() });
export const ConsistencyQuery = z.object({ from: Count, to: Count.optional() });
export const RecentQuery = z.object({
  /** Only entries of this scope: a lot's id, or `house`. */
  scope: z.string().max(64).optional(),
  before: Count.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export const RecentPage = z.object({ size: z.int(), rows: z.array(LogEntry), next: z.int().nullable() });
export type RecentPage = z.infer<typeof RecentPage>;

export const DisclosedQuery = z.object({ from: Count, to: Count });
export const DisclosedStretch = z.object({
  rows: z.array(z.object({ index: z.int(), salt: Sha256Hex, body: LogBody })),
});
