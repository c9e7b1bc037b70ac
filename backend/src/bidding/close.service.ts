import type { EntityManager } from '@mikro-orm/core';
import { closeMatches, enoughBids, type CloseDocument, type DisclosedBid } from '@xinbiao/contracts/bidding';
import { fromHex, instantText } from '@xinbiao/contracts/kernel';
import { bytesOf, canonical, sha256Hex } from '@xinbiao/contracts/trust';
import { disclose, openedEntry, record } from '../ledger/index.ts';
import { advanceLot, dueLots, lockLot, type Lot } from '../tendering/index.ts';
import { transact, type House } from '../platform/index.ts';
import { Bid, Envelope, LotClose } from './bid.entity.ts';
import type { News } from './hall.ts';
import { redeliveryOf } from './outage.service.ts';
import { disclosePrechecks } from './officer.service.ts';

/** Lots that close at the same time are stamped together: an authority takes its while for each. */
const atOnce = 8;
/** How long to leave authorities alone that did not answer. */
const pause = 5_000;
const triedAt = new WeakMap<House, Map<string, number>>();

/**
 * Closes every lot whose deadline has come. For the waking clock; a late one is harmless, since rules read the clock
 * themselves. A lot for which no authority gives a timestamp waits, and takes no bids meanwhile.
 */
export async function closeLots(house: House): Promise<number> {
  const due = (await dueLots(house.fork(), house.clock.now(), { state: 'bidding' })).filter(
    ({ id }) => house.clock.now().getTime() - (waiting(house).get(id) ?? -Infinity) >= pause,
  );
  let closed = 0;
  for (let at = 0; at < due.length; at += atOnce) {
    const all = await Promise.allSettled(due.slice(at, at + atOnce).map(({ id }) => closeLot(house, id)));
    for (const one of all) if (one.status === 'fulfilled' && one.value) closed += 1;
    const failed = all.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }
  return closed;
}

/** When each lot that waits for a timestamp last asked for one, in business time. */
function waiting(house: House): Map<string, number> {
  const own = triedAt.get(house) ?? new Map<string, number>();
  triedAt.set(house, own);
  return own;
}

/** Lots that are past their deadline and wait for an authority to say so. */
export const lotsWaitingForTime = (house: House): number => waiting(house).size;

/**
 * Draws up the close document, has its hash stamped without holding any lock, and writes both where the document is
 * still the same; a bid that was being written down meanwhile makes it another one, which is stamped anew.
 */
async function closeLot(house: House, lotId: string): Promise<boolean> {
  for (;;) {
    const drawn = await transact(house.fork(), (tx) => drawUp(house, tx, lotId));
    if (!drawn) {
      waiting(house).delete(lotId);
      return false;
    }
    const time = await timeOfClose(house, drawn);
    if (!time) {
      waiting(house).set(lotId, drawn.now.getTime());
      return false;
    }
    const news = await transact(house.fork(), (tx) => writeDown(tx, { lotId, drawn, time }));
    waiting(house).delete(lotId);
    if (!news) return false;
    if (news === 'changed') continue;
    house.hall.tell(lotId, news, house.clock.now());
    return true;
  }
}

type Drawn = { readonly now: Date; readonly deadline: Date; readonly hash: string };
type CloseTime = { readonly token: string | null; readonly degraded?: true };

async function drawUp(house: House, tx: EntityManager, lotId: string): Promise<Drawn | undefined> {
  const lot = await lockLot(tx, lotId);
  const now = house.clock.now();
  if (lot.state !== 'bidding' || now.getTime() < lot.deadline.getTime()) return undefined;
  // What an outage kept out may still be handed in: the close waits for it.
  if (await redeliveryOf(tx, lot, now)) return undefined;
  const { document } = await closeDocument(tx, lot, now);
  return { now, deadline: lot.deadline, hash: sha256Hex(bytesOf(canonical(document))) };
}

/**
 * The token over the close document: nobody can have closed before the instant it names, which is not before the
 * deadline. While no authority gives one the close waits; after a set time it goes without, and says so.
 */
async function timeOfClose(house: House, { now, deadline, hash }: Drawn): Promise<CloseTime | undefined> {
  const token = await house.time.stampFrom(fromHex(hash), deadline);
  if (token !== undefined) return { token };
  const patient = house.time.authorities.length > 0 && now.getTime() - deadline.getTime() < house.config.closeGrace;
  return patient ? undefined : { token: null, degraded: true };
}

async function writeDown(
  tx: EntityManager,
  { lotId, drawn, time }: { readonly lotId: string; readonly drawn: Drawn; readonly time: CloseTime },
): Promise<News | 'changed' | undefined> {
  const lot = await lockLot(tx, lotId);
  const { now } = drawn;
  if (lot.state !== 'bidding' || now.getTime() < lot.deadline.getTime()) return undefined;
  await tx.nativeUpdate(Envelope, { lotId, state: 'open' }, { state: 'abandoned' });
  const { document, entries, heads } = await closeDocument(tx, lot, now);
  const text = canonical(document);
  const hash = sha256Hex(bytesOf(text));
  if (hash !== drawn.hash) return 'changed';
  const count = heads.length;
  const recorded = await record(tx, {
    scope: lotId,
    type: 'tender.close',
    visibility: 'public',
    at: now,
    body: { deadline: document.deadline, count, document: hash, ...time },
  });
  await tx.insert(LotClose, {
    lotId,
    tenderId: lot.tenderId,
    hash,
    document: text,
    leaf: recorded.leafHash,
    entryId: recorded.entryId,
    count,
    closedAt: now,
  });
  for (const entryId of entries) await disclose(tx, entryId, now);
  await disclosePrechecks(tx, lotId, now);
  const enough = enoughBids(count);
  for (const [at, bid] of heads.entries()) tx.assign(bid, { standing: enough ? 'counted' : 'void', no: at + 1 });
  await tx.flush();
  await advanceLot(tx, lot, { move: 'close', by: 'clock', now, recorded, wakeAt: now });
  if (!enough) await advanceLot(tx, lot, { move: 'fail', by: 'clock', now, failure: 'lt3Bids', facts: { count } });
  return enough ? 'closed' : 'failed';
}

/** Everything that was received for a lot, in the order of its sequence: what counts, and what was replaced or taken back. */
async function closeDocument(
  tx: EntityManager,
  lot: Lot,
  now: Date,
): Promise<{ document: CloseDocument; entries: string[]; heads: Bid[] }> {
  const bids = new Map((await tx.find(Bid, { lotId: lot.id })).map((bid) => [bid.id, bid]));
  const envelopes = await tx.find(
    Envelope,
    { lotId: lot.id, entryId: { $ne: null } },
    { fields: ['id', 'bidId', 'seq', 'ctx', 'manifestHash', 'receivedAt', 'entryId', 'withdrawEntryId'] },
  );
  const enough = enoughBids(envelopes.filter(({ id, bidId }) => bids.get(bidId)?.headId === id).length);
  const opened = new Map<string, Awaited<ReturnType<typeof openedEntry>>>();
  for (const { entryId, withdrawEntryId } of envelopes)
    for (const id of [entryId, withdrawEntryId]) if (id) opened.set(id, await openedEntry(tx, id));
  const leafOf = (entryId: string): { leaf: string; salt: string } => {
    const entry = opened.get(entryId);
    if (!entry?.salt) throw new Error('a receipt has lost its entry');
    return { leaf: entry.leaf, salt: entry.salt };
  };
  const numberOf = (entryId: string | null | undefined): number => opened.get(entryId ?? '')?.number ?? 0;
  const sorted = envelopes.toSorted((a, b) => numberOf(a.entryId) - numberOf(b.entryId));
  const heads: Bid[] = [];
  const document: CloseDocument = {
    v: 'xinbiao/close/v1',
    tenderId: lot.tenderId,
    lotId: lot.id,
    deadline: instantText(lot.deadline),
    closedAt: instantText(now),
    heads: [],
    others: [],
    token: null,
  };
  const seen: DisclosedBid[] = [];
  for (const { id, bidId, seq, ctx, manifestHash, receivedAt, entryId, withdrawEntryId } of sorted) {
    const bid = bids.get(bidId);
    if (!bid || !entryId || !manifestHash || !receivedAt) throw new Error('a received envelope is not whole');
    seen.push({ type: 'bid.receipt', manifestHash, supersedes: ctx.supersedes });
    if (bid.headId === id) {
      heads.push(bid);
      const bidder = enough ? { name: bid.organisationName, uscc: bid.uscc, certSha256: ctx.bidderCertSha256 } : null;
      document.heads.push({
        ...leafOf(entryId),
        bidId,
        manifestHash,
        seq,
        receivedAt: instantText(receivedAt),
        bidder,
      });
    } else document.others.push({ ...leafOf(entryId), type: 'bid.receipt' });
    if (!withdrawEntryId) continue;
    seen.push({ type: 'bid.withdraw', manifestHash });
    document.others.push({ ...leafOf(withdrawEntryId), type: 'bid.withdraw' });
  }
  if (!closeMatches(document, seen))
    throw new Error('the bids that count are not those that the entries leave standing');
  return { document, entries: [...opened.keys()], heads };
}
