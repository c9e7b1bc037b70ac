import { z } from 'zod';
import { Sha256Hex, SignatureHex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';

/**
 * What an officer takes to a computer without a network: every answer of the house that the release is checked
 * against, as it came. Holds no secret. The checks are made again where the key is.
 */
export const ReleaseRequestFile = z.strictObject({
  v: z.literal('xinbiao/release-request/v1'),
  savedAt: Instant,
  /** Whether the house's clock is turned by hand, so that the computer's own says nothing. */
  rehearsal: z.boolean(),
  houseNow: Instant,
  tender: z.strictObject({ code: z.string(), title: z.string() }),
  lot: z.strictObject({ id: Id, no: z.int(), title: z.string() }),
  notice: z.strictObject({ leaf: Sha256Hex, keyringHash: Sha256Hex }),
  by: z.strictObject({ person: z.string(), organisation: z.string().nullable(), uscc: z.string().nullable() }),
  answers: z
    .array(
      z.strictObject({
        /** Path and query, from `/api/` on. */
        path: z.string().startsWith('/api/').max(4_000),
        status: z.int().min(100).max(599),
        type: z.string().max(200),
        /** base64 */
        body: z.string().max(64 * 1024 * 1024),
      }),
    )
    .max(100_000),
});
export type ReleaseRequestFile = z.infer<typeof ReleaseRequestFile>;

/** What comes back: the act that puts the batch's hash on record, and the act that reveals it, both signed. */
export const OfflineRelease = z.strictObject({
  v: z.literal('xinbiao/offline-release/v1'),
  lotId: Id,
  /** SHA-256 of the revealing act. */
  batch: Sha256Hex,
  announce: z.strictObject({ act: z.string().min(2).max(200_000), signature: SignatureHex }),
  reveal: z.strictObject({ act: z.string().min(2).max(4_000_000), signature: SignatureHex }),
});
export type OfflineRelease = z.infer<typeof OfflineRelease>;
