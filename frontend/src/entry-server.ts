import { renderToString } from '@vue/server-renderer';
import type { Line } from './app/api.ts';
import { useClock } from './app/clock.store.ts';
import { useHouse } from './app/house.store.ts';
import { lineKey } from './app/line.ts';
import { themeOf } from './app/preferences.ts';
import { useSession } from './app/session.store.ts';
import type { Rendering } from './app/useAsk.ts';
import { chooseLang, type Lang } from './locales/index.ts';
import { createApp } from './main.ts';

export { chooseLang };

/** Whose visit it is: `cookie` is the header as it came; `origin` is where the API answers, seen from the server. */
export type Visit = {
  readonly lang: Lang;
  readonly cookie?: string;
  readonly origin: string;
  readonly fetch?: typeof fetch;
};

/** A rendered page; `state` is JSON that is safe inside a script element. */
export type Page = {
  readonly html: string;
  readonly head: string;
  readonly state: string;
  readonly status: number;
  readonly attributes: string;
};

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);

/** Renders a page for a visit. Throws only when the page itself is broken; a refusing API is part of the page. */
export async function render(url: string, { lang, cookie, origin, fetch: through }: Visit): Promise<Page> {
  const { app, pinia, router } = await createApp(lang);
  const line: Line = {
    origin,
    lang,
    headers: cookie === undefined ? {} : { cookie },
    ...(through === undefined ? {} : { fetch: through }),
  };
  app.provide(lineKey, line);
  const session = useSession(pinia);
  // Without cookies there is nobody to ask about.
  if (!cookie?.includes('=')) session.known = true;
  await Promise.all([
    useClock(pinia).measure(line),
    session.known ? undefined : session.load(line),
    useHouse(pinia).load(line),
  ]);
  await router.push(url);
  await router.isReady();
  const rendering: Rendering = { status: 200, title: '', description: '' };
  const html = await renderToString(app, rendering);
  const description =
    rendering.description === '' ? '' : `<meta name="description" content="${escape(rendering.description)}">`;
  return {
    html,
    head: `<title>${escape(rendering.title || (lang === 'en' ? 'Xinbiao' : '信标'))}</title>${description}`,
    state: JSON.stringify({ lang, pinia: pinia.state.value }).replace(/</g, '\\u003c'),
    status: rendering.status,
    attributes: `lang="${lang}"${themeOf(cookie) === 'dark' ? ' data-theme="dark"' : ''}`,
  };
}

/** Puts a page into the built `index.html`. */
export function fill(template: string, page: Page): string {
  // Replacers are functions, so that `$&` in a page is not expanded.
  return template
    .replace('lang="zh-CN"', () => page.attributes)
    .replace('<!--head-->', () => page.head)
    .replace('<!--app-->', () => page.html)
    .replace('<!--state-->', () => page.state);
}
