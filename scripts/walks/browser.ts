import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium, type Browser, type BrowserContext, type Locator, type Page, type Request } from 'playwright-core';
import { describe, expect } from 'vitest';
import { writeAccounts } from '../play/accounts.ts';
import { assemble, type Cast } from '../play/cast.ts';
import type { Person } from '../play/person.ts';
import { openTheatre, type Theatre } from '../play/theatre.ts';

/*
 * What the walks walk with: a real Chromium, a house of their own with its pages, and visitors who see what people
 * see. Whatever a page complains about, loudly or not, is kept and held against it.
 */

export const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
export const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'];

/** Describes walks; without a Chromium they are skipped in one line, except in CI, where that is a failure. */
export function walks(name: string, body: () => void): void {
  if (executable === undefined && process.env['CI'] !== 'true')
    process.stderr.write(`skipped: ${name}, because no Chromium is installed (apt-get install chromium)\n`);
  describe.skipIf(executable === undefined && process.env['CI'] !== 'true')(name, body);
}

export function openBrowser(more: readonly string[] = []): Promise<Browser> {
  if (executable === undefined)
    throw new Error('no Chromium is installed, and CI must not skip the walks: apt-get install chromium');
  return chromium.launch({ executablePath: executable, args: [...args, ...more] });
}

/** Where pictures of the walks go: all of them into $XINBIAO_SHOTS; else only those of what broke, among the temporary files. */
const shots = process.env['XINBIAO_SHOTS'] ?? join(tmpdir(), 'xinbiao-shots');
const takesAll = process.env['XINBIAO_SHOTS'] !== undefined;
mkdirSync(shots, { recursive: true });

export type Stage = {
  readonly theatre: Theatre;
  readonly url: string;
  readonly cast: Cast;
  readonly close: () => Promise<void>;
};

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        done(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

/** A house with its pages and everybody in it, whose accounts and keys the sign-in page offers. */
export async function openStage(
  given: { readonly bidders?: number; readonly experts?: number; readonly beginAt?: Date } = {},
): Promise<Stage> {
  const port = await freePort();
  const theatre = await openTheatre({
    env: { XINBIAO_PAGES: 'on', PORT: String(port) },
    ...(given.beginAt ? { beginAt: given.beginAt } : {}),
  });
  const cast = await assemble({ url: theatre.url, operator: theatre.operator }, given);
  await writeAccounts(cast, theatre.folder);
  // The name under which a browser trusts a page without https.
  return { theatre, cast, url: `http://localhost:${port}`, close: () => theatre.close() };
}

export type Lang = 'zh-CN' | 'en';
export type Visitor = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the pages complained about so far, in the order it happened. */
  readonly complaints: string[];
  readonly go: (path: string) => Promise<void>;
  readonly shot: (name: string, whole?: boolean) => Promise<void>;
  /** Signs in by pressing the demonstration account of that person, as a first-time visitor would. */
  readonly signIn: (person: Person) => Promise<void>;
  readonly leave: () => Promise<void>;
};

const aborted = /net::ERR_ABORTED/;

/** Somebody at a computer of their own: fresh cookies, fresh keys. */
export async function visitor(
  browser: Browser,
  url: string,
  given: { readonly width?: number; readonly height?: number; readonly lang?: Lang } = {},
): Promise<Visitor> {
  const { width = 1440, height = width < 500 ? 844 : 1000, lang = 'zh-CN' } = given;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: lang,
    acceptDownloads: true,
    timezoneId: 'Asia/Shanghai',
    ...(width < 500 ? { hasTouch: true, deviceScaleFactor: 1 } : {}),
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`content security policy: ${violatedDirective} ${blockedURI}`),
    );
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  countRequests(page);
  const complaints: string[] = [];
  const at = () => new URL(page.url()).pathname;
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${at()} console: ${message.text()}`);
  });
  page.on('pageerror', (fault) => complaints.push(`${at()} error: ${fault.message}`));
  page.on('requestfailed', (request) => {
    // What a page no longer waits for when one leaves it is not a failure.
    if (!aborted.test(request.failure()?.errorText ?? ''))
      complaints.push(`${at()} failed: ${request.url()} ${request.failure()?.errorText ?? ''}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400)
      complaints.push(`${at()} ${response.status()}: ${response.request().method()} ${response.url()}`);
  });
  const go = async (path: string) => {
    await page.goto(`${url}${path}`);
    await settled(page);
  };
  return {
    page,
    context,
    complaints,
    go,
    shot: async (name, whole = true) => {
      if (takesAll || name.startsWith('broken'))
        await page.screenshot({ path: join(shots, `${name}.png`), fullPage: whole, animations: 'disabled' });
    },
    signIn: async (person) => {
      await go('/sign-in');
      await page.getByRole('button', { name: person.known.name }).click();
      await page.waitForURL((to) => to.pathname === '/desk');
      await settled(page);
    },
    leave: () => context.close(),
  };
}

const underway = new WeakMap<Page, Set<Request>>();

/** Counts what a page has asked for and not got yet; streams that stay open are not waited for. */
function countRequests(page: Page): void {
  const open = new Set<Request>();
  underway.set(page, open);
  page.on('request', (request) => {
    // Nobody is told when the script of a worker's own worker has come.
    const isInside = /\/hash\.worker-[^/]*\.js$/.test(request.url());
    if (request.resourceType() !== 'eventsource' && !isInside) open.add(request);
  });
  page.on('response', (response) => {
    const isStream = response.headers()['content-type']?.startsWith('text/event-stream') === true;
    // What is asked again and found unchanged is read from the browser's cache, of whose end nobody is always told.
    if (isStream || response.url().endsWith('/client-release.json')) open.delete(response.request());
  });
  const close = (request: Request): void => void open.delete(request);
  page.on('requestfinished', close);
  page.on('requestfailed', close);
}

/** Waits until the page has had everything it asked for, has nothing left to do and shows its heading. */
export async function settled(page: Page): Promise<void> {
  const end = Date.now() + 15_000;
  for (let quiet = 0; quiet < 2;) {
    // Idle first: a busy page may be about to ask.
    await page
      .evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 2_000 })))
      .catch(() => undefined);
    await pause(20);
    quiet = (underway.get(page)?.size ?? 0) === 0 ? quiet + 1 : 0;
    if (Date.now() > end)
      throw new Error(`still waiting for ${[...(underway.get(page) ?? [])].map((request) => request.url()).join(' ')}`);
  }
  await page.locator('h1').first().waitFor();
  await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
}

/** All that are there, once there is one. */
export async function every(which: Locator): Promise<Locator[]> {
  await which.first().waitFor();
  return which.all();
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds against WCAG 2.2 AA, each as rule and place. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    type Found = { violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[] };
    const found = await (
      globalThis as unknown as { axe: { run: (root: Document, options: object) => Promise<Found> } }
    ).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${id} ${target.join(' ')} ${failureSummary?.split('\n')[1]?.trim() ?? ''}`,
      ),
    );
  });
}

/** The page must not scroll sideways; says what sticks out. */
export function stickingOut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((one) => one.getBoundingClientRect().right > clientWidth + 1)
      .slice(-3)
      .map(
        (one) =>
          `${one.tagName.toLowerCase()}.${one.className} reaches ${Math.round(one.getBoundingClientRect().right)} of ${clientWidth}`,
      );
  });
}

/**
 * The page as it stands, in Chinese on a phone and in English on a desk: nothing sideways, nothing that axe finds.
 * Where pictures are wanted, both languages at both widths. Begins with a page in Chinese and leaves it so.
 */
export async function soundEverywhere(one: Visitor, name: string): Promise<void> {
  const { page } = one;
  const before = page.viewportSize();
  const [desk, phone] = [{ width: 1440, height: 1000 } as const, { width: 390, height: 844 } as const];
  const turns = [
    { lang: 'zh', sizes: takesAll ? [desk, phone] : [phone], other: 'EN', becomes: 'en' },
    { lang: 'en', sizes: takesAll ? [phone, desk] : [desk], other: '中文', becomes: 'zh-CN' },
  ] as const;
  for (const { lang, sizes, other, becomes } of turns) {
    for (const size of sizes) {
      await page.setViewportSize(size);
      await settled(page);
      const place = `${name}-${lang}-${size.width}`;
      await one.shot(place);
      expect(await stickingOut(page), place).toEqual([]);
      if ((lang === 'zh') === (size === phone)) expect(await axeFindings(page), place).toEqual([]);
    }
    await page.setViewportSize(desk);
    await page.getByRole('banner').getByRole('button', { name: other, exact: true }).click();
    await page.locator(`html[lang=${becomes}]`).waitFor();
  }
  if (before) await page.setViewportSize(before);
  await settled(page);
}

/** Holds everything the pages complained about against them. */
export function expectNoComplaints(visitors: readonly Visitor[]): void {
  expect(visitors.flatMap(({ complaints }) => complaints)).toEqual([]);
}

/** Signed-in people, each at a computer of their own; all are remembered, for what their pages complained about. */
export function guests(where: () => { readonly browser: Browser; readonly stage: Stage }): {
  readonly visitors: Visitor[];
  readonly someone: (person: Person, given?: Parameters<typeof visitor>[2]) => Promise<Visitor>;
} {
  const visitors: Visitor[] = [];
  return {
    visitors,
    async someone(person, given) {
      const { browser, stage } = where();
      const one = await visitor(browser, stage.url, given);
      visitors.push(one);
      await one.signIn(person);
      return one;
    },
  };
}
