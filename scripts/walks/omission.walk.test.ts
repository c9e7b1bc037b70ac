import { readOpening } from '@xinbiao/contracts/opening';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bid, Envelope } from '../../backend/src/bidding/index.ts';
import { publishedLots } from '../../backend/test/lots.ts';
import { bid } from '../../backend/test/openings.ts';
import { fillBid, receipt, seal } from './bidding.ts';
import {
  expectNoComplaints,
  guests,
  openBrowser,
  openStage,
  soundEverywhere,
  walks,
  type Stage,
  type Visitor,
} from './browser.ts';

/*
 * Somebody with the database in hand leaves a bid out of the close list. The bidder's own browser finds that by the
 * receipt it kept; the opening stops before anybody has opened anything, and the supervisor decides.
 */

walks('a bid that the close list leaves out', () => {
  let stage: Stage;
  let browser: Browser;
  let lotId = '';
  let deadline: Date;
  let victim: Visitor;
  let supervisor: Visitor;
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-omission-'));
  const { visitors, someone } = guests(() => ({ browser, stage }));
  const hall = () => stage.cast.operator.client.call(readOpening, { params: { lotId } });

  beforeAll(async () => {
    [stage, browser] = await Promise.all([openStage({ bidders: 4, experts: 0 }), openBrowser()]);
    const { theatre, cast } = stage;
    const published = await publishedLots({ clock: { now: theatre.now } }, cast, 1, (draft) => ({
      ...draft,
      sealing: { ...draft.sealing, objectionMinutes: 20 },
    }));
    ({ deadline } = published);
    [lotId = ''] = published.lots;
    for (const who of [0, 1, 2]) await bid(cast.bidders[who]!, lotId, BigInt(350_000_000 + who));
    const last = cast.bidders[3]!;
    victim = await someone(last);
    await fillBid(victim, published.tenderId, '3000000');
    await seal(victim.page);
    await receipt(victim.page);
    const { house } = theatre.opened;
    await house.ledger.sequencer.drain();
    // The insider: the bid is forgotten, its receipt with it.
    const em = house.fork();
    const { headId } = await em.findOneOrFail(Bid, { lotId, organisationId: last.known.organisation!.id });
    await em.nativeUpdate(Envelope, { id: headId! }, { entryId: null });
    await em.nativeUpdate(Bid, { headId }, { headId: null, standing: 'none' });
    await theatre.turnTo(deadline);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the bidder sees that its bid is missing, and keeps the evidence', async () => {
    const { page, go } = victim;
    await go(`/opening/${lotId}`);
    await page.getByText('截标名单里没有贵单位的投标').waitFor();
    await soundEverywhere(victim, 'omission-victim');
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: '保存证据文件' }).click();
    const path = join(folder, 'omission.json');
    await (await coming).saveAs(path);
    const evidence = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    expect(evidence).toMatchObject({ v: 'xinbiao/omission-evidence/v1', lotId });
    expect(String(evidence['receipt'])).toMatch(/^c2sp\.org\/tlog-proof@v1/);
  });

  test('it reports that: the opening stops, and nobody opens anything', async () => {
    const { page } = victim;
    await page.getByRole('button', { name: '提出漏列' }).click();
    await page.getByRole('button', { name: '签名并提出漏列' }).waitFor();
    await victim.shot('omission-sign');
    await page.getByRole('button', { name: '签名并提出漏列' }).click();
    await page.getByText('已经提出，开标停止').waitFor();
    await soundEverywhere(victim, 'omission-reported');
    await page.getByRole('button', { name: '保存证据文件' }).waitFor();
    const officer = await someone(stage.cast.notary);
    await officer.go(`/opening/${lotId}`);
    await officer.page.getByText('有投标被证明漏列，开标已停止').waitFor();
    await soundEverywhere(officer, 'omission-officer');
    expect((await hall()).phase).toBe('halted');
  });

  test('the supervisor decides, and the finding stays for everybody to read', async () => {
    supervisor = await someone(stage.cast.supervisor);
    const { page, go, shot } = supervisor;
    await shot('omission-supervisor-desk');
    await go('/board');
    await shot('omission-supervisor-board');
    await go(`/opening/${lotId}`);
    await page.getByLabel('处理意见').waitFor();
    await soundEverywhere(supervisor, 'omission-supervisor');
    await page.getByLabel('处理意见').fill('经核查，平台数据被改动，一份投标被漏列，责任在平台运维方。\n');
    await page.getByRole('button', { name: '签名并作出处理' }).click();
    await page
      .getByRole('heading', { name: '没有打开' })
      .or(page.getByText('没有打开', { exact: true }))
      .first()
      .waitFor();
    await page.getByText('平台数据被改动').first().waitFor();
    await soundEverywhere(supervisor, 'omission-decided');
    expect(await hall()).toMatchObject({ phase: 'failed', failure: { reason: 'bidOmitted' } });
    await victim.page.getByText('监督部门已作出处理').waitFor();
    await soundEverywhere(victim, 'omission-decided-victim');
    expectNoComplaints(visitors);
  });
});
