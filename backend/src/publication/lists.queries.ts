import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sqlite';
import {
  addDays,
  dayAt,
  daysBetween,
  endOfDay,
  instantText,
  regionContains,
  startOfDay,
  type Day,
} from '@xinbiao/contracts/kernel';
import {
  findResults,
  findTenders,
  readCalendar,
  readHome,
  type CalendarRow,
  type ResultRow,
  type TenderRow,
} from '@xinbiao/contracts/publication';
import { TenderQuery } from '@xinbiao/contracts/tendering';
import type { ReplyOf } from '@xinbiao/contracts/kernel';
import { Award } from '../award/index.ts';
import { failureOf } from '../evaluation/index.ts';
import { regionName } from '../identity/index.ts';
import { BlacklistEntry, blacklistView } from '../registry/index.ts';
import { Refused, type Call } from '../platform/index.ts';
import { calendar, listTenders, Lot, Tender } from '../tendering/index.ts';

const longestStretch = 62;
const countCap = 10_000;

/** Published tenders as the public list shows them. */
export async function tenders({
  em,
  query,
}: Pick<Call<typeof findTenders>, 'em' | 'query'>): Promise<ReplyOf<typeof findTenders>> {
  const { q, after, limit, ...asked } = query;
  const page = await listTenders(em, TenderQuery.parse({ ...asked, keyword: q ?? '' }), { after, limit });
  if (!page) throw new Refused([{ code: 'publication.bad-cursor' }]);
  return { ...page, rows: page.rows.map((row): TenderRow => ({ ...row, regionName: regionName(row.regionCode) })) };
}

type TenderColumns = Pick<Tender, 'id' | 'code' | 'title' | 'purchaserName' | 'regionCode' | 'category'>;

async function tendersOf(em: EntityManager, lots: readonly Lot[]): Promise<Map<string, TenderColumns>> {
  const ids = [...new Set(lots.map(({ tenderId }) => tenderId))];
  const found = await em.find(
    Tender,
    { id: { $in: ids } },
    { fields: ['id', 'code', 'title', 'purchaserName', 'regionCode', 'category'] },
  );
  return new Map(found.map((tender) => [tender.id, tender]));
}

/** Lots that open in a stretch of time, in order. */
async function openings(em: EntityManager, from: Date, before: Date, region?: string): Promise<CalendarRow[]> {
  const lots = await em.find(
    Lot,
    { deadline: { $gte: from, $lt: before } },
    { orderBy: { deadline: 'asc', id: 'asc' }, limit: 2_000 },
  );
  const found = await tendersOf(em, lots);
  return lots.flatMap((lot): CalendarRow[] => {
    const tender = found.get(lot.tenderId);
    if (!tender || (region && !regionContains(region, tender.regionCode))) return [];
    return [
      {
        tenderId: tender.id,
        lotId: lot.id,
        lotNo: lot.no,
        code: tender.code,
        title: tender.title,
        lotTitle: lot.title,
        purchaserName: tender.purchaserName,
        regionCode: tender.regionCode,
        regionName: regionName(tender.regionCode),
        at: instantText(lot.deadline),
        day: dayAt(lot.deadline),
        state: lot.state,
      },
    ];
  });
}

/** Openings from one day to another, both included. */
export async function calendarOf({ em, query }: Call<typeof readCalendar>): Promise<ReplyOf<typeof readCalendar>> {
  const length = daysBetween(query.from, query.to) + 1;
  if (length < 1 || length > longestStretch)
    throw new Refused([{ code: 'publication.stretch-too-long', field: 'to', facts: { most: longestStretch } }]);
  const days = Array.from({ length }, (_, at): Day => addDays(query.from, at));
  return {
    days: days.map((day) => ({ day, working: calendar.isWorkingDay(day), settled: calendar.isSettled(day) })),
    rows: await openings(em, startOfDay(query.from), endOfDay(query.to), query.region),
  };
}

/** Dates as the database keeps them; the ORM converts those of entities, not those of plain SQL. */
function run<Row>(em: EntityManager, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const platform = em.getPlatform();
  return (em as SqlEntityManager).execute<Row[] & object>(
    sql,
    values.map((value) => (value instanceof Date ? platform.processDateProperty(value) : value)),
  ) as Promise<Row[]>;
}

const cursorOf = (after: string): { deadline: Date; id: string } | undefined => {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~([0-9a-f-]{36})$/.exec(after);
  return match?.[1] && match[2] && !Number.isNaN(Date.parse(match[1]))
    ? { deadline: new Date(match[1]), id: match[2] }
    : undefined;
};

/** Lots that came to an end, those opened last first. */
export async function results({
  em,
  query,
}: Pick<Call<typeof findResults>, 'em' | 'query'>): Promise<ReplyOf<typeof findResults>> {
  const where: string[] = [query.outcome ? 'l.`state` = ?' : "l.`state` in ('awarded', 'failed')"];
  const values: unknown[] = query.outcome ? [query.outcome] : [];
  for (const word of (query.q ?? '')
    .normalize('NFKC')
    .trim()
    .split(/\s+/)
    .filter((one) => one !== '')
    .slice(0, 4)) {
    const like = `%${word.replace(/[%_\\]/g, '')}%`;
    where.push('(t.`title` like ? or t.`code` like ? or t.`purchaser_name` like ?)');
    values.push(like, like, like);
  }
  if (query.region) {
    where.push('t.`region_code` like ?');
    values.push(`${query.region.replace(/(?:00)+$/, '')}%`);
  }
  const from = `from \`lot\` l join \`tender\` t on t.\`id\` = l.\`tender_id\` where ${where.join(' and ')}`;
  const counted = await run<{ n: number | string }>(
    em,
    `select count(*) as n from (select 1 as one ${from} limit ${countCap + 1}) as found`,
    values,
  );
  const place = query.after === undefined ? null : cursorOf(query.after);
  if (place === undefined) throw new Refused([{ code: 'publication.bad-cursor' }]);
  const onward = place
    ? {
        sql: ' and (l.`deadline` < ? or (l.`deadline` = ? and l.`id` < ?))',
        values: [place.deadline, place.deadline, place.id],
      }
    : { sql: '', values: [] };
  const ids = await run<{ id: string }>(
    em,
    `select l.\`id\` as id ${from}${onward.sql} order by l.\`deadline\` desc, l.\`id\` desc limit ${query.limit + 1}`,
    [...values, ...onward.values],
  );
  const shown = ids.slice(0, query.limit).map(({ id }) => id);
  const lots = await em.find(Lot, { id: { $in: shown } });
  const ordered = shown.flatMap((id) => lots.find((lot) => lot.id === id) ?? []);
  const last = ordered.at(-1);
  const count = Number(counted[0]?.n ?? 0);
  return {
    rows: await resultRows(em, ordered),
    next: ids.length > query.limit && last ? `${instantText(last.deadline)}~${last.id}` : null,
    count: Math.min(count, countCap),
    more: count > countCap,
  };
}

async function resultRows(em: EntityManager, lots: readonly Lot[]): Promise<ResultRow[]> {
  const found = await tendersOf(em, lots);
  const awards = new Map(
    (await em.find(Award, { lotId: { $in: lots.map(({ id }) => id) } })).map((award) => [award.lotId, award]),
  );
  return lots.flatMap((lot): ResultRow[] => {
    const tender = found.get(lot.tenderId);
    const award = awards.get(lot.id);
    const failure = failureOf(lot);
    if (!tender || (!award && !failure)) return [];
    return [
      {
        tenderId: tender.id,
        lotId: lot.id,
        lotNo: lot.no,
        code: tender.code,
        title: tender.title,
        lotTitle: lot.title,
        purchaserName: tender.purchaserName,
        regionCode: tender.regionCode,
        regionName: regionName(tender.regionCode),
        category: tender.category,
        outcome: award ? 'awarded' : 'failed',
        budget: lot.budget.toString(),
        winner: award ? { name: award.winnerName, uscc: award.winnerUscc } : null,
        price: award?.price.toString() ?? null,
        failure,
        at: award ? instantText(award.at) : (failure?.at ?? instantText(lot.deadline)),
      },
    ];
  });
}

/** The front page. */
export async function home({ em, now }: Call<typeof readHome>): Promise<ReplyOf<typeof readHome>> {
  const today = dayAt(now);
  const yearStart = startOfDay(`${today.slice(0, 4)}-01-01`);
  const openingsToday = await openings(em, startOfDay(today), endOfDay(today));
  const notices = await tenders({ em, query: { limit: 8, sort: 'published' } });
  const latest = await results({ em, query: { limit: 6 } });
  const entries = await em.find(
    BlacklistEntry,
    { state: 'active', publishedUntil: { $gte: today } },
    { orderBy: { addedAt: 'desc', id: 'desc' }, limit: 5 },
  );
  return {
    now: instantText(now),
    counts: {
      openTenders: await em.count(Tender, { lotState: 'bidding' }),
      openingsToday: openingsToday.length,
      awardedThisYear: await em.count(Award, { at: { $gte: yearStart } }),
      failedThisYear: await em.count(Lot, { state: 'failed', deadline: { $gte: yearStart } }),
    },
    openingsToday,
    notices: notices.rows,
    results: latest.rows,
    blacklist: entries.map((entry) => {
      const { id, name, uscc, reason, from, until } = blacklistView(entry, now);
      return { id, name, uscc, ground: reason.slice(0, 200), from, until };
    }),
  };
}
