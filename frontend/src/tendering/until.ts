import { addTime, dayAt, startOfDay } from '@xinbiao/contracts/kernel';
import type { Lang } from '../locales/index.ts';
import { dayWords, instantWords } from '../ui/instant.ts';

/** A limit as people say it: one that ends with a day is `12月14日 24:00`, not the first moment of the next. */
export function untilWords(until: string, lang: Lang, form: 'full' | 'moment' = 'full'): string {
  const at = new Date(until);
  if (startOfDay(dayAt(at)).getTime() !== at.getTime()) return instantWords(at, lang, form);
  const day = dayAt(addTime(at, -1));
  if (lang === 'en') return `${dayWords(day, lang, form === 'moment')}, 24:00`;
  return `${form === 'moment' ? dayWords(day, lang).slice(5) : dayWords(day, lang)} 24:00`;
}
