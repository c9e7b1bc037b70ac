import { PriceOffer, sealedParts, TechnicalOffer } from '@xinbiao/contracts/bidding';
import { ReleaseAct } from '@xinbiao/contracts/opening';
import { fen, fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  EnvelopeFault,
  Manifest,
  openPart,
  parseCanonical,
  partKeyOf,
  recoverStageKey,
  sha256Hex,
  type DeliveredShare,
  type Json,
  type OpenedPart,
} from '@xinbiao/contracts/trust';
import type { z } from 'zod';
import { setTimeout as pause } from 'node:timers/promises';
import { closeOf, countedBids, readSealed, type CountedBid } from '../bidding/index.ts';
import { record } from '../ledger/index.ts';
import { advanceLot, dueLots, lockLot, Lot, tenderOf } from '../tendering/index.ts';
import { transact, type House } from '../platform/index.ts';
import { OpenedBid, Opening, Release, type KeptFault } from './opening.entity.ts';
import { groupsOf, keyringOf, settleAt, standing } from './opening.facts.ts';
import { recordData } from './record.queries.ts';

/** Openings at work in this process: large bids take minutes, and other lots must not wait for them. */
const atWork = new Map<string, Promise<boolean>>();
const patience = 5_000;

/** Opens every lot whose officers have released enough. For the waking clock. */
export async function openLots(house: House): Promise<number> {
  const due = await dueLots(house.fork(), house.clock.now(), { state: 'closed' });
  let opened = 0;
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
  readonly bid: CountedBid;
  readonly offer: PriceOffer | null;
  readonly stageKey: string | null;
  readonly priceKey: string | null;
  readonly faults: readonly KeptFault[];
};

async function openLot(house: House, lotId: string): Promise<boolean> {
  const em = house.fork();
  const lot = await em.findOneOrFail(Lot, { id: lotId });
  const keyring = keyringOf(await tenderOf(em, lot));
  const [close, bids, releases] = [
    await closeOf(em, lotId),
    await countedBids(em, lotId),
    await em.find(Release, { lotId }, { orderBy: { at: 'asc' } }),
  ];
  if (!close) throw new Error('a closed lot has no close document');
  const settles = settleAt(close.row.closedAt);
  const now = house.clock.now();
  const next = standing(
    keyring,
    releases,
    bids.map(({ manifestHash }) => manifestHash),
    now >= settles,
  );
  if (next.kind === 'waiting') {
    const wakeAt = now < settles && groupsOf(keyring, releases).every(({ reached }) => reached) ? settles : null;
    // Unless a release has come meanwhile: then there is something to look at at once.
    await em.nativeUpdate(Lot, { id: lotId, state: 'closed', wakeAt: lot.wakeAt ?? null }, { wakeAt });
    return false;
  }
  const acts = releases.map(({ officer, act }) => ({ officer, act: ReleaseAct.parse(parseCanonical(act)) }));
  const results: Result[] = [];
  for (const bid of bids) results.push(await openBid(house, bid, acts));
  await keepResults(house, lotId, results);
  house.hall.tell(lotId, 'opened', house.clock.now());
  return true;
}

type ReleasedAct = { readonly officer: string; readonly act: ReleaseAct };

/** Opens one envelope and reads it whole: what does not open is named with whose fault it is, and opens nothing else. */
async function openBid(house: House, bid: CountedBid, acts: readonly ReleasedAct[]): Promise<Result> {
  const manifest = Manifest.parse(parseCanonical(bid.manifest));
  const stage = 'open';
  const shares: DeliveredShare[] = [];
  const unread: KeptFault[] = [];
  for (const { officer, act } of acts) {
    const blob = act.shares.find((share) => share.manifestHash === bid.manifestHash && share.stage === stage)?.blob;
    const group = manifest.stages[0]?.groups.find((one) => one.shares.some((share) => share.officer === officer))?.id;
    if (typeof blob === 'string') shares.push({ officer, blob: fromHex(blob) });
    else unread.push({ code: 'share.unreadable', party: 'bidder', stage, officer, ...(group ? { group } : {}) });
  }
  const recovered = recoverStageKey({ manifest, stage, shares });
  // Whom a complaint names as missing was there: the complaint says why nothing came of it.
  const faults: KeptFault[] = [
    ...unread,
    ...recovered.faults.filter(({ code }) => code !== 'shares.too-few' || unread.length === 0),
  ];
  if (!recovered.ok) return { bid, offer: null, stageKey: null, priceKey: null, faults };
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
      return { bid, offer: null, stageKey, priceKey: null, faults: [...faults, ...malformed] };
    return {
      bid,
      offer,
      stageKey,
      priceKey: toHex(partKeyOf(recovered.stageKey, manifest.ctxHash, stage, 'price')),
      faults,
    };
  } catch (error) {
    if (!(error instanceof EnvelopeFault)) throw error;
    return { bid, offer: null, stageKey, priceKey: null, faults: [...faults, error.fault] };
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
    partKey: partKeyOf(fromHex(stageKey), manifest.ctxHash, stage, name),
    read: readSealed(house, part, damaged),
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
    for (const { bid, offer, stageKey, priceKey, faults } of results) {
      const { bidId, no, envelopeId, manifestHash } = bid;
      const state = offer ? 'opened' : 'faulty';
      const body = {
        bid: bidId,
        manifest: manifestHash,
        state,
        price: offer?.price ?? null,
        offer: offer ? sha256Hex(bytesOf(canonical(offer))) : null,
        partKey: priceKey,
        faults: faults.map(({ code, party, officer, part }) => ({
          code,
          party,
          officer: officer ?? null,
          part: part ?? null,
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
