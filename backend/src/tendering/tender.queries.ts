import type { EntityManager } from '@mikro-orm/core';
import { calendarOf, dayAt, instantText, phrase, type Refusal } from '@xinbiao/contracts/kernel';
import { currentRulebook, rulebooks, type Rulebook } from '@xinbiao/contracts/rulebook';
import {
  contentHash,
  dueDatesOf,
  filesRoot,
  isDocumentsOpen,
  judgeTender,
  mayMove,
  phaseOf,
  TenderContent,
  tenderingRefusals,
  type DeskMove,
  type DueDate,
  type Finding,
  type LotView,
  type TenderDesk,
  type TenderStory,
  type TenderVerdict,
  type TenderingCode,
} from '@xinbiao/contracts/tendering';
import { regionOf } from '../identity/index.ts';
import { entryByLeaf } from '../ledger/index.ts';
import { catalogOf, catalogView } from '../registry/index.ts';
import type { Actor, House } from '../platform/index.ts';
import { contentOf } from './tender.content.ts';
import { lotsOf } from './lot.service.ts';
import { chosenOfficers, factsOfOfficers, type Candidate } from './officers.queries.ts';
import { Tender, type Lot } from './tender.entity.ts';

/** Days are counted by one calendar for the whole country. */
export const calendar = calendarOf();
export const rulebookOf = (id: string): Rulebook => rulebooks[id === '2026' ? id : currentRulebook];

type Looking = { readonly em: EntityManager; readonly house: House; readonly now: Date };

/** Everything that forbids publishing this tender today, and who would open its bids. */
export async function verdictOf(
  looking: Looking,
  tender: Tender,
): Promise<TenderVerdict & { candidates: Candidate[] }> {
  const seats = tender.content.officers.map(({ seatId }) => seatId);
  const candidates = await chosenOfficers(looking, tender, seats);
  const facts = {
    today: dayAt(looking.now),
    calendar,
    rulebook: rulebookOf(tender.rulebook),
    officers: factsOfOfficers(candidates),
    ...codesOf(looking.house, tender),
  };
  return { ...judgeTender(tender.content, facts), candidates };
}

/** Whether the tables know the codes; a deeper rung than a short catalogue has is taken by its nearest name. */
function codesOf(house: House, { content: { regionCode, catalogCode } }: Tender) {
  const catalog = catalogOf(house);
  const isCatalogued =
    catalogCode !== '' &&
    (catalog.byCode.has(catalogCode) || (!catalog.full && catalogView(catalog, catalogCode).path.length >= 2));
  return { isRegion: regionOf(regionCode) !== undefined, isCatalogued };
}

/** A reason with its sentence in both languages. */
export function findingOf({ code, field, facts = {} }: Refusal<TenderingCode>): Finding {
  const { zh, en, ...wording } = tenderingRefusals[code];
  return {
    code,
    field: field ?? null,
    facts: { ...facts },
    zh: phrase(zh, facts),
    en: phrase(en, facts),
    law: 'law' in wording ? wording.law : null,
  };
}

/** The dates of a tender: real ones once it is published, before that those it would have if published now. */
export function datesOf(tender: Tender, lots: readonly Lot[], now: Date): DueDate[] {
  const parsed = TenderContent.pick({ documentsFrom: true, documentsUntil: true, deadline: true, noticeDays: true })
    .strip()
    .safeParse(tender.content);
  if (!parsed.success) return [];
  const lastStep = (move: string): Date | undefined => {
    const times = lots.flatMap(({ steps }) => steps.flatMap((one) => (one.move === move ? [one.at] : []))).toSorted();
    const last = times.at(-1);
    return last === undefined ? undefined : new Date(last);
  };
  const { deadline, ...days } = parsed.data;
  return dueDatesOf(
    {
      publishedAt: tender.publishedAt ?? now,
      ...days,
      deadline: new Date(deadline),
      rankedAt: lastStep('rank'),
      awardedAt: lastStep('award'),
    },
    { calendar, rulebook: rulebookOf(tender.rulebook) },
  );
}

export const handsOf = (tender: Tender) => ({
  composer: tender.composerPersonId,
  submitter: tender.submitterPersonId ?? null,
  checker: tender.checkerPersonId ?? null,
});

/** What this person may do with a tender of the own organisation now. */
export function allowedMoves(tender: Tender, actor: Actor): DeskMove[] {
  const may = (move: Exclude<DeskMove, 'save'>): boolean =>
    mayMove(move, { state: tender.state, person: actor.personId, scopes: actor.scopes, hands: handsOf(tender) })
      .length === 0;
  const moves: DeskMove[] = (['submitForCheck', 'discard', 'confirm', 'return', 'publish'] as const).filter(may);
  return tender.state === 'draft' ? ['save', ...moves] : moves;
}

export const lotView = ({ id, no, state, title, budget, ceiling, deadline, failure }: Lot): LotView => ({
  id,
  no,
  state,
  title,
  budget: budget.toString(),
  ceiling: ceiling?.toString() ?? null,
  deadline: instantText(deadline),
  failure: failure ?? null,
});

/** A tender as its own staff see it. */
export async function deskOf({ em, now }: Omit<Looking, 'house'>, tender: Tender, actor: Actor): Promise<TenderDesk> {
  const lots = tender.publishedAt ? await lotsOf(em, tender.id) : [];
  const named = (seatId: string | null | undefined, name: string | null | undefined) =>
    seatId && name ? { seatId, name } : null;
  return {
    id: tender.id,
    code: tender.code,
    state: tender.state,
    version: tender.version,
    content: tender.content,
    composer: { seatId: tender.composerSeatId, name: tender.composerName },
    checker: named(tender.checkerSeatId, tender.checkerName),
    publisher: named(tender.publisherSeatId, tender.publisherName),
    returnReason: tender.returnReason ?? null,
    allowed: allowedMoves(tender, actor),
    publishedAt: tender.publishedAt ? instantText(tender.publishedAt) : null,
    savedAt: instantText(tender.savedAt),
    lots: lots.map(({ id, no, state }) => ({ id, no, state })),
    dueDates: datesOf(tender, lots, now),
  };
}

/** A tender that the public may see, by its id. */
export async function publishedTender(em: EntityManager, tenderId: string): Promise<Tender | undefined> {
  const tender = await em.findOne(Tender, { id: tenderId });
  return tender?.publishedAt ? tender : undefined;
}

/** A published tender, its whole notice, and where the log holds it. */
export async function storyOf({ em, now }: Omit<Looking, 'house'>, tender: Tender): Promise<TenderStory> {
  const { publishedAt, noticeLeaf, noticeHash, keyring, keyringHash, lotState } = tender;
  if (!publishedAt || !noticeLeaf || !noticeHash || !keyring || !keyringHash || !lotState)
    throw new Error('a draft has no story');
  const content = contentOf(tender);
  const lots = await lotsOf(em, tender.id);
  return {
    id: tender.id,
    code: tender.code,
    state: tender.state,
    phase: phaseOf(lotState),
    regime: 'ZC',
    method: 'openTender',
    rulebook: tender.rulebook,
    content,
    lots: lots.map(lotView),
    keyring,
    keyringHash,
    contentHash: contentHash(content),
    filesRoot: filesRoot(content.attachments),
    publishedAt: instantText(publishedAt),
    notice: { leaf: noticeLeaf, act: noticeHash, index: (await entryByLeaf(em, noticeLeaf))?.index ?? null },
    dueDates: datesOf(tender, lots, now),
    documentsOpen: isDocumentsOpen(content, now),
  };
}
