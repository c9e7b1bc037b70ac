import { addTime, dayAt, startOfDay } from '@xinbiao/contracts/kernel';
import type { Lang } from '../locales/index.ts';
import { dayWords, instantWords } from '../ui/index.ts';

/** A limit as people say it: one that ends with a day is `12月14日 24:00`, not the first moment of the next. */
export function untilWords(until: string, lang: Lang): string {
  const at = new Date(until);
  if (startOfDay(dayAt(at)).getTime() !== at.getTime()) return instantWords(at, lang, 'full');
  return `${dayWords(dayAt(addTime(at, -1)), lang)} 24:00`;
}
