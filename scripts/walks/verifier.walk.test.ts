import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aToldTender, downloadEvidence, type Told } from '../../backend/test/stories/evidence.ts';
import { openBrowser, walks } from './browser.ts';

/* Evidence years later: one HTML file from a disk, one tar, no network and no house. */

const tool = join(import.meta.dirname, '..', '..', 'frontend', 'dist', 'client', 'offline', 'verifier.html');

walks('the verifier that stands alone', () => {
  let browser: Browser;
  let folder = '';
  let told: Told;
  beforeAll(async () => {
    [browser, told, folder] = await Promise.all([
      openBrowser(),
      aToldTender(),
      mkdtemp(join(tmpdir(), 'xinbiao-verifier-')),
    ]);
    await downloadEvidence(told, join(folder, 'evidence.tar'));
    writeFileSync(join(folder, 'own.tlog-proof'), told.receipts[1]!);
    // From here on there is no house.
    await told.house.close();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function opened(width: number, hash = ''): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext({ viewport: { width, height: 1000 }, offline: true });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (request) => {
      if (!/^(file|blob|data):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(`${pathToFileURL(tool).href}${hash}`);
    return { page, complaints };
  }
  const give = (page: Page, ...names: string[]) =>
    page.locator('input[type=file]').setInputFiles(names.map((name) => join(folder, name)));
  const shot = async (page: Page, name: string) => {
    const shots = process.env['XINBIAO_SHOTS'];
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  };

  test('evidence and a receipt are checked from the disk, on a phone’s width', async () => {
    const { page, complaints } = await opened(390);
    await give(page, 'evidence.tar', 'own.tlog-proof');
    await page.getByText('全部检查通过').waitFor();
    await page.getByText('打开的报价就是封存的报价').click();
    await page.getByText('重新打开了 3 份报价').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await shot(page, 'offline-verifier-390');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('one changed byte is named, in the other language too, and the proof can be saved', async () => {
    const bytes = readFileSync(join(folder, 'evidence.tar'));
    const at = bytes.indexOf('"price":"299000000"');
    bytes[at + 9] = 0x31;
    writeFileSync(join(folder, 'spoiled.tar'), bytes);
    const { page, complaints } = await opened(1440, '#en');
    await give(page, 'spoiled.tar');
    await page.getByText('Something does not hold').waitFor();
    await page.getByText('was changed').first().waitFor();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the proof' }).click();
    const saved = join(folder, 'proof.json');
    await (await coming).saveAs(saved);
    expect(JSON.parse(readFileSync(saved, 'utf8'))).toMatchObject({
      v: 'xinbiao/verify-evidence/v1',
      subject: 'spoiled.tar',
    });
    await shot(page, 'offline-verifier-1440');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a receipt alone needs the log’s key, and anything else is not taken for evidence', async () => {
    const { page } = await opened(1440);
    await give(page, 'own.tlog-proof');
    await page.getByText('有的检查无法下结论').waitFor();
    await page.getByRole('textbox').fill(told.house.house.ledger.verifierKey);
    await give(page, 'own.tlog-proof');
    await page.getByText('全部检查通过').waitFor();
    // What somebody saved from a file they had changed convinces nobody.
    await give(page, 'proof.json');
    await page.getByText('单凭这份文件无法核对').first().waitFor();
    await page.getByText('有的检查无法下结论').waitFor();
    await shot(page, 'offline-verifier-proof');
    writeFileSync(join(folder, 'other.json'), '{}');
    await give(page, 'other.json');
    await page.getByText('这个文件不是证据包').waitFor();
    await page.context().close();
  });
});
