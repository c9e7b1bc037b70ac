import { addDays, calendarOf, dayAt, rollForward, startOfDay } from '@xinbiao/contracts/kernel';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, handIn } from '../play/bid.ts';
import { demoPassword } from '../play/cast.ts';
import type { Person } from '../play/person.ts';
import {
  accept,
  appoint,
  award,
  compose,
  confirm,
  convene,
  publish,
  qualify,
  release,
  reveal,
  score,
  sign,
  submitForCheck,
  untilOpened,
} from '../play/steps.ts';
import { filling } from '../play/tenders.ts';
import { bidDocument, tenderDocument } from '../play/theatre.ts';
import {
  axeFindings,
  openBrowser,
  openStage,
  settled,
  stickingOut,
  visitor,
  walks,
  type Lang,
  type Stage,
  type Visitor,
} from './browser.ts';

/*
 * Every public page and every page in a role's navigation, in both languages, on a desk and on a phone: nothing in
 * the console, nothing refused, nothing sideways, nothing that axe finds, no message key instead of a message.
 */

const looks = [
  { lang: 'zh-CN', width: 1440 },
  { lang: 'zh-CN', width: 390 },
  { lang: 'en', width: 1440 },
  { lang: 'en', width: 390 },
] as const;

/** What a reader would see instead of words if a message were missing: its name. */
const messageKey =
  /\b(?:app|ui|identity|registry|tendering|bidding|opening|evaluation|award|oversight|publication|operation|desk)(?:\.[a-z][A-Za-z0-9]*){2,}\b/;

async function faultsOf(one: Visitor, where: string): Promise<string[]> {
  const { page, complaints } = one;
  const words = await page.locator('body').innerText();
  const found = [
    ...complaints.splice(0),
    ...(await axeFindings(page)).map((finding) => `axe: ${finding}`),
    ...(await stickingOut(page)).map((what) => `sideways: ${what}`),
    ...(messageKey.exec(words) ?? []).map((key) => `message key: ${key}`),
    ...((await page.locator('h1').count()) === 1 ? [] : [`${await page.locator('h1').count()} h1`]),
  ];
  return found.map((fault) => `${where}: ${fault}`);
}

walks('the pages', () => {
  let browser: Browser;
  let stage: Stage;
  let story: { tenderId: string; lotId: string; failedLotId: string; openTenderId: string; openLotId: string };

  beforeAll(async () => {
    [browser, stage] = await Promise.all([openBrowser(), openStage({ bidders: 3, experts: 5 })]);
    story = await play(stage);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  for (const { lang, width } of looks)
    test(`public pages, ${lang}, ${width} px`, async () => {
      const one = await visitor(browser, stage.url, { width, lang });
      const { tenderId, lotId, failedLotId, openTenderId, openLotId } = story;
      const organisation = stage.cast.bidders[0]?.known.organisation?.id ?? '';
      const pages = {
        home: '/',
        tenders: '/tenders',
        nothing: '/tenders?q=nothing',
        tender: `/tenders/${tenderId}`,
        bidding: `/tenders/${openTenderId}`,
        calendar: '/calendar',
        results: '/results',
        organisations: '/organisations',
        organisation: `/organisations/${organisation}`,
        blacklist: '/blacklist',
        data: '/data',
        check: '/check',
        records: '/records',
        record: '/records/12',
        accessibility: '/accessibility',
        api: '/api-description',
        'sign-in': '/sign-in',
        'sign-up': '/sign-up',
        'sign-up-bidder': '/sign-up/bidder',
        'sign-up-expert': '/sign-up/expert',
        hall: `/opening/${lotId}`,
        'hall-failed': `/opening/${failedLotId}`,
        'hall-waiting': `/opening/${openLotId}`,
        result: `/lots/${lotId}/result`,
        'result-failed': `/lots/${failedLotId}/result`,
      };
      const faults: string[] = [];
      for (const [name, path] of Object.entries(pages)) {
        await one.go(path);
        await one.shot(`pages-${name}-${lang}-${width}`);
        faults.push(...(await faultsOf(one, name)));
      }
      await one.go('/no-such-page');
      // The page itself is what is missing, and says so to browsers too.
      expect(one.complaints.splice(0).filter((complaint) => !/404/.test(complaint))).toEqual([]);
      faults.push(...(await faultsOf(one, 'unknown')));
      if (width === 390) {
        await one.go('/');
        await one.page.getByRole('banner').getByRole('button').last().click();
        await one.shot(`pages-drawer-${lang}`, false);
        faults.push(...(await faultsOf(one, 'drawer')));
        await one.page.keyboard.press('Escape');
        expect(await one.page.locator('#drawer').count()).toBe(0);
      }
      await one.leave();
      expect(faults).toEqual([]);
    });

  const roles = ['agency', 'purchaser', 'bidder', 'expert', 'notary', 'supervisor', 'centre', 'operator'] as const;
  for (const role of roles)
    test(`what the ${role} finds in the navigation`, async () => {
      const { cast, url } = stage;
      const person = role === 'bidder' ? cast.bidders[0] : role === 'expert' ? cast.experts[0] : cast[role];
      if (!person) throw new Error('nobody plays this role');
      const one = await visitor(browser, url);
      await one.signIn(person);
      await settled(one.page);
      const entries = await one.page
        .getByRole('banner')
        .getByRole('navigation')
        .getByRole('link')
        .evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
      expect(entries.length).toBeGreaterThan(1);
      const faults: string[] = [];
      for (const { lang, width } of looks) {
        await wear(one, lang, width);
        // The first page in every look, the others on a desk in Chinese and on a phone in English.
        for (const path of lang === 'en' && width === 390
          ? [...entries, '/account']
          : lang === 'zh-CN' && width === 1440
            ? [...entries, '/account']
            : entries.slice(0, 1)) {
          await one.go(path);
          await one.shot(`role-${role}${path.replaceAll('/', '-')}-${lang}-${width}`);
          faults.push(...(await faultsOf(one, `${path} ${lang} ${width}`)));
        }
      }
      // Between the two, where the navigation just fits or just does not.
      for (const width of [800, 1100]) {
        await wear(one, 'en', width);
        await one.go('/desk');
        faults.push(...(await stickingOut(one.page)).map((what) => `/desk en ${width}: ${what}`));
      }
      await one.leave();
      expect(faults).toEqual([]);
    });

  test('what a page does wrong, the walk notices', async () => {
    const one = await visitor(browser, stage.url, { width: 390 });
    await one.go('/accessibility');
    await one.page.evaluate(() => {
      const wide = document.createElement('p');
      wide.style.width = '900px';
      wide.textContent = 'publication.home.title';
      document.querySelector('main')?.append(wide, document.createElement('img'));
      console.error('said aloud');
      void fetch('/api/no-such-thing');
      const script = document.createElement('script');
      try {
        script.textContent = '1';
      } catch {
        // Text becomes no code: the browser says so, and stops it.
      }
    });
    await settled(one.page);
    const faults = (await faultsOf(one, 'made wrong')).join('\n');
    for (const wrong of [
      'said aloud',
      '404: GET',
      'content security policy',
      'axe: image-alt',
      'sideways: p',
      'message key: publication.home.title',
    ])
      expect(faults).toContain(wrong);
    await one.leave();
  });

  test('one signs in with the keyboard alone, and always sees where one is', async () => {
    const one = await visitor(browser, stage.url);
    const { page } = one;
    await one.go('/');
    const unseen: string[] = [];
    const step = async () => {
      await page.keyboard.press('Tab');
      const seen = await focusOf(page);
      if (!seen.visible) unseen.push(seen.what);
      return seen.what;
    };
    expect(await step()).toMatch(/^a .*main|跳/);
    await reach(step, /登录$/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sign-in/);
    await settled(page);
    await reach(step, /^input .*login/);
    await page.keyboard.type(stage.cast.supervisor.login);
    await reach(step, /^input .*password/);
    await page.keyboard.type(demoPassword);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/desk$/);
    await settled(page);
    // The whole first page can be gone through, and leads out of itself again.
    for (let tabs = 0; tabs < 25; tabs += 1) await step();
    expect(unseen).toEqual([]);
    await one.leave();
  });
});

async function wear({ context, page }: Visitor, lang: Lang, width: number): Promise<void> {
  await context.addCookies([{ name: 'lang', value: lang, url: page.url() }]);
  await page.setViewportSize({ width, height: width < 500 ? 844 : 1000 });
}

async function reach(step: () => Promise<string>, wanted: RegExp): Promise<void> {
  for (let tabs = 0; tabs < 60; tabs += 1) if (wanted.test(await step())) return;
  throw new Error(`the keyboard does not reach ${wanted}`);
}

/** What has the focus, and whether one sees that: a ring of its own or around it, and nothing lying over it. */
function focusOf(page: Page): Promise<{ what: string; visible: boolean }> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement) || at === document.body) return { what: 'body', visible: true };
    const ringed = [at, at.parentElement, at.parentElement?.parentElement].some((one) => {
      if (!one) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
    });
    const { left, top, width, height } = at.getBoundingClientRect();
    const over = document.elementFromPoint(left + width / 2, top + height / 2);
    const covered = over !== null && !at.contains(over) && !over.contains(at);
    return {
      what: `${at.tagName.toLowerCase()} ${at.id} ${at.getAttribute('href') ?? at.getAttribute('autocomplete') ?? ''} ${at.innerText.trim().slice(0, 40)}`.trim(),
      visible: ringed && !covered,
    };
  });
}

/** A tender with a lot awarded and a lot without competition, one being bid for, one waiting for its second reader. */
async function play({
  theatre,
  cast,
}: Stage): Promise<{ tenderId: string; lotId: string; failedLotId: string; openTenderId: string; openLotId: string }> {
  const { purchaser, purchaser2, agency, agency2, notary, witness, bidders, experts } = cast;
  const officers = [
    { group: 'purchaser', seatId: purchaser2.known.seatId },
    { group: 'purchaser', seatId: agency.known.seatId },
    { group: 'independent', seatId: notary.known.seatId },
    { group: 'independent', seatId: witness.known.seatId },
  ] as const;
  const deadlineFrom = (at: Date) =>
    new Date(startOfDay(rollForward(addDays(dayAt(at), 24), calendarOf())).getTime() + 9.5 * 3_600_000);
  const write = async (title: string, lots: number) => {
    const publishedAt = theatre.now();
    const deadline = deadlineFrom(publishedAt);
    const draft = await compose({
      composer: agency,
      purchaserId: purchaser.known.organisation?.id ?? '',
      officers,
      document: { name: '招标文件.pdf', bytes: await tenderDocument(title, publishedAt) },
      fill: filling({
        title,
        catalogCode: 'A02',
        summary: '采购物理、化学、生物实验室设备。',
        publishedAt,
        deadline,
        lots: [
          { title: '物理实验室设备', content: '实验台 96 套，演示台 6 套。', quantity: '1 批', budget: 386_000_000n },
          {
            title: '化学与生物实验室设备',
            content: '实验台 88 套，通风柜 12 套。',
            quantity: '1 批',
            budget: 412_000_000n,
          },
        ].slice(0, lots),
      }),
    });
    await submitForCheck(agency, draft.id);
    return { id: draft.id, deadline };
  };
  const done = async (tenderId: string) => {
    await confirm(agency2, tenderId);
    return (await publish(agency, tenderId)).lots;
  };
  const bid = async (bidder: Person, lotId: string, price: bigint) =>
    handIn(bidder, lotId, {
      price,
      claims: { warranty: 'three', record: 'some' },
      files: [
        fileOf('技术方案.pdf', await bidDocument(bidder.known.organisation?.name ?? '', '技术方案', theatre.now())),
      ],
    });

  const first = await write('青澜市第二中学理化生实验室设备采购', 2);
  const [one, two] = await done(first.id);
  if (!one || !two) throw new Error('a lot is missing');
  for (const [at, bidder] of bidders.entries()) await bid(bidder, one.id, 348_860_000n + BigInt(at) * 9_000_000n);
  if (bidders[0]) await bid(bidders[0], two.id, 398_000_000n);
  await theatre.turnTo(first.deadline);
  const roots = await theatre.roots();
  for (const officer of [purchaser2, notary]) await release(officer, one.id, roots, theatre.now());
  await untilOpened(theatre.operator, one.id);
  await qualify(agency, one.id);
  await appoint(
    agency,
    one.id,
    experts.map(({ known }) => known.seatId),
  );
  for (const expert of experts) await accept(expert, one.id);
  await convene(agency, one.id, new Date(theatre.now().getTime() + 2 * 86_400_000));
  for (const [at, expert] of experts.entries())
    await score(
      expert,
      one.id,
      (room, offer, item) => Math.round((item.max * (90 - 4 * room.bids.indexOf(offer) - at)) / 1000) * 10,
    );
  for (const expert of experts) await reveal(expert, one.id);
  for (const expert of experts) await sign(expert, one.id);
  await award(purchaser, one.id);
  const second = await write('青澜市图书馆古籍数字化设备采购', 1);
  const [open] = await done(second.id);
  if (open && bidders[0]) await bid(bidders[0], open.id, 300_000_000n);
  await write('青澜市第二中学图书馆书架采购', 1);
  return { tenderId: first.id, lotId: one.id, failedLotId: two.id, openTenderId: second.id, openLotId: open?.id ?? '' };
}
