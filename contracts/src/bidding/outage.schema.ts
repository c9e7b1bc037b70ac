import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';

/** What the tender's own document promises for an outage: a later deadline, or time to hand in the identical bytes. */
export const remedies = ['extend', 'redeliver'] as const;
export const Remedy = z.enum(remedies);
export type Remedy = z.infer<typeof Remedy>;

/**
 * The certificate of unavailability: what was measured, who attests it, and which promise of the document it sets off.
 * Canonical JSON; its SHA-256 stands in the log's `outage.extend` or `outage.redeliver` entry.
 */
export const OutageCertificate = z.strictObject({
  v: z.literal('xinbiao/outage-certificate/v1'),
  tenderId: Id,
  code: z.string(),
  title: z.string(),
  lots: z.array(z.int()),
  /** The deadline as the notice signs it. */
  deadline: Instant,
  /** The last hours before it, in which outages count. */
  window: z.strictObject({ from: Instant, to: Instant }),
  /** Stretches in which the platform could not be reached, and who says so. */
  unreachable: z.array(z.strictObject({ from: Instant, to: Instant, by: z.array(z.string()) })),
  minutes: z.int(),
  /** The minutes from which the document's promise holds. */
  threshold: z.int(),
  /** SHA-256 of each witness's signed note. */
  attestations: z.array(Sha256Hex),
  remedy: z.strictObject({ kind: Remedy, hours: z.int(), from: Instant, to: Instant }),
});
export type OutageCertificate = z.infer<typeof OutageCertificate>;

export const OutageParams = z.object({ tenderId: Id, hash: Sha256Hex });
export const OutageRow = z.object({
  kind: Remedy,
  from: Instant,
  to: Instant,
  minutes: z.int(),
  /** Does anybody but the platform say so? */
  attested: z.boolean(),
  at: Instant,
  hash: Sha256Hex,
  /** Canonical text of the certificate. */
  certificate: z.string(),
  /** Leaves of the entries, one for each lot. */
  leaves: z.array(z.object({ lotId: Id, leaf: Sha256Hex })),
});
export const Outages = z.object({
  /** What the document promises. */
  promise: z.object({
    withinHours: z.int(),
    minutes: z.int(),
    extendHours: z.int(),
    redeliverHours: z.int(),
  }),
  /** Minutes measured in the window so far. */
  minutes: z.int(),
  rows: z.array(OutageRow),
});
export type Outages = z.infer<typeof Outages>;
export const PaperLanguage = z.object({ lang: z.enum(['zh', 'en']).default('zh') });
