import { readOpening } from '@xinbiao/contracts/opening';
import { addTime } from '@xinbiao/contracts/kernel';
import { protectRecovery, recoveryOf } from '@xinbiao/contracts/trust';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishedLots } from '../../backend/test/lots.ts';
import { bid, complaining, recovering, stageKeysOf, type KeptBid } from '../../backend/test/openings.ts';
import { announce, disclose, prepareBatch } from '../play/steps.ts';
import {
  axeFindings,
  expectNoComplaints,
  guests,
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
 * An opening that does not go as it should, in the browsers of an officer, two bidders and the supervisor: the
 * objection window, a false complaint and its answer, officers who do not come, and bids opened by their bidders.
 */

const passphrase = '恢复文件的口令-2026';
const minute = 60_000;

walks('an opening without the officers of one side', () => {
  let stage: Stage;
  let browser: Browser;
  let deadline: Date;
  let lotId = '';
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-recovery-'));
  const kept: KeptBid[] = [];
  const { visitors, someone: signedIn } = guests(() => ({ browser, stage }));
  const at = (minutes: number) => addTime(deadline, minutes * minute);
  const someone = async (person: Parameters<Visitor['signIn']>[0], given: Parameters<typeof visitor>[2] = {}) => {
    const one = await signedIn(person, given);
    await one.go(`/opening/${lotId}`);
    return one;
  };
  const fileOf = (who: number) => join(folder, `${who}-recovery.json`);
  const sound = async (one: Visitor, name: string) => {
    await settled(one.page);
    await one.shot(name);
    expect(await axeFindings(one.page), name).toEqual([]);
    expect(await stickingOut(one.page), name).toEqual([]);
  };

  beforeAll(async () => {
    [stage, browser] = await Promise.all([openStage({ bidders: 3, experts: 0 }), openBrowser()]);
    const { theatre, cast } = stage;
    const published = await publishedLots({ clock: { now: theatre.now } }, cast, 1, (draft) => ({
      ...draft,
      sealing: { ...draft.sealing, objectionMinutes: 10, releaseMinutes: 30 },
    }));
    ({ deadline } = published);
    [lotId = ''] = published.lots;
    for (const [who, bidder] of cast.bidders.entries()) {
      const own = await bid(bidder, lotId, BigInt(348_860_000 + who * 1_000_000));
      kept.push(own);
      const parts = own.facts.stages.flatMap(({ id: stage, parts: names }) =>
        names.map((name) => ({ stage, name, content: null, files: [] })),
      );
      const recovery = recoveryOf({ deal: own.deal, parts, client: { bundleSha256: null, version: 'test' } });
      writeFileSync(
        fileOf(who),
        await protectRecovery(recovery, passphrase, crypto.getRandomValues(new Uint8Array(28))),
      );
    }
    await theatre.turnTo(deadline);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const hall = () => stage.cast.operator.client.call(readOpening, { params: { lotId } });

  test('in the objection window the officer waits, and the bidder sees where its bid stands', async () => {
    const officer = await someone(stage.cast.purchaser);
    await officer.page.getByText('异议期内不交出任何份额').waitFor();
    await sound(officer, 'opening-objecting-officer');
    const bidder = await someone(stage.cast.bidders[0]!, { width: 390 });
    await bidder.page.getByText('平台说在截标名单里').waitFor();
    await sound(bidder, 'opening-objecting-bidder-390');
    await officer.leave();
    await bidder.leave();
  });

  test('a bidder answers a false complaint with its recovery file, and the supervisor sees who was wrong', async () => {
    const { theatre, cast } = stage;
    await theatre.turnTo(at(11));
    const act = complaining(await prepareBatch(cast.notary, lotId, await theatre.roots(), theatre.now()), [
      kept[1]!.manifestHash,
    ]);
    await announce(cast.notary, act);
    await disclose(cast.notary, act);
    const supervisor = await someone(cast.supervisor);
    await supervisor.page.getByText('等投标人在').waitFor();
    await sound(supervisor, 'opening-dispute-supervisor');

    const bidder = await someone(cast.bidders[1]!, { width: 390 });
    await bidder.page.getByText('说封给他的那份打不开').first().waitFor();
    await bidder.page.getByRole('button', { name: '答复' }).click();
    await bidder.page.locator('input[type=file]').setInputFiles(fileOf(1));
    await bidder.page.getByLabel('恢复文件的口令').fill('不是这个口令');
    await bidder.page.getByRole('button', { name: '打开恢复文件' }).click();
    await bidder.page.getByText('打不开：口令不对').waitFor();
    await bidder.page.getByLabel('恢复文件的口令').fill(passphrase);
    await bidder.page.getByRole('button', { name: '打开恢复文件' }).click();
    await bidder.page.getByRole('button', { name: '签名并公布' }).waitFor();
    await sound(bidder, 'opening-dispute-bidder-390');
    await bidder.page.getByRole('button', { name: '签名并公布' }).click();
    await bidder.page.getByText('裁定：责任在开标人').waitFor();
    await supervisor.page.getByText('裁定：责任在开标人').waitFor();
    expect((await hall()).disputes[0]?.verdict).toMatchObject({ code: 'complaint.false', party: 'officer' });
    await bidder.leave();
    await supervisor.leave();
  });

  test('where one side stays away a bidder opens its own bid, and prices are read out when all have', async () => {
    const { theatre, cast } = stage;
    await theatre.turnTo(at(42));
    expect((await hall()).phase).toBe('recovering');
    for (const who of [1, 2]) {
      const { endpoint, ...call } = await recovering(cast.bidders[who]!, lotId, stageKeysOf(kept[who]!.deal));
      await cast.bidders[who]!.client.call(endpoint, call);
    }
    const bidder = await someone(cast.bidders[0]!);
    await bidder.page.getByRole('button', { name: '用恢复文件开启' }).click();
    await bidder.page.locator('input[type=file]').setInputFiles(fileOf(0));
    await bidder.page.getByLabel('恢复文件的口令').fill(passphrase);
    await bidder.page.getByRole('button', { name: '打开恢复文件' }).click();
    await bidder.page.getByRole('button', { name: '签名并开启自己的投标' }).waitFor();
    await sound(bidder, 'opening-recovering-bidder');
    await bidder.page.getByRole('button', { name: '签名并开启自己的投标' }).click();
    await bidder.page.getByText('3,488,600.00').first().waitFor({ timeout: 30_000 });
    const { bids } = await hall();
    expect(bids.map(({ state, recovered }) => [state, recovered])).toEqual([1, 2, 3].map(() => ['opened', true]));
    const anybody = await visitor(browser, stage.url, { lang: 'en' });
    visitors.push(anybody);
    await anybody.go(`/opening/${lotId}`);
    await anybody.page.getByText('Opened by the bidder itself').first().waitFor();
    await sound(anybody, 'opening-recovered-en');
    expectNoComplaints(visitors);
  });
});
