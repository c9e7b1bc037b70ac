import type { EntityManager } from '@mikro-orm/core';
import type { DeskRow, OpeningView, PublicPrice } from '@xinbiao/contracts/opening';
import { failures } from '@xinbiao/contracts/tendering';
import { addTime, instantText } from '@xinbiao/contracts/kernel';
import { Manifest, parseCanonical } from '@xinbiao/contracts/trust';
import { closeOf, countedBids, Envelope } from '../bidding/index.ts';
import { Certificate } from '../identity/index.ts';
import { contentOf, Lot, lotOf, Tender, tenderOf } from '../tendering/index.ts';
import { refuse, type Actor } from '../platform/index.ts';
import { OpenedBid, Opening, Release } from './opening.entity.ts';
import { groupsOf, keyringOf, lineOf, membersOf, settleAt, standing } from './opening.facts.ts';
import { remarksOf, saidOf } from './record.queries.ts';

type Phase = OpeningView['phase'];

const phaseOf = (lot: Pick<Lot, 'state' | 'failure'>, opened: boolean, ready: boolean): Phase => {
  if (lot.state === 'bidding') return 'waiting';
  if (opened) return 'opened';
  if (lot.state === 'failed') return 'failed';
  return ready ? 'opening' : 'releasing';
};

/** The opening hall as anybody may see it. Before close it says who will open and when, and not a word of bids. */
export async function openingView(em: EntityManager, lotId: string, now: Date): Promise<OpeningView> {
  const lot = await lotOf(em, lotId);
  const tender = await tenderOf(em, lot);
  if (!tender.keyring) return refuse('lot.unknown');
  const content = contentOf(tender);
  const keyring = keyringOf(tender);
  const members = membersOf(keyring);
  const close = lot.state === 'bidding' ? undefined : await closeOf(em, lotId);
  const bids = close ? await countedBids(em, lotId) : [];
  const releases = close ? await em.find(Release, { lotId }, { fields: ['officer', 'at', 'lacking'] }) : [];
  const opening = close ? await em.findOne(Opening, { lotId }) : null;
  const opened = new Map((opening ? await em.find(OpenedBid, { lotId }) : []).map((bid) => [bid.bidId, bid]));
  const remarks = opening ? await remarksOf(em, lotId) : [];
  const settles = close && bids.length > 0 ? settleAt(close.row.closedAt) : null;
  const next = standing(
    keyring,
    releases,
    bids.map(({ manifestHash }) => manifestHash),
    settles !== null && now >= settles,
  );
  const phase = phaseOf(lot, opening !== null, next.kind === 'ready');
  const waiting = phase === 'releasing' && next.kind === 'waiting' ? next.missing : [];
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
    phase,
    deadline: instantText(lot.deadline),
    closedAt: close ? instantText(close.row.closedAt) : null,
    closeHash: close?.row.hash ?? null,
    openedAt: opening ? instantText(opening.openedAt) : null,
    settleAt: settles && !opening ? instantText(settles) : null,
    failure:
      close && lot.failure === 'lt3Bids'
        ? { reason: lot.failure, law: failures.lt3Bids.law, count: close.row.count }
        : null,
    groups: groupsOf(keyring, releases),
    bids: bids.map((bid) =>
      lineOf(bid, opened.get(bid.bidId), { ceiling: lot.ceiling ?? null, members, remark: saidOf(remarks, bid.bidId) }),
    ),
    missing: waiting.flatMap(({ group, members: absent }) =>
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
    const member = tender?.keyring
      ? membersOf(tender.keyring).find(({ certSha256 }) => own.includes(certSha256))
      : undefined;
    if (!tender?.keyring || !member) continue;
    const releases =
      lot.state === 'bidding'
        ? []
        : await em.find(Release, { lotId: lot.id }, { fields: ['officer', 'at', 'lacking'] });
    const groups = groupsOf(tender.keyring, releases).map(({ id, t, released, reached }) => ({
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
      phase: phaseOf(
        lot,
        lot.state === 'opened',
        groups.every(({ reached }) => reached),
      ),
      deadline: instantText(lot.deadline),
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
  return { bidId, ctxHash: manifest.ctxHash, part, partKey: opened.priceKey, manifestHash: opened.manifestHash };
}
