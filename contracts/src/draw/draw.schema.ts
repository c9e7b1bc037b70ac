import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { pageOf, PageQuery } from '../kernel/page.ts';
import { optionalText, text } from '../kernel/text.ts';
import { Instant } from '../kernel/time.ts';
import { SignedActBody } from '../identity/index.ts';
import {
  DrawDecline,
  DrawEscrow,
  DrawFreeze,
  drawLimits,
  DrawName,
  DrawPool,
  drawPurposes,
  DrawRecord,
  DrawResult,
  drawSides,
  LabelId,
  PartyId,
  suiteNames,
} from '../trust/index.ts';
import { drawStates } from './draw.life.ts';

export const DrawParams = z.object({ drawId: Id });

const minutes = z.int().min(1).max(drawLimits.minutes);
/** How long each step may take; a step ends earlier when everybody has done it. */
export const DrawMinutes = z.strictObject({
  /** How long others may join; 0 for not at all. */
  join: z.int().min(0).max(drawLimits.minutes),
  commit: minutes,
  escrow: minutes,
  reveal: minutes,
  recover: minutes,
});
export type DrawMinutes = z.infer<typeof DrawMinutes>;

const group = {
  id: LabelId,
  title: text(200),
  take: z.int().min(1).max(100),
  reserve: z.int().min(0).max(200),
};
/** A group whose candidates whoever proposes lists by name. */
export const DrawGroupDraft = z.strictObject({
  ...group,
  candidates: z
    .array(z.strictObject({ id: text(64), label: text(300) }))
    .min(1)
    .max(drawLimits.candidates),
});
export type DrawGroupDraft = z.infer<typeof DrawGroupDraft>;

/** How a draw is asked for, whatever it decides. */
export const drawTerms = {
  title: text(300),
  /** Seats that contribute, each with a certificate to seal for; the platform contributes by itself. */
  contributors: z
    .array(Id)
    .min(1)
    .max(drawLimits.contributors - 1),
  minutes: DrawMinutes,
  /** The void draw that this one repeats. */
  repeats: Id.nullable(),
};
export const ProposeDrawBody = SignedActBody.extend({
  purpose: z.enum(['invitation', 'inspection', 'coefficient']),
  groups: z.array(DrawGroupDraft).min(1).max(drawLimits.groups),
  ...drawTerms,
});

/** Somebody who can be asked to contribute. */
export const ContributorChoice = z.object({
  seatId: Id,
  party: PartyId,
  side: z.enum(drawSides),
  person: z.string(),
  organisation: z.string(),
});
/** In which suite; that of the house where nothing is said. */
export const ContributorsQuery = z.object({ suite: z.enum(suiteNames).optional() });
export const ContributorChoices = z.object({ rows: z.array(ContributorChoice) });

export const CommitBody = SignedActBody.extend({ commitment: Sha256Hex });
export const EscrowBody = SignedActBody.extend({ /** Canonical JSON. */ escrow: z.string().max(200_000) });
export const RevealContributionBody = z.object({ r: Sha256Hex });
/** A share blob is short; null where the wrap does not open, a complaint about whoever dealt it. */
export const SharesBody = z.object({
  shares: z
    .array(
      z.strictObject({
        party: PartyId,
        blob: z
          .string()
          .regex(/^(?:[0-9a-f]{2})+$/)
          .max(2_048)
          .nullable(),
      }),
    )
    .min(1)
    .max(drawLimits.contributors),
});
export const DeclineDrawnBody = SignedActBody.extend({ candidate: Sha256Hex, reason: text(300) });

/** Why a draw came to nothing, and whose fault it was. */
export const DrawFault = z.object({
  code: z.enum(['too-few-commitments', 'escrow-missing', 'withheld', 'dealt-wrong']),
  /** Those at fault. */
  parties: z.array(PartyId),
});
export type DrawFault = z.infer<typeof DrawFault>;

export const DrawStep = z.object({
  type: z.string(),
  party: PartyId.nullable(),
  at: Instant,
  leaf: Sha256Hex,
  /** Null for the second or less until the log took it in. */
  index: z.int().nullable(),
});
export type DrawStep = z.infer<typeof DrawStep>;

export const DrawContribution = z.object({
  party: PartyId,
  side: z.enum(drawSides),
  name: z.string(),
  committedAt: Instant.nullable(),
  commitment: Sha256Hex.nullable(),
  escrowedAt: Instant.nullable(),
  revealedAt: Instant.nullable(),
  r: Sha256Hex.nullable(),
  from: z.enum(['reveal', 'escrow']).nullable(),
  /** Parties whose contribution this one has given its share of. */
  shared: z.array(PartyId),
});

export const drawCalls = ['join', 'commit', 'escrow', 'reveal', 'recover', 'decline'] as const;

/** A draw as everybody sees it, step by step. */
export const DrawView = z.object({
  drawId: Id,
  purpose: z.enum(drawPurposes),
  scope: z.string(),
  suite: z.enum(suiteNames),
  title: z.string(),
  law: z.string(),
  state: z.enum(drawStates),
  secret: z.boolean(),
  proposedBy: z.string(),
  proposedAt: Instant,
  groups: z.array(z.object({ ...group, title: z.string(), size: z.int() })),
  excluded: z.array(z.object({ reason: z.string(), count: z.int() })),
  contributors: z.array(DrawContribution),
  limits: z.object({
    join: Instant.nullable(),
    commit: Instant.nullable(),
    escrow: Instant.nullable(),
    reveal: Instant.nullable(),
    recover: Instant.nullable(),
  }),
  /** Null until nobody can join any more. */
  pool: DrawPool.nullable(),
  poolHash: Sha256Hex.nullable(),
  freeze: DrawFreeze.nullable(),
  /** The leaf of the freeze; a contributor deals only when the log shows it. */
  freezeLeaf: Sha256Hex.nullable(),
  escrows: z.array(DrawEscrow),
  result: DrawResult.nullable(),
  resultHash: Sha256Hex.nullable(),
  declines: z.array(DrawDecline),
  names: z.array(DrawName),
  fault: DrawFault.nullable(),
  repeats: Id.nullable(),
  repeatedBy: Id.nullable(),
  /** Void draws of the same purpose in the same matter so far. */
  voids: z.int(),
  steps: z.array(DrawStep),
  /** What anybody needs to hold the draw again, once it is over. */
  record: DrawRecord.nullable(),
  /** The party that the caller contributes as. */
  mine: PartyId.nullable(),
  allowed: z.array(z.enum(drawCalls)),
});
export type DrawView = z.infer<typeof DrawView>;

export const DrawsQuery = PageQuery.extend({
  purpose: z.enum(drawPurposes).optional(),
  state: z.enum(drawStates).optional(),
  scope: z.string().max(64).optional(),
});
export const DrawRow = z.object({
  drawId: Id,
  purpose: z.enum(drawPurposes),
  title: z.string(),
  state: z.enum(drawStates),
  proposedAt: Instant,
  taken: z.int(),
  size: z.int(),
  contributors: z.int(),
});
export const DrawsPage = pageOf(DrawRow);
/** Draws that wait for the caller. */
export const MyDraws = z.object({
  rows: z.array(DrawRow.extend({ waiting: z.enum(drawCalls).nullable(), until: Instant.nullable() })),
});
export const Reason = optionalText(300);
