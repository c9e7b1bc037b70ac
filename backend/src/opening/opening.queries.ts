import type { EntityManager } from '@mikro-orm/core';
import { FaultEvidence, type DeskRow, type OpeningView, type PublicPrice } from '@xinbiao/contracts/opening';
import { failures, neverOpened } from '@xinbiao/contracts/tendering';
import { addTime, instantText } from '@xinbiao/contracts/kernel';
import { Manifest, parseCanonical } from '@xinbiao/contracts/trust';
import { Envelope } from '../bidding/index.ts';
import { Certificate } from '../identity/index.ts';
import { contentOf, Lot, lotOf, Tender, tenderOf } from '../tendering/index.ts';
import { refuse, type Actor } from '../platform/index.ts';
import { BidEvidence } from './course.entity.ts';
import { courseOf, disputeView, gateOf, omissionView, phaseOf } from './course.queries.ts';
import { OpenedBid, Opening } from './opening.entity.ts';
import { groupsOf, keyringOf, lineOf, membersOfAll, regime } from './opening.facts.ts';
import { remarksOf, saidOf } from './record.queries.ts';

/** The opening hall as anybody may see it. Before close it says who will open and when, and not a word of bids. */
export async function openingView(em: EntityManager, lotId: string, now: Date): Promise<OpeningView> {
  const lot = await lotOf(em, lotId);
  const tender = await tenderOf(em, lot);
  if (!tender.keyring) return refuse('lot.unknown');
  const content = contentOf(tender);
  const course = await courseOf(em, lot, now);
  const keyrings = course?.keyrings ?? [keyringOf(tender)];
  const members = course?.members ?? membersOfAll(keyrings);
  const opening = course ? await em.findOne(Opening, { lotId }) : null;
  const opened = new Map((opening ? await em.find(OpenedBid, { lotId }) : []).map((bid) => [bid.bidId, bid]));
  const remarks = opening ? await remarksOf(em, lotId) : [];
  const running = lot.state === 'closed' ? course : undefined;
  const missing = running?.step.kind === 'wait' ? running.step.missing : [];
  const instant = (at: Date | null | undefined) => (at ? instantText(at) : null);
  return {
    now: instantText(now),
    tenderId: tender.id,
    lotId,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotTitle: lot.title,
    purchaser: tender.purchaserName,
    agency: tender.agencyName ?? null,
    place: content.openingPlace,
    budget: lot.budget.toString(),
    ceiling: lot.ceiling?.toString() ?? null,
    lotState: lot.state,
    phase: phaseOf(lot, course),
    deadline: instantText(lot.deadline),
    closedAt: instant(course?.close.closedAt),
    closeHash: course?.close.hash ?? null,
    openedAt: instant(opening?.openedAt),
    regime,
    sealing: content.sealing,
    objectionUntil: instant(running?.facts.objectionUntil),
    releaseUntil: instant(running?.facts.releaseUntil),
    recoveryUntil: instant(running?.facts.recoveryUntil),
    gateUntil: instant(running?.facts.gateUntil),
    round: course?.facts.round ?? 1,
    omissions: (course?.omissions ?? []).map(omissionView),
    disputes: course ? course.disputes.map((dispute) => disputeView(dispute, course)) : [],
    failure:
      course && lot.failure && neverOpened.includes(lot.failure)
        ? { reason: lot.failure, law: failures[lot.failure].law, count: course.close.count }
        : null,
    groups: groupsOf(keyrings, {
      releases: course?.releases ?? [],
      announced: course?.announcements ?? [],
      absent: course?.row?.absent ?? [],
    }),
    bids: course
      ? course.bids.map((bid) =>
          lineOf(bid, opened.get(bid.bidId), {
            ceiling: lot.ceiling ?? null,
            members,
            remark: saidOf(remarks, bid.bidId),
            recovered: course.recovered.has(bid.bidId),
            gate: gateOf(course, bid.bidId),
          }),
        )
      : [],
    missing: missing.flatMap(({ group, members: absent }) =>
      members
        .filter(({ certSha256 }) => absent.includes(certSha256))
        .map(({ name, organisation }) => ({ group, name, organisation })),
    ),
    remarks,
    recordHash: opening?.recordHash ?? null,
  };
}

const week = 7 * 24 * 3_600_000;

/** The lots that wait for the caller to open them, or did within the last week. */
export async function deskOf(em: EntityManager, actor: Actor, now: Date): Promise<DeskRow[]> {
  const own = (
    await em.find(Certificate, { seatId: actor.seatId, kind: 'encryption' }, { fields: ['fingerprint'] })
  ).map(({ fingerprint }) => fingerprint);
  if (own.length === 0) return [];
  const tenders = new Map(
    (
      await em.find(
        Tender,
        { id: { $in: await tendersNaming(em, own) } },
        { fields: ['id', 'code', 'title', 'keyring'] },
      )
    ).map((tender) => [tender.id, tender]),
  );
  const recent = {
    $or: [
      { state: { $in: ['bidding' as const, 'closed' as const] } },
      { state: 'opened' as const, deadline: { $gt: addTime(now, -week) } },
    ],
  };
  const lots = await em.find(
    Lot,
    { tenderId: { $in: [...tenders.keys()] }, ...recent },
    { orderBy: { deadline: 'asc', id: 'asc' } },
  );
  const rows: DeskRow[] = [];
  for (const lot of lots) {
    const tender = tenders.get(lot.tenderId);
    const course = await courseOf(em, lot, now);
    const keyrings = course?.keyrings ?? (tender?.keyring ? [tender.keyring] : []);
    const member = membersOfAll(keyrings).find(({ certSha256 }) => own.includes(certSha256));
    if (!tender || !member) continue;
    const releases = course?.releases ?? [];
    const groups = groupsOf(keyrings, { releases }).map(({ id, t, released, reached }) => ({
      id,
      t,
      released,
      reached,
    }));
    rows.push({
      tenderId: tender.id,
      lotId: lot.id,
      code: tender.code,
      title: tender.title,
      lotNo: lot.no,
      lotTitle: lot.title,
      lotState: lot.state,
      phase: phaseOf(lot, course),
      deadline: instantText(lot.deadline),
      until: instantText(course?.facts.releaseUntil ?? lot.deadline),
      group: member.group,
      certSha256: member.certSha256,
      released: releases.some(({ officer }) => officer === member.certSha256),
      groups,
    });
  }
  return rows;
}

/** Tenders not yet evaluated whose keyring names one of the certificates: sought by text, so that no keyring need be read to be passed over. */
async function tendersNaming(em: EntityManager, fingerprints: readonly string[]): Promise<string[]> {
  const named = fingerprints.map(() => 'keyring like ?').join(' or ');
  const rows: unknown = await em.getConnection().execute(
    `select id from tender where lot_state in ('bidding', 'closed', 'opened') and (${named})`,
    fingerprints.map((fingerprint) => `%${fingerprint}%`),
  );
  return (rows as { id: string }[]).map(({ id }) => id);
}

/** What anybody needs to open the price part of an opened bid again. */
export async function publicPrice(
  em: EntityManager,
  { lotId, bidId }: { readonly lotId: string; readonly bidId: string },
): Promise<PublicPrice> {
  const opened = await em.findOne(OpenedBid, { bidId, lotId });
  const envelope = opened?.priceKey ? await em.findOne(Envelope, { id: opened.envelopeId }) : null;
  if (!opened?.priceKey || !envelope?.manifest) return refuse('opening.bid-unknown');
  const manifest = Manifest.parse(parseCanonical(envelope.manifest));
  const part = manifest.parts.find(({ stage, name }) => stage === 'open' && name === 'price');
  if (!part) throw new Error('an opened bid has no price part');
  const { ctx, ctxHash } = manifest;
  return {
    bidId,
    suite: ctx.suite,
    ctxHash,
    part,
    partKey: opened.priceKey,
    manifestHash: opened.manifestHash,
  };
}

/** Is this a piece of a price that does not open, whose key is public evidence that it does not? */
export async function isEvidencePiece(
  em: EntityManager,
  { lotId, bidId, sha256 }: { readonly lotId: string; readonly bidId: string; readonly sha256: string },
): Promise<boolean> {
  const rows = await em.find(BidEvidence, { lotId, bidId, readers: 'public' }, { populate: ['evidence'] });
  return rows.some(({ evidence }) => {
    const read = FaultEvidence.parse(parseCanonical(evidence ?? ''));
    const manifest = Manifest.parse(parseCanonical(read.manifest));
    return (
      read.partKey !== null &&
      manifest.parts.some(({ name, pieces }) => name === read.fault.part && pieces.includes(sha256))
    );
  });
}
