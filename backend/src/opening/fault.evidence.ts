import type { EntityManager } from '@mikro-orm/core';
import { mayPublishEvidence, type Evidence, type FaultEvidence } from '@xinbiao/contracts/opening';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { bytesOf, canonical, partKeyIn, sha256Hex, type DeliveredShare } from '@xinbiao/contracts/trust';
import type { z } from 'zod';
import { Bid } from '../bidding/index.ts';
import { newId, refuse, type Actor } from '../platform/index.ts';
import { BidEvidence } from './course.entity.ts';
import type { SealedBid } from './course.queries.ts';
import { isEntitled } from './dispute.service.ts';
import { OpenedBid, type KeptFault } from './opening.entity.ts';

/** What the opening of a bid had at hand when it found the fault. */
export type AtHand = {
  readonly shares: readonly DeliveredShare[];
  readonly gate: string | null;
  readonly stageKey: string | null;
  /** Scalars that the bidder revealed, by officer. */
  readonly scalars: ReadonlyMap<string, string>;
};

/** The evidence for one fault: only that on which the judgement rests. */
export function evidenceFor(bid: SealedBid, fault: KeptFault, hand: AtHand): FaultEvidence {
  const { code, party, stage = 'open', group, officer, part, piece } = fault;
  const share = hand.shares.filter((one) => one.officer === officer);
  const isKeyFault = code === 'stage.key-not-committed' || code === 'shares.too-few';
  const shares = code.startsWith('share.') ? share : isKeyFault ? hand.shares : [];
  const partKey =
    part !== undefined && hand.stageKey !== null && code !== 'piece.differs' && code !== 'part.wrong-key'
      ? toHex(partKeyIn(bid.read, fromHex(hand.stageKey), stage, part))
      : null;
  return {
    v: 'xinbiao/fault-evidence/v1',
    lotId: bid.lotId,
    bidId: bid.bidId,
    manifest: bid.manifest,
    keyring: canonical(bid.keyring),
    fault: {
      code,
      party,
      stage,
      group: group ?? null,
      officer: officer ?? null,
      part: part ?? null,
      piece: piece ?? null,
    },
    shares: shares.map(({ officer: by, blob }) => ({ officer: by, blob: toHex(blob) })),
    gate: isKeyFault || code.startsWith('gate.') ? hand.gate : null,
    ephemeral: code.startsWith('complaint.') && officer !== undefined ? (hand.scalars.get(officer) ?? null) : null,
    partKey,
    stageKey: code === 'part.wrong-key' ? hand.stageKey : null,
  };
}

/** Keeps the evidence of a bid's faults and gives their hashes, for the log. */
export async function keepEvidence(
  tx: EntityManager,
  evidence: readonly FaultEvidence[],
  given: { readonly now: Date; readonly mayShowScalar: boolean },
): Promise<string[]> {
  const hashes: string[] = [];
  for (const one of evidence) {
    const text = canonical(one);
    const hash = sha256Hex(bytesOf(text));
    const open = mayPublishEvidence(one) && (one.ephemeral === null || given.mayShowScalar);
    await tx.insert(BidEvidence, {
      id: newId(given.now),
      lotId: one.lotId,
      bidId: one.bidId,
      hash,
      code: one.fault.code,
      party: one.fault.party,
      readers: open ? 'public' : 'entitled',
      evidence: text,
    });
    hashes.push(hash);
  }
  return hashes;
}

/** Why a bid was named faulty: the evidence to those who may read it, and to everybody its hash. */
export async function evidenceOf(
  em: EntityManager,
  { lotId, bidId }: { readonly lotId: string; readonly bidId: string },
  actor: Actor | null,
): Promise<z.output<typeof Evidence>> {
  if ((await em.count(OpenedBid, { bidId, lotId })) === 0) return refuse('opening.bid-unknown');
  const bid = await em.findOneOrFail(Bid, { id: bidId });
  const rows = await em.find(BidEvidence, { bidId }, { populate: ['evidence'], orderBy: { id: 'asc' } });
  return {
    rows: rows.map(({ hash, code, party, readers, evidence }) => ({
      hash,
      code,
      party,
      public: readers === 'public',
      evidence: readers === 'public' || isEntitled(actor, bid) ? evidence : null,
    })),
  };
}

/** Public evidence of a lot's bids, for the bundle. */
export async function publicEvidence(
  em: EntityManager,
  lotId: string,
): Promise<Map<string, { hash: string; evidence: string }[]>> {
  const rows = await em.find(
    BidEvidence,
    { lotId, readers: 'public' },
    { populate: ['evidence'], orderBy: { id: 'asc' } },
  );
  const byBid = new Map<string, { hash: string; evidence: string }[]>();
  for (const { bidId, hash, evidence } of rows)
    byBid.set(bidId, [...(byBid.get(bidId) ?? []), { hash, evidence: evidence ?? '' }]);
  return byBid;
}
