import { ordinarySealing } from '@xinbiao/contracts/tendering';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishedLots } from '../../backend/test/lots.ts';
import { readFacts, sealInto, signerFrom } from '../seal/envelope.ts';
import { readBidFolder, writeTemplate } from '../seal/folder.ts';
import { expectNoComplaints, openBrowser, openStage, settled, visitor, walks, type Stage } from './browser.ts';

/*
 * A bid sealed by the command line and handed in on the page: the facts are downloaded, the folder is chosen, the
 * page checks it and believes no receipt it has not checked.
 */
walks('a bid sealed elsewhere', () => {
  let browser: Browser;
  let stage: Stage;
  let folder = '';
  beforeAll(async () => {
    [browser, stage, folder] = await Promise.all([
      openBrowser(),
      openStage({ bidders: 2, experts: 0 }),
      mkdtemp(join(tmpdir(), 'xinbiao-elsewhere-')),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each([
    ['none', 1440],
    ['bidder', 390],
  ] as const)('is handed in on the page (gate %s, %i pixels wide)', async (gate, width) => {
    const person = stage.cast.bidders[gate === 'none' ? 0 : 1]!;
    const { tenderId } = await publishedLots({ clock: { now: stage.theatre.now } }, stage.cast, 1, (draft) => ({
      ...draft,
      sealing: { ...ordinarySealing, gate, decryptMinutes: gate === 'bidder' ? 30 : 0 },
    }));
    const bidder = await visitor(browser, stage.url, { width });
    const { page, go, signIn, shot, leave } = bidder;
    await signIn(person);
    await go(`/tenders/${tenderId}/bid/1`);
    await settled(page);
    await page.getByText('在别处封标').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '下载封装信息' }).click(),
    ]);
    await page.getByText('已保存。请用它封标').waitFor();
    const facts = readFacts(await readFile(await download.path()));
    expect(facts.stages.map((one) => one.gate)).toEqual([gate]);

    const bid = join(folder, `bid-${gate}`);
    await mkdir(bid);
    await writeTemplate(bid, facts);
    for (const [name, more] of [
      ['price.json', { price: '98000000', projectLead: '周岚' }],
      ['technical.json', { contact: { name: '周岚', phone: '0532-85550000', email: '' } }],
    ] as const) {
      const written = JSON.parse(await readFile(join(bid, name), 'utf8')) as Record<string, unknown>;
      const qualifications = (written['qualifications'] as object[] | undefined)?.map((one) => ({
        ...one,
        statement: '满足',
      }));
      await writeFile(
        join(bid, name),
        JSON.stringify({ ...written, ...more, ...(qualifications ? { qualifications } : {}) }),
      );
    }
    await writeFile(join(bid, '方案.pdf'), new Uint8Array(300_000).fill(7));
    const out = join(folder, `envelope-${gate}`);
    await sealInto(out, {
      facts,
      parts: await readBidFolder(bid, facts),
      signer: await signerFrom(person.held.file, person.held.filePassword, facts),
      dealSeed: crypto.getRandomValues(new Uint8Array(32)),
      recovery: { passphrase: '恢复文件口令一二三四五六', random: crypto.getRandomValues(new Uint8Array(28)) },
    });

    // First the wrong thing: a folder without its manifest says what is missing.
    await page.locator('input[webkitdirectory]').setInputFiles(bid);
    await page.getByText('封装不完整').waitFor();
    await page.locator('input[webkitdirectory]').setInputFiles(out);
    await page.getByText('编号是平台发出的').waitFor();
    await shot(`elsewhere-${gate}-checked`, true);
    await page.getByRole('button', { name: '上传并递交' }).click();
    await page.waitForURL(/\/my-bids\/[0-9a-f]{32}$/);
    await settled(page);
    await page.getByText('这份投标是在别处封的').waitFor();
    await shot(`elsewhere-${gate}-receipt`, true);
    expectNoComplaints([bidder]);
    await leave();
  });
});
