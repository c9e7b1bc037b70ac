import { listMyBids } from '@xinbiao/contracts/bidding';
import { addDays, calendarOf, dayAt, rollForward, startOfDay } from '@xinbiao/contracts/kernel';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compose, confirm, publish, submitForCheck } from '../play/steps.ts';
import { filling } from '../play/tenders.ts';
import { tenderDocument } from '../play/theatre.ts';
import { args, executable, openStage, walks, type Stage } from './browser.ts';

/*
 * A bid of 200 MB, sealed and sent by the page in a plain Chromium. Whoever drives the browser lets go of it before
 * the sealing begins, so that what is measured is what a bidder's computer does. Long: only with XINBIAO_BIG=1.
 */

const megabytes = 200;

if (process.env['XINBIAO_BIG'] === '1') {
  walks('a bid of 200 MB', () => {
    let stage: Stage;
    let folder = '';
    let browser: ChildProcess;
    let endpoint = '';

    beforeAll(async () => {
      [stage, folder] = await Promise.all([
        openStage({ bidders: 1, experts: 0 }),
        mkdtemp(join(tmpdir(), 'xinbiao-big-')),
      ]);
      browser = spawn(
        executable ?? 'chromium',
        [
          ...args,
          '--headless',
          '--no-first-run',
          '--lang=zh-CN',
          `--user-data-dir=${join(folder, 'profile')}`,
          '--remote-debugging-port=0',
          'about:blank',
        ],
        { stdio: 'ignore', env: { ...process.env, LANGUAGE: 'zh_CN' } },
      );
      endpoint = await endpointOf(join(folder, 'profile'));
    });
    afterAll(async () => {
      browser?.kill('SIGKILL');
      await stage?.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    });

    test('seals and hands it in with less than 600 MB', async () => {
      const bidder = stage.cast.bidders[0];
      if (!bidder) throw new Error('no bidder');
      const lotPath = await publishTender(stage);
      const file = join(folder, '图纸.bin');
      await writeRandom(file, megabytes);

      const driver = await chromium.connectOverCDP(endpoint);
      const page = driver.contexts()[0]?.pages()[0] ?? (await driver.contexts()[0]?.newPage());
      if (!page) throw new Error('no page');
      page.setDefaultTimeout(15_000);
      await fillIn(page, { url: stage.url, lotPath, name: bidder.known.name, file });
      const began = Date.now();
      await page.getByRole('button', { name: '签名并封存' }).click();
      // Lets go; the page goes on by itself.
      await driver.close();

      let peak = 0;
      let receivedAt: string | null | undefined;
      while (!receivedAt && Date.now() - began < 240_000) {
        await pause(250);
        peak = Math.max(peak, rendererPeak(browser.pid ?? 0));
        const { rows } = await bidder.client.call(listMyBids);
        receivedAt = rows[0]?.envelopes[0]?.receivedAt;
      }
      const seconds = (Date.now() - began) / 1000;
      process.stdout.write(
        `200 MB sealed and handed in after ${seconds.toFixed(1)} s; the renderer's peak was ${Math.round(peak / 1e6)} MB\n`,
      );
      expect(receivedAt).toBeTruthy();
      expect(peak).toBeGreaterThan(50e6);
      expect(peak).toBeLessThan(600e6);

      const again = await chromium.connectOverCDP(endpoint);
      const shown = again.contexts()[0]?.pages()[0];
      await shown?.getByText('收到的与您封好的一字不差').waitFor({ timeout: 30_000 });
      await again.close();
    });
  });
} else test.skip('a bid of 200 MB (only with XINBIAO_BIG=1)', () => undefined);

async function endpointOf(profile: string): Promise<string> {
  const file = join(profile, 'DevToolsActivePort');
  for (let tries = 0; tries < 200; tries += 1) {
    const [port, path] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    if (port && path) return `ws://127.0.0.1:${port}${path}`;
    await pause(50);
  }
  throw new Error('Chromium did not say where it listens');
}

async function writeRandom(path: string, count: number): Promise<void> {
  const file = await open(path, 'w');
  for (let at = 0; at < count; at += 1) await file.write(randomBytes(1_000_000));
  await file.close();
}

/** The largest resident size that a renderer of this browser ever had, in bytes. */
function rendererPeak(browserPid: number): number {
  let peak = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!command.includes('--type=renderer') || !descendsFrom(pid, browserPid)) continue;
      const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
    } catch {
      // A process that ended while it was looked at.
    }
  }
  return peak;
}

function descendsFrom(pid: string, ancestor: number): boolean {
  for (let at = Number(pid); at > 1;) {
    if (at === ancestor) return true;
    at = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1] ?? 0);
  }
  return false;
}

async function publishTender({ theatre, cast }: Stage): Promise<string> {
  const { purchaser, purchaser2, agency, agency2, notary, witness } = cast;
  const publishedAt = theatre.now();
  const title = '青澜市第二中学物理实验室设备采购';
  const draft = await compose({
    composer: agency,
    purchaserId: purchaser.known.organisation?.id ?? '',
    officers: [
      { group: 'purchaser', seatId: purchaser2.known.seatId },
      { group: 'independent', seatId: notary.known.seatId },
      { group: 'independent', seatId: witness.known.seatId },
    ],
    document: { name: '招标文件.pdf', bytes: await tenderDocument(title, publishedAt) },
    fill: filling({
      title,
      catalogCode: 'A02',
      summary: '采购物理实验室设备。',
      publishedAt,
      deadline: new Date(
        startOfDay(rollForward(addDays(dayAt(publishedAt), 24), calendarOf())).getTime() + 9.5 * 3_600_000,
      ),
      lots: [
        {
          title: '物理实验室设备',
          content: '实验台 96 套。',
          quantity: '1 批',
          budget: 386_000_000n,
          method: 'lowestPrice',
        },
      ],
    }),
  });
  await submitForCheck(agency, draft.id);
  await confirm(agency2, draft.id);
  await publish(agency, draft.id);
  return `/tenders/${draft.id}/bid/1`;
}

async function fillIn(page: Page, given: { url: string; lotPath: string; name: string; file: string }): Promise<void> {
  await page.context().addCookies([{ name: 'lang', value: 'zh-CN', url: given.url }]);
  await page.goto(`${given.url}/sign-in`);
  await page.getByRole('button', { name: given.name }).click();
  await page.waitForURL(/\/desk$/);
  await page.goto(`${given.url}${given.lotPath}`);
  await page.getByText('这台电脑可以封标').waitFor();
  const next = () => page.getByRole('button', { name: /下一步/ }).click();
  await page.getByLabel('投标总价（元）').fill('3488600');
  await next();
  for (const statement of await page.getByLabel('您的说明').all()) await statement.fill('具备，详见资格声明函。');
  await page.getByLabel('电话').fill('13800000000');
  await page.getByLabel('质保期（月）').fill('36');
  for (const box of await page.getByRole('group', { name: '声明' }).getByRole('checkbox').all()) await box.check();
  await next();
  await chooseFile(page, given.file);
  await page.getByText('图纸.bin').first().waitFor();
  await next();
}

/** Chooses a file by its path, as the browser's own dialog does; Playwright would carry its bytes over the wire. */
async function chooseFile(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { result } = await session.send('Runtime.evaluate', {
    expression: `document.querySelector('main input[type=file]')`,
  });
  if (result.objectId === undefined) throw new Error('no place for a file');
  await session.send('DOM.setFileInputFiles', { files: [path], objectId: result.objectId });
  await session.detach();
}
