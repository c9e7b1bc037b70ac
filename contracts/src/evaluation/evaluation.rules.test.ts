import { expect, test } from 'vitest';
import type { LotContent } from '../tendering/tender.schema.ts';
import {
  criteriaHash,
  criteriaOf,
  evaluate,
  mayAppoint,
  mayJudge,
  maySheetCount,
  objectiveScores,
  panelRule,
  resultHash,
  type JudgedBid,
  type JudgedSheet,
} from './evaluation.rules.ts';
import { EvaluationResult, type ScoreSheet } from './evaluation.schema.ts';

const lotId = '01933f00-0000-7000-8000-000000000001';
const tenderId = '01933f00-0000-7000-8000-000000000002';
const bidId = (n: number): string => `01933f00-0000-7000-8000-0000000000${String(n + 10)}`;
const lot: LotContent = {
  no: 1,
  title: '标段',
  content: '内容',
  quantity: '1',
  deliveryDays: 30,
  deliveryPlace: '地点',
  budget: '100000000',
  ceiling: '90000000',
  qualifications: [
    { id: 'q1', text: '营业执照', evidence: '' },
    { id: 'q2', text: '业绩', evidence: '' },
  ],
  method: 'comprehensive',
  priceWeight: 30,
  scale: 2,
  items: [
    {
      id: 'years',
      name: '质保期',
      kind: 'objective',
      max: 2000,
      guidance: '',
      options: [
        { id: 'three', label: '三年', points: 2000 },
        { id: 'one', label: '一年', points: 500 },
      ],
    },
    { id: 'plan', name: '方案', kind: 'subjective', max: 5000, guidance: '' },
  ],
};
const criteria = criteriaOf(lotId, lot);
const bid = (n: number, price: number, option = 'three'): JudgedBid => ({
  bidId: bidId(n),
  price: BigInt(price),
  objective: [{ item: 'years', option }],
});
const sheetOf = (expert: string, plan: readonly number[], against: readonly number[] = []): ScoreSheet => ({
  v: 'xinbiao/score-sheet/v1',
  lotId,
  criteriaHash: criteriaHash(criteria),
  expert,
  bids: plan.map((score, at) => ({
    bidId: bidId(at),
    responsive: !against.includes(at),
    reasons: against.includes(at) ? ['缺少授权书'] : [],
    scores: [{ item: 'plan', score, comment: '' }],
  })),
});
const judged = (sheets: readonly ScoreSheet[]): JudgedSheet[] =>
  sheets.map((sheet) => ({ expert: sheet.expert, commitment: 'ab'.repeat(32), from: 'reveal', sheet }));
const bids = [bid(0, 80_000_000), bid(1, 60_000_000, 'one'), bid(2, 90_000_000)];
const five = (against: readonly number[][] = [[], [], [], [], []]) =>
  judged(
    ['expert-1', 'expert-2', 'expert-3', 'expert-4', 'expert-5'].map((expert, at) =>
      sheetOf(expert, [4000, 4200, 4100 + at], against[at] ?? []),
    ),
  );

test('totals are the sum of rounded parts, and the dearer bid may lead', () => {
  const result = evaluate({ tenderId, criteria, bids, sheets: five(), rulebook: '2026' });
  expect(EvaluationResult.parse(result)).toEqual(result);
  expect(result).toMatchObject({ outcome: 'ranked', base: '60000000', limit: '90000000' });
  expect(
    result.bids.map(({ priceScore, objective, subjective, total, rank }) => [
      priceScore,
      objective,
      subjective,
      total,
      rank,
    ]),
  ).toEqual([
    [2250, 2000, 4000, 8250, 1],
    [3000, 500, 4200, 7700, 3],
    [2000, 2000, 4102, 8102, 2],
  ]);
});

test('the order of bids and sheets does not change the result', () => {
  const once = evaluate({ tenderId, criteria, bids, sheets: five(), rulebook: '2026' });
  const again = evaluate({
    tenderId,
    criteria,
    bids: bids.toReversed(),
    sheets: five().toReversed(),
    rulebook: '2026',
  });
  expect(resultHash(again)).toBe(resultHash(once));
});

test('a bid falls by majority, two of five do not suffice, and its reasons stay', () => {
  const two = evaluate({
    tenderId,
    criteria,
    bids: [...bids, bid(3, 50_000_000)],
    sheets: judged(
      five([[1], [1], [], [], []]).map(({ sheet }) => ({
        ...sheet,
        bids: [
          ...sheet.bids,
          { bidId: bidId(3), responsive: true, reasons: [], scores: [{ item: 'plan', score: 1, comment: '' }] },
        ],
      })),
    ),
    rulebook: '2026',
  });
  expect(two.bids[1]).toMatchObject({ responsive: true, votes: { for: 3, against: 2 }, reasons: ['缺少授权书'] });
  expect(two.base).toBe('50000000');
  const three = evaluate({ tenderId, criteria, bids, sheets: five([[1], [1], [1], [], []]), rulebook: '2026' });
  expect(three).toMatchObject({ outcome: 'lt3Responsive', base: '80000000' });
  expect(three.bids.map(({ rank }) => rank)).toEqual([null, null, null]);
});

test('a price over the ceiling is invalid whatever the panel votes, and does not become the base', () => {
  const result = evaluate({
    tenderId,
    criteria,
    bids: [bid(0, 80_000_000), bid(1, 60_000_000), bid(2, 90_000_001)],
    sheets: five(),
    rulebook: '2026',
  });
  expect(result.bids[2]).toMatchObject({
    overLimit: true,
    responsive: false,
    rank: null,
    priceScore: 0,
    votes: { for: 5, against: 0 },
  });
  expect(result.outcome).toBe('lt3Responsive');
});

test('an objective item is scored from the claim; no claim and an unknown one score nothing', () => {
  expect(objectiveScores(criteria, [{ item: 'years', option: 'one' }])).toEqual([
    { item: 'years', option: 'one', label: '一年', score: 500 },
  ]);
  expect(objectiveScores(criteria, []).map(({ score }) => score)).toEqual([0]);
  expect(
    objectiveScores(criteria, [{ item: 'years', option: 'ten' }]).map(({ score, option }) => [score, option]),
  ).toEqual([[0, null]]);
});

test('a sheet must judge every bid by every subjective item, in range and with reasons', () => {
  const asked = { criteria, bidIds: [bidId(0), bidId(1), bidId(2)], expert: 'expert-1' };
  const good = sheetOf('expert-1', [1, 2, 5000]);
  const codes = (sheet: ScoreSheet) => maySheetCount(sheet, asked).map(({ code }) => code);
  expect(codes(good)).toEqual([]);
  expect(codes(sheetOf('expert-2', [1, 2, 3]))).toEqual(['sheet.wrong-bids']);
  expect(codes(sheetOf('expert-1', [1, 2]))).toEqual(['sheet.wrong-bids']);
  expect(codes(sheetOf('expert-1', [1, 2, 5001]))).toEqual(['sheet.out-of-range']);
  const [first, ...rest] = good.bids;
  if (!first) throw new Error('no bid');
  expect(codes({ ...good, bids: [{ ...first, scores: [] }, ...rest] })).toEqual(['sheet.wrong-items']);
  expect(codes({ ...good, bids: [{ ...first, responsive: false }, ...rest] })).toEqual(['sheet.no-reason']);
  expect(codes({ ...good, bids: [first, first, ...rest.slice(1)] })).toEqual(['sheet.wrong-bids']);
  expect(codes({ ...good, criteriaHash: '00'.repeat(32) })).toEqual(['sheet.wrong-bids']);
});

test('qualification judges every bid that stands once, for every requirement, and a no says why', () => {
  const ok = (n: number, met = true, reason = '') => ({
    bidId: bidId(n),
    findings: [
      { qualification: 'q1', met, reason },
      { qualification: 'q2', met: true, reason: '' },
    ],
  });
  const codes = (given: Parameters<typeof mayJudge>[0]['bids']) =>
    mayJudge({ standing: [bidId(0), bidId(1)], criteria, bids: given }).map(({ code }) => code);
  expect(codes([ok(0), ok(1, false, '过期')])).toEqual([]);
  expect(codes([ok(0)])).toEqual(['qualification.bids-differ']);
  expect(codes([ok(0), ok(0)])).toEqual(['qualification.bids-differ']);
  expect(codes([ok(0), ok(1, false)])).toEqual(['qualification.no-reason']);
  expect(codes([ok(0), { bidId: bidId(1), findings: [] }])).toEqual(['qualification.findings-differ']);
});

test('a panel is odd, five or from ten million yuan seven, with at most a third for the purchaser', () => {
  expect(panelRule(999_999_999n, '2026')).toMatchObject({ least: 5, mostRepresentatives: 1 });
  expect(panelRule(1_000_000_000n, '2026')).toMatchObject({ least: 7, mostRepresentatives: 2 });
  const people = Array.from({ length: 9 }, (_, at) => ({
    seatId: `seat-${at}`,
    kind: at < 3 ? ('purchaser' as const) : ('expert' as const),
    recused: at === 8,
    name: `甲${at}`,
  }));
  const codes = (from: number, count: number, budget = 1n) =>
    mayAppoint({
      members: people.slice(from, from + count),
      candidates: people,
      budget,
      rulebook: '2026',
      drawn: null,
      selfChosen: '专业性强',
    }).map(({ code }) => code);
  expect(codes(3, 5)).toEqual([]);
  expect(codes(2, 5)).toEqual([]);
  expect(codes(1, 5)).toEqual(['panel.too-few-experts']);
  expect(codes(1, 7)).toEqual([]);
  expect(codes(0, 7)).toEqual(['panel.too-few-experts']);
  expect(codes(3, 4)).toEqual(['panel.too-small', 'panel.even']);
  expect(codes(3, 5, 1_000_000_000n)).toEqual(['panel.too-small']);
  expect(codes(4, 5)).toEqual(['panel.must-stay-away']);
  expect(
    mayAppoint({
      members: [...people.slice(3, 7), { seatId: 'seat-3', kind: 'expert' }],
      candidates: people,
      budget: 1n,
      rulebook: '2026',
      drawn: null,
      selfChosen: '专业性强',
    }).map(({ code }) => code),
  ).toEqual(['panel.twice']);
  expect(
    mayAppoint({
      members: [...people.slice(3, 7), { seatId: 'nobody', kind: 'expert' }],
      candidates: people,
      budget: 1n,
      rulebook: '2026',
      drawn: null,
      selfChosen: '专业性强',
    }).map(({ code }) => code),
  ).toEqual(['panel.not-a-candidate']);
});
