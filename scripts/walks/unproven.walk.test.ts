import { SubmissionEvidence } from '@xinbiao/contracts/bidding';
import { addTime } from '@xinbiao/contracts/kernel';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noteDowntime } from '../../backend/src/timekeeping/index.ts';
import { publishedLots } from '../../backend/test/lots.ts';
import { confirmChange, proposeChange } from '../play/officer.ts';
import { fillBid, receipt, seal } from './bidding.ts';
import {
  expectNoComplaints,
  guests,
  openBrowser,
  openStage,
  settled,
  soundEverywhere,
  walks,
  type Stage,
  type Visitor,
} from './browser.ts';

/*
 * What a bidder does when handing in did not do: the platform says “received” and proves nothing, it was away before
 * the deadline, or an officer was replaced after the bid was sealed.
 */

const hour = 3_600_000;

walks('a bid that has to be handed in again', () => {
  let stage: Stage;
  let browser: Browser;
  let published: Awaited<ReturnType<typeof publishedLots>>;
  let bidder: Visitor;
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-unproven-'));
  const { visitors, someone } = guests(() => ({ browser, stage }));
  const promises = { withinHours: 24, minutes: 30, extendHours: 0, redeliverHours: 4 };

  beforeAll(async () => {
    [stage, browser] = await Promise.all([openStage({ bidders: 2, experts: 0 }), openBrowser()]);
    published = await publishedLots({ clock: { now: stage.theatre.now } }, stage.cast, 1, (draft) => ({
      ...draft,
      outage: promises,
    }));
    bidder = await someone(stage.cast.bidders[0]!);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The platform as it answers to this one bidder: “received”, and nothing written down. */
  const swallow = async (route: Route): Promise<void> => {
    const envelopeId = /envelopes\/(\w+)\/finalize/.exec(route.request().url())?.[1] ?? '';
    await route.fulfill({
      json: {
        envelopeId,
        bidId: '00000000-0000-4000-8000-000000000000',
        manifestHash: '0'.repeat(64),
        seq: 1,
        receivedAt: stage.theatre.now().toISOString(),
        receipt: 'c2sp.org/tlog-proof@v1\nnonsense',
      },
    });
  };
  const finalize = '**/api/envelopes/*/finalize';

  test('“received” without a proof is not submitted: the page says so and keeps the evidence', async () => {
    const { page } = bidder;
    await page.route(finalize, swallow);
    await fillBid(bidder, published.tenderId, '3488600');
    await seal(page);
    await page.getByRole('heading', { name: '没有递交成功' }).waitFor({ timeout: 60_000 });
    await settled(page);
    await soundEverywhere(bidder, 'unproven');
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: '保存证据' }).click();
    const path = join(folder, 'evidence.json');
    await (await coming).saveAs(path);
    const evidence = SubmissionEvidence.parse(JSON.parse(readFileSync(path, 'utf8')));
    expect(evidence.answers).toHaveLength(1);
    expect(evidence.timestamps.length).toBeGreaterThan(0);
    // Closed and opened again the page still knows of it; after the deadline it is kept as what it is: evidence.
    await bidder.go(`/tenders/${published.tenderId}/bid/1`);
    await page.getByText('上一次递交没有拿到成立的回执').waitFor();
    await soundEverywhere(bidder, 'unproven-resume');
  });

  test('the same bid is taken later, provably, where an outage gave time beyond the deadline', async () => {
    const { theatre } = stage;
    const { page } = bidder;
    const { house } = theatre.opened;
    const { deadline } = published;
    await noteDowntime(house, { from: addTime(deadline, -2 * hour), to: addTime(deadline, -hour), cause: 'silent' });
    await theatre.turnTo(addTime(deadline, -60_000));
    await theatre.turnTo(addTime(deadline, 60_000));
    await page.unroute(finalize);
    await bidder.go(`/tenders/${published.tenderId}/bid/1`);
    await page.getByText('投标已截止').first().waitFor();
    await bidder.shot('unproven-late');
    await bidder.go('/my-bids');
    await page.getByRole('button', { name: '原样补交' }).waitFor();
    await soundEverywhere(bidder, 'redeliver');
    const other = await someone(stage.cast.bidders[1]!);
    await other.go(`/tenders/${published.tenderId}`);
    await other.page.getByText('平台累计不可用').first().waitFor();
    await soundEverywhere(other, 'redeliver-tender');
    const operator = await someone(stage.cast.operator);
    await operator.go('/operator/status');
    await operator.page.getByText('平台自测').first().waitFor();
    await soundEverywhere(operator, 'status-outage');
    await page.getByRole('button', { name: '原样补交' }).click();
    await page.getByText('已封存').first().waitFor({ timeout: 30_000 });
    await soundEverywhere(bidder, 'redelivered');
  });

  test('after an officer was replaced the bidder is asked to seal again, and does', async () => {
    const { cast, theatre } = stage;
    const { tenderId } = await publishedLots({ clock: { now: theatre.now } }, cast, 1);
    const { page } = bidder;
    await fillBid(bidder, tenderId, '3500000');
    await seal(page);
    await receipt(page);
    const { agency, agency2, notary, witness, centre } = cast;
    await proposeChange(agency, tenderId, {
      out: [notary, witness].map(({ held }) => held.encryption.fingerprint),
      in: [{ group: 'independent', seatId: centre.known.seatId }],
      reason: 'left',
    });
    await confirmChange(agency2, tenderId);
    await bidder.go('/my-bids');
    await page.getByText('请重新封标').waitFor();
    await soundEverywhere(bidder, 'reseal-my-bids');
    await page.getByRole('link', { name: '重新封标' }).click();
    await settled(page);
    await page.getByText('请重新封标').waitFor();
    await soundEverywhere(bidder, 'reseal-desk');
    await fillBid(bidder, tenderId, '3400000');
    await soundEverywhere(bidder, 'reseal-review');
    await seal(page);
    await receipt(page);
    await page.getByText('上一次的投标已被替换').waitFor();
    await soundEverywhere(bidder, 'resealed');
    await bidder.go('/my-bids');
    expect(await page.getByText('请重新封标').count()).toBe(0);
    expectNoComplaints(visitors);
  });
});
