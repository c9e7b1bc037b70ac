import { addCalendarDays, addWorkingDays, type Calendar } from '../kernel/calendar.ts';
import { categoryOf } from '../kernel/codes.ts';
import { formatYuan } from '../kernel/money.ts';
import type { Refusal } from '../kernel/refusal.ts';
import { dayAt, instantOf, type Day } from '../kernel/time.ts';
import type { Rulebook } from '../rulebook/index.ts';
import { canonical } from '../trust/canonical.ts';
import {
  TenderContent,
  type Category,
  type LotContent,
  type OfficerGroupId,
  type ScoreItem,
  type TenderDraft,
} from './tender.schema.ts';
import { keyMargin } from './officer.rules.ts';
import { hintsOfSealing, judgeSealing } from './sealing.rules.ts';
import type { HintCode, TenderingCode } from './tendering.refusals.ts';

type Reason = Refusal<TenderingCode>;
type Hint = Refusal<HintCode>;

/** What the rules must know of a seat that was chosen to open bids. */
export type OfficerFacts = {
  readonly seatId: string;
  readonly personId: string;
  /** The side that this seat's organisation stands on in this tender, if it may open at all. */
  readonly side: OfficerGroupId | null;
  /** The last moment of its encryption certificate, null without one. */
  readonly keyUntil: Date | null;
  /** Holds a valid encryption certificate, but only of the other suite. */
  readonly otherSuite?: boolean;
  /** Until when the proof stands that its holder can open what is sealed to it, null without one. */
  readonly provenUntil: Date | null;
};

export type PublicationFacts = {
  /** The day on which the notice would be published. */
  readonly today: Day;
  readonly calendar: Calendar;
  readonly rulebook: Rulebook;
  /** What is known of the chosen seats; a seat that is missing here does not exist. */
  readonly officers: readonly OfficerFacts[];
  /** Do the codes stand in the tables of places and goods? */
  readonly isRegion: boolean;
  readonly isCatalogued: boolean;
};

export type TenderVerdict = {
  readonly content: TenderContent | null;
  readonly refusals: readonly Reason[];
  readonly hints: readonly Hint[];
};

/** Long explanations belong into a document: what is signed stays readable, and small enough to be signed. */
const longestNotice = 150_000;
/** Everything that forbids publishing a draft today, and what a person ought to look at. @law 87号令 §13 */
export function judgeTender(draft: TenderDraft, facts: PublicationFacts): TenderVerdict {
  const parsed = TenderContent.safeParse(draft);
  if (!parsed.success) {
    const fields = [...new Set(parsed.error.issues.map(({ path }) => path.map(String).join('.')))];
    return { content: null, refusals: fields.map((field) => ({ code: 'tender.incomplete', field })), hints: [] };
  }
  const content = parsed.data;
  const refusals = [
    ...judgeLength(content),
    ...judgeCategory(content),
    ...judgeCodes(content, facts),
    ...judgeDates(content, facts),
    ...judgeDocuments(content),
    ...judgeOfficers(content, facts.officers),
    ...judgeSealing(content, facts.rulebook),
    ...content.lots.flatMap((lot, at) => judgeLot(lot, { at, category: content.category, rulebook: facts.rulebook })),
    ...judgeNumbers(content.lots),
  ];
  return { content, refusals, hints: hintsOf(content, facts) };
}

function judgeLength(content: TenderContent): Reason[] {
  return canonical(content).length > longestNotice ? [{ code: 'tender.too-long', field: 'need' }] : [];
}

/** This procedure is for goods and services; works are tendered under the tendering law. @law 87号令 §2 */
function judgeCategory({ category, catalogCode }: TenderContent): Reason[] {
  if (category === 'works') return [{ code: 'tender.works-not-here', field: 'category' }];
  return categoryOf(catalogCode) === category ? [] : [{ code: 'tender.category-mismatch', field: 'catalogCode' }];
}

/** Codes that no table knows would hide a tender from those who look for it. */
function judgeCodes(
  { regionCode, catalogCode }: TenderContent,
  { isRegion, isCatalogued }: PublicationFacts,
): Reason[] {
  return [
    ...(isRegion ? [] : [{ code: 'tender.unknown-region' as const, field: 'regionCode', facts: { code: regionCode } }]),
    ...(isCatalogued
      ? []
      : [{ code: 'tender.unknown-catalog' as const, field: 'catalogCode', facts: { code: catalogCode } }]),
  ];
}

/** The earliest days that the law allows, if the notice is published on `today` and documents are issued from `from`. */
export function earliestDays({
  today,
  from,
  calendar,
  rulebook,
}: {
  today: Day;
  from: Day;
  calendar: Calendar;
  rulebook: Rulebook;
}): { documentsUntil: Day; deadline: Day } {
  const issued = from > today ? from : today;
  return {
    documentsUntil: addWorkingDays(issued, rulebook.documentsPeriod.value, calendar),
    deadline: addCalendarDays(issued, rulebook.biddingPeriod.value, calendar),
  };
}

/** Twenty days to bid, five working days for the documents, the deadline after both. @law 政府采购法 §35 @law 87号令 §18 @law 87号令 §85 */
function judgeDates(content: TenderContent, { today, calendar, rulebook }: PublicationFacts): Reason[] {
  const { documentsFrom, documentsUntil, deadline, noticeDays } = content;
  const earliest = earliestDays({ today, from: documentsFrom, calendar, rulebook });
  const reasons: Reason[] = [];
  if (documentsFrom < today)
    reasons.push({ code: 'tender.documents-before-notice', field: 'documentsFrom', facts: { today } });
  if (documentsUntil < earliest.documentsUntil)
    reasons.push({
      code: 'tender.documents-too-short',
      field: 'documentsUntil',
      facts: { earliest: earliest.documentsUntil, days: rulebook.documentsPeriod.value },
    });
  const deadlineDay = dayAt(instantOf(deadline));
  if (deadlineDay < earliest.deadline)
    reasons.push({
      code: 'tender.deadline-too-early',
      field: 'deadline',
      facts: { earliest: earliest.deadline, days: rulebook.biddingPeriod.value },
    });
  if (deadlineDay <= documentsUntil)
    reasons.push({ code: 'tender.deadline-before-documents-end', field: 'deadline', facts: { until: documentsUntil } });
  if (noticeDays < rulebook.noticePeriod.value)
    reasons.push({
      code: 'tender.notice-too-short',
      field: 'noticeDays',
      facts: { days: rulebook.noticePeriod.value },
    });
  return reasons;
}

/** A notice without the tender document tells bidders nothing to bid on. @law 87号令 §20 */
function judgeDocuments({ attachments }: TenderContent): Reason[] {
  return attachments.some(({ kind }) => kind === 'tenderDocument')
    ? []
    : [{ code: 'tender.no-document', field: 'attachments' }];
}

/** Nobody opens alone: each side has an officer of its own, no person stands on both, and every key outlasts the opening. */
function judgeOfficers({ officers, deadline }: TenderContent, known: readonly OfficerFacts[]): Reason[] {
  const reasons: Reason[] = [];
  if (new Set(officers.map(({ group }) => group)).size < 2)
    reasons.push({ code: 'tender.officers-missing', field: 'officers' });
  const seen = new Set<string>();
  officers.forEach(({ group, seatId }, at) => {
    const field = `officers.${at}`;
    const facts = known.find((officer) => officer.seatId === seatId);
    if (!facts || facts.side !== group) {
      reasons.push({ code: 'tender.officer-not-entitled', field });
      return;
    }
    if (seen.has(facts.personId)) reasons.push({ code: 'tender.officer-twice', field });
    seen.add(facts.personId);
    if (facts.otherSuite) reasons.push({ code: 'tender.officer-other-suite', field });
    else if (!facts.keyUntil || facts.keyUntil.getTime() < instantOf(deadline).getTime() + keyMargin)
      reasons.push({ code: 'tender.officer-without-key', field });
  });
  return reasons;
}

/** Lots are numbered from 1: bids, records and awards name them by number. */
function judgeNumbers(lots: readonly LotContent[]): Reason[] {
  return lots.flatMap((lot, at): Reason[] =>
    lot.no === at + 1 ? [] : [{ code: 'tender.lots-not-numbered', field: `lots.${at}.no` }],
  );
}

type LotPlace = { readonly at: number; readonly category: Category; readonly rulebook: Rulebook };

/** What the law asks of one lot: its ceiling, its conditions, its way of scoring. @law 87号令 §12 @law 87号令 §17 @law 87号令 §55 */
function judgeLot(lot: LotContent, place: LotPlace): Reason[] {
  const field = (name: string): string => `lots.${place.at}.${name}`;
  const reasons: Reason[] = [];
  if (lot.ceiling !== null && BigInt(lot.ceiling) > BigInt(lot.budget))
    reasons.push({
      code: 'tender.ceiling-above-budget',
      field: field('ceiling'),
      facts: { budget: formatYuan(BigInt(lot.budget)) },
    });
  if (lot.qualifications.length === 0)
    reasons.push({ code: 'tender.no-qualification', field: field('qualifications') });
  reasons.push(...judgeWords(lot, place.at), ...repeatedIds(lot, place.at));
  reasons.push(...(lot.method === 'comprehensive' ? judgeScoring(lot, place) : judgeLowestPrice(lot, place.at)));
  return reasons;
}

/** Ids are how bids and score sheets name things, so each stands for one. */
function repeatedIds({ qualifications, items }: LotContent, lotAt: number): Reason[] {
  const lists = [
    { name: `lots.${lotAt}.qualifications`, ids: qualifications.map(({ id }) => id) },
    { name: `lots.${lotAt}.items`, ids: items.map(({ id }) => id) },
    ...items.map(({ options = [] }, at) => ({
      name: `lots.${lotAt}.items.${at}.options`,
      ids: options.map(({ id }) => id),
    })),
  ];
  return lists.flatMap(({ name, ids }) =>
    ids.flatMap((id, at): Reason[] =>
      ids.indexOf(id) < at ? [{ code: 'tender.item-repeated', field: `${name}.${at}.id`, facts: { id } }] : [],
    ),
  );
}

/** Where the lowest price wins, nothing else is weighed. @law 87号令 §54 */
function judgeLowestPrice({ items }: LotContent, at: number): Reason[] {
  return items.length === 0 ? [] : [{ code: 'tender.items-without-scoring', field: `lots.${at}.items` }];
}

/** The least that the price must weigh, in percent. @law 87号令 §55 */
export const leastPriceWeight = (category: Category, rulebook: Rulebook): number =>
  category === 'services' ? rulebook.priceWeightServices.value : rulebook.priceWeightGoods.value;

/** Price and criteria make 100 points together, and the price weighs what the law asks. @law 87号令 §55 */
function judgeScoring({ priceWeight, items }: LotContent, { at, category, rulebook }: LotPlace): Reason[] {
  const reasons = items.flatMap((item, itemAt) => judgeItem(item, `lots.${at}.items.${itemAt}`));
  if (priceWeight === null)
    return [...reasons, { code: 'tender.price-weight-missing', field: `lots.${at}.priceWeight` }];
  const min = leastPriceWeight(category, rulebook);
  if (priceWeight < min)
    reasons.push({ code: 'tender.price-weight-too-low', field: `lots.${at}.priceWeight`, facts: { min } });
  const sum = items.reduce((total, { max }) => total + max, priceWeight * 100);
  if (sum !== 10_000)
    reasons.push({ code: 'tender.scores-do-not-add-up', field: `lots.${at}.items`, facts: { sum: pointsText(sum) } });
  return reasons;
}

/** Hundredths of a point as people read them: 10 000 is `100`, 1 250 is `12.5`. */
export const pointsText = (points: number): string => {
  const hundredths = String(points % 100)
    .padStart(2, '0')
    .replace(/0+$/, '');
  return `${Math.trunc(points / 100)}${hundredths === '' ? '' : `.${hundredths}`}`;
};

/** An objective criterion lists what can be claimed; a subjective one says how it is judged. @law 87号令 §55 */
function judgeItem({ kind, max, options = [], guidance }: ScoreItem, field: string): Reason[] {
  const reasons: Reason[] = [];
  if (max === 0) reasons.push({ code: 'tender.item-without-points', field: `${field}.max` });
  if (kind === 'objective') {
    if (options.length < 2) reasons.push({ code: 'tender.objective-without-options', field: `${field}.options` });
    else if (Math.max(...options.map(({ points }) => points)) !== max)
      reasons.push({
        code: 'tender.objective-options-max',
        field: `${field}.options`,
        facts: { max: pointsText(max) },
      });
    return reasons;
  }
  if (options.length > 0) reasons.push({ code: 'tender.subjective-with-options', field: `${field}.options` });
  if (guidance === '') reasons.push({ code: 'tender.subjective-without-guidance', field: `${field}.guidance` });
  return reasons;
}

/*
 * Words of scale. Paying taxes as the law requires (依法缴纳税收) is a condition that the law itself sets and is not
 * among them; how much tax was paid is.
 */
const scaleWords =
  /注册资[本金]|实缴资[本金]|认缴资[本金]|资产总[额值计]|总资产|净资产|固定资产|资产规模|营业收入|营业额|主营业务收入|年产值|销售额|销售收入|从业人员|员工(?:总|人)数|职工(?:总|人)数|员工规模|人员规模|企业规模|经营规模|参保人数|净?利润(?!分配表)|盈利|年?纳税总?额|年纳税|缴税额|税收贡献|registered capital|total assets|net assets|annual revenue|turnover|number of employees|net profit|tax paid/iu;
const brandWords =
  /(?:指定|限|仅限|原装|必须(?:使用|采用)|只(?:接受|采购))[^，。；\n]{0,12}?(?:品牌|型号|厂家|生产商|供应商|专利|商标)|(?:品牌|型号)\s*[:：]\s*\S+|同(?:一|等)品牌/u;
const regionWords =
  /(?:本|该|我)(?:省|市|县|区|地区|行政区域)(?:内|范围内)?(?:的)?[^，。；\n]{0,8}?(?:业绩|奖项|获奖|注册|企业|供应商|投标人|分支机构|办事机构|服务网点|分公司)|注册地(?:在|为|须|应)|(?:本地|当地)(?:注册|企业|供应商|投标人|业绩|办事机构|服务网点|分公司)/u;

/** Where words can restrict who may bid or who scores: conditions, criteria, options. */
function wordPlaces(lot: LotContent, lotAt: number): { field: string; words: string }[] {
  return [
    ...lot.qualifications.flatMap(({ text, evidence }, at) => [
      { field: `lots.${lotAt}.qualifications.${at}.text`, words: text },
      { field: `lots.${lotAt}.qualifications.${at}.evidence`, words: evidence },
    ]),
    ...lot.items.flatMap(({ name, guidance, options = [] }, at) => [
      { field: `lots.${lotAt}.items.${at}.name`, words: name },
      { field: `lots.${lotAt}.items.${at}.guidance`, words: guidance },
      ...options.map(({ label }, optionAt) => ({
        field: `lots.${lotAt}.items.${at}.options.${optionAt}.label`,
        words: label,
      })),
    ]),
  ];
}

/** How big a bidder is may neither qualify nor score; gives the word that says it. @law 87号令 §17 */
function judgeWords(lot: LotContent, lotAt: number): Reason[] {
  return wordPlaces(lot, lotAt).flatMap(({ field, words }): Reason[] => {
    const word = foundWord(words, scaleWords);
    return word === undefined ? [] : [{ code: 'tender.scale-condition', field, facts: { word } }];
  });
}

/** Spaces between characters hide nothing. */
const foundWord = (words: string, pattern: RegExp): string | undefined =>
  pattern.exec(words.normalize('NFKC'))?.[0] ??
  pattern.exec(words.normalize('NFKC').replace(/(?<=\p{Script=Han})\s+(?=\p{Script=Han})/gu, ''))?.[0];

/** What a person ought to look at, although nothing forbids it. @law 政府采购法实施条例 §20 */
function hintsOf(content: TenderContent, { calendar, officers: known, today }: PublicationFacts): Hint[] {
  const { deadline, officers, lots, need } = content;
  const hints: Hint[] = [];
  const day = dayAt(instantOf(deadline));
  // The clock of the place: UTC+8.
  const minute = ((instantOf(deadline).getUTCHours() + 8) % 24) * 60 + instantOf(deadline).getUTCMinutes();
  if (!calendar.isWorkingDay(day) || minute < 9 * 60 || minute > 17 * 60)
    hints.push({ code: 'tender.hint-deadline-hours', field: 'deadline' });
  if (!calendar.isSettled(day))
    hints.push({ code: 'tender.hint-calendar', field: 'deadline', facts: { year: day.slice(0, 4) } });
  for (const group of ['purchaser', 'independent'])
    if (officers.filter((officer) => officer.group === group).length === 1)
      hints.push({ code: 'tender.hint-one-officer', field: 'officers' });
  officers.forEach(({ seatId }, at) => {
    const until = known.find((one) => one.seatId === seatId)?.provenUntil;
    // By the day: whether it stands at the very moment is asked when the notice is published.
    if (until === null || (until && dayAt(until) < today))
      hints.push({ code: 'tender.hint-officer-not-accepted', field: `officers.${at}` });
  });
  hints.push(...hintsOfSealing(content));
  const texts = [
    { field: 'need', words: need },
    ...lots.map(({ content: words }, at) => ({ field: `lots.${at}.content`, words })),
    ...lots.flatMap((lot, at) => wordPlaces(lot, at)),
  ];
  for (const { field, words } of texts) {
    const brand = foundWord(words, brandWords);
    const region = foundWord(words, regionWords);
    if (brand !== undefined) hints.push({ code: 'tender.hint-brand', field, facts: { word: brand } });
    if (region !== undefined) hints.push({ code: 'tender.hint-region', field, facts: { word: region } });
  }
  lots.forEach(({ ceiling }, at) => {
    if (ceiling === null) hints.push({ code: 'tender.hint-no-ceiling', field: `lots.${at}.ceiling` });
  });
  return hints;
}

/** The most that a bid for a lot may ask: its ceiling, else its budget. @law 87号令 §63 */
export const highestPrice = ({
  budget,
  ceiling,
}: {
  readonly budget: bigint;
  readonly ceiling: bigint | null;
}): bigint => ceiling ?? budget;
