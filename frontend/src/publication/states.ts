import type { CalendarRow, PublicLotState } from '@xinbiao/contracts/publication';
import { dayAt, addDays, weekdayOf } from '@xinbiao/contracts/kernel';
import type { Say } from '../locales/index.ts';
import type { OpeningRow } from './rows.ts';

/** The light that belongs to a lot's state. */
export const lightOf: Readonly<Record<PublicLotState, 'ok' | 'warn' | 'ring' | 'none'>> = {
  bidding: 'ring',
  closed: 'ring',
  opened: 'ok',
  qualified: 'ring',
  evaluating: 'ring',
  ranked: 'ring',
  awarded: 'ok',
  failed: 'warn',
};

/** Monday to Sunday of the week that a day lies in. */
export function weekOf(day: string): string[] {
  const monday = addDays(day, -((weekdayOf(day) + 6) % 7));
  return Array.from({ length: 7 }, (_, at) => addDays(monday, at));
}

/** A day's openings: lots of one tender that close at one instant are one row. */
export function openingsOf(rows: readonly CalendarRow[], day: string, now: number, t: Say): OpeningRow[] {
  const groups = new Map<string, CalendarRow[]>();
  for (const row of rows)
    if (row.day === day)
      groups.set(`${row.at} ${row.tenderId}`, [...(groups.get(`${row.at} ${row.tenderId}`) ?? []), row]);
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([id, lots]) => {
      const [first] = lots;
      if (!first) return [];
      const open = lots.every(({ state }) => state === 'bidding');
      const failed = lots.every(({ state }) => state === 'failed');
      const waiting = lots.some(({ state }) => state === 'closed');
      return [
        {
          id,
          to: `/tenders/${first.tenderId}`,
          at: first.at,
          title: first.title,
          who: [
            first.purchaserName,
            first.regionName,
            ...(lots.length > 1 ? [t('publication.lots', { count: lots.length })] : []),
          ].join(' · '),
          ...(open ? {} : { light: failed ? ('warn' as const) : waiting ? ('ring' as const) : ('ok' as const) }),
          word: open
            ? comingWord(first.at, day, now, t)
            : t(failed ? 'publication.state.failed' : waiting ? 'publication.state.closed' : 'publication.opened'),
        },
      ];
    });
}

function comingWord(at: string, day: string, now: number, t: Say): string {
  if (now === 0 || dayAt(new Date(now)) !== day) return t('publication.state.bidding');
  const hour = new Date(Date.parse(at) + 8 * 3_600_000).getUTCHours();
  return t(hour < 12 ? 'publication.calendar.thisMorning' : 'publication.calendar.thisAfternoon');
}
