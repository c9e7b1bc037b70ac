import type { Page } from 'playwright-core';
import { every, settled, type Visitor } from './browser.ts';

/* A bid on its page, as a bidder writes, seals and hands it in; the labels are those of the tenders that plays publish. */

/** Fills a bid in and stops where it would be sealed. */
export async function fillBid({ page, go }: Visitor, tenderId: string, price: string): Promise<void> {
  await go(`/tenders/${tenderId}/bid/1`);
  await page.getByText('这台电脑可以封标').waitFor();
  await page.getByLabel('投标总价（元）').fill(price);
  const next = async () => {
    await page.getByRole('button', { name: /下一步/ }).click();
    await settled(page);
  };
  await next();
  for (const claim of [/^5 年及以上/, /^3 个及以上/]) await page.getByRole('radio', { name: claim }).check();
  for (const field of await every(page.getByLabel('您的说明'))) await field.fill('具备，详见资格声明函。');
  await page.getByLabel('电话').fill('13800000000');
  await page.getByLabel('质保期（月）').fill('36');
  for (const box of await every(page.getByRole('group', { name: '声明' }).getByRole('checkbox'))) await box.check();
  await next();
  await next();
  await page.getByRole('button', { name: '签名并封存' }).waitFor();
}

/** Seals what is filled in. */
export const seal = (page: Page): Promise<void> => page.getByRole('button', { name: '签名并封存' }).click();

/** Waits for the receipt and for the browser's own check of it. */
export async function receipt(page: Page): Promise<void> {
  await page.waitForURL(/\/my-bids\/[0-9a-f]{32}$/, { timeout: 60_000 });
  await page.getByText('收到的与您封好的一字不差').waitFor();
  await settled(page);
}
