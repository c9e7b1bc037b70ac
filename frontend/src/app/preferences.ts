import { useI18n } from 'vue-i18n';
import { isLang, readCookie, type Lang } from '../locales/index.ts';

export type Theme = 'light' | 'dark';

/** The theme that the visitor chose; light unless asked for. */
export const themeOf = (cookie: string | undefined): Theme =>
  readCookie(cookie ?? '', 'theme') === 'dark' ? 'dark' : 'light';

function remember(name: string, value: string): void {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

export function applyTheme(theme: Theme): void {
  if (theme === 'dark') document.documentElement.dataset['theme'] = 'dark';
  else delete document.documentElement.dataset['theme'];
  remember('theme', theme);
}

/** Changes the language in place: what is typed stays typed. */
export function useLangSwitch(): (lang: Lang) => Promise<void> {
  const { locale, setLocaleMessage } = useI18n({ useScope: 'global' });
  return async (lang) => {
    if (!isLang(lang)) return;
    const { messages } = await (lang === 'en' ? import('../locales/en.ts') : import('../locales/zh.ts'));
    setLocaleMessage(lang, messages);
    remember('lang', lang);
    document.documentElement.lang = lang;
    locale.value = lang;
  };
}
