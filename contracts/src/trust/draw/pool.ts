import { z } from 'zod';
import { Hex, Sha256Hex, fromHex, toHex } from '../../kernel/bytes.ts';
import { Id } from '../../kernel/id.ts';
import { Malformed, bytesOf, canonicalBytes } from '../canonical.ts';
import { LabelId } from '../envelope/keyring.ts';
import { joined, labelledHash, sha256, sha256Hex } from '../hash.ts';
import { suites, type Suite, type SuiteName } from '../suite.ts';
import { isOfOtherSuite } from '../wrap.ts';

/** What draws decide. A coefficient is drawn like a person: its pool is a list of numbers. */
export const drawPurposes = ['experts', 'tie', 'invitation', 'inspection', 'coefficient'] as const;
export type DrawPurpose = (typeof drawPurposes)[number];

/** Whose side a contributor stands on; two contributors are independent when their sides differ. */
export const drawSides = ['purchaser', 'platform', 'supervision', 'witness', 'bidder'] as const;
export type DrawSide = (typeof drawSides)[number];

/** What a draw may not exceed. */
export const drawLimits = {
  groups: 16,
  candidates: 4_000,
  contributors: 16,
  minutes: 7 * 24 * 60,
  poolBytes: 1024 * 1024,
} as const;

/** A contributor's name in the protocol: a credit code, or `platform`. Compared and sorted byte by byte. */
export const PartyId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/);

export const DrawContributor = z.strictObject({
  party: PartyId,
  side: z.enum(drawSides),
  name: z.string().min(1).max(200),
  /** SHA-256 of the certificate below: escrow shares are wrapped for it. */
  certSha256: Sha256Hex,
  /** DER of an encryption certificate: ECDH P-256, or SM2 in the national suite. */
  certificate: Hex.min(2).max(16_384),
});
export type DrawContributor = z.infer<typeof DrawContributor>;

export const DrawGroup = z.strictObject({
  id: LabelId,
  title: z.string().min(1).max(200),
  /** How many are drawn, and how many more stand by in order. */
  take: z.int().min(1).max(100),
  reserve: z.int().min(0).max(200),
  /** Pseudonyms, sorted. */
  candidates: z.array(Sha256Hex).min(1).max(drawLimits.candidates),
});
export type DrawGroup = z.infer<typeof DrawGroup>;

/** Who can be drawn, who was left out and why, who contributes, and how long each step may take: fixed before anybody contributes. */
export const DrawPool = z
  .strictObject({
    v: z.literal('xinbiao/draw-pool/v1'),
    /** Left out in the general suite. */
    suite: z.literal('XB1-SM').optional(),
    drawId: Id,
    purpose: z.enum(drawPurposes),
    /** A lot's id, or `house`. */
    scope: z.string().min(1).max(64),
    title: z.string().min(1).max(300),
    /** The article by which the draw is held. */
    law: z.string().min(1).max(100),
    /** The void draw that this one repeats. */
    repeats: Id.nullable(),
    groups: z.array(DrawGroup).min(1).max(drawLimits.groups),
    excluded: z
      .array(z.strictObject({ candidate: Sha256Hex, reason: z.string().min(1).max(64) }))
      .max(drawLimits.candidates),
    /** Sorted by party. */
    contributors: z.array(DrawContributor).min(2).max(drawLimits.contributors),
    minutes: z.strictObject({
      commit: z.int().min(1).max(drawLimits.minutes),
      escrow: z.int().min(1).max(drawLimits.minutes),
      reveal: z.int().min(1).max(drawLimits.minutes),
      recover: z.int().min(1).max(drawLimits.minutes),
    }),
  })
  .superRefine((pool, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const all = pool.groups.flatMap(({ candidates }) => candidates);
    if (all.length > drawLimits.candidates) refuse('too many candidates');
    if (new Set(all).size !== all.length) refuse('a candidate occurs twice');
    if (pool.excluded.some(({ candidate }) => all.includes(candidate))) refuse('an excluded candidate can be drawn');
    if (!isSorted(pool.excluded.map(({ candidate }) => candidate))) refuse('the excluded are not sorted');
    if (new Set(pool.groups.map(({ id }) => id)).size !== pool.groups.length) refuse('a group id occurs twice');
    for (const { candidates, take, reserve } of pool.groups) {
      if (!isSorted(candidates)) refuse('candidates are not sorted');
      if (take + reserve > candidates.length) refuse('more are to be drawn than there are');
    }
    if (!isSorted(pool.contributors.map(({ party }) => party))) refuse('contributors are not sorted');
    if (!areIndependent(pool.contributors)) refuse('no two contributors are independent');
    for (const { certificate, certSha256 } of pool.contributors)
      if (!Hex.safeParse(certificate).success || sha256Hex(fromHex(certificate)) !== certSha256)
        refuse('certSha256 is not that of the certificate');
      else if (isOfOtherSuite(fromHex(certificate), drawSuiteName(pool))) refuse('a certificate is not of the suite');
  });
export type DrawPool = z.infer<typeof DrawPool>;

/** What says in which suite a draw is held. */
export interface Suited {
  readonly suite?: SuiteName | undefined;
}
export const drawSuiteName = ({ suite }: Suited): SuiteName => suite ?? 'XB1';
/** Group, wraps and random scalars of a draw. Hashes are SHA-256 in both suites: they name bytes in the log. */
export const drawSuite = (pool: Suited): Suite => suites[drawSuiteName(pool)];
/** The field of a pool that names its suite. */
export const suiteField = (suite: SuiteName): Pick<DrawPool, 'suite'> => (suite === 'XB1-SM' ? { suite } : {});

/** Strictly ascending, byte by byte, so nothing occurs twice. */
export const isSorted = (names: readonly string[]): boolean =>
  names.every((name, at) => at === 0 || (names[at - 1] ?? '') < name);

/** Do at least two of them stand on different sides? */
export const areIndependent = (contributors: readonly Pick<DrawContributor, 'side'>[]): boolean =>
  new Set(contributors.map(({ side }) => side)).size >= 2;

export const drawPoolHash = (pool: DrawPool): string => labelledHash('xinbiao/v1/draw-pool\n', pool);

/** Who stands behind a pseudonym. Published at once where there is no secret, else with the result that names them. */
export const DrawName = z.strictObject({
  candidate: Sha256Hex,
  salt: Sha256Hex,
  /** A seat, a bid, an organisation's credit code, or the number itself. */
  id: z.string().min(1).max(64),
  label: z.string().min(1).max(300),
});
export type DrawName = z.infer<typeof DrawName>;

/** A candidate's pseudonym in one draw: 32 bytes of salt keep even a short list of names from being tried. */
export function drawPseudonym(drawId: string, { salt, id, label }: Omit<DrawName, 'candidate'>): string {
  const bytes = fromHex(salt);
  if (bytes.length !== 32) throw new Malformed('salt');
  return toHex(sha256(joined(bytesOf('xinbiao/v1/draw-name\n'), bytes, canonicalBytes({ drawId, id, label }))));
}
