import { readOpening } from '@xinbiao/contracts/opening';
import { instantOf } from '@xinbiao/contracts/kernel';
import { protectRecovery, recoveryOf } from '@xinbiao/contracts/trust';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishedLots } from '../../backend/test/lots.ts';
import { bid, type KeptBid } from '../../backend/test/openings.ts';
import type { Person } from '../play/person.ts';
import { release } from '../play/steps.ts';
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
 * A tender whose bids open only with the bidders' own keys as well: a bidder who lacks the key is told before it writes
 * anything, one decrypts with the key here, one with its recovery file, and one does not come.
 */

const passphrase = '恢复文件的口令-2026';

walks('a tender whose bidders decrypt too', () => {
  let stage: Stage;
  let browser: Browser;
  let published: Awaited<ReturnType<typeof publishedLots>>;
  let lotId = '';
  let second: KeptBid;
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-gate-'));
  const { visitors, someone } = guests(() => ({ browser, stage }));
  const bidder = (at: number): Person => {
    const found = stage.cast.bidders[at];
    if (!found) throw new Error('no such bidder');
    return found;
  };
  const hall = () => stage.cast.operator.client.call(readOpening, { params: { lotId } });
  /** Takes the encryption key away from a computer; the key that signs stays. */
  const forget = async ({ page, go }: Visitor): Promise<void> => {
    await go('/account/keys');
    const held = page.getByRole('table', { name: '这台电脑里的钥匙' }).getByRole('row').filter({ hasText: '加密' });
    await held.getByRole('button', { name: '移除' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '移除钥匙' }).click();
    await held.waitFor({ state: 'detached' });
  };

  beforeAll(async () => {
    [stage, browser] = await Promise.all([openStage({ bidders: 3, experts: 0 }), openBrowser()]);
    published = await publishedLots({ clock: { now: stage.theatre.now } }, stage.cast, 1, (draft) => ({
      ...draft,
      sealing: { ...draft.sealing, gate: 'bidder', objectionMinutes: 0, releaseMinutes: 30, decryptMinutes: 40 },
    }));
    [lotId = ''] = published.lots;
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  let first: Visitor;

  test('before anything is written a bidder is told that its key for decryption is missing, and gets it', async () => {
    const { page, go } = (first = await someone(bidder(0)));
    await forget(first);
    await go(`/tenders/${published.tenderId}/bid/1`);
    await page.getByText('这台电脑里没有登记的那把加密钥匙').waitFor();
    await soundEverywhere(first, 'gate-preflight');
    await page.getByRole('listitem').filter({ hasText: '加密钥匙' }).getByRole('link', { name: '去取钥匙' }).click();
    await settled(page);
    await first.shot('gate-keys');
    const file = join(folder, 'keys.p12');
    writeFileSync(file, bidder(0).held.file);
    await page.locator('input[type=file]').first().setInputFiles(file);
    await page.getByLabel('文件密码').fill(bidder(0).held.filePassword);
    await page.getByRole('button', { name: '导入', exact: true }).click();
    await page.getByText('已导入 2 把钥匙').waitFor();

    await fillBid(first, published.tenderId, '3488600');
    await seal(page);
    await receipt(page);
    await first.shot('gate-receipt');
  });

  test('when the officers have agreed the hall says that bidders are waited for, and each sees what is its part', async () => {
    const { theatre, cast } = stage;
    second = await bid(bidder(1), lotId, 350_000_000n);
    await bid(bidder(2), lotId, 360_000_000n);
    await theatre.turnTo(published.deadline);
    const roots = await theatre.roots();
    for (const officer of [cast.purchaser, cast.notary]) await release(officer, lotId, roots, theatre.now());
    await theatre.opened.house.wake();
    expect((await hall()).phase).toBe('decrypting');
    await first.go(`/opening/${lotId}`);
    await first.page.getByText('请用贵单位的证书解密').waitFor();
    await soundEverywhere(first, 'gate-asked-bidder');
    for (const [person, name] of [
      [cast.purchaser, 'officer'],
      [cast.supervisor, 'supervisor'],
    ] as const) {
      const one = await someone(person);
      await one.go(`/opening/${lotId}`);
      await one.page.getByText('现在等各投标人用自己的钥匙解密').waitFor();
      await soundEverywhere(one, `gate-asked-${name}`);
    }
  });

  test('a bidder decrypts with the key on its computer, another with its recovery file', async () => {
    const { page } = first;
    await page.getByRole('button', { name: '用这台电脑里的钥匙解密' }).click();
    await page.getByRole('button', { name: '签名并解密' }).waitFor();
    await soundEverywhere(first, 'gate-sign-bidder');
    await page.getByRole('button', { name: '签名并解密' }).click();
    await page.getByText('现在不需要您做什么').waitFor();
    await soundEverywhere(first, 'gate-given-bidder');

    const other = await someone(bidder(1));
    await forget(other);
    await other.go(`/opening/${lotId}`);
    await other.page.getByRole('button', { name: '用这台电脑里的钥匙解密' }).click();
    await other.page.getByText('这台电脑里没有贵单位的加密钥匙').waitFor();
    await soundEverywhere(other, 'gate-nokey-bidder');
    const { deal, facts } = second;
    const parts = facts.stages.flatMap(({ id, parts: names }) =>
      names.map((name) => ({ stage: id, name, content: null, files: [] })),
    );
    const recovery = recoveryOf({ deal, parts, client: { bundleSha256: null, version: 'test' } });
    const file = join(folder, 'recovery.json');
    writeFileSync(file, await protectRecovery(recovery, passphrase, crypto.getRandomValues(new Uint8Array(28))));
    await other.page.locator('input[type=file]').setInputFiles(file);
    await other.page.getByLabel('恢复文件的口令').fill(passphrase);
    await other.page.getByRole('button', { name: '打开恢复文件' }).click();
    await other.page.getByRole('button', { name: '签名并解密' }).click();
    await other.page.getByText('现在不需要您做什么').waitFor();
    expect((await hall()).bids.map(({ gate }) => gate)).toEqual(['released', 'released', 'awaited']);
  });

  test('who does not come in time is named, the others are read out, and everybody sees whose fault it is', async () => {
    await stage.theatre.turnTo(instantOf((await hall()).gateUntil ?? ''));
    await first.page.getByText('3,488,600.00').first().waitFor({ timeout: 30_000 });
    expect((await hall()).bids.map(({ state }) => state)).toEqual(['opened', 'opened', 'faulty']);
    const absent = await someone(bidder(2));
    await absent.go(`/opening/${lotId}`);
    await absent.page.getByText('没有在规定时间内用自己的钥匙解密').first().waitFor();
    await soundEverywhere(absent, 'gate-over-absent');
    await absent.go('/my-bids');
    await absent.shot('gate-over-my-bids');
    const supervisor = await someone(stage.cast.supervisor);
    await supervisor.go(`/opening/${lotId}`);
    await supervisor.shot('gate-over-supervisor');
    expectNoComplaints(visitors);
  });
});
