import { addCalendarDays, addWorkingDays, type Calendar } from '../kernel/calendar.ts';
import { dayAt, endOfDay, instantOf, instantText, startOfDay, type Day } from '../kernel/time.ts';
import type { Norm, Rulebook } from '../rulebook/index.ts';
import type { DueDate } from './tendering.endpoints.ts';

/** What has happened so far; each fact brings the dates that follow from it. */
export type DateFacts = {
  readonly publishedAt: Date;
  readonly documentsFrom: Day;
  readonly documentsUntil: Day;
  readonly deadline: Date;
  readonly noticeDays: number;
  readonly rankedAt?: Date | undefined;
  readonly reportedAt?: Date | undefined;
  readonly awardedAt?: Date | undefined;
  readonly resultPublishedAt?: Date | undefined;
  readonly contractedAt?: Date | undefined;
};

/**
 * The dates that the law gives a tender, in the order in which they end: the day of an event does not count, a
 * period of calendar days that ends on a day of rest ends on the next working day, and each ends at 24:00 of its
 * last day. @law 87号令 §85
 */
export function dueDatesOf(
  facts: DateFacts,
  { calendar, rulebook }: { calendar: Calendar; rulebook: Rulebook },
): DueDate[] {
  const within = (rule: string, norm: Norm, from: Date | undefined): DueDate[] => {
    if (!from) return [];
    const day =
      norm.unit === 'workingDays'
        ? addWorkingDays(dayAt(from), norm.value, calendar)
        : addCalendarDays(dayAt(from), norm.value, calendar);
    return [
      { rule, law: norm.law, from: instantText(from), until: instantText(endOfDay(day)), zh: norm.zh, en: norm.en },
    ];
  };
  const { publishedAt, deadline, documentsFrom, documentsUntil } = facts;
  const fixed: DueDate[] = [
    {
      rule: 'documents',
      law: rulebook.documentsPeriod.law,
      zh: '获取招标文件',
      en: 'Taking the tender documents',
      from: instantText(startOfDay(documentsFrom)),
      until: instantText(endOfDay(documentsUntil)),
    },
    {
      rule: 'deadline',
      law: rulebook.biddingPeriod.law,
      zh: '投标截止，同时开标',
      en: 'Deadline for bids, and opening',
      from: instantText(publishedAt),
      until: instantText(deadline),
    },
    {
      rule: 'lastChange',
      law: rulebook.changePeriod.law,
      zh: '影响投标的澄清或者修改最迟发出',
      en: 'Last day for changes that affect bids',
      from: null,
      until: instantText(endOfDay(dayAt(new Date(deadline.getTime() - rulebook.changePeriod.value * 86_400_000)))),
    },
  ];
  return [
    ...within(
      'notice',
      {
        ...rulebook.noticePeriod,
        value: Math.max(facts.noticeDays, rulebook.noticePeriod.value),
        zh: '公告期限',
        en: 'Notice period',
      },
      publishedAt,
    ),
    ...fixed,
    ...within('report', rulebook.reportPeriod, facts.rankedAt),
    ...within('decision', rulebook.decisionPeriod, facts.reportedAt ?? facts.rankedAt),
    ...within('resultNotice', rulebook.resultNoticePeriod, facts.awardedAt),
    ...within('resultNoticePeriod', rulebook.resultNoticeDays, facts.resultPublishedAt),
    ...within('contract', rulebook.contractPeriod, facts.resultPublishedAt ?? facts.awardedAt),
    ...within('contractNotice', rulebook.contractNoticePeriod, facts.contractedAt),
  ].toSorted((a, b) => (a.until ?? '').localeCompare(b.until ?? ''));
}

/** Until when a supplier may challenge the documents: from the end of the notice period on. @law 政府采购法 §52 */
export function challengeUntil(
  noticeEnd: Day,
  { calendar, rulebook }: { calendar: Calendar; rulebook: Rulebook },
): Day {
  return addWorkingDays(noticeEnd, rulebook.challengePeriod.value, calendar);
}

/** May the documents be taken at this moment, by the calendar alone? */
export const isDocumentsOpen = (
  { documentsFrom, documentsUntil }: { documentsFrom: Day; documentsUntil: Day },
  now: Date,
): boolean => now >= startOfDay(documentsFrom) && now < endOfDay(documentsUntil);

export const deadlineOf = (content: { readonly deadline: string }): Date => instantOf(content.deadline);
