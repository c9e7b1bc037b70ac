import { readResultNotice } from '@xinbiao/contracts/award';
import { formatYuan } from '@xinbiao/contracts/kernel';
import { readOpening } from '@xinbiao/contracts/opening';
import { checkDraw, parseVerifierKey } from '@xinbiao/contracts/trust';
import { addDays, calendarOf, dayAt, rollForward, startOfDay } from '@xinbiao/contracts/kernel';
import { tenderChecks } from '@xinbiao/contracts/verify';
import { parseArgs } from 'node:util';
import { fileOf, handIn, madeUpFile } from './play/bid.ts';
import { assemble } from './play/cast.ts';
import { appointDrawn, cityExperts, drawExperts } from './play/drawing.ts';
import { acceptOpening } from './play/officer.ts';
import {
  accept,
  award,
  compose,
  confirm,
  convene,
  publish,
  qualify,
  release,
  reveal,
  score,
  sign,
  submitForCheck,
  take,
  untilOpened,
} from './play/steps.ts';
import { filling } from './play/tenders.ts';
import { bidDocument, openTheatre, tenderDocument } from './play/theatre.ts';
import { tenderAt } from './verify/tender.ts';
import { logAt, verifyLog } from './verify.ts';

/*
 * `npm run demo`: one tender, two lots, four bidders, four officers, five experts, over HTTP against a private
 * house; then everything is verified from the outside. Any surprise ends it with a non-zero exit.
 */

const { values } = parseArgs({ options: { json: { type: 'boolean' }, 'bid-size': { type: 'string' } } });
const bidSize = sizeOf(values['bid-size'] ?? '1MB');

type Step = { readonly step: string; readonly milliseconds: number; readonly facts: Readonly<Record<string, unknown>> };
const steps: Step[] = [];

async function step<T>(
  name: string,
  work: () => Promise<T>,
  facts: (value: T) => Record<string, unknown> = () => ({}),
): Promise<T> {
  const began = performance.now();
  const value = await work();
  const done: Step = { step: name, milliseconds: Math.round(performance.now() - began), facts: facts(value) };
  steps.push(done);
  if (!values.json) {
    const told = Object.entries(done.facts)
      .map(([key, fact]) => `${key} ${String(fact)}`)
      .join(' · ');
    process.stdout.write(
      `${String(steps.length).padStart(3)}  ${name.padEnd(44)} ${String(done.milliseconds).padStart(7)} ms  ${told}\n`,
    );
  }
  return value;
}

function must(holds: boolean, surprise: string): void {
  if (!holds) throw new Error(`surprise: ${surprise}`);
}

function sizeOf(text: string): number {
  const match = /^(\d+)(KB|MB|GB)$/i.exec(text);
  if (!match) throw new Error('--bid-size is a number with KB, MB or GB, e.g. 200MB');
  return Number(match[1]) * { kb: 1e3, mb: 1e6, gb: 1e9 }[(match[2] ?? '').toLowerCase() as 'kb' | 'mb' | 'gb'];
}

const theatre = await openTheatre();
try {
  await play();
} finally {
  await theatre.close();
}

async function play(): Promise<void> {
  const { url, operator } = theatre;
  const cast = await step(
    'everybody registers, is reviewed, gets keys',
    () => assemble({ url, operator }, { bidders: 4, experts: 7 }),
    (made) => ({ people: 9 + made.bidders.length + made.experts.length }),
  );
  const { purchaser, purchaser2, agency, agency2, notary, witness, supervisor, bidders } = cast;
  const publishedAt = theatre.now();
  const deadline = new Date(
    startOfDay(rollForward(addDays(dayAt(publishedAt), 24), calendarOf())).getTime() + 9.5 * 3_600_000,
  );
  const title = '青澜市第二中学理化生实验室设备采购';
  const officers = [
    { group: 'purchaser', seatId: purchaser2.known.seatId },
    { group: 'purchaser', seatId: agency.known.seatId },
    { group: 'independent', seatId: notary.known.seatId },
    { group: 'independent', seatId: witness.known.seatId },
  ] as const;
  const document = await tenderDocument(title, publishedAt);
  const draft = await step(
    'the agency composes a tender of two lots',
    () =>
      compose({
        composer: agency,
        purchaserId: purchaser.known.organisation?.id ?? '',
        officers,
        document: { name: '招标文件.pdf', bytes: document },
        fill: filling({
          title,
          catalogCode: 'A02',
          summary: '采购物理、化学、生物实验室设备，分两个包。',
          publishedAt,
          deadline,
          lots: [
            {
              title: '物理实验室设备',
              content: '实验台 96 套，演示台 6 套，电源与通风。',
              quantity: '1 批',
              budget: 386_000_000n,
            },
            {
              title: '化学与生物实验室设备',
              content: '实验台 88 套，通风柜 12 套。',
              quantity: '1 批',
              budget: 412_000_000n,
              method: 'lowestPrice',
            },
          ],
        }),
      }),
    ({ code }) => ({ code }),
  );
  await step('a colleague checks and confirms by signature, the officers accept', async () => {
    await submitForCheck(agency, draft.id);
    await confirm(agency2, draft.id);
    for (const officer of [purchaser2, agency, notary, witness]) await acceptOpening(officer);
  });
  const { lots } = await step(
    'the tender is published by signature',
    () => publish(agency, draft.id),
    ({ noticeLeaf }) => ({ notice: noticeLeaf.slice(0, 12) }),
  );
  const [first, second] = lots;
  if (!first || !second) throw new Error('surprise: a lot is missing');

  const offers = [
    [348_860_000n, 401_500_000n],
    [374_250_000n, 398_200_000n],
    [331_800_000n, 405_000_000n],
    [365_500_000n, null],
  ] as const;
  const claims = [
    { warranty: 'five', record: 'many' },
    { warranty: 'three', record: 'many' },
    { warranty: 'two', record: 'some' },
    { warranty: 'three', record: 'some' },
  ];
  const receipts: { name: string; text: string }[] = [];
  for (const [at, bidder] of bidders.entries()) {
    const name = bidder.known.organisation?.name ?? '';
    await take(bidder, draft.id);
    const paper = await bidDocument(name, title, publishedAt);
    for (const [lotAt, lot] of [first, second].entries()) {
      const price = offers[at]?.[lotAt];
      if (price === null || price === undefined) continue;
      const files =
        lotAt === 0
          ? [fileOf('技术方案.pdf', paper), madeUpFile('图纸.bin', bidSize, at)]
          : [fileOf('技术方案.pdf', paper)];
      const receipt = await step(
        `${name} seals and hands in for lot ${lot.no}`,
        () => handIn(bidder, lot.id, { price, claims: claims[at] ?? {}, files }),
        ({ sealedBytes, receivedAt }) => ({ MB: (sealedBytes / 1e6).toFixed(1), at: receivedAt }),
      );
      receipts.push({ name: `${name} 第 ${lot.no} 包`, text: receipt.receipt });
    }
  }
  const before = await operator.client.call(readOpening, { params: { lotId: first.id } });
  must(before.bids.length === 0 && before.phase === 'waiting', 'something of the bids shows before the deadline');
  await step('the deadline comes', () => theatre.turnTo(deadline));
  const roots = await theatre.roots();
  for (const lot of [first, second]) {
    await step(
      `an officer of the purchaser's side releases lot ${lot.no}`,
      () => release(purchaser2, lot.id, roots, theatre.now()),
      (phase) => ({ phase }),
    );
    await step(
      `an independent officer releases lot ${lot.no}`,
      () => release(lot === first ? notary : witness, lot.id, roots, theatre.now()),
      (phase) => ({ phase }),
    );
    const hall = await step(
      `the bids of lot ${lot.no} open`,
      () => untilOpened(operator, lot.id),
      ({ bids }) => ({ bids: bids.length }),
    );
    must(hall.phase === 'opened' && hall.bids.every(({ state }) => state === 'opened'), 'not every bid opened');
    must(hall.bids.length === (lot === first ? 4 : 3), 'a bid is missing');
    for (const bid of hall.bids)
      if (!values.json) process.stdout.write(`        ${bid.bidder.name}  ¥${formatYuan(BigInt(bid.price ?? '0'))}\n`);
  }
  for (const lot of [first, second]) {
    await step(
      `qualification of lot ${lot.no}`,
      () => qualify(agency, lot.id),
      ({ passed }) => ({ passed }),
    );
    const draw = await step(
      `five of ${cast.experts.length} experts are drawn for lot ${lot.no}`,
      () =>
        drawExperts(agency, lot.id, { groups: cityExperts(5, 2), contributors: [agency, notary, witness, supervisor] }),
      ({ contributors, voids }) => ({ contributors: contributors.length, voids }),
    );
    must(
      checkDraw(draw.record).every(({ ok }) => ok !== false),
      'the draw cannot be held again',
    );
    const seats = await step(`the panel of lot ${lot.no} is appointed`, () => appointDrawn(agency, lot.id));
    const experts = cast.experts.filter(({ known }) => seats.includes(known.seatId));
    await step(`the panel of lot ${lot.no} accepts`, async () => {
      for (const expert of experts) await accept(expert, lot.id);
      await convene(agency, lot.id, new Date(theatre.now().getTime() + 2 * 86_400_000));
    });
    await step(`five experts score lot ${lot.no} alone and seal`, async () => {
      for (const [index, expert] of experts.entries())
        await score(
          expert,
          lot.id,
          (room, bid, item) => Math.round((item.max * (90 - 4 * room.bids.indexOf(bid) - index)) / 1000) * 10,
        );
    });
    await step(`the sheets of lot ${lot.no} are revealed and ranked`, async () => {
      let state = '';
      for (const expert of experts) state = await reveal(expert, lot.id);
      must(state === 'ranked', `the lot is ${state} after the last sheet`);
    });
    await step(`the experts sign the report of lot ${lot.no}`, async () => {
      for (const expert of experts) await sign(expert, lot.id);
    });
    const winner = await step(
      `the purchaser awards lot ${lot.no}`,
      () => award(purchaser, lot.id),
      ({ name, price }) => ({ winner: name, price: `¥${formatYuan(BigInt(price))}` }),
    );
    const notice = await operator.client.call(readResultNotice, { params: { lotId: lot.id } });
    must(notice.winner?.uscc === winner.uscc, 'the result notice names somebody else');
    if (lot === second) must(winner.price === '39820000000'.slice(0, -2), 'the lowest price did not win');
  }

  await theatre.opened.house.ledger.sequencer.drain();
  await step(
    'an outsider verifies the whole log, every receipt and the tender',
    async () => {
      const key = parseVerifierKey(theatre.opened.house.ledger.verifierKey);
      const { outcome, reports } = await verifyLog(
        { source: logAt(url), keys: [key], receipts, roots },
        { more: tenderChecks({ source: tenderAt(url, draft.id), tenderId: draft.id, roots }) },
      );
      const bad = reports.filter((report) => report.outcome === 'broken');
      must(outcome !== 'broken', `verification: ${bad.map((report) => JSON.stringify(report)).join(' ')}`);
      for (const { number, zh, findings } of reports)
        if (!values.json)
          process.stdout.write(`        ${number}. ${zh}：${findings.map((finding) => finding.zh).join(' ')}\n`);
      return { checks: reports.length, outcome };
    },
    (verdict) => verdict,
  );
  if (values.json) process.stdout.write(`${JSON.stringify({ ok: true, steps }, undefined, 1)}\n`);
  else
    process.stdout.write(
      `\n${steps.length} steps, ${(steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000).toFixed(1)} s. 全部符合。Everything holds.\n`,
    );
}
