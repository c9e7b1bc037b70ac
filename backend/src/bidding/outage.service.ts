import type { EntityManager } from '@mikro-orm/core';
import {
  mayRedeliver,
  outageWindow,
  remedyDue,
  type OutageCertificate,
  type Outages,
  type RemedyDue,
} from '@xinbiao/contracts/bidding';
import { addTime, instantOf, instantText } from '@xinbiao/contracts/kernel';
import { countedStretches, minutesOf, own, type BidStamp, type Counted } from '@xinbiao/contracts/timekeeping';
import { bytesOf, canonical, Malformed, openAcknowledgement, parsePolicy, sha256Hex } from '@xinbiao/contracts/trust';
import { record } from '../ledger/index.ts';
import {
  contentOf,
  Lot,
  lockLot,
  lotsOf,
  moveDeadline,
  publishedTender,
  tenderOf,
  wakeLot,
  type Tender,
} from '../tendering/index.ts';
import { unreachedSince, witnessesAsked } from '../timekeeping/index.ts';
import { obey, refuse, transact, type House } from '../platform/index.ts';
import { LotOutage } from './bid.entity.ts';

/** Longest window that a document may name. */
const longestWindow = 168 * 3_600_000;

/**
 * Gives every lot what its own document promises once enough outage was measured before its deadline. Nobody decides:
 * the promise was signed with the notice, the measure is public, and both are named in the log. Goes before the close.
 */
export async function judgeOutages(house: House): Promise<number> {
  const now = house.clock.now();
  const em = house.fork();
  const { stretches } = await unreachedSince(em, house, addTime(now, -2 * longestWindow));
  if (stretches.length === 0) return 0;
  const near = await em.find(
    Lot,
    { state: 'bidding', deadline: { $lt: addTime(now, longestWindow) } },
    { fields: ['id'], orderBy: { id: 'asc' }, disableIdentityMap: true },
  );
  let moved = 0;
  for (const { id } of near) if (await judgeLot(house, id)) moved += 1;
  return moved;
}

async function judgeLot(house: House, lotId: string): Promise<boolean> {
  return transact(house.fork(), async (tx) => {
    const lot = await lockLot(tx, lotId);
    if (lot.state !== 'bidding' || (await tx.count(LotOutage, { lotId })) > 0) return false;
    const tender = await tenderOf(tx, lot);
    const now = house.clock.now();
    const measured = await measure(tx, house, tender, now);
    const { terms, deadline, counted } = measured;
    const due = remedyDue({ terms, deadline, now, counted });
    if (!due) return false;
    const certificate = canonical(certificateOf(tender, { ...measured, due, lots: await lotsOf(tx, tender.id) }));
    const hash = sha256Hex(bytesOf(certificate));
    const minutes = minutesOf(counted);
    const { leafHash } = await record(tx, {
      scope: lotId,
      type: `outage.${due.kind}`,
      visibility: 'public',
      at: now,
      body: {
        tender: tender.id,
        from: instantText(due.from),
        to: instantText(due.to),
        minutes,
        certificate: hash,
      },
    });
    await tx.insert(LotOutage, {
      lotId,
      tenderId: tender.id,
      kind: due.kind,
      fromAt: due.from,
      toAt: due.to,
      minutes,
      attested: counted.some(({ by }) => by.some((name) => name !== own)),
      certificate,
      hash,
      leaf: leafHash,
      at: now,
    });
    if (due.kind === 'extend') await moveDeadline(tx, lot, due.to, now);
    else await wakeLot(tx, lot, due.to);
    house.hall.tell(lotId, 'moved', now);
    return true;
  });
}

type Measured = {
  readonly terms: ReturnType<typeof contentOf>['outage'];
  readonly deadline: Date;
  readonly window: { readonly from: Date; readonly to: Date };
  readonly counted: readonly Counted[];
  readonly attestations: readonly string[];
};

/** The outages in the hours before the deadline that the notice signs, as far as they are over by now. */
async function measure(em: EntityManager, house: House, tender: Tender, now: Date): Promise<Measured> {
  const content = contentOf(tender);
  const deadline = instantOf(content.deadline);
  const window = outageWindow(deadline, content.outage);
  const { stretches, notes } = await unreachedSince(em, house, window.from);
  // One that lasts over the deadline is seen to its end: that it did decides whether the deadline may still move.
  const counted = countedStretches(stretches, { from: window.from, to: now, witnesses: witnessesAsked(house) }).filter(
    ({ from }) => from < deadline,
  );
  return { terms: content.outage, deadline, window, counted, attestations: notes.map(({ hash }) => hash).toSorted() };
}

function certificateOf(
  tender: Tender,
  {
    terms,
    deadline,
    window,
    counted,
    attestations,
    due,
    lots,
  }: Measured & { readonly due: RemedyDue; readonly lots: readonly Lot[] },
): OutageCertificate {
  return {
    v: 'xinbiao/outage-certificate/v1',
    tenderId: tender.id,
    code: tender.code,
    title: contentOf(tender).title,
    lots: lots.map(({ no }) => no),
    deadline: instantText(deadline),
    window: { from: instantText(window.from), to: instantText(window.to) },
    unreachable: counted.map(({ from, to, by }) => ({ from: instantText(from), to: instantText(to), by: [...by] })),
    minutes: minutesOf(counted),
    threshold: terms.minutes,
    attestations: [...attestations],
    remedy: { kind: due.kind, hours: due.hours, from: instantText(due.from), to: instantText(due.to) },
  };
}

/** The time in which the identical bytes of a lot may still be handed in; null where there is none now. */
export async function redeliveryOf(
  em: EntityManager,
  { id, deadline }: Pick<Lot, 'id' | 'deadline'>,
  now: Date,
): Promise<{ readonly until: Date } | null> {
  if (now < deadline) return null;
  const found = await em.findOne(LotOutage, { lotId: id, kind: 'redeliver' }, { disableIdentityMap: true });
  return found && now < found.toAt ? { until: found.toAt } : null;
}

/** Refuses what is handed in again unless it provably existed before the deadline. */
export function judgeRedelivery(
  house: House,
  given: {
    readonly until: Date;
    readonly now: Date;
    readonly openedAt: Date;
    readonly deadline: Date;
    readonly stamps: readonly BidStamp[];
    readonly manifestHash: string;
    readonly acknowledgements: readonly string[];
  },
): void {
  const { until, now, openedAt, deadline, stamps } = given;
  const keys = parsePolicy(house.ledger.policy).witnesses.map(({ key }) => key);
  const acknowledgedBefore = given.acknowledgements.filter((note) => {
    try {
      const { hash, by } = openAcknowledgement(note, keys);
      // A witness tells whole seconds, cut off.
      return hash === given.manifestHash && by.some(({ time }) => (time + 1) * 1000 <= deadline.getTime());
    } catch (fault) {
      if (fault instanceof Malformed) return false;
      throw fault;
    }
  }).length;
  const stampedBefore = stamps.filter(({ outcome }) => outcome === 'before').length;
  obey(mayRedeliver({ until, now, openedAt, deadline, stampedBefore, acknowledgedBefore }));
}

/** What the notice promises, what was measured, and what followed: for everybody. */
export async function outagesOf(house: House, em: EntityManager, tenderId: string, now: Date): Promise<Outages> {
  const tender = (await publishedTender(em, tenderId)) ?? refuse('tender.unknown');
  const { terms, counted } = await measure(em, house, tender, now);
  const found = await em.find(LotOutage, { tenderId }, { orderBy: { lotId: 'asc' } });
  const rows = new Map<string, Outages['rows'][number]>();
  for (const { lotId, kind, fromAt, toAt, minutes, attested, at, hash, certificate, leaf } of found) {
    const row = rows.get(hash);
    rows.set(hash, {
      kind,
      from: instantText(fromAt),
      to: instantText(toAt),
      minutes,
      attested,
      at: instantText(at),
      hash,
      certificate,
      leaves: [...(row?.leaves ?? []), { lotId, leaf }],
    });
  }
  const { withinHours, minutes, extendHours, redeliverHours } = terms;
  return {
    promise: { withinHours, minutes, extendHours, redeliverHours },
    minutes: minutesOf(counted),
    rows: [...rows.values()],
  };
}
