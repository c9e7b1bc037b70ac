import { readDecision } from '@xinbiao/contracts/award';
import { addTime } from '@xinbiao/contracts/kernel';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishedLots } from '../../backend/test/lots.ts';
import { fileOf, handIn } from '../play/bid.ts';
import { ContributorSide, contributeAll, contributorOf } from '../play/drawing.ts';
import type { Person } from '../play/person.ts';
import { accept, appoint, convene, qualify, release, reveal, score, sign, untilOpened } from '../play/steps.ts';
import { verify } from '../verify.ts';
import {
  expectNoComplaints,
  openBrowser,
  openStage,
  settled,
  soundEverywhere,
  visitor,
  walks,
  type Stage,
  type Visitor,
} from './browser.ts';

/*
 * What may come between the sheets and the end: one score far from the others, an evaluation that is reopened, two
 * bids that share the first rank and a draw among them; and the evidence that anybody takes home and checks.
 */

const hour = 3_600_000;

walks('from a doubtful score to the evidence', () => {
  let stage: Stage;
  let browser: Browser;
  let tenderId = '';
  let lotId = '';
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-settling-'));
  const here = new Map<string, Visitor>();
  const at = async (person?: Person): Promise<Visitor> => {
    const known = here.get(person?.login ?? '');
    if (known) return known;
    const one = await visitor(browser, stage.url);
    here.set(person?.login ?? '', one);
    if (person) await one.signIn(person);
    return one;
  };

  beforeAll(async () => {
    [stage, browser] = await Promise.all([openStage({ bidders: 3, experts: 5 }), openBrowser()]);
    const { theatre, cast } = stage;
    const published = await publishedLots({ clock: { now: theatre.now } }, cast, 1);
    ({ tenderId } = published);
    [lotId = ''] = published.lots;
    for (const [index, price] of [300_000_000n, 300_000_000n, 320_000_000n].entries())
      await handIn(cast.bidders[index]!, lotId, {
        price,
        files: [fileOf('方案.pdf', new Uint8Array(2_000).fill(index))],
      });
    await theatre.turnTo(published.deadline);
    await theatre.turnTo(addTime(published.deadline, hour / 2));
    const roots = await theatre.roots();
    for (const officer of [cast.purchaser2, cast.notary]) await release(officer, lotId, roots, theatre.now());
    await untilOpened(theatre.operator, lotId);
    await qualify(cast.agency, lotId);
    await appoint(
      cast.agency,
      lotId,
      cast.experts.map(({ known }) => known.seatId),
    );
    for (const expert of cast.experts) await accept(expert, lotId);
    await convene(cast.agency, lotId, addTime(theatre.now(), 4 * hour));
    for (const [index, expert] of cast.experts.entries())
      await score(expert, lotId, (_, __, { max }) => (index === 0 ? max : 100));
    for (const expert of cast.experts) await reveal(expert, lotId);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a score far from the others is pointed at, and supervision counts again', async () => {
    const { agency, experts, supervisor } = stage.cast;
    const staff = await at(agency);
    await staff.go(`/lots/${lotId}/report`);
    await staff.page.getByText('其他成员平均').first().waitFor();
    await soundEverywhere(staff, 'outlier-report');
    const expert = await at(experts[1]!);
    await expert.go(`/evaluation/lots/${lotId}/sign`);
    await expert.shot('outlier-sign');
    const overseer = await at(supervisor);
    await overseer.go(`/lots/${lotId}/report`);
    await overseer.page.getByRole('button', { name: '在本机重新计算' }).click();
    await overseer.page.getByText('结果重新计算后一致').waitFor();
    await soundEverywhere(overseer, 'recount');
  });

  test('the agency has the panel evaluate again, for a reason the law names', async () => {
    const staff = await at(stage.cast.agency);
    const { page, go } = staff;
    await go(`/lots/${lotId}/panel`);
    await page.getByRole('button', { name: '重新评审' }).click();
    await settled(page);
    await soundEverywhere(staff, 'reopen-before');
    await page.getByRole('radio', { name: /评分畸高、畸低/ }).check();
    await page.getByLabel('具体说明').fill('评标委员会认定专家 1 的评分畸高。');
    await page.getByRole('button', { name: '签名并重新评审' }).click();
    await page.getByText('已封存 0 份，共 5 份').waitFor();
    await soundEverywhere(staff, 'reopened-panel');
    const expert = await at(stage.cast.experts[1]!);
    await expert.go('/evaluation');
    await soundEverywhere(expert, 'reopened-expert');
  });

  test('two share the first rank, and a draw settles who wins', async () => {
    const { cast } = stage;
    for (const expert of cast.experts) await score(expert, lotId, (_, __, { max }) => Math.floor(max / 2));
    for (const expert of cast.experts) await reveal(expert, lotId);
    for (const expert of cast.experts) await sign(expert, lotId);
    const purchaser = await at(cast.purchaser);
    const { page } = purchaser;
    await purchaser.go(`/lots/${lotId}/decision`);
    await page.getByText('2 家并列第一').waitFor();
    await soundEverywhere(purchaser, 'tie');
    await page.getByRole('button', { name: '随机抽取' }).click();
    for (const name of ['青澜市第二中学 · 叶文清', '青澜市公证处 · 闻亦舟']) await page.getByLabel(name).check();
    await page.getByLabel('允许其他人加入').selectOption('0');
    await soundEverywhere(purchaser, 'tie-ask');
    await page.getByRole('button', { name: '签名并开始抽取' }).click();
    await page.getByText('各方封存自己的数').waitFor();
    await settled(page);
    await soundEverywhere(purchaser, 'tie-draw');
    const { tie } = await cast.purchaser.client.call(readDecision, { params: { lotId } });
    await page.getByRole('button', { name: '签名并出数' }).click();
    await contributeAll([new ContributorSide(contributorOf(cast.notary), tie?.draw?.drawId ?? '')]);
    await page.getByText(/随机抽取确定：/).waitFor({ timeout: 30_000 });
    await settled(page);
    await soundEverywhere(purchaser, 'tie-drawn');
    await page.getByRole('button', { name: '签名并确定中标人' }).click();
    await page
      .getByText(/中标。/)
      .first()
      .waitFor();
    const anybody = await at();
    await anybody.go(`/lots/${lotId}/result`);
    await anybody.page.getByRole('button', { name: '按公布的各项重新相加' }).click();
    await anybody.page.getByText('由各方共同随机抽取确定中标人').waitFor();
    await soundEverywhere(anybody, 'tie-result');
  });

  test('anybody takes the public evidence home and checks it; whoever is entitled takes more', async () => {
    const { cast } = stage;
    const take = async (one: Visitor, name: string): Promise<string> => {
      const [download] = await Promise.all([
        one.page.waitForEvent('download'),
        one.page.getByRole('link', { name, exact: true }).click(),
      ]);
      const path = join(folder, download.suggestedFilename());
      await download.saveAs(path);
      return path;
    };
    const check = async (path: string, ...more: string[]) => {
      const lines: string[] = [];
      const proof = join(folder, 'proof.json');
      const code = await verify([path, '--lang', 'zh', '--evidence', proof, ...more], (line) => lines.push(line));
      return { code, text: lines.join('\n') };
    };
    const anybody = await at();
    await anybody.go(`/tenders/${tenderId}`);
    await anybody.page.getByText(/由您的浏览器刚刚算出，用时/).waitFor({ timeout: 30_000 });
    await soundEverywhere(anybody, 'evidence-tender');
    const path = await take(anybody, '下载证据包');
    expect(await check(path, '--log', stage.theatre.url)).toEqual({
      code: 0,
      text: expect.stringContaining('全部检查通过。') as string,
    });

    const supervisor = await at(cast.supervisor);
    await supervisor.go(`/oversight/lots/${lotId}`);
    await soundEverywhere(supervisor, 'evidence-lot-file');
    const all = await take(supervisor, '下载完整证据包');
    const loser = await at(cast.bidders[2]!);
    await loser.go('/my-bids');
    await loser.page.getByRole('link', { name: '看结果' }).click();
    await settled(loser.page);
    await soundEverywhere(loser, 'evidence-own');
    const own = await take(loser, '下载证据包（含我的投标）');
    for (const one of [all, own]) expect((await check(one)).code, one).toBe(0);
    expect(statSync(all).size).toBeGreaterThan(statSync(path).size);
    // The page for checking takes the same file.
    await anybody.go('/check');
    await anybody.page.locator('input[type=file]').setInputFiles(path);
    await anybody.page.getByText('没有发现不一致').waitFor({ timeout: 30_000 });
    await settled(anybody.page);
    await soundEverywhere(anybody, 'evidence-checked');
  });

  test('the status page says how the platform is, who witnesses it and how its clock compares', async () => {
    const operator = await at(stage.cast.operator);
    await operator.go('/operator/status');
    await operator.page.getByText('与公开记录簿写明的一致').waitFor();
    await soundEverywhere(operator, 'status');
    // A house that is not well, with witnesses and authorities of its own: the same page, other answers.
    const now = stage.theatre.now().toISOString();
    const answering = (path: string, change: (real: never) => object) =>
      operator.page.route(path, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: change((await response.json()) as never) });
      });
    await answering('**/api/public/status', (real: { log: object }) => ({
      ...real,
      state: 'degraded',
      notes: ['quorum-missing', 'clock-off', 'close-waits'],
      log: { ...real.log, witnesses: 3, cosigned: 1, demonstrationWitnesses: 0 },
    }));
    const readings = [
      { authority: '国家授时中心', at: now, outcome: 'answered', lowest: 1180, highest: 1320 },
      { authority: '联合信任时间戳服务中心', at: now, outcome: 'silent', lowest: null, highest: null },
    ];
    await answering('**/api/time/clock', (real: object) => ({
      ...real,
      state: 'off',
      skew: 1250,
      within: 70,
      hasOutside: true,
      readings,
    }));
    await answering('**/api/time/outages**', (real: object) => ({
      ...real,
      rows: [
        { from: addTime(stage.theatre.now(), -2 * hour).toISOString(), to: now, by: 'platform' },
        { from: addTime(stage.theatre.now(), -2 * hour).toISOString(), to: now, by: 'court.example' },
      ],
    }));
    await operator.go('/operator/status');
    await operator.page.getByText('平台时钟快了约 1250 毫秒').waitFor();
    await operator.page.getByText('3 家中已有 1 家会签').waitFor();
    await operator.page.getByText('court.example').waitFor();
    await soundEverywhere(operator, 'status-unwell');
    expectNoComplaints([...here.values()]);
  });
});
