import type { EntityManager } from '@mikro-orm/core';
import { PriceOffer, sealedParts, TechnicalOffer } from '@xinbiao/contracts/bidding';
import { ReleaseAct, type FaultEvidence } from '@xinbiao/contracts/opening';
import { fen, fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  EnvelopeFault,
  judge,
  openPart,
  parseCanonical,
  partKeyIn,
  recoverStageKey,
  sha256Hex,
  type DeliveredShare,
  type Json,
  type Manifest,
  type OpenedPart,
  type Recovered,
} from '@xinbiao/contracts/trust';
import type { z } from 'zod';
import { setTimeout as pause } from 'node:timers/promises';
import { readSealed } from '../bidding/index.ts';
import { record } from '../ledger/index.ts';
import { advanceLot, dueLots, lockLot, Lot } from '../tendering/index.ts';
import { cipherOf, transact, type House } from '../platform/index.ts';
import { BidGate, BidRecovery, type BidDispute } from './course.entity.ts';
import { courseOf, type Course, type SealedBid } from './course.queries.ts';
import { beginCourse, takeStep } from './course.service.ts';
import { mayShowScalar, openEarlyDisputes, settleDisputes } from './dispute.service.ts';
import { evidenceFor, keepEvidence } from './fault.evidence.ts';
import { OpenedBid, Opening, Release, type KeptFault } from './opening.entity.ts';
import { recordData } from './record.queries.ts';

/** Openings at work in this process: large bids take minutes, and other lots must not wait for them. */
const atWork = new Map<string, Promise<boolean>>();
const patience = 5_000;

/** Takes every opening as far as it can go now: decides what silence decides, and opens where enough was released. For the waking clock. */
export async function openLots(house: House): Promise<number> {
  const settled = await settleDisputes(house);
  const due = await dueLots(house.fork(), house.clock.now(), { state: 'closed' });
  let opened = settled;
  for (const { id } of due) {
    const job = atWork.get(id) ?? start(house, id);
    if (await Promise.race([job, pause(patience, false, { ref: false })])) opened += 1;
  }
  return opened;
}

function start(house: House, lotId: string): Promise<boolean> {
  const job = openLot(house, lotId)
    .catch(async (fault: unknown) => {
      house.report(fault);
      // Whatever it was, it is tried again in a minute and not every second.
      await house
        .fork()
        .nativeUpdate(Lot, { id: lotId, state: 'closed' }, { wakeAt: new Date(house.clock.now().getTime() + 60_000) });
      return false;
    })
    .finally(() => atWork.delete(lotId));
  atWork.set(lotId, job);
  return job;
}

/** What opening one envelope brought. */
type Result = {
  readonly bid: SealedBid;
  readonly offer: PriceOffer | null;
  readonly stageKey: string | null;
  readonly priceKey: string | null;
  readonly faults: readonly KeptFault[];
  readonly evidence: readonly FaultEvidence[];
  readonly mayShowScalar: boolean;
};

async function openLot(house: House, lotId: string): Promise<boolean> {
  let moved = (await openEarlyDisputes(house, lotId)) > 0;
  // Each turn takes one step; an opening has few.
  for (let turn = 0; turn < 20; turn += 1) {
    const em = house.fork();
    const lot = await em.findOneOrFail(Lot, { id: lotId });
    const course = lot.state === 'closed' ? await courseOf(em, lot, house.clock.now()) : undefined;
    if (!course) return moved;
    if (!course.row) await beginCourse(house, lotId);
    if (course.step.kind === 'wait') {
      // Unless somebody acted meanwhile: then there is something to look at at once.
      await em.nativeUpdate(
        Lot,
        { id: lotId, state: 'closed', wakeAt: lot.wakeAt ?? null },
        { wakeAt: course.step.until },
      );
      return moved;
    }
    if (course.step.kind === 'open') {
      await openNow(house, em, course);
      house.hall.tell(lotId, 'opened', house.clock.now());
      return true;
    }
    moved = (await takeStep(house, lotId)) !== undefined || moved;
  }
  throw new Error('an opening does not come to rest');
}

async function openNow(house: House, em: EntityManager, course: Course): Promise<void> {
  const lotId = course.lot.id;
  const releases = await em.find(Release, { lotId }, { orderBy: { at: 'asc' } });
  const acts = releases.map(({ officer, act }) => ({ officer, act: ReleaseAct.parse(parseCanonical(act)) }));
  const recoveries = new Map(
    (await em.find(BidRecovery, { lotId }, { populate: ['keys'] })).map(({ bidId, keys }) => [bidId, keys ?? {}]),
  );
  const gates = new Map(
    (await em.find(BidGate, { lotId }, { populate: ['gates'] })).map(({ bidId, gates: own }) => [bidId, own ?? {}]),
  );
  const results: Result[] = [];
  for (const bid of course.bids)
    results.push(
      await openBid(house, bid, {
        acts,
        disputes: course.disputes.filter(({ bidId }) => bidId === bid.bidId),
        recovered: recoveries.get(bid.bidId)?.['open'] ?? null,
        gate: gates.get(bid.bidId)?.['open'] ?? null,
        condemned: course.facts.bids.find(({ manifestHash }) => manifestHash === bid.manifestHash)?.condemned === true,
      }),
    );
  await keepResults(house, lotId, results);
}

type ReleasedAct = { readonly officer: string; readonly act: ReleaseAct };
type Delivered = {
  readonly acts: readonly ReleasedAct[];
  readonly disputes: readonly BidDispute[];
  /** The stage key as the bidder handed it in. */
  readonly recovered: string | null;
  /** The bidder's own key, as it released it. */
  readonly gate: string | null;
  /** An early complaint went against it. */
  readonly condemned: boolean;
};

/** Shares as officers delivered them and as rebuttals revealed them, and what came of complaints. */
async function sharesOf(
  bid: SealedBid,
  stage: string,
  { acts, disputes }: Delivered,
): Promise<{ readonly shares: DeliveredShare[]; readonly complaints: KeptFault[] }> {
  const shares: DeliveredShare[] = [];
  const complaints: KeptFault[] = [];
  for (const { officer, act } of acts) {
    const given = act.shares.find((share) => share.manifestHash === bid.manifestHash && share.stage === stage);
    if (typeof given?.blob === 'string') shares.push({ officer, blob: fromHex(given.blob) });
  }
  for (const dispute of disputes) {
    const { officer, verdict, ephemeral, officerGroup: group } = dispute;
    // Not decided yet, and not needed: the bid opens without that share, and the verdict stands beside the record.
    if (dispute.stage !== stage || !verdict) continue;
    const party = verdict === 'complaint.false' ? 'officer' : 'bidder';
    complaints.push({ code: verdict, party, stage, officer, group });
    if (verdict !== 'complaint.false' || !ephemeral) continue;
    const { read: manifest, keyring } = bid;
    const judged = await judge({ manifest, keyring, stage, officer, ephemeral });
    if (judged.decided && judged.party === 'officer') shares.push({ officer, blob: judged.blob });
  }
  return { shares, complaints };
}

/** Opens one envelope and reads it whole: what does not open is named with whose fault it is, and opens nothing else. */
async function openBid(house: House, bid: SealedBid, delivered: Delivered): Promise<Result> {
  const manifest = bid.read;
  const stage = 'open';
  const { shares, complaints } = await sharesOf(bid, stage, delivered);
  const scalars = new Map(
    delivered.disputes.flatMap(({ officer, ephemeral }) => (ephemeral ? [[officer, ephemeral]] : [])),
  );
  const gate = delivered.gate === null ? undefined : fromHex(delivered.gate);
  const recovered: Recovered =
    delivered.recovered === null
      ? recoverStageKey({ manifest, stage, shares, gate })
      : { ok: true, stageKey: fromHex(delivered.recovered), faults: [] };
  const result = (given: Pick<Result, 'offer' | 'stageKey' | 'priceKey' | 'faults'>): Result => ({
    bid,
    ...given,
    evidence: given.faults.map((fault) =>
      evidenceFor(bid, fault, { shares, gate: delivered.gate, stageKey: given.stageKey, scalars }),
    ),
    mayShowScalar: mayShowScalar(bid, delivered.disputes),
  });
  // Whom a complaint names as missing was there: the complaint says why nothing came of it.
  const faults: KeptFault[] = [
    ...complaints,
    ...recovered.faults.filter(({ code }) => code !== 'shares.too-few' || complaints.length === 0),
  ];
  // A dealing that is not what was signed opens nothing, whoever of the officers came.
  const inconsistent = faults.some(
    ({ code, party }) => party === 'bidder' && (code === 'share.off-polynomial' || code === 'share.malformed'),
  );
  if (!recovered.ok || delivered.condemned || inconsistent)
    return result({ offer: null, stageKey: null, priceKey: null, faults });
  const stageKey = toHex(recovered.stageKey);
  try {
    const part = (name: string): Promise<OpenedPart> => openOne(house, manifest, { stage, name, stageKey });
    const price = await readWhole(await part('price'));
    const technical = await readWhole(await part('technical'));
    const offer = readOffer(house, PriceOffer, price);
    const other = readOffer(house, TechnicalOffer, technical);
    const unfit = [
      ...(offer?.lotId === bid.lotId ? [] : ['price']),
      ...(other?.lotId === bid.lotId && other.bidder.uscc === bid.bidder.uscc ? [] : ['technical']),
    ];
    const malformed = unfit.map((name): KeptFault => ({ code: 'offer.malformed', party: 'bidder', stage, part: name }));
    if (!offer || malformed.length > 0)
      return result({ offer: null, stageKey, priceKey: null, faults: [...faults, ...malformed] });
    return result({
      offer,
      stageKey,
      priceKey: toHex(partKeyIn(manifest, recovered.stageKey, stage, 'price')),
      faults,
    });
  } catch (error) {
    if (!(error instanceof EnvelopeFault)) throw error;
    return result({ offer: null, stageKey, priceKey: null, faults: [...faults, error.fault] });
  }
}

/** What a part says, if it is in the form that was asked for. Whatever a bidder wrote, it must not keep the others' bids shut. */
function readOffer<T>(house: House, schema: z.ZodType<T>, content: Json): T | undefined {
  try {
    return schema.safeParse(content).data;
  } catch (fault) {
    house.report(fault);
    return undefined;
  }
}

/** One part of an envelope from its pieces in the vault. */
export function openOne(
  house: House,
  manifest: Manifest,
  { stage, name, stageKey }: { readonly stage: string; readonly name: string; readonly stageKey: string },
): Promise<OpenedPart> {
  const part = manifest.parts.find((one) => one.stage === stage && one.name === name);
  if (!part || !Object.hasOwn(sealedParts, stage))
    throw new EnvelopeFault({ code: 'part.unknown', party: 'platform', stage, part: name });
  const damaged = (piece: number): EnvelopeFault =>
    new EnvelopeFault({ code: 'piece.differs', party: 'platform', stage, part: name, piece });
  return openPart({
    manifest,
    stage,
    part: name,
    partKey: partKeyIn(manifest, fromHex(stageKey), stage, name),
    read: readSealed(house, part, damaged),
    cipher: cipherOf(manifest.ctx.suite),
  });
}

async function readWhole(part: OpenedPart): Promise<Json> {
  await part.verify();
  return part.content;
}

/** Writes down everything that the opening brought, at once: prices are read out together or not yet. */
async function keepResults(house: House, lotId: string, results: readonly Result[]): Promise<void> {
  await transact(house.fork(), async (tx) => {
    const lot = await lockLot(tx, lotId);
    if (lot.state !== 'closed') return;
    const now = house.clock.now();
    for (const { bid, offer, stageKey, priceKey, faults, evidence, mayShowScalar: open } of results) {
      const { bidId, no, envelopeId, manifestHash } = bid;
      const state = offer ? 'opened' : 'faulty';
      const hashes = await keepEvidence(tx, evidence, { now, mayShowScalar: open });
      const body = {
        bid: bidId,
        manifest: manifestHash,
        state,
        price: offer?.price ?? null,
        offer: offer ? sha256Hex(bytesOf(canonical(offer))) : null,
        partKey: priceKey,
        faults: faults.map(({ code, party, officer, part }, at) => ({
          code,
          party,
          officer: officer ?? null,
          part: part ?? null,
          evidence: hashes[at] ?? null,
        })),
      };
      const { entryId } = await record(tx, { scope: lotId, type: 'open.result', visibility: 'public', body, at: now });
      await tx.insert(OpenedBid, {
        bidId,
        lotId,
        no,
        envelopeId,
        manifestHash,
        state,
        price: offer ? fen(BigInt(offer.price)) : null,
        offer,
        faults: [...faults],
        stageKey,
        priceKey,
        entryId,
        openedAt: now,
      });
    }
    const data = await recordData(tx, lot, now);
    const text = canonical(data);
    const recordHash = sha256Hex(bytesOf(text));
    await tx.insert(Opening, { lotId, number: data.number, openedAt: now, recordHash, record: text });
    await advanceLot(tx, lot, {
      move: 'open',
      by: 'officers',
      now,
      facts: {
        record: recordHash,
        opened: results.filter(({ offer }) => offer !== null).length,
        faulty: results.filter(({ offer }) => offer === null).length,
      },
    });
  });
}
