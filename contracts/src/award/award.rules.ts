import { addCalendarDays, addWorkingDays, type Calendar } from '../kernel/calendar.ts';
import type { Verdict } from '../kernel/refusal.ts';
import { dayAt } from '../kernel/time.ts';
import { rulebooks, type RulebookId } from '../rulebook/index.ts';
import type { AwardCode } from './award.refusals.ts';
import type { AwardLimits } from './award.schema.ts';

/** Rank 1 wins and nobody else; among equals the purchaser says by what rule of the document. @law 87号令 §68 */
export function mayAward({
  ranked,
  bidId,
  reason,
  drawn,
}: {
  readonly ranked: readonly { readonly bidId: string; readonly rank: number | null }[];
  readonly bidId: string;
  readonly reason: string;
  /** What a draw among equals says: the bid drawn, null while it runs; undefined where nobody asked for one. */
  readonly drawn: string | null | undefined;
}): Verdict<AwardCode> {
  const chosen = ranked.find((bid) => bid.bidId === bidId);
  if (chosen?.rank !== 1) return [{ code: 'award.not-first', field: 'bidId' }];
  const equals = ranked.filter(({ rank }) => rank === 1).length;
  if (equals > 1 && drawn === null) return [{ code: 'award.draw-runs', field: 'bidId' }];
  if (equals > 1 && drawn !== undefined) return drawn === bidId ? [] : [{ code: 'award.not-drawn', field: 'bidId' }];
  return equals > 1 && reason === '' ? [{ code: 'award.tie-needs-reason', field: 'reason', facts: { equals } }] : [];
}

/** The days that run from ranking and decision. */
export function awardLimits({
  rankedAt,
  awardedAt,
  rulebook,
  calendar,
}: {
  readonly rankedAt: Date;
  readonly awardedAt: Date | null;
  readonly rulebook: RulebookId;
  readonly calendar: Calendar;
}): AwardLimits {
  const book = rulebooks[rulebook];
  const decideBy = addWorkingDays(dayAt(rankedAt), book.decisionPeriod.value, calendar);
  if (!awardedAt) return { decideBy, noticeBy: null, noticeUntil: null, questionsUntil: null, contractBy: null };
  const day = dayAt(awardedAt);
  // Publication is part of the decision here, so the notice period runs from the same day.
  const noticeUntil = addWorkingDays(day, book.resultNoticeDays.value, calendar);
  return {
    decideBy,
    noticeBy: addWorkingDays(day, book.resultNoticePeriod.value, calendar),
    noticeUntil,
    questionsUntil: addWorkingDays(noticeUntil, book.challengePeriod.value, calendar),
    contractBy: addCalendarDays(day, book.contractPeriod.value, calendar),
  };
}
