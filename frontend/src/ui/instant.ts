import { dayAt, weekdayOf, type Day } from '@xinbiao/contracts/kernel';
import type { Lang } from '../locales/index.ts';

/** How an instant is written: see `instantWords`. All forms are civil time of the tender's place, UTC+8. */
export type InstantForm = 'full' | 'seconds' | 'milliseconds' | 'day' | 'short' | 'moment' | 'time' | 'clock';

const weekdays = {
  'zh-CN': ['周日', '周一', '周二', '周三', '周四', '周五', '周六'],
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
};
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export const weekdayWords = (day: Day, lang: Lang): string => weekdays[lang][weekdayOf(day)] ?? '';

/** A day: `2026年11月24日`, `24 November 2026`; short: `11-24`, `24 Nov`. */
export function dayWords(day: Day, lang: Lang, short = false): string {
  const [year = '', month = '', date = ''] = day.split('-');
  if (lang === 'zh-CN') return short ? `${month}-${date}` : `${year}年${Number(month)}月${Number(date)}日`;
  const name = months[Number(month) - 1] ?? '';
  return short ? `${Number(date)} ${name.slice(0, 3)}` : `${Number(date)} ${name} ${year}`;
}

/**
 * An instant in words. full `2026年11月24日 周二 09:30` / `24 November 2026, 09:30 (UTC+8)`; moment leaves out the year,
 * short is for tables, time is hours and minutes, clock has the seconds, seconds and milliseconds are full with them.
 * `end`: it is the end of something, so midnight is 24:00 of the day before.
 */
export function instantWords(at: Date, lang: Lang, form: InstantForm = 'full', end = false): string {
  // The end of a day belongs to that day: 24:00, not 00:00 of the next.
  if (end && (at.getTime() + 8 * 3_600_000) % 86_400_000 === 0)
    return instantWords(
      new Date(at.getTime() - 60_000),
      lang,
      form === 'seconds' || form === 'milliseconds' ? 'full' : form,
    ).replace('23:59', '24:00');
  const day = dayAt(at);
  const clock = new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(11, 23);
  const time = clock.slice(0, 5);
  const exact = form === 'milliseconds' ? clock : clock.slice(0, 8);
  if (form === 'time') return time;
  if (form === 'clock') return exact;
  if (form === 'day') return dayWords(day, lang);
  if (form === 'short') return dayWords(day, lang, true);
  if (form === 'moment')
    return lang === 'zh-CN' ? `${dayWords(day, lang).slice(5)} ${time}` : `${dayWords(day, lang, true)}, ${time}`;
  const shown = form === 'full' ? time : exact;
  if (lang === 'en') return `${dayWords(day, lang)}, ${shown} (UTC+8)`;
  return form === 'full'
    ? `${dayWords(day, lang)} ${weekdayWords(day, lang)} ${shown}`
    : `${dayWords(day, lang)} ${shown}`;
}

/** What a `datetime-local` control shows for an instant, and back; both in UTC+8. */
export const toPlaceInput = (instant: string): string =>
  new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 16);
export function fromPlaceInput(text: string): string | null {
  // Date.parse reads almost anything; a half-typed instant must stay none.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return null;
  const at = Date.parse(`${text.length === 16 ? `${text}:00` : text}.000Z`);
  return Number.isNaN(at) ? null : new Date(at - 8 * 3_600_000).toISOString();
}
