/** Languages: Chinese first, English beside it. Messages live in each folder's `locale.zh.ts` and `locale.en.ts`. */
import { computed, type ComputedRef } from 'vue';
import { createI18n, useI18n } from 'vue-i18n';
import type { MessageKey } from './messages.ts';

export type { MessageKey, Messages, Translation } from './messages.ts';

export const languages = ['zh-CN', 'en'] as const;
export type Lang = (typeof languages)[number];
export const isLang = (value: unknown): value is Lang => languages.some((lang) => lang === value);

/** The language of a visit: the cookie `lang` (its value, or the whole header) first, then what the browser prefers, else Chinese. */
export function chooseLang(cookie: string | undefined, accepted: string | undefined): Lang {
  const kept = isLang(cookie) ? cookie : readCookie(cookie ?? '', 'lang');
  if (isLang(kept)) return kept;
  for (const part of (accepted ?? '').split(',')) {
    const tag = part.split(';')[0]?.trim().toLowerCase() ?? '';
    if (tag.startsWith('zh')) return 'zh-CN';
    if (tag.startsWith('en')) return 'en';
  }
  return 'zh-CN';
}

/** One value of a cookie header. */
export function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return decodeURIComponent(pair.slice(at + 1).trim());
  }
  return undefined;
}

const load = (lang: Lang) => (lang === 'en' ? import('./en.ts') : import('./zh.ts'));

/** The speaking plugin for one language; only that language is loaded. */
export async function makeI18n(lang: Lang) {
  const { messages } = await load(lang);
  return createI18n({
    legacy: false,
    locale: lang,
    fallbackLocale: false,
    messages: { [lang]: messages },
    missingWarn: true,
    fallbackWarn: false,
  });
}

/** Says a message; a key that does not exist does not compile. */
export type Say = (key: MessageKey, facts?: Readonly<Record<string, unknown>>) => string;

export function useT(): Say {
  const { t } = useI18n({ useScope: 'global' });
  return (key, facts) => t(key, facts ?? {});
}

/** The language now shown. */
export function useLang(): ComputedRef<Lang> {
  const { locale } = useI18n({ useScope: 'global' });
  return computed(() => (locale.value === 'en' ? 'en' : 'zh-CN'));
}
