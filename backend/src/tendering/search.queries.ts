import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addDays, FenText, fold, instantText, startOfDay } from '@xinbiao/contracts/kernel';
import {
  cutKeyword,
  placeTerms,
  regionTerm,
  termsOf,
  type TenderQuery,
  type TenderRow,
} from '@xinbiao/contracts/tendering';
import { Tender, TenderTerm } from './tender.entity.ts';

/** Beyond this many a list says "more" instead of a number. */
const countCap = 10_000;
/** How many of a term's newest rows tell how rare it is. */
const rarityProbe = 1000;
const mostTerms = 16;

/** Makes a tender findable; belongs into the transaction that publishes it. */
export async function indexTender(tx: EntityManager, tender: Tender, words: readonly string[]): Promise<void> {
  const { rid } = tender;
  if (rid === null || rid === undefined) throw new Error('only a published tender is found');
  const terms = [...termsOf(...words), ...placeTerms(tender)];
  await tx.insertMany(
    TenderTerm,
    terms.map((term) => ({ term, rid })),
  );
}

type Place = { readonly rid: number; readonly deadline: string };
export type TenderPage = {
  readonly rows: TenderRow[];
  readonly next: string | null;
  readonly count: number;
  readonly more: boolean;
};

/**
 * Published tenders, newest first or by deadline. Words, region and category are terms of one posting table: the
 * rarest leads, the others are looked up by primary key, so that a million tenders are searched in milliseconds on
 * both databases. Gives undefined where `after` is no place of a list.
 */
export async function listTenders(
  em: EntityManager,
  query: TenderQuery,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<TenderPage | undefined> {
  const place = after === undefined ? null : placeOf(after);
  if (place === undefined) return undefined;
  const asked = await conditionsOf(em, query);
  const counted = await run<{ n: number | string }>(
    em,
    `select count(*) as n from (select 1 as one ${asked.from}${whereOf(asked.where)} limit ${countCap + 1}) as found`,
    asked.values,
  );
  const count = Number(counted[0]?.n ?? 0);
  const onward = place ? onwardOf(query.sort, place, asked.newest) : { where: [], values: [] };
  const order = query.sort === 'deadline' ? 't.`deadline` asc, t.`rid` asc' : `${asked.newest} desc`;
  const ids = await run<{ id: string }>(
    em,
    `select t.\`id\` as id ${asked.from}${whereOf([...asked.where, ...onward.where])} order by ${order} limit ${limit + 1}`,
    [...asked.values, ...onward.values],
  );
  const tenders = await em.find(
    Tender,
    { id: { $in: ids.slice(0, limit).map(({ id }) => id) } },
    {
      fields: [
        'id',
        'rid',
        'code',
        'title',
        'category',
        'regionCode',
        'purchaserName',
        'agencyName',
        'lotState',
        'lotNames',
        'budget',
        'publishedAt',
        'deadline',
      ],
    },
  );
  const byId = new Map(tenders.map((tender) => [tender.id, tender]));
  const found = ids.slice(0, limit).flatMap(({ id }) => byId.get(id) ?? []);
  const last = found.at(-1);
  return {
    rows: found.map((tender) => rowOf(tender)),
    next: ids.length > limit && last ? `${last.rid ?? 0}~${instantText(last.deadline ?? new Date(0))}` : null,
    count: Math.min(count, countCap),
    more: count > countCap,
  };
}

type RowColumns = Pick<
  Tender,
  | 'id'
  | 'code'
  | 'title'
  | 'category'
  | 'regionCode'
  | 'purchaserName'
  | 'agencyName'
  | 'lotState'
  | 'lotNames'
  | 'budget'
  | 'publishedAt'
  | 'deadline'
>;

function rowOf({
  id,
  code,
  title,
  category,
  regionCode,
  purchaserName,
  agencyName,
  lotState,
  lotNames,
  budget,
  publishedAt,
  deadline,
}: RowColumns): TenderRow {
  if (!lotState || !publishedAt || !deadline) throw new Error('a draft is in no public list');
  return {
    id,
    code,
    title,
    category,
    regionCode,
    purchaserName,
    agencyName: agencyName ?? null,
    state: lotState,
    budget: FenText.parse(budget.toString()),
    lots: lotNames.length,
    publishedAt: instantText(publishedAt),
    deadline: instantText(deadline),
  };
}

function placeOf(after: string): Place | undefined {
  const match = /^(\d{1,15})~(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/.exec(after);
  return match?.[1] && match[2] && !Number.isNaN(Date.parse(match[2]))
    ? { rid: Number(match[1]), deadline: match[2] }
    : undefined;
}

type Sql = { readonly where: readonly string[]; readonly values: readonly unknown[] };

function onwardOf(sort: TenderQuery['sort'], { rid, deadline }: Place, newest: string): Sql {
  if (sort === 'published') return { where: [`${newest} < ?`], values: [rid] };
  return {
    where: ['(t.`deadline` > ? or (t.`deadline` = ? and t.`rid` > ?))'],
    values: [new Date(deadline), new Date(deadline), rid],
  };
}

/** Tables in the order in which they must be read, rarest term first, and the conditions. */
async function conditionsOf(em: EntityManager, query: TenderQuery): Promise<Sql & { from: string; newest: string }> {
  const { terms, single } = cutKeyword(query.keyword);
  const all = [
    ...terms,
    ...(query.region ? [regionTerm(query.region)] : []),
    ...(query.category ? [`@c${query.category}`] : []),
  ].slice(0, mostTerms);
  const ordered = await rarestFirst(em, all);
  // Both databases would otherwise turn the order round and read the common term first.
  const join = isEmbedded(em) ? 'cross join' : 'straight_join';
  // Few tenders are alive at a time: then they lead, and the terms are looked up.
  const isAlive = query.state !== undefined && query.state !== 'awarded' && query.state !== 'failed';
  const names = ordered.map((_, at) => `\`tender_term\` a${at}`);
  const tables = isAlive ? ['`tender` t', ...names] : [...names, '`tender` t'];
  const from = `from ${tables.join(` ${join} `)}`;
  const where: string[] = ['t.`rid` is not null'];
  const values: unknown[] = [];
  const add = (condition: string, ...given: unknown[]): void => {
    where.push(condition);
    values.push(...given);
  };
  const lead = isAlive || ordered.length === 0 ? 't' : 'a0';
  ordered.forEach((term, at) =>
    add(`a${at}.\`term\` = ?${lead === `a${at}` ? '' : ` and a${at}.\`rid\` = ${lead}.\`rid\``}`, term),
  );
  if (lead === 'a0') where.push('t.`rid` = a0.`rid`');
  for (const word of single) add('t.`title` like ?', `%${fold(word)}%`);
  if (query.state) add('t.`lot_state` = ?', query.state);
  if (query.publishedFrom) add('t.`published_at` >= ?', startOfDay(query.publishedFrom));
  if (query.publishedTo) add('t.`published_at` < ?', startOfDay(addDays(query.publishedTo, 1)));
  if (query.deadlineFrom) add('t.`deadline` >= ?', startOfDay(query.deadlineFrom));
  if (query.deadlineTo) add('t.`deadline` < ?', startOfDay(addDays(query.deadlineTo, 1)));
  if (query.budgetFrom) add('t.`budget` >= ?', query.budgetFrom);
  if (query.budgetTo) add('t.`budget` <= ?', query.budgetTo);
  return { from, where, values, newest: `${lead}.\`rid\`` };
}

/** Terms with the rarest first: those with few rows, then those whose newest thousand reach back furthest. */
async function rarestFirst(em: EntityManager, terms: readonly string[]): Promise<string[]> {
  if (terms.length < 2) return [...terms];
  const probe = `select count(*) as n, min(\`rid\`) as oldest from (select \`rid\` from \`tender_term\` where \`term\` = ? order by \`rid\` desc limit ${rarityProbe}) as newest`;
  const probed: { term: string; n: number; oldest: number }[] = [];
  for (const term of terms) {
    const [row] = await run<{ n: number | string; oldest: number | string | null }>(em, probe, [term]);
    probed.push({ term, n: Number(row?.n ?? 0), oldest: Number(row?.oldest ?? 0) });
  }
  return probed.toSorted((a, b) => a.n - b.n || a.oldest - b.oldest).map(({ term }) => term);
}

const whereOf = (conditions: readonly string[]): string => ` where ${conditions.join(' and ')}`;
const isEmbedded = (em: EntityManager): boolean => em.getDriver().constructor.name === 'SqliteDriver';

/** Dates as the database keeps them; the ORM converts those of entities, not those of plain SQL. */
function run<Row>(em: EntityManager, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const platform = em.getPlatform();
  return (em as SqlEntityManager).execute<Row[] & object>(
    sql,
    values.map((value) => (value instanceof Date ? platform.processDateProperty(value) : value)),
  ) as Promise<Row[]>;
}
