import { expect, test } from 'vitest';
import { bandAt, bandsOf, needsReason } from './bands.ts';
import { emptyDraft, lacksOf, sheetOf } from './sheet.ts';

const guidance = '7-8 四项齐全，且都附检测报告\n4–6：四项齐全\n1 至 3 分，缺一至两项\n0 没有响应';

test('reads bands as people write them, best first', () => {
  expect(bandsOf(guidance, 800)).toEqual([
    { low: 700, high: 800, text: '四项齐全，且都附检测报告' },
    { low: 400, high: 600, text: '四项齐全' },
    { low: 100, high: 300, text: '缺一至两项' },
    { low: 0, high: 0, text: '没有响应' },
  ]);
});

test('reads bands that stand at the end of what they are for', () => {
  expect(bandsOf('参数响应完整、方案合理可行 16–20 分；基本完整 10–15.99 分；欠缺较多 0–9.99 分。', 2000)).toEqual([
    { low: 1600, high: 2000, text: '参数响应完整、方案合理可行' },
    { low: 1000, high: 1599, text: '基本完整' },
    { low: 0, high: 999, text: '欠缺较多' },
  ]);
});

test('takes guidance that is not written in bands as plain text', () => {
  expect(bandsOf('根据方案的合理性打分。', 800)).toEqual([]);
  expect(bandsOf('7-8 好\n其余看情况', 800)).toEqual([]);
  expect(bandsOf('9-10 好\n0 差', 800)).toEqual([]);
});

test('asks for a reason in the highest and the lowest band, and nowhere else', () => {
  const bands = bandsOf(guidance, 800);
  expect([800, 700, 650, 500, 100, 0].map((score) => needsReason(bands, score, 800))).toEqual([
    true,
    true,
    false,
    false,
    false,
    true,
  ]);
  expect([800, 750, 0].map((score) => needsReason([], score, 800))).toEqual([true, false, true]);
  expect(bandAt(bands, 650)).toBeUndefined();
});

const criteria = {
  lotId: 'l',
  method: 'comprehensive' as const,
  priceWeight: 30,
  budget: '100',
  ceiling: null,
  qualifications: [],
  items: [
    { id: 'i1', name: '方案', kind: 'subjective' as const, max: 800, guidance },
    { id: 'i2', name: '业绩', kind: 'objective' as const, max: 400, guidance: '', options: [] },
  ],
};
const room = {
  lotId: 'l',
  criteriaHash: 'h',
  criteria,
  expert: 'expert-1',
  bids: [{ bidId: 'b', files: [{ name: '技术响应.pdf' }], objective: [] }],
} as unknown as Parameters<typeof sheetOf>[1];

test('says what is missing until the sheet is whole, and never asks for what the machine scores', () => {
  const draft = emptyDraft(room);
  expect(lacksOf(draft, criteria, ['b']).map(({ what }) => what)).toEqual(['responsive', 'score']);
  const bid = draft.bids['b'];
  if (!bid) throw new Error('no bid');
  bid.responsive = false;
  bid.items['i1'] = { score: 800, comment: '', cites: [] };
  expect(lacksOf(draft, criteria, ['b']).map(({ what }) => what)).toEqual(['whyNot', 'reason']);
  bid.reason = '缺少检测报告';
  bid.items['i1'] = { score: 800, comment: '四项齐全', cites: [{ file: 0, page: 14 }] };
  expect(lacksOf(draft, criteria, ['b'])).toEqual([]);
  expect(sheetOf(draft, room).bids).toEqual([
    {
      bidId: 'b',
      responsive: false,
      reasons: ['缺少检测报告'],
      scores: [{ item: 'i1', score: 800, comment: '四项齐全 [技术响应.pdf p.14]' }],
    },
  ]);
});
