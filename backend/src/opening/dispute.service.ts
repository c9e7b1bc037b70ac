import type { EntityManager } from '@mikro-orm/core';
import {
  disputeUntilFrom,
  rebuttalAct,
  type answerDispute as answerSpec,
  type Dispute,
  type readDispute as readSpec,
} from '@xinbiao/contracts/opening';
import { fromHex, instantText, type BodyOf, type ReplyOf } from '@xinbiao/contracts/kernel';
import { bytesOf, canonical, judge, sha256Hex } from '@xinbiao/contracts/trust';
import { earlyComplaints } from '../bidding/index.ts';
import { actorBy } from '../identity/index.ts';
import { record } from '../ledger/index.ts';
import { lockLot, lotOf } from '../tendering/index.ts';
import { newId, refuse, transact, type Actor, type House } from '../platform/index.ts';
import { BidDispute } from './course.entity.ts';
import { courseOf, disputeView, placesOf, type SealedBid } from './course.queries.ts';
import { membersOf, type Member } from './opening.facts.ts';

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };

/** Opens a dispute for every wrap that an officer said does not open; only ever after the close. */
export async function openDisputes(
  tx: EntityManager,
  {
    lotId,
    member,
    complaints,
    now,
  }: {
    readonly lotId: string;
    readonly member: Member;
    readonly complaints: readonly { readonly bid: SealedBid; readonly stage: string }[];
    readonly now: Date;
  },
): Promise<void> {
  const until = disputeUntilFrom(now);
  for (const { bid, stage } of complaints) {
    const { bidId, manifestHash } = bid;
    const officer = member.certSha256;
    // Said already before the close.
    if ((await tx.count(BidDispute, { lotId, manifestHash, stage, officer })) > 0) continue;
    const place = placesOf([bid], officer).find((one) => one.stage === stage);
    if (!place) throw new Error('a complaint about no place');
    const { entryId } = await record(tx, {
      scope: lotId,
      type: 'dispute.open',
      visibility: 'public',
      body: { bid: bidId, manifest: manifestHash, stage, group: place.group, officer, until: instantText(until) },
      at: now,
    });
    await tx.insert(BidDispute, {
      id: newId(now),
      lotId,
      bidId,
      manifestHash,
      stage,
      officer,
      officerGroup: place.group,
      openedAt: now,
      until,
      entryId,
      ephemeral: null,
      verdict: null,
      share: null,
      decidedAt: null,
      version: 1,
    });
  }
}

/** At the close the complaints that officers signed before it become disputes; gives how many did. */
export async function openEarlyDisputes(house: House, lotId: string): Promise<number> {
  const complaints = await earlyComplaints(house.fork(), lotId);
  if (complaints.length === 0) return 0;
  const now = house.clock.now();
  return transact(house.fork(), async (tx) => {
    const lot = await lockLot(tx, lotId);
    const course = lot.state === 'closed' ? await courseOf(tx, lot, now) : undefined;
    if (!course) return 0;
    let opened = 0;
    for (const { manifestHash, stage, officer } of complaints) {
      const bid = course.bids.find((one) => one.manifestHash === manifestHash);
      const member = bid && membersOf(bid.keyring).find(({ certSha256 }) => certSha256 === officer);
      if (
        !bid ||
        !member ||
        course.disputes.some((one) => one.manifestHash === manifestHash && one.officer === officer)
      )
        continue;
      await openDisputes(tx, { lotId, member, complaints: [{ bid, stage }], now });
      opened += 1;
    }
    return opened;
  });
}

/** Takes a bidder's answer to a complaint and judges at once; anybody who has manifest and scalar judges the same. */
export async function answerDispute(
  { em, house, actor }: Given,
  { lotId, disputeId }: { readonly lotId: string; readonly disputeId: string },
  { ephemeral, ...body }: BodyOf<typeof answerSpec>,
): Promise<Dispute> {
  const course = await courseOf(em, await lotOf(em, lotId), house.clock.now());
  const dispute = course?.disputes.find(({ id }) => id === disputeId);
  if (!course || !dispute) return refuse('opening.dispute-unknown');
  const bid = course.bids.find(({ bidId }) => bidId === dispute.bidId);
  if (bid?.organisationId !== actor.organisationId) return refuse('opening.not-your-bid');
  const { manifestHash, stage, officer } = dispute;
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now: house.clock.now(),
    expect: rebuttalAct(actorBy(actor), { lotId, manifestHash, stage, officer, ephemeral }),
  });
  const judged = await judge({ manifest: bid.read, keyring: bid.keyring, stage, officer, ephemeral });
  if (!judged.decided) return refuse('opening.rebuttal-differs', { field: 'ephemeral' });
  const decided = await transact(em, async (tx) => {
    const lot = await lockLot(tx, lotId);
    const row = await tx.findOneOrFail(BidDispute, { id: disputeId }, { refresh: true });
    const now = house.clock.now();
    if (row.verdict !== null || now.getTime() >= row.until.getTime()) return refuse('opening.dispute-unknown');
    // The scalar opens one officer's wrap; who else may read it depends on what else was revealed of the bid.
    await record(tx, {
      scope: lotId,
      type: 'dispute.rebuttal',
      visibility: 'public',
      body: {
        manifest: manifestHash,
        stage,
        officer,
        sealedAct: sha256Hex(bytesOf(signed.act)),
        signature: sha256Hex(fromHex(signed.signature)),
        certificate: signed.certificateSha256,
      },
      at: now,
      actor: actor.seatId,
    });
    tx.assign(row, { ephemeral, share: judged.party === 'officer' ? judged.share : null });
    await decide(tx, row, judged.code, now);
    if (lot.state === 'closed') tx.assign(lot, { wakeAt: now });
    await tx.flush();
    return row;
  });
  house.hall.tell(lotId, 'moved', house.clock.now());
  return disputeView(decided, course);
}

async function decide(
  tx: EntityManager,
  dispute: BidDispute,
  verdict: NonNullable<BidDispute['verdict']>,
  now: Date,
): Promise<void> {
  const { lotId, bidId, manifestHash, stage, officer, ephemeral } = dispute;
  dispute.verdict = verdict;
  dispute.decidedAt = now;
  await record(tx, {
    scope: lotId,
    type: 'dispute.verdict',
    visibility: 'public',
    body: {
      bid: bidId,
      manifest: manifestHash,
      stage,
      officer,
      code: verdict,
      party: verdict === 'complaint.false' ? 'officer' : 'bidder',
      scalar: ephemeral ? sha256Hex(fromHex(ephemeral)) : null,
    },
    at: now,
  });
}

/** Silence decides too: a bidder who does not answer in time was wrong. For the waking clock. */
export async function settleDisputes(house: House): Promise<number> {
  const now = house.clock.now();
  const due = await house.fork().find(BidDispute, { verdict: null, until: { $lte: now } }, { fields: ['id', 'lotId'] });
  let settled = 0;
  for (const { id, lotId } of due) {
    const moved = await transact(house.fork(), async (tx) => {
      const lot = await lockLot(tx, lotId);
      const row = await tx.findOneOrFail(BidDispute, { id }, { refresh: true });
      if (row.verdict !== null) return false;
      await decide(tx, row, 'complaint.silent', now);
      if (lot.state === 'closed') tx.assign(lot, { wakeAt: now });
      await tx.flush();
      return true;
    });
    if (moved) house.hall.tell(lotId, 'moved', now);
    settled += moved ? 1 : 0;
  }
  return settled;
}

/** May everybody read this scalar? Not where it would, with what else was revealed of the bid, reach every group's threshold. */
export function mayShowScalar(bid: SealedBid, disputes: readonly BidDispute[]): boolean {
  const revealed = disputes.flatMap(({ bidId, share, officer }) =>
    bidId === bid.bidId && share === 'good' ? [officer] : [],
  );
  return bid.read.stages.every(({ groups }) =>
    groups.some(({ t, shares }) => shares.filter(({ officer }) => revealed.includes(officer)).length < t),
  );
}

/** A dispute with everything needed to judge it again. */
export async function disputeFile(
  em: EntityManager,
  { lotId, disputeId }: { readonly lotId: string; readonly disputeId: string },
  { now, actor }: { readonly now: Date; readonly actor: Actor | null },
): Promise<ReplyOf<typeof readSpec>> {
  const course = await courseOf(em, await lotOf(em, lotId), now);
  const dispute = course?.disputes.find(({ id }) => id === disputeId);
  const bid = course?.bids.find(({ bidId }) => bidId === dispute?.bidId);
  if (!course || !dispute || !bid) return refuse('opening.dispute-unknown');
  const entitled = isEntitled(actor, bid);
  return {
    dispute: disputeView(dispute, course),
    manifest: bid.manifest,
    keyring: canonical(bid.keyring),
    ephemeral: entitled || mayShowScalar(bid, course.disputes) ? (dispute.ephemeral ?? null) : null,
  };
}

/** Supervision, and the bidder itself. */
export const isEntitled = (actor: Actor | null, bid: { readonly organisationId: string }): boolean =>
  actor !== null && (actor.scopes.includes('opening:supervise') || actor.organisationId === bid.organisationId);
