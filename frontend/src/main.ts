import { createPinia } from 'pinia';
import { createSSRApp } from 'vue';
import App from './App.vue';
import './app.css';
import { makeRouter } from './app/router.ts';
import { makeI18n, type Lang } from './locales/index.ts';

/** One app per visit on the server, one per window in the browser. */
export async function createApp(lang: Lang) {
  const app = createSSRApp(App);
  const pinia = createPinia();
  const i18n = await makeI18n(lang);
  app.use(pinia).use(i18n);
  const router = makeRouter();
  app.use(router);
  return { app, pinia, router };
}
