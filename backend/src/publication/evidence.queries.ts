import type { EntityManager } from '@mikro-orm/core';
import type { TenderBundle } from '@xinbiao/contracts/publication';
import { ReleaseAct } from '@xinbiao/contracts/opening';
import { fromHex } from '@xinbiao/contracts/kernel';
import { canonical, Manifest, parseCanonical, textOf } from '@xinbiao/contracts/trust';
import {
  evidenceFiles,
  evidenceLength,
  evidenceTar,
  type Entitled,
  type EntitledBid,
  type EntitledLot,
} from '@xinbiao/contracts/verify';
import { Readable } from 'node:stream';
import { countedBids, type CountedBid } from '../bidding/index.ts';
import { SealedScore } from '../evaluation/index.ts';
import { BidGate, OpenedBid, Release } from '../opening/index.ts';
import { OversightRead } from '../oversight/index.ts';
import { newId, refuse, type Actor, type Context, type House } from '../platform/index.ts';
import { lotsOf, type Lot, type Tender } from '../tendering/index.ts';
import { publicTender } from './story.queries.ts';

/** A tender of which at least one lot has its result: what is evidence before the end is nobody's to hand out. */
export async function endedTender(em: EntityManager, tenderId: string): Promise<Tender> {
  const tender = await publicTender(em, tenderId);
  const lots = await lotsOf(em, tender.id);
  return lots.some(({ state }) => state === 'awarded' || state === 'failed') ? tender : refuse('publication.not-ended');
}

/** The bundle as a stream whose length is known beforehand; ciphertext is read from the vault when its turn comes. */
export function tarOf(
  house: House,
  ctx: Context,
  {
    bundle,
    tender,
    entitled,
  }: { readonly bundle: TenderBundle; readonly tender: Tender; readonly entitled?: Entitled },
): Readable {
  const files = evidenceFiles(bundle, entitled);
  const name = `${tender.code.replace(/[^\w.-]/g, '_')}-${entitled ? 'entitled' : 'evidence'}.tar`;
  ctx.set({
    'content-type': 'application/x-tar',
    'content-length': String(evidenceLength(files)),
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': entitled ? 'private, no-store' : 'no-cache',
  });
  return Readable.from(
    evidenceTar(files, (sha256) => house.vault.get(sha256) as AsyncIterable<Buffer>),
    { objectMode: false },
  );
}

/**
 * What the caller may have beyond what is public: supervision everything, and it is written down that it looked; a
 * bidder what belongs to its own bids. Nobody else anything.
 */
export async function entitledTo(
  em: EntityManager,
  { tender, actor, now }: { readonly tender: Tender; readonly actor: Actor; readonly now: Date },
): Promise<Entitled> {
  const lots = (await lotsOf(em, tender.id)).filter(({ state }) => state === 'awarded' || state === 'failed');
  const name = actor.organisationName ?? actor.name;
  if (actor.scopes.includes('oversight:read')) {
    await em.fork().insertMany(
      OversightRead,
      lots.map((lot) => ({
        id: newId(now),
        lotId: lot.id,
        seatId: actor.seatId,
        name: `${actor.name}（${actor.organisationName ?? ''}）`,
        what: 'evidence',
        at: now,
      })),
    );
    return {
      holder: { kind: 'supervision', name },
      lots: await Promise.all(lots.map((lot) => entitledLot(em, lot))),
    };
  }
  if (!actor.scopes.includes('bid:submit') || actor.organisationId === null) return refuse('publication.not-entitled');
  const own = await Promise.all(lots.map((lot) => entitledLot(em, lot, actor.organisationId ?? '')));
  return own.some(({ bids }) => bids.length > 0)
    ? { holder: { kind: 'bidder', name }, lots: own }
    : refuse('publication.not-entitled');
}

/** One lot for supervision, or for the organisation named. */
async function entitledLot(em: EntityManager, lot: Lot, organisationId?: string): Promise<EntitledLot> {
  const mine = organisationId !== undefined;
  const counted = (await countedBids(em, lot.id)).filter((bid) => !mine || bid.organisationId === organisationId);
  const opened = new Map(
    (await em.find(OpenedBid, { lotId: lot.id }, { populate: ['stageKey'] })).map((bid) => [bid.bidId, bid]),
  );
  const gates = new Map(
    (await em.find(BidGate, { lotId: lot.id }, { populate: ['gates'] })).map((gate) => [gate.bidId, gate.gates ?? {}]),
  );
  const releases = await em.find(Release, { lotId: lot.id }, { orderBy: { officer: 'asc' } });
  const acts = releases.map(({ officer, act }) => ({ officer, act: ReleaseAct.parse(parseCanonical(act)) }));
  const scores = mine ? [] : await em.find(SealedScore, { lotId: lot.id }, { orderBy: { expert: 'asc' } });
  return {
    id: lot.id,
    bids: counted.map((bid) =>
      entitledBid(bid, { opened: opened.get(bid.bidId), gates: gates.get(bid.bidId) ?? {}, acts }),
    ),
    // A batch holds the shares of all bids: only supervision gets it whole.
    releases: mine ? [] : releases.map(({ officer, act, signature }) => ({ officer, act, signature })),
    sheets: scores.flatMap(({ expert, salt, sheet }) =>
      salt && sheet ? [{ expert, salt, sheet: canonical(parseCanonical(sheet)) }] : [],
    ),
  };
}

function entitledBid(
  bid: CountedBid,
  {
    opened,
    gates,
    acts,
  }: {
    readonly opened: OpenedBid | undefined;
    /** Blobs in hex, by stage. */
    readonly gates: Readonly<Record<string, string>>;
    readonly acts: readonly { readonly officer: string; readonly act: ReleaseAct }[];
  },
): EntitledBid {
  const { bidId, manifest, manifestHash, signature } = bid;
  const stages = Manifest.parse(parseCanonical(manifest)).stages.map(({ id }) => id);
  return {
    bidId,
    manifest,
    signature,
    certificateSha256: Manifest.parse(parseCanonical(manifest)).ctx.bidderCertSha256,
    stageKeys: opened?.stageKey ? stages.slice(0, 1).map((stage) => ({ stage, key: opened.stageKey ?? '' })) : [],
    shares: acts.flatMap(({ officer, act }) =>
      act.shares.flatMap((share) =>
        share.manifestHash === manifestHash && share.blob !== null
          ? [{ stage: share.stage, officer, blob: textOf(fromHex(share.blob)) }]
          : [],
      ),
    ),
    gates: Object.entries(gates).map(([stage, blob]) => ({ stage, blob: textOf(fromHex(blob)) })),
  };
}
