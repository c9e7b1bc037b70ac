import { z } from 'zod';
import { RegionCode } from '../kernel/codes.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { PageQuery } from '../kernel/page.ts';
import { Instant } from '../kernel/time.ts';
import { AwardLimits } from '../award/award.schema.ts';
import { PanelMember, PublicEvaluation, RecordPlace } from '../evaluation/index.ts';
import { lotStates } from '../tendering/lot.life.ts';

const LotState = z.enum(lotStates);

export const LightColour = z.enum(['ok', 'warn', 'bad']);
export type LightColour = z.infer<typeof LightColour>;

/** A hint with its evidence, never a verdict: which rule, in what colour, by which article, from which facts. */
export const Light = z.object({
  rule: z.enum([
    'openOnTime',
    'qualifyInTime',
    'conveneInTime',
    'sheetsInTime',
    'decideInTime',
    'contractInTime',
    'enoughBids',
    'bidMissing',
    'lowPrice',
    'sheetsFromEscrow',
    'faultyBids',
    'panelReplaced',
  ]),
  colour: LightColour,
  law: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  /** By when; null where the light is not about time. */
  until: Instant.nullable(),
});
export type Light = z.infer<typeof Light>;
export type LightRule = Light['rule'];

export const BoardRow = z.object({
  tenderId: Id,
  lotId: Id,
  code: z.string(),
  title: z.string(),
  lotNo: z.int(),
  lotTitle: z.string(),
  purchaserName: z.string(),
  agencyName: z.string().nullable(),
  regionCode: RegionCode,
  budget: FenText,
  state: LotState,
  deadline: Instant,
  /** The worst of the lights. */
  colour: LightColour,
  lights: z.array(Light),
  /** The next limit that the law sets, and its article. */
  next: z.object({ move: z.string(), until: Instant, law: z.string() }).nullable(),
});
export type BoardRow = z.infer<typeof BoardRow>;
export const BoardQuery = PageQuery.extend({
  colour: LightColour.optional(),
  rule: z.string().max(40).optional(),
  state: LotState.optional(),
  region: RegionCode.optional(),
  q: z.string().max(100).optional(),
});
export const BoardReply = z.object({
  rows: z.array(BoardRow),
  next: z.string().nullable(),
  count: z.int(),
  /** How many lots show each colour, whatever the filter: the base rate of every light. */
  colours: z.object({ ok: z.int(), warn: z.int(), bad: z.int() }),
});

/** Everything recorded of a lot, for supervision; before the close nothing of bids exists here either. */
export const LotFile = z.object({
  board: BoardRow,
  events: z.array(
    z.object({
      type: z.string(),
      at: Instant,
      facts: z.record(z.string(), z.unknown()),
      record: RecordPlace.nullable(),
      sealed: z.boolean(),
    }),
  ),
  qualification: z
    .object({
      at: Instant,
      by: z.string(),
      bids: z.array(
        z.object({
          bidId: Id,
          bidder: z.string(),
          passed: z.boolean(),
          findings: z.array(z.object({ qualification: z.string(), met: z.boolean(), reason: z.string() })),
        }),
      ),
    })
    .nullable(),
  panel: z.array(PanelMember),
  evaluation: PublicEvaluation.nullable(),
  sheets: z.array(z.object({ expert: z.string(), from: z.enum(['reveal', 'escrow']) })),
  award: z.object({ bidId: Id, at: Instant, by: z.string(), limits: AwardLimits }).nullable(),
});
export type LotFile = z.infer<typeof LotFile>;

/** One thing somebody has to do: verb, tender, until when. */
export const DeskTask = z.object({
  verb: z.enum([
    'finishDraft',
    'checkTender',
    'publishTender',
    'bid',
    'finishBid',
    'open',
    'checkList',
    'answerComplaint',
    'recoverBid',
    'decryptBid',
    'decideOmission',
    'qualify',
    'appointPanel',
    'contributeDraw',
    'replaceMember',
    'convene',
    'decide',
    'contract',
    'acceptPanel',
    'score',
    'reveal',
    'signReport',
    'openEscrow',
    'acceptOpening',
    'tryShares',
    'sealAgain',
    'confirmOfficers',
    'reviewOrganisation',
    'getCertificate',
    'readResult',
    'look',
  ]),
  role: z.enum(['purchaser', 'agency', 'bidder', 'officer', 'expert', 'supervisor', 'reviewer']),
  tenderId: Id.nullable(),
  lotId: Id.nullable(),
  lotNo: z.int().nullable(),
  title: z.string(),
  until: Instant.nullable(),
  law: z.string().nullable(),
  colour: LightColour,
  /** Path of the page on which it is done. */
  href: z.string(),
});
export type DeskTask = z.infer<typeof DeskTask>;
export const DeskReply = z.object({ now: Instant, rows: z.array(DeskTask) });
