import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalBytes } from '@xinbiao/contracts/trust';
import { readEnvelopeFolder } from '@xinbiao/contracts/bidding';
import { handIn, publishedLots, release, type PublishedLots } from '../../backend/test/lots.ts';
import { fetchSealingFacts } from '../seal/facts.ts';
import { envelopeFilesIn } from '../seal/folder.ts';
import { submitEnvelope } from '../seal/submit.ts';
import { untilOpened } from '../play/steps.ts';
import { bidDocument } from '../play/theatre.ts';
import { openBrowser, openStage, visitor, walks, type Stage } from './browser.ts';

/*
 * A bid that never met the platform's page, and an officer's key that did not either: both tools are opened from the
 * disk, with no network at all.
 */

const client = join(import.meta.dirname, '..', '..', 'frontend', 'dist', 'client', 'offline');

walks('the tools that stand alone', () => {
  let browser: Browser;
  let stage: Stage;
  let published: PublishedLots;
  let folder = '';
  const lotId = (): string => published.lots[0] ?? '';

  beforeAll(async () => {
    [browser, stage, folder] = await Promise.all([
      openBrowser(),
      openStage({ bidders: 3 }),
      mkdtemp(join(tmpdir(), 'xinbiao-offline-')),
    ]);
    published = await publishedLots({ clock: stage.theatre }, stage.cast, 1);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A page of the disk on a computer without a network; whatever it complains about or asks for is held against it. */
  async function alone(name: 'sealer' | 'opener', width: number): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext({
      viewport: { width, height: 1000 },
      acceptDownloads: true,
      offline: true,
    });
    // The dialog of the operating system cannot be walked through: without it the page offers a download.
    await context.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'showSaveFilePicker');
      Reflect.deleteProperty(Window.prototype, 'showSaveFilePicker');
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (request) => {
      if (!/^(file|blob|data):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(join(client, `${name}.html`)).href);
    return { page, complaints };
  }
  const save = async (page: Page, act: () => Promise<void>): Promise<string> => {
    const coming = page.waitForEvent('download');
    await act();
    const download = await coming;
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    return path;
  };
  const shot = async (page: Page, name: string) => {
    const shots = process.env['XINBIAO_SHOTS'];
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  };

  test('a bidder seals offline, and the command line hands it in', async () => {
    const [bidder] = stage.cast.bidders;
    if (!bidder) throw new Error('nobody bids');
    const facts = await fetchSealingFacts(bidder.client, lotId(), stage.theatre.now().toISOString());
    const [factsFile, keyFile, drawing] = ['sealing-facts.json', 'key.p12', '技术方案.pdf'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeFile(factsFile, canonicalBytes(facts));
    await writeFile(keyFile, bidder.held.file);
    await writeFile(drawing, await bidDocument('青澜启文教育装备有限公司', '技术方案', stage.theatre.now()));

    const { page, complaints } = await alone('sealer', 390);
    await page.getByLabel('封装信息', { exact: true }).setInputFiles(keyFile);
    await page.getByText('这不是封装信息文件').waitFor();
    await page.getByLabel('封装信息', { exact: true }).setInputFiles(factsFile);
    await page.getByText(facts.tender.code).first().waitFor();
    await shot(page, 'offline-sealer-390');
    await page.getByRole('button', { name: '封标并保存' }).click();
    await page.getByText('请选择密钥文件').waitFor();
    await page.getByLabel('投标总价（元）').fill('3011170');
    await page.getByLabel('项目负责人').fill('林晚');
    for (const radio of await page.getByRole('radio', { name: '不主张这一项' }).all()) await radio.check();
    for (const statement of await page.getByLabel('您的说明').all()) await statement.fill('具备，详见技术方案。');
    await page.getByLabel('联系人').fill('林晚');
    await page.getByLabel('电话').fill('13800000000');
    await page.getByLabel('质保期（月）').fill('36');
    for (const box of await page.getByRole('group', { name: '声明' }).getByRole('checkbox').all()) await box.check();
    await page.getByLabel('投标文件', { exact: true }).setInputFiles(drawing);
    await page.getByLabel('密钥文件（.p12）').setInputFiles(keyFile);
    await page.getByLabel('密钥文件密码').fill('not this one');
    await page.getByLabel('口令', { exact: true }).fill('一句只有我知道的很长的话');
    await page.getByLabel('再写一遍口令').fill('一句只有我知道的很长的话');
    await page.getByRole('button', { name: '封标并保存' }).click();
    await page.getByText('密码不对').waitFor();
    await page.getByLabel('密钥文件密码').fill(bidder.held.filePassword);
    const archive = await save(page, () => page.getByRole('button', { name: '封标并保存' }).click());
    await page.getByText('已封好，还没有递交').waitFor();
    await shot(page, 'offline-sealer-done-390');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await save(page, () => page.getByRole('button', { name: '保存恢复文件' }).click());
    expect(complaints).toEqual([]);

    const envelope = await readEnvelopeFolder(await envelopeFilesIn(archive));
    const receipt = await submitEnvelope(bidder.client, envelope);
    expect(receipt.manifestHash).toBe(envelope.manifestHash);
    await page.context().close();
  });

  test('an officer takes out the shares offline, and the bids open', async () => {
    const { cast, theatre } = stage;
    for (const [at, bidder] of cast.bidders.slice(1).entries())
      await handIn(bidder, lotId(), { price: BigInt(301_117_000 + at) });
    await theatre.turnTo(published.deadline);
    const roots = await theatre.roots();
    await release(cast.purchaser2, lotId(), roots, theatre.now());

    const officer = await visitor(browser, stage.url);
    await officer.signIn(cast.notary);
    await officer.go(`/opening/${lotId()}`);
    await officer.page.getByText('在断网的电脑上核对和解出份额').click();
    await officer.shot('offline-officer');
    const request = await save(officer.page, () => officer.page.getByRole('button', { name: '下载交付清单' }).click());

    const keyFile = join(folder, 'notary.p12');
    await writeFile(keyFile, cast.notary.held.file);
    const { page, complaints } = await alone('opener', 1440);
    await page.getByLabel('交付清单', { exact: true }).setInputFiles(request);
    await page.getByLabel('密钥文件（.p12）').setInputFiles(keyFile);
    await page.getByLabel('密钥文件密码').fill(cast.notary.held.filePassword);
    const shares = await save(page, () => page.getByRole('button', { name: '解出份额并签名保存' }).click());
    await page.getByText('份额已解出并签名，还没有交付').waitFor();
    await shot(page, 'offline-opener-1440');
    expect(complaints).toEqual([]);

    await officer.page.getByRole('group').locator('input[type=file]').last().setInputFiles(shares);
    await officer.page.getByText(/您已于 .* 同意打开/).waitFor();
    const seen = await untilOpened(cast.notary, lotId());
    expect(seen.bids.map(({ price }) => price).toSorted()).toEqual(['301117000', '301117000', '301117001']);
    await page.context().close();
    await officer.leave();
  });
});
