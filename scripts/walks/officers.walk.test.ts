import { addDays, dayAt, startOfDay } from '@xinbiao/contracts/kernel';
import { precheckTimes } from '@xinbiao/contracts/tendering';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handIn } from '../play/bid.ts';
import type { Person } from '../play/person.ts';
import { compose, confirm, publish, submitForCheck } from '../play/steps.ts';
import { filling } from '../play/tenders.ts';
import { tenderDocument } from '../play/theatre.ts';
import {
  axeFindings,
  openBrowser,
  openStage,
  settled,
  stickingOut,
  visitor,
  walks,
  type Lang,
  type Stage,
  type Visitor,
} from './browser.ts';

/* Officers before the close, as their pages go: accepting, trying shares, being replaced, and the bidder who seals again. */

walks('officers before the close', () => {
  let browser: Browser;
  let stage: Stage;
  let tenderId = '';
  let lotId = '';
  let deadline: Date;

  beforeAll(async () => {
    [browser, stage] = await Promise.all([openBrowser(), openStage({ bidders: 2, experts: 0 })]);
    const { theatre, cast } = stage;
    const { purchaser, purchaser2, agency, notary, witness } = cast;
    const publishedAt = theatre.now();
    deadline = new Date(startOfDay(addDays(dayAt(publishedAt), 30)).getTime() + 10 * 3_600_000);
    const seat = (group: 'purchaser' | 'independent', person: Person) => ({ group, seatId: person.known.seatId });
    const title = '青澜市第二中学图书馆设备采购';
    const draft = await compose({
      composer: agency,
      purchaserId: purchaser.known.organisation?.id ?? '',
      officers: [
        seat('purchaser', purchaser),
        seat('purchaser', purchaser2),
        seat('independent', notary),
        seat('independent', witness),
      ],
      document: { name: '招标文件.pdf', bytes: await tenderDocument(title, publishedAt) },
      fill: (before) => {
        const filled = filling({
          title,
          catalogCode: 'A02',
          summary: '采购图书馆设备。',
          publishedAt,
          deadline,
          lots: [{ title: '图书馆设备', content: '书架与借阅设备。', quantity: '1 批', budget: 386_000_000n }],
        })(before);
        return { ...filled, sealing: { ...filled.sealing, precheck: 'on' } };
      },
    });
    tenderId = draft.id;
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  const come = (width: number, lang: Lang = 'zh-CN') => visitor(browser, stage.url, { width, lang });
  /** Nothing sideways, nothing that axe finds, nothing in the console; and a picture. */
  async function sound(one: Visitor, name: string): Promise<void> {
    await one.shot(name);
    const complaints = one.complaints.splice(0);
    expect([...complaints, ...(await axeFindings(one.page)), ...(await stickingOut(one.page))]).toEqual([]);
  }

  test('the composer chooses how bids are sealed in plain words, on a desk and on a phone', async () => {
    for (const [width, lang] of [
      [1440, 'zh-CN'],
      [390, 'zh-CN'],
      [1440, 'en'],
    ] as const) {
      const one = await come(width, lang);
      await one.signIn(stage.cast.agency);
      await one.go(`/tenders/${tenderId}/edit`);
      const section = one.page.locator('#section-sealing');
      await section.scrollIntoViewIfNeeded();
      expect(await section.getByRole('radio').count()).toBe(7);
      await sound(one, `compose-sealing-${lang}-${width}`);
      await one.leave();
    }
  });

  test('an officer accepts on a phone with one click, and the publisher sees it', async () => {
    const { agency, agency2, notary } = stage.cast;
    await submitForCheck(agency, tenderId);
    const officer = await come(390);
    await officer.signIn(notary);
    await officer.go('/my-openings');
    await sound(officer, 'accept-before-390');
    await officer.page.getByRole('button', { name: '接受任命' }).click();
    await officer.page.getByText('已接受，钥匙证明有效到').waitFor();
    await sound(officer, 'accept-after-390');
    await officer.leave();

    await confirm(agency2, tenderId);
    const publisher = await come(1440);
    await publisher.signIn(agency);
    await publisher.go(`/tenders/${tenderId}/publish`);
    await publisher.page.getByText('全部已接受，可以发布。').waitFor();
    await sound(publisher, 'publish-ready-1440');
    await publisher.leave();
    const [lot] = (await publish(agency, tenderId)).lots;
    lotId = lot?.id ?? '';
  });

  test('shares are tried by themselves while the officer’s desk is open', async () => {
    const { theatre, cast } = stage;
    const [bidder] = cast.bidders;
    if (!bidder) throw new Error('nobody bids');
    await handIn(bidder, lotId, { price: 310_000_000n });
    await theatre.turnTo(precheckTimes(theatre.now(), deadline)[0] ?? deadline);
    await theatre.opened.house.wake();
    const officer = await come(1440);
    await officer.signIn(cast.notary);
    await officer.go('/my-openings');
    await officer.page.getByText('试读了 1 批，共 12 份').waitFor();
    await settled(officer.page);
    await sound(officer, 'precheck-1440');
    await officer.go('/account/keys');
    await officer.page.getByText('旧钥匙要留到开标以后').waitFor();
    await sound(officer, 'renewal-1440');
    await officer.leave();
  });

  test('two of the staff replace an officer, and the bidder is asked to seal again', async () => {
    const { agency, agency2, notary, centre, bidders } = stage.cast;
    const first = await come(1440);
    await first.signIn(agency);
    await first.go(`/tenders/${tenderId}/officers`);
    await first.page
      .getByRole('listitem')
      .filter({ hasText: notary.known.name })
      .getByRole('checkbox', { name: '换下' })
      .check();
    await first.page
      .getByLabel('换上（独立方）')
      .selectOption({ label: `${centre.known.name}（${centre.known.organisation?.name ?? ''}）` });
    await sound(first, 'change-propose-1440');
    await first.page.getByRole('button', { name: '签名并提出' }).click();
    await first.page.getByText('您提出的更换在等另一位同事确认。').waitFor();
    await first.leave();

    const second = await come(390);
    await second.signIn(agency2);
    await second.go(`/tenders/${tenderId}/officers`);
    await sound(second, 'change-confirm-390');
    await second.page.getByRole('button', { name: '签名并更换' }).click();
    await second.page.getByText('已更换。公告第 2 版。').waitFor();
    await second.leave();

    for (const bidder of bidders) {
      const one = await come(390);
      await one.signIn(bidder);
      await one.go('/my-bids');
      const asked = await one.page.getByText('请重新封标').count();
      expect(asked, bidder.login).toBe(bidder === bidders[0] ? 1 : 0);
      if (asked > 0) {
        await sound(one, 'reseal-390');
        // The page itself checks the amended notice before anything is sealed to the new officers.
        await one.go(`/tenders/${tenderId}/bid/1`);
        await one.page.getByText(centre.known.name).first().waitFor();
        await sound(one, 'reseal-desk-390');
      }
      await one.leave();
    }
    const anybody = await come(1440, 'en');
    await anybody.go(`/tenders/${tenderId}`);
    await anybody.page.getByText('Officers replaced').first().waitFor();
    await sound(anybody, 'tender-amended-en-1440');
    await anybody.leave();
  });
});
