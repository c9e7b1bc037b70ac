import './app/trustedTypes.ts';
import serif from '@fontsource/noto-serif-sc/600.css?url';
import { browserLine, onSignedOut } from './app/api.ts';
import { useHouse } from './app/house.store.ts';
import { useSession } from './app/session.store.ts';
import { isLang } from './locales/index.ts';
import { createApp } from './main.ts';

// The headings' face is a hundred small slices; their index may come after the text.
const sheet = document.createElement('link');
sheet.rel = 'stylesheet';
sheet.href = serif;
document.head.append(sheet);

// Whoever formats the page's frame may put space around it.
const carried = document.querySelector('#__state')?.textContent.trim() ?? '';
const boot = (carried.startsWith('{') ? JSON.parse(carried) : {}) as {
  lang?: unknown;
  pinia?: Record<string, Record<string, unknown>>;
};
const shown = document.documentElement.lang;
const { app, pinia, router } = await createApp(isLang(boot.lang) ? boot.lang : isLang(shown) ? shown : 'zh-CN');
if (boot.pinia) pinia.state.value = boot.pinia;

const session = useSession(pinia);
const house = useHouse(pinia);
await Promise.all([
  session.known ? undefined : session.load(browserLine()),
  house.city ? undefined : house.load(browserLine()),
]);
onSignedOut(() => {
  session.forget();
  const here = router.currentRoute.value;
  if (here.meta.access !== undefined) void router.push({ path: '/sign-in', query: { next: here.fullPath } });
});
await router.isReady().catch(() => undefined);
app.mount('#app');
document.documentElement.dataset['ready'] = 'true';
