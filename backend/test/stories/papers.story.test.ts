import { printReceipt } from '@xinbiao/contracts/bidding';
import { addBlacklistAct, addToBlacklist, printBlacklist } from '@xinbiao/contracts/registry';
import { usccCheck } from '@xinbiao/contracts/kernel';
import { printNotice } from '@xinbiao/contracts/tendering';
import { checkPaper } from '@xinbiao/contracts/trust';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, type PublishedLots } from '../lots.ts';

/* Papers that people print and file: text that can be searched, Chinese that is drawn, a signature with its time. */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'papers-'));
  house = await openHouse();
  cast = await castFor(house, { bidders: 1 });
  published = await publishedLots(house, cast, 1);
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});

const anchors = () => house.house.identity.authorities.anchors(house.clock.now());

/** What other programs make of it: poppler reads text and signature. */
function readBy(pdf: Uint8Array): { text: string; signature: string } {
  const file = join(folder, 'paper.pdf');
  writeFileSync(file, pdf);
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  return { text: run('pdftotext', '-layout', file, '-'), signature: run('pdfsig', '-nocert', file) };
}

async function soundly(pdf: Uint8Array, words: readonly string[]): Promise<void> {
  const { text, signature } = readBy(pdf);
  const run = text.replaceAll(/\s/g, '');
  for (const word of words) expect(run).toContain(word.replaceAll(' ', ''));
  expect(signature).toContain('Signature is Valid');
  expect(signature).toContain('Total document signed');
  const timestampRoots = house.house.time.roots;
  const checked = await checkPaper(pdf, { ...anchors(), timestampRoots });
  expect(checked).toMatchObject({ ok: true });
  expect(checked.ok && checked.signatures[0]?.stamps.length).toBeGreaterThan(0);
}

test('the notice names its fingerprint, its officers and what happens in an outage', async () => {
  const pdf = await house.anybody.call(printNotice, { params: { tenderId: published.tenderId } });
  await soundly(pdf, ['公开招标公告', '实验室设备采购', '平台故障的补救', '开启人名册指纹', cast.notary.known.name]);
});

test('the receipt is for its bidder alone, in both languages', async () => {
  const [bidder] = cast.bidders;
  if (!bidder) throw new Error('nobody bids');
  const { envelopeId, manifestHash } = await handIn(bidder, published.lots[0] ?? '', { price: 301_117_000n });
  const params = { envelopeId };
  await soundly(await bidder.client.call(printReceipt, { params, query: { lang: 'zh' } }), ['投标回执', manifestHash]);
  await soundly(await bidder.client.call(printReceipt, { params, query: { lang: 'en' } }), ['Receipt of a bid']);
  await expect(cast.agency.client.call(printReceipt, { params, query: { lang: 'zh' } })).rejects.toThrow();
  await expect(house.anybody.call(printReceipt, { params, query: { lang: 'zh' } })).rejects.toThrow();
});

test('a record of the blacklist is a paper while it is published, and the same file each time', async () => {
  const decision = {
    name: '青澜某某有限公司', uscc: '91370200MA3ABCDE1X', decisionNumber: '青财采罚〔2026〕78号', authority: '青澜市财政局', legalBasis: '政府采购法 §77',
    reason: '提供虚假材料谋取中标。', decidedOn: '2026-10-20', forbids: ['bid' as const], regionCode: null, from: '2026-10-21', until: '2027-10-20', evidence: null,
  }; // prettier-ignore
  decision.uscc = `91370200MA3ABCDE1${usccCheck('91370200MA3ABCDE1')}`;
  const { id } = await cast.supervisor.client.call(addToBlacklist, {
    body: { decision, ...(await cast.supervisor.sign(addBlacklistAct(cast.supervisor.by, decision))) },
  });
  const pdf = await house.anybody.call(printBlacklist, { params: { id } });
  await soundly(pdf, ['失信记录公示', '青财采罚〔2026〕78号', '提供虚假材料谋取中标']);
  const all = await Promise.all([1, 2, 3].map(() => house.anybody.call(printBlacklist, { params: { id } })));
  for (const again of all) expect(Buffer.from(again).equals(Buffer.from(pdf))).toBe(true);
});
