import type { EntityManager } from '@mikro-orm/core';
import {
  courseStep,
  windowsOf,
  type BidCourse,
  type CourseFacts,
  type CourseStep,
  type Dispute,
  type Omission,
  type OpeningBid,
  type OpeningPhase,
} from '@xinbiao/contracts/opening';
import { instantText } from '@xinbiao/contracts/kernel';
import { Manifest, parseCanonical, type Keyring, type Lock } from '@xinbiao/contracts/trust';
import { keyringOfEnvelope, type NoticeVersion, type Sealing } from '@xinbiao/contracts/tendering';
import {
  closeOf,
  countedBids,
  earlyComplaints,
  type CountedBid,
  type EarlyComplaint,
  type LotClose,
} from '../bidding/index.ts';
import { contentOf, noticesOf, tenderOf, type Lot, type Tender } from '../tendering/index.ts';
import { BatchAnnouncement, BidDispute, BidGate, BidOmission, BidRecovery, OpeningCourse } from './course.entity.ts';
import { Release } from './opening.entity.ts';
import { keyringOf, membersOfAll, type Member } from './opening.facts.ts';

/** A bid that counts, with its manifest read and the keyring it was sealed to. */
export type SealedBid = CountedBid & { readonly read: Manifest; readonly keyring: Keyring };

type Released = Pick<Release, 'officer' | 'at' | 'lacking'>;

/** Everything that decides what happens next in an opening. */
export type Course = {
  readonly lot: Lot;
  readonly tender: Tender;
  readonly sealing: Sealing;
  readonly close: LotClose;
  readonly bids: readonly SealedBid[];
  /** The newest keyring first, then older ones that bids still name. */
  readonly keyrings: readonly Keyring[];
  readonly members: readonly Member[];
  readonly row: OpeningCourse | null;
  readonly releases: readonly Released[];
  readonly announcements: readonly BatchAnnouncement[];
  readonly omissions: readonly BidOmission[];
  readonly disputes: readonly BidDispute[];
  /** Bids whose bidder opened them itself, and those whose bidder added its own key. */
  readonly recovered: ReadonlySet<string>;
  readonly gates: ReadonlySet<string>;
  readonly facts: CourseFacts;
  readonly step: CourseStep;
};

/** Until when these openings may last, as far as they have come: the last of the windows that were opened. */
export async function openingsUntil(em: EntityManager, lotIds: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const rows = await em.find(OpeningCourse, { lotId: { $in: [...lotIds] } });
  return new Map(
    rows.map(({ lotId, releaseUntil, recoveryUntil, gateUntil }) => [
      lotId,
      [releaseUntil, recoveryUntil ?? releaseUntil, gateUntil ?? releaseUntil].reduce((a, b) => (a > b ? a : b)),
    ]),
  );
}

/** How many bids were proven to be missing from the close list of each of these lots. */
export async function omissionsOf(em: EntityManager, lotIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { lotId } of await em.find(BidOmission, { lotId: { $in: [...lotIds] } }, { fields: ['lotId'] }))
    counts.set(lotId, (counts.get(lotId) ?? 0) + 1);
  return counts;
}

/** How an opening stands; undefined before close. */
export async function courseOf(em: EntityManager, lot: Lot, now: Date): Promise<Course | undefined> {
  const close = lot.state === 'bidding' ? undefined : (await closeOf(em, lot.id))?.row;
  if (!close) return undefined;
  const lotId = lot.id;
  const tender = await tenderOf(em, lot);
  const { sealing } = contentOf(tender);
  const newest = keyringOf(tender);
  const notices = await noticesOf(em, tender.id);
  const bids = (await countedBids(em, lotId)).map((bid) => sealedBid(notices, bid));
  const keyrings = [
    ...new Map([
      [tender.keyringHash ?? '', newest] as const,
      ...bids.map(({ read, keyring }) => [read.ctx.keyringHash, keyring] as const),
    ]).values(),
  ];
  const row = await em.findOne(OpeningCourse, { lotId });
  const releases = await em.find(Release, { lotId }, { fields: ['officer', 'at', 'lacking'], orderBy: { at: 'asc' } });
  const announcements = await em.find(BatchAnnouncement, { lotId }, { orderBy: { attempt: 'asc' } });
  const omissions = await em.find(BidOmission, { lotId }, { orderBy: { at: 'asc' } });
  const disputes = await em.find(BidDispute, { lotId }, { orderBy: { openedAt: 'asc', id: 'asc' } });
  const recovered = new Set((await em.find(BidRecovery, { lotId }, { fields: ['bidId'] })).map(({ bidId }) => bidId));
  const gates = new Set((await em.find(BidGate, { lotId }, { fields: ['bidId'] })).map(({ bidId }) => bidId));
  const early = await earlyComplaints(em, lotId);
  const windows = windowsOf(close.closedAt, sealing);
  const gated = sealing.gate === 'bidder';
  const facts: CourseFacts = {
    now,
    objectionUntil: row?.objectionUntil ?? windows.objectionUntil,
    releaseUntil: row?.releaseUntil ?? windows.releaseUntil,
    recoveryUntil: row?.recoveryUntil ?? null,
    gateUntil: row?.gateUntil ?? null,
    round: row?.round ?? 1,
    defaulted: (row?.defaultedAt ?? null) !== null,
    omission: omissionOf(omissions),
    gated,
    released: releases.map(({ officer }) => officer),
    bids: bids.map((bid) => bidCourse(bid, { releases, disputes, early, recovered, gates, gated })),
  };
  return {
    lot,
    tender,
    sealing,
    close,
    bids,
    keyrings,
    members: membersOfAll(keyrings),
    row,
    releases,
    announcements,
    omissions,
    disputes,
    recovered,
    gates,
    facts,
    step: courseStep(facts),
  };
}

/** A bid with the keyring that it was sealed to: officers may have been replaced since. */
function sealedBid(notices: readonly NoticeVersion[], bid: CountedBid): SealedBid {
  const read = Manifest.parse(parseCanonical(bid.manifest));
  const keyring = keyringOfEnvelope(notices, read.ctx);
  if (!keyring) throw new Error('a bid names a keyring that no version of its notice has');
  return { ...bid, read, keyring };
}

function omissionOf(omissions: readonly BidOmission[]): CourseFacts['omission'] {
  if (omissions.length === 0) return 'none';
  return omissions.every(({ decidedAt }) => decidedAt) ? 'decided' : 'undecided';
}

const officersOf = ({ groups }: Lock): string[] => groups.flatMap(({ shares }) => shares.map(({ officer }) => officer));

function bidCourse(
  { bidId, manifestHash, read }: SealedBid,
  given: {
    readonly releases: readonly Released[];
    readonly disputes: readonly BidDispute[];
    readonly early: readonly EarlyComplaint[];
    readonly recovered: ReadonlySet<string>;
    readonly gates: ReadonlySet<string>;
    readonly gated: boolean;
  },
): BidCourse {
  const [lock] = read.stages;
  if (!lock) throw new Error('a manifest without a stage was taken in');
  const own = given.disputes.filter((dispute) => dispute.manifestHash === manifestHash);
  const rebutted = own.flatMap(({ verdict, share, officer }) =>
    verdict === 'complaint.false' && share === 'good' ? [officer] : [],
  );
  const said = own.filter(({ officer, stage }) =>
    given.early.some((one) => one.manifestHash === manifestHash && one.officer === officer && one.stage === stage),
  );
  const placed = officersOf(lock);
  const came = given.releases.filter(({ officer }) => placed.includes(officer));
  const good = came.flatMap(({ officer, lacking }) => (lacking.includes(manifestHash) ? [] : [officer]));
  const open = own.filter(({ verdict }) => verdict === null).map(({ until }) => until.getTime());
  return {
    manifestHash,
    groups: lock.groups.map(({ id, t, shares }) => ({ id, t, members: shares.map(({ officer }) => officer) })),
    good: [...new Set([...good, ...rebutted])],
    bad: came.flatMap(({ officer }) => (good.includes(officer) || rebutted.includes(officer) ? [] : [officer])),
    recovered: given.recovered.has(bidId),
    gate: !given.gated || given.gates.has(bidId),
    disputedUntil: open.length > 0 ? new Date(Math.min(...open)) : null,
    early: said.some(({ verdict }) => verdict === null),
    condemned: said.some(({ verdict }) => verdict === 'complaint.true' || verdict === 'complaint.silent'),
  };
}

/** What the hall calls the moment. */
export function phaseOf(lot: Pick<Lot, 'state'>, course: Pick<Course, 'step'> | undefined): OpeningPhase {
  if (lot.state === 'bidding' || !course) return 'waiting';
  if (lot.state === 'failed') return 'failed';
  if (lot.state !== 'closed') return 'opened';
  switch (course.step.kind) {
    case 'wait':
      return course.step.phase;
    case 'default':
      return course.step.recovery ? 'recovering' : 'releasing';
    case 'gate':
      return 'decrypting';
    case 'reschedule':
      return 'releasing';
    case 'fail':
      return 'halted';
    case 'open':
      return 'opening';
  }
}

export const gateOf = ({ sealing, gates }: Pick<Course, 'sealing' | 'gates'>, bidId: string): OpeningBid['gate'] => {
  if (sealing.gate !== 'bidder') return 'none';
  return gates.has(bidId) ? 'released' : 'awaited';
};

export const omissionView = ({
  id,
  bidder,
  manifestHash,
  at,
  finding,
  decidedBy,
  decidedAt,
}: BidOmission): Omission => ({
  id,
  bidder,
  manifestHash,
  at: instantText(at),
  decision: finding && decidedBy && decidedAt ? { finding, by: decidedBy, at: instantText(decidedAt) } : null,
});

export function disputeView(dispute: BidDispute, { bids, members }: Pick<Course, 'bids' | 'members'>): Dispute {
  const bid = bids.find(({ bidId }) => bidId === dispute.bidId);
  if (!bid) throw new Error('a dispute about a bid that does not count');
  const { verdict, decidedAt } = dispute;
  return {
    id: dispute.id,
    bidId: bid.bidId,
    no: bid.no,
    bidder: bid.bidder.name,
    manifestHash: dispute.manifestHash,
    stage: dispute.stage,
    group: dispute.officerGroup,
    officer: members.find(({ certSha256 }) => certSha256 === dispute.officer)?.name ?? '',
    officerCert: dispute.officer,
    openedAt: instantText(dispute.openedAt),
    until: instantText(dispute.until),
    verdict:
      verdict && decidedAt
        ? { code: verdict, party: verdict === 'complaint.false' ? 'officer' : 'bidder', at: instantText(decidedAt) }
        : null,
  };
}

/** Where an officer has a share: bid by bid, stage by stage. */
export const placesOf = (
  bids: readonly SealedBid[],
  officer: string,
): { manifestHash: string; stage: string; group: string; x: number }[] =>
  bids.flatMap(({ manifestHash, read }) =>
    read.stages.flatMap(({ id: stage, groups }) =>
      groups.flatMap(({ id: group, shares }) =>
        shares.filter((share) => share.officer === officer).map(({ x }) => ({ manifestHash, stage, group, x })),
      ),
    ),
  );
