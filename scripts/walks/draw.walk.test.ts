import { addDays, calendarOf, dayAt, rollForward, startOfDay } from '@xinbiao/contracts/kernel';
import { listMyDraws } from '@xinbiao/contracts/draw';
import { readPanel } from '@xinbiao/contracts/evaluation';
import type { Browser } from 'playwright-core';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handIn } from '../play/bid.ts';
import { compose, confirm, publish, qualify, release, submitForCheck, untilOpened } from '../play/steps.ts';
import { filling } from '../play/tenders.ts';
import { tenderDocument } from '../play/theatre.ts';
import {
  expectNoComplaints,
  openBrowser,
  openStage,
  settled,
  stickingOut,
  visitor,
  walks,
  axeFindings,
  type Stage,
  type Visitor,
} from './browser.ts';

/*
 * Experts drawn in real browsers: the agency asks, agency, notary and supervision each contribute at a computer of
 * their own, everything after the first press goes by itself, and anybody draws again in theirs.
 */

walks('a draw of experts', () => {
  let browser: Browser;
  let stage: Stage;
  let lotId = '';
  let drawId = '';
  let agency: Visitor;
  let notary: Visitor;
  let supervisor: Visitor;

  beforeAll(async () => {
    [browser, stage] = await Promise.all([openBrowser(), openStage({ bidders: 3, experts: 7 })]);
    lotId = await openedLot(stage);
    [agency, notary, supervisor] = await Promise.all([
      visitor(browser, stage.url),
      visitor(browser, stage.url, { width: 390 }),
      visitor(browser, stage.url, { lang: 'en' }),
    ]);
    await Promise.all([
      agency.signIn(stage.cast.agency),
      notary.signIn(stage.cast.notary),
      supervisor.signIn(stage.cast.supervisor),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  test('the agency asks for it on the panel page', async () => {
    const { page } = agency;
    await agency.go(`/lots/${lotId}/panel`);
    const group = page.getByRole('group', { name: '第 1 组' });
    for (const box of await group.getByRole('group', { name: '专业' }).getByRole('checkbox').all()) await box.check();
    await group.getByLabel('抽取数').fill('4');
    await group.getByLabel('候补数').fill('2');
    for (const name of ['青澜衡正采购代理有限公司 · 方思远', '青澜市公证处 · 闻亦舟', '青澜市财政局 · 沈立'])
      await page.getByLabel(name).check();
    await page.getByLabel('允许其他人加入').selectOption('0');
    await agency.shot('draw-ask');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: '签名并开始抽取' }).click();
    await page.getByText('各方封存自己的数').waitFor();
    const { drawn } = await stage.cast.agency.client.call(readPanel, { params: { lotId } });
    drawId = drawn?.drawId ?? '';
    expect(drawn?.state).toBe('committing');
  });

  test('each contributor presses once, and the rest goes by itself', async () => {
    const { rows } = await stage.cast.notary.client.call(listMyDraws);
    expect(rows.map(({ drawId: id, waiting }) => [id, waiting])).toEqual([[drawId, 'commit']]);
    await notary.go('/draws');
    await notary.shot('draws-notary-390');
    await notary.page.getByRole('link', { name: /请出数/ }).click();
    await settled(notary.page);
    await supervisor.go(`/draws/${drawId}`);
    await supervisor.shot('draw-supervisor-before');
    await notary.shot('draw-notary-390-before');
    await Promise.all([
      agency.page.getByRole('button', { name: '签名并出数' }).click(),
      notary.page.getByRole('button', { name: '签名并出数' }).click(),
      supervisor.page.getByRole('button', { name: 'Sign and contribute' }).click(),
    ]);
    await notary.page.getByText('已抽出').waitFor({ timeout: 60_000 });
    await supervisor.page.getByText('Drawn', { exact: true }).first().waitFor({ timeout: 60_000 });
    await agency.page.getByText('采购人代表', { exact: true }).first().waitFor({ timeout: 60_000 });
    await agency.shot('draw-drawn-panel');
    await notary.shot('draw-notary-390');
    await supervisor.shot('draw-supervisor');
  });

  test('anybody draws again in their own browser, also from the record alone', async () => {
    const anybody = await visitor(browser, stage.url);
    const { page } = anybody;
    await anybody.go(`/draws/${drawId}`);
    await page.getByRole('button', { name: '在本机重抽一遍' }).click();
    await page.getByText('全部相符').waitFor();
    await anybody.shot('draw-again');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: '下载抽取记录' }).click();
    const path = join(tmpdir(), `draw-${drawId}.json`);
    await (await download).saveAs(path);

    const phone = await visitor(browser, stage.url, { width: 390, lang: 'en' });
    await phone.go('/draws/check');
    await phone.page.locator('input[type=file]').setInputFiles(path);
    await phone.page.getByText('Everything fits').waitFor();
    await phone.shot('draw-check-390');
    expect(await stickingOut(phone.page)).toEqual([]);
    const altered = JSON.parse(await phone.page.getByLabel('Or paste a record').inputValue()) as {
      result: { seed: string };
    };
    altered.result.seed = '0'.repeat(64);
    await writeFile(path, JSON.stringify(altered));
    await phone.page.locator('input[type=file]').setInputFiles(path);
    await phone.page.getByText('What does not fit: ').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expectNoComplaints([anybody, phone]);
  });

  test('the agency appoints those who were drawn', async () => {
    const { page } = agency;
    await page.getByRole('checkbox', { name: '选择 林岚' }).check();
    await page.getByRole('button', { name: '签名并聘请' }).click();
    await page.getByText('待答复').first().waitFor();
    const { members } = await stage.cast.agency.client.call(readPanel, { params: { lotId } });
    expect(members.map(({ kind }) => kind).toSorted()).toEqual(['expert', 'expert', 'expert', 'expert', 'purchaser']);
    await agency.shot('draw-appointed');
    for (const one of [agency, notary, supervisor]) expect(await stickingOut(one.page)).toEqual([]);
    expectNoComplaints([agency, notary, supervisor]);
  });

  test('whoever may propose asks for a draw of another kind', async () => {
    const { page } = supervisor;
    await supervisor.go('/draws/new');
    await supervisor.shot('draw-new');
    await page.getByLabel('Inspection targets').check();
    await page.getByLabel('Title').fill('2026 年度检查');
    await page.getByLabel('Candidates').fill('甲公司\n乙公司\n丙公司');
    await page.getByLabel('To be drawn').fill('1');
    await page.getByLabel('青澜市公证处 · 闻亦舟').check();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign and ask' }).click();
    await page.waitForURL((to) => /\/draws\/[0-9a-f-]{36}/.test(to.pathname));
    await settled(page);
    await supervisor.shot('draw-inspection');
    expectNoComplaints([supervisor]);
  });
});

async function openedLot({ theatre, cast }: Stage): Promise<string> {
  const { agency, agency2, purchaser, purchaser2, notary, witness, bidders } = cast;
  const publishedAt = theatre.now();
  const deadline = new Date(
    startOfDay(rollForward(addDays(dayAt(publishedAt), 24), calendarOf())).getTime() + 9.5 * 3_600_000,
  );
  const title = '青澜市第二中学理化生实验室设备采购';
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
      summary: '采购实验室设备。',
      publishedAt,
      deadline,
      lots: [{ title: '物理实验室设备', content: '实验台 96 套。', quantity: '1 批', budget: 386_000_000n }],
    }),
  });
  await submitForCheck(agency, draft.id);
  await confirm(agency2, draft.id);
  const [lot] = (await publish(agency, draft.id)).lots;
  if (!lot) throw new Error('a lot is missing');
  for (const [at, bidder] of bidders.entries())
    await handIn(bidder, lot.id, { price: 348_860_000n + BigInt(at) * 9_000_000n });
  await theatre.turnTo(deadline);
  await theatre.turnTo(new Date(deadline.getTime() + 3_600_000));
  const roots = await theatre.roots();
  for (const officer of [purchaser2, notary]) await release(officer, lot.id, roots, theatre.now());
  await untilOpened(theatre.operator, lot.id);
  await qualify(agency, lot.id);
  return lot.id;
}
