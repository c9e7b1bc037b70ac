import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bridgePort } from '@xinbiao/contracts/identity';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeServer } from '../bridge/server.ts';
import { openToken } from '../bridge/token.ts';
import {
  axeFindings,
  expectNoComplaints,
  openBrowser,
  openStage,
  settled,
  stickingOut,
  visitor,
  walks,
  type Stage,
  type Visitor,
} from './browser.ts';

/*
 * Keys in other places than the browser: a pair of the national suite, a pair on a hardware token behind the bridge,
 * and a signature that its person agrees to in the bridge's window.
 */

const module = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(existsSync);

walks('keys of every kind', () => {
  let browser: Browser;
  let stage: Stage;
  let bidder: Visitor;
  let narrow: Visitor;
  let server: Server | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-walk-hsm-'));
  let backup = '';
  const said: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    [browser, stage] = await Promise.all([openBrowser(), openStage({ bidders: 2, experts: 0 })]);
    bidder = await visitor(browser, stage.url);
    narrow = await visitor(browser, stage.url, { width: 390, lang: 'en' });
    for (const { page } of [bidder, narrow]) page.setDefaultTimeout(60_000);
    const [first, second] = stage.cast.bidders;
    if (!first || !second) throw new Error('no bidders');
    await bidder.signIn(first);
    await narrow.signIn(second);
  });
  afterAll(async () => {
    server?.close();
    await browser?.close();
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a pair of the national suite is made, certified and kept like any other', async () => {
    const { page, go, shot } = narrow;
    await go('/account/keys');
    await page.getByRole('button', { name: 'Renew' }).first().click();
    await page.getByRole('radio', { name: /National \(SM2\)/ }).check();
    expect(await stickingOut(page)).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    await shot('keys-national-en-390');
    await page
      .getByLabel(/Password/i)
      .first()
      .fill('a long sentence for the backup');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Make keys and get certificates' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.p12$/);
    backup = join(folder, 'backup.p12');
    await download.saveAs(backup);
    await page.getByLabel('I have put the backup file away').check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('SM2', { exact: true }).first().waitFor();
    expect(await page.getByText('SM2', { exact: true }).count()).toBe(2);
  });

  test('the backup opens for one session on a borrowed computer and leaves nothing there', async () => {
    const borrowed = await visitor(browser, stage.url);
    borrowed.page.setDefaultTimeout(60_000);
    const second = stage.cast.bidders[1];
    if (!second) throw new Error('no bidder');
    await borrowed.signIn(second);
    const { page, go, leave } = borrowed;
    await go('/account/keys');
    await page.locator('input[type=file]').first().setInputFiles(backup);
    await page.getByLabel('文件密码').fill('a long sentence for the backup');
    await page.getByLabel('只在这次使用，不存入这台电脑').check();
    await page.getByRole('button', { name: '导入', exact: true }).click();
    await page.getByText('已打开 2 把钥匙，只在这次使用').waitFor();
    await expect.poll(() => page.getByText('来自密钥文件，只在这次使用').count()).toBe(2);
    await go('/account/keys');
    expect(await page.getByText('来自密钥文件，只在这次使用').count()).toBe(0);
    expectNoComplaints([borrowed]);
    await leave();
  });

  test.runIf(module !== undefined)(
    'a hardware key is chosen, paired, given a pair of its own, and signs what its person saw',
    async () => {
      mkdirSync(join(folder, 'tokens'));
      writeFileSync(
        join(folder, 'softhsm2.conf'),
        `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`,
      );
      process.env['SOFTHSM2_CONF'] = join(folder, 'softhsm2.conf');
      spawnSync('softhsm2-util', [
        '--init-token',
        '--free',
        '--label',
        'ukey',
        '--pin',
        '12345678',
        '--so-pin',
        '87654321',
      ]);
      const person = {
        say: (text: string) => void said.push(text),
        ask: (question: string) => Promise.resolve(asked.push(question) > 0),
      };
      const token = await openToken({ module: module ?? '', pin: '12345678' });
      const own = bridgeServer({ token, origins: [stage.url], person });
      server = own;
      await new Promise<void>((resolve, reject) => {
        own.once('error', reject).listen(bridgePort, '127.0.0.1', resolve);
      });

      const { page, go, shot } = bidder;
      await go('/account/keys');
      await page.getByRole('button', { name: '使用硬件密钥' }).click();
      await page.getByLabel('配对码').waitFor();
      await settled(page);
      await shot('keys-hardware-zh');
      expect(await axeFindings(page)).toEqual([]);
      await page.getByLabel('配对码').fill('WRONG222');
      await page.getByRole('button', { name: '配对' }).click();
      await page.getByText('配对码不对').first().waitFor();
      await page.getByLabel('配对码').fill(/([2-9A-Z]{8})$/.exec(said.at(-1) ?? '')?.[1] ?? '');
      await page.getByRole('button', { name: '配对' }).click();
      await page.getByText('硬件密钥里还没有带私钥的证书').waitFor();
      await page.getByRole('button', { name: '在硬件密钥里新办一对' }).click();
      await page.getByText('钥匙已在硬件密钥里生成').waitFor();
      await page.getByText('在硬件密钥里', { exact: true }).first().waitFor();
      await shot('keys-hardware-made-zh');

      await go('/account/declaration');
      await page.getByRole('button', { name: /签名/ }).click();
      await page.waitForURL((to) => !to.pathname.endsWith('/declaration'));
      expect(asked.at(-1)).toContain('作出声明 · make the declaration');
    },
  );

  test('no page complained but about the wrong code', () => {
    const wrong = bidder.complaints.filter((line) => line.includes('/pair') || line.includes('403'));
    bidder.complaints.splice(0, bidder.complaints.length, ...bidder.complaints.filter((line) => !wrong.includes(line)));
    expectNoComplaints([bidder, narrow]);
  });
});
