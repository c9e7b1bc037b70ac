import type { EntityManager } from '@mikro-orm/core';
import { endOfDay, instantText } from '@xinbiao/contracts/kernel';
import {
  PublicLotState,
  type OpenedBid as PublicBid,
  type PublicLot,
  type PublicTender,
  type SpineEvent,
  type Standing,
} from '@xinbiao/contracts/publication';
import { awardOf, limitsOf } from '../award/index.ts';
import { countedBids, LotClose } from '../bidding/index.ts';
import { failureOf, lotFacts, openedBids, Panel, placeOf, publicEvaluation } from '../evaluation/index.ts';
import { regionName } from '../identity/index.ts';
import { placesOf } from '../ledger/index.ts';
import { Opening, openingsUntil } from '../opening/index.ts';
import { Refused } from '../platform/index.ts';
import { neverOpened } from '@xinbiao/contracts/tendering';
import { contentOf, lotsOf, noticesOf, publishedTender, type Lot, type Tender } from '../tendering/index.ts';
import { lotEvents, standingOf, type StandingFacts } from './standing.ts';

/** A tender that everybody may read; refused where it is none. */
export async function publicTender(em: EntityManager, tenderId: string): Promise<Tender> {
  const tender = await publishedTender(em, tenderId);
  if (!tender) throw new Refused([{ code: 'publication.no-such-tender' }]);
  return tender;
}

/** A tender's whole story as the public may know it at an instant. */
export async function storyOf(em: EntityManager, tender: Tender, now: Date): Promise<PublicTender> {
  const { publishedAt, keyring, keyringHash, deadline } = tender;
  // A tender is named by its publication, whatever amended it since.
  const [publication, ...amendments] = await noticesOf(em, tender.id);
  const noticeLeaf = publication?.leaf;
  if (!publishedAt || !noticeLeaf || !keyring || !keyringHash || !deadline)
    throw new Error('a published tender has lost its notice');
  const content = contentOf(tender);
  const rows = await lotsOf(em, tender.id);
  const facts = new Map<string, StandingFacts & { lot: Lot }>();
  for (const lot of rows) facts.set(lot.id, await standingFacts(em, lot, now));
  const lots: PublicLot[] = [];
  for (const lot of rows)
    lots.push(await publicLot(em, lot, standingOf(facts.get(lot.id) ?? (await standingFacts(em, lot, now)))));
  const ended = instantText(now) >= instantText(deadline);
  const documentsEnd = instantText(endOfDay(content.documentsUntil));
  const common: SpineEvent[] = [
    {
      key: 'published',
      state: 'done',
      at: instantText(publishedAt),
      lotId: null,
      facts: { code: tender.code },
      law: '87号令 §13',
      record: await placeOf(em, noticeLeaf),
    },
    ...(await Promise.all(
      amendments.map(async ({ at, no, leaf }): Promise<SpineEvent> => ({
        key: 'officersReplaced',
        state: 'done',
        at,
        lotId: null,
        facts: { no },
        law: '87号令 §27',
        record: await placeOf(em, leaf),
      })),
    )),
    {
      key: 'documentsUntil',
      state: documentsEnd <= instantText(now) ? 'done' : 'next',
      at: documentsEnd,
      lotId: null,
      facts: {},
      law: '87号令 §18',
      record: null,
    },
    {
      key: 'deadline',
      state: ended ? 'done' : 'now',
      at: instantText(deadline),
      lotId: null,
      facts: {},
      law: '87号令 §33',
      record: null,
    },
  ];
  const own = rows.flatMap((lot) =>
    lotEvents(facts.get(lot.id) ?? { lot, limits: null, openUntil: null, sheetsUntil: null, now }),
  );
  const spine = [
    ...common,
    ...(await Promise.all(own.map(async ({ leaf, ...event }) => ({ ...event, record: await placeOf(em, leaf) })))),
  ];
  return {
    id: tender.id,
    code: tender.code,
    title: tender.title,
    regime: 'ZC',
    method: 'openTender',
    rulebook: tender.rulebook,
    regionName: regionName(tender.regionCode),
    budget: tender.budget.toString(),
    publishedAt: instantText(publishedAt),
    deadline: instantText(deadline),
    noticeLeaf,
    keyringHash,
    keyring: keyring.groups.map(({ id, t, members }) => ({
      group: id,
      threshold: t,
      members: members.map(({ x, name, organisation, certSha256 }) => ({ x, name, organisation, certSha256 })),
    })),
    content,
    standing: leastAdvanced(lots),
    spine,
    lots,
  };
}

async function standingFacts(em: EntityManager, lot: Lot, now: Date): Promise<StandingFacts & { lot: Lot }> {
  const isLate = lot.state === 'ranked' || lot.state === 'awarded';
  const panel = lot.state === 'evaluating' ? await em.findOne(Panel, { lotId: lot.id }) : null;
  return {
    lot,
    limits: isLate ? await limitsOf(em, await lotFacts(em, lot.id, lot)) : null,
    openUntil: lot.state === 'closed' ? ((await openingsUntil(em, [lot.id])).get(lot.id) ?? null) : null,
    sheetsUntil: panel?.sheetsUntil ?? null,
    now,
  };
}

/** A tender stands where its least advanced lot does; failed lots count only when all failed. */
function leastAdvanced(lots: readonly PublicLot[]): Standing {
  const order = PublicLotState.options;
  const [first] = lots.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  if (!first) throw new Error('a tender without lots');
  return first.standing;
}

async function publicLot(em: EntityManager, lot: Lot, standing: Standing): Promise<PublicLot> {
  const facts = await lotFacts(em, lot.id, lot);
  // Before the close the database is not even asked whether there are bids.
  const close = lot.state === 'bidding' ? null : await em.findOne(LotClose, { lotId: lot.id });
  const award = await awardOf(em, lot.id);
  const limits = award ? await limitsOf(em, facts) : null;
  return {
    id: lot.id,
    no: lot.no,
    title: lot.title,
    state: lot.state,
    budget: lot.budget.toString(),
    ceiling: lot.ceiling?.toString() ?? null,
    deadline: instantText(lot.deadline),
    method: facts.criteria.method,
    standing,
    failure: failureOf(lot),
    close: close
      ? {
          at: instantText(close.closedAt),
          count: close.count,
          documentHash: close.hash,
          record: await placeOf(em, close.leaf),
        }
      : null,
    opening: close && !(lot.failure && neverOpened.includes(lot.failure)) ? await openingOf(em, lot) : null,
    evaluation: (await publicEvaluation(em, lot)) ?? null,
    award:
      award && limits?.noticeUntil && limits.questionsUntil && limits.contractBy
        ? {
            bidId: award.bidId,
            winner: { name: award.winnerName, uscc: award.winnerUscc },
            winnerAddress: award.winnerAddress ?? null,
            price: award.price.toString(),
            total: facts.criteria.method === 'comprehensive' ? award.total : null,
            at: instantText(award.at),
            decidedBy: award.byName,
            noticeUntil: limits.noticeUntil,
            questionsUntil: limits.questionsUntil,
            contractBy: limits.contractBy,
            record: await placeOf(em, award.leaf),
          }
        : null,
  };
}

/** What the opening read out; bids that wait for the officers show a name and nothing else. */
async function openingOf(em: EntityManager, lot: Lot): Promise<PublicLot['opening']> {
  const opened = await openedBids(em, lot.id);
  const places = await placesOf(
    em,
    opened.map((bid) => bid.opened.entryId),
  );
  const counted = await countedBids(em, lot.id);
  const opening = await em.findOne(Opening, { lotId: lot.id });
  return {
    at: opening ? instantText(opening.openedAt) : null,
    bids: counted.map(({ bidId, bidder, no, manifestHash }): PublicBid => {
      const row = opened.find((bid) => bid.bidId === bidId)?.opened;
      return {
        bidId,
        bidder,
        no,
        manifestHash,
        state: row?.state ?? 'sealed',
        price: row?.price?.toString() ?? null,
        deliveryDays: row?.offer?.deliveryDays ?? null,
        fault: row?.faults[0]?.code ?? null,
        partKey: row?.priceKey ?? null,
        record: row ? (places.get(row.entryId) ?? null) : null,
      };
    }),
  };
}
