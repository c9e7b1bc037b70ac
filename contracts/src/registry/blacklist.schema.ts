import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { RegionCode } from '../kernel/codes.ts';
import { Id } from '../kernel/id.ts';
import { PageQuery, pageOf } from '../kernel/page.ts';
import { text } from '../kernel/text.ts';
import { Day, Instant } from '../kernel/time.ts';
import { Uscc } from '../kernel/uscc.ts';
import { makeAct, SignedActBody, type ActBy } from '../identity/act.schema.ts';

/** Acts on the platform that a decision may forbid. It forbids what its wording names, nothing more. */
export const forbiddableActs = ['takeDocuments', 'bid', 'actAsAgency', 'beDrawn', 'purchase'] as const;
export const ForbiddableAct = z.enum(forbiddableActs);
export type ForbiddableAct = z.infer<typeof ForbiddableAct>;

/** A decision of an authority, as it is entered. `regionCode` null: the whole country. */
export const Decision = z
  .object({
    name: text(100, 2),
    uscc: Uscc,
    decisionNumber: text(100),
    authority: text(100),
    legalBasis: text(300),
    reason: text(2000),
    decidedOn: Day,
    forbids: z
      .array(ForbiddableAct)
      .max(forbiddableActs.length)
      .refine((acts) => new Set(acts).size === acts.length),
    regionCode: RegionCode.nullable(),
    /** The ban's first and last day, both included. */
    from: Day,
    until: Day,
    evidence: z.object({ fileId: Id, sha256: Sha256Hex }).nullable(),
  })
  .refine(({ from, until }) => from <= until, { path: ['until'] });
export type Decision = z.infer<typeof Decision>;

export const AddBlacklistBody = SignedActBody.extend({ decision: Decision });
export const EndBlacklistBody = SignedActBody.extend({ reason: text(500), decisionNumber: text(100) });

/** The act of entering a decision. */
export const addBlacklistAct = (by: ActBy, decision: Decision) => makeAct('blacklist.add', by, { decision });
/** The acts that end a record before its time: the decision was withdrawn, or the party's credit repaired. */
export const withdrawBlacklistAct = (by: ActBy, facts: EndFacts) => makeAct('blacklist.withdraw', by, facts);
export const repairBlacklistAct = (by: ActBy, facts: EndFacts) => makeAct('blacklist.repair', by, facts);
type EndFacts = { readonly entryId: string; readonly reason: string; readonly decisionNumber: string };

/** A record in force or in its time of publicity, as everybody may read it. */
export const BlacklistEntry = z.object({
  id: Id,
  name: z.string(),
  uscc: z.string(),
  decisionNumber: z.string(),
  authority: z.string(),
  legalBasis: z.string(),
  reason: z.string(),
  decidedOn: Day,
  forbids: z.array(ForbiddableAct),
  regionCode: z.string().nullable(),
  region: z.string().nullable(),
  from: Day,
  until: Day,
  publishedUntil: Day,
  inForce: z.boolean(),
  addedAt: Instant,
});
export type BlacklistEntry = z.infer<typeof BlacklistEntry>;

export const BlacklistQuery = PageQuery.extend({
  q: z.string().max(100).optional(),
  regionCode: RegionCode.optional(),
  forbids: ForbiddableAct.optional(),
  inForce: z.enum(['yes', 'no']).optional(),
});
export const BlacklistPage = pageOf(BlacklistEntry);
export const BlacklistFile = z.object({
  title: z.string(),
  madeAt: Instant,
  /** Use no copy beyond this instant: records end, are withdrawn and repaired. */
  validUntil: Instant,
  rows: z.array(BlacklistEntry),
});

/** A record with its state and history, for those who decide. */
export const BlacklistRecord = BlacklistEntry.extend({
  state: z.enum(['active', 'withdrawn', 'repaired']),
  endedAt: Instant.nullable(),
  endReason: z.string().nullable(),
  endDecisionNumber: z.string().nullable(),
  evidence: z.object({ fileId: Id, sha256: Sha256Hex }).nullable(),
});
export const BlacklistRecordPage = pageOf(BlacklistRecord);
export const BlacklistChecksPage = pageOf(
  z.object({
    id: Id,
    at: Instant,
    uscc: z.string(),
    act: z.string(),
    regionCode: z.string().nullable(),
    on: Instant,
    refusedBy: Id.nullable(),
    flaggedBy: z.array(Id),
  }),
);
