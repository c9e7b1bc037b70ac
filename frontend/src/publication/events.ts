import type { Lang } from '../locales/index.ts';

/** What an entry's kind means in words; a kind that is not listed shows as it is written in the log. */
const words: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  'log.begin': ['记录簿启用', 'The log begins'],
  decoy: ['占位记录', 'Decoy'],
};

export function eventWords(kind: string, lang: Lang): string {
  const found = words[kind];
  return found === undefined ? kind : found[lang === 'en' ? 1 : 0];
}
