import { addDays, weekdayOf, type Day } from './time.ts';

/**
 * A year's statutory holidays and the weekend days that are worked in exchange (调休), as the State Council's
 * yearly notice sets them. Data, not code: a new year is a new row.
 */
export type HolidayYear = {
  readonly year: number;
  readonly source: string;
  readonly holidays: readonly (readonly [from: Day, to: Day])[];
  readonly worked: readonly Day[];
};

/** Years without a notice yet count weekends only; `isSettled` tells. */
export const holidayYears: readonly HolidayYear[] = [
  {
    year: 2025,
    source: '国办发明电〔2024〕12号',
    holidays: [
      ['2025-01-01', '2025-01-01'],
      ['2025-01-28', '2025-02-04'],
      ['2025-04-04', '2025-04-06'],
      ['2025-05-01', '2025-05-05'],
      ['2025-05-31', '2025-06-02'],
      ['2025-10-01', '2025-10-08'],
    ],
    worked: ['2025-01-26', '2025-02-08', '2025-04-27', '2025-09-28', '2025-10-11'],
  },
  {
    year: 2026,
    source: '国办发明电〔2025〕7号',
    holidays: [
      ['2026-01-01', '2026-01-03'],
      ['2026-02-15', '2026-02-23'],
      ['2026-04-04', '2026-04-06'],
      ['2026-05-01', '2026-05-05'],
      ['2026-06-19', '2026-06-21'],
      ['2026-09-25', '2026-09-27'],
      ['2026-10-01', '2026-10-07'],
    ],
    worked: ['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'],
  },
];

/** A calendar that knows which days are worked. */
export type Calendar = {
  readonly isHoliday: (day: Day) => boolean;
  readonly isWorkingDay: (day: Day) => boolean;
  readonly isSettled: (day: Day) => boolean;
};

/** The calendar that a list of years gives. */
export function calendarOf(years: readonly HolidayYear[] = holidayYears): Calendar {
  const off = new Set<Day>();
  for (const { holidays } of years)
    for (const [from, to] of holidays) for (let day = from; day <= to; day = addDays(day, 1)) off.add(day);
  const worked = new Set(years.flatMap((year) => year.worked));
  const known = new Set(years.map((year) => String(year.year)));
  const isWeekend = (day: Day): boolean => weekdayOf(day) % 6 === 0;
  return {
    isHoliday: (day) => off.has(day),
    isWorkingDay: (day) => worked.has(day) || (!off.has(day) && !isWeekend(day)),
    isSettled: (day) => known.has(day.slice(0, 4)),
  };
}

/** The last day of a period of working days: the day of the event itself does not count. @law 87号令 §85 */
export function addWorkingDays(from: Day, count: number, calendar: Calendar): Day {
  let day = from;
  for (let left = count; left > 0;) {
    day = addDays(day, 1);
    if (calendar.isWorkingDay(day)) left -= 1;
  }
  return day;
}

/** The last day of a period of calendar days; one that ends on a day of rest ends on the next working day. @law 87号令 §85 */
export function addCalendarDays(from: Day, count: number, calendar: Calendar): Day {
  return rollForward(addDays(from, count), calendar);
}

/** The day itself if it is worked, else the next that is. */
export function rollForward(day: Day, calendar: Calendar): Day {
  let at = day;
  while (!calendar.isWorkingDay(at)) at = addDays(at, 1);
  return at;
}

/** Working days after `from` up to and including `to`. */
export function workingDaysBetween(from: Day, to: Day, calendar: Calendar): number {
  let count = 0;
  for (let day = addDays(from, 1); day <= to; day = addDays(day, 1)) if (calendar.isWorkingDay(day)) count += 1;
  return count;
}
