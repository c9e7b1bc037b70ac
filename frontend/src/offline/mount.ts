import { createPinia } from 'pinia';
import { createI18n } from 'vue-i18n';
import { createApp, type Component } from 'vue';
import '../app.css';
import { messages as en } from '../locales/en.ts';
import { messages as zh } from '../locales/zh.ts';

/** Puts a page into a file that works alone: no server, no router, nothing remembered. Chinese first; `#en` begins in English. */
export function mountOffline(page: Component): void {
  const locale = location.hash === '#en' ? 'en' : 'zh-CN';
  document.documentElement.lang = locale;
  const i18n = createI18n({ legacy: false, locale, fallbackLocale: false, messages: { 'zh-CN': zh, en } });
  createApp(page).use(createPinia()).use(i18n).mount('#app');
}
