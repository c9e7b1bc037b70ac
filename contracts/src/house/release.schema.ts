import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';

/** One built file as it is served, by its path below the house's address. */
const ReleasedFile = z.strictObject({
  path: z.string().min(1).max(300),
  sha256: Sha256Hex,
  size: z.int().min(0),
});

/**
 * Everything a browser is given to run, by its hash: canonical JSON, itself named by its SHA-256 in the log before it
 * is served. Whoever is given another file holds the proof.
 */
export const ClientRelease = z.strictObject({
  v: z.literal('xinbiao/client-release/v1'),
  version: z.string().min(1).max(64),
  /** Sorted by path. */
  files: z.array(ReleasedFile).min(1).max(5_000),
  /** Tools that stand alone, by name: SHA-256 of the one file each of them is. */
  offline: z.record(z.string().regex(/^[a-z]{1,32}$/), Sha256Hex),
});
export type ClientRelease = z.infer<typeof ClientRelease>;

/** Where the release that is served now lies. */
export const clientReleasePath = '/client-release.json';
