import { canonical, type AuditedEntry, type EntryBody, type Json, type LogView } from '../trust/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import { exampleContent } from '../tendering/example.ts';
import { expect, test } from 'vitest';
import { closeTermFindings, publicationFindings, resultTermFindings } from './terms.ts';

/* A house that signs its own log can write what it likes into it; each test writes one thing that is not so. */

const id = (n: number): string => `01933f00-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`;
const [tenderId, lotId] = [id(1), id(2)];
const content = exampleContent();
const part = content.lots[0]!;
const hash = (n: number): string => String(n % 10).repeat(64);
const limit = part.ceiling ?? part.budget;

type Written = { t: string; p?: Record<string, Json>; s?: string; ts?: string };
const viewOf = (written: readonly Written[]): LogView =>
  ({
    entries: written.map(({ t, p = {}, s = lotId, ts = content.deadline }, index): AuditedEntry => ({
      index,
      hash: new Uint8Array(32).fill(index) as AuditedEntry['hash'],
      bytes: new Uint8Array(),
      leaf: undefined,
      body: { v: 1, t, s, ts, p } as EntryBody,
    })),
  }) as unknown as LogView;

const close = (over: object = {}): string =>
  canonical({
    v: 'xinbiao/close/v1',
    tenderId,
    lotId,
    deadline: content.deadline,
    closedAt: content.deadline,
    others: [],
    token: null,
    heads: [3, 4].map((n) => ({
      leaf: hash(n),
      salt: hash(n),
      bidId: id(n),
      manifestHash: hash(n),
      seq: 1,
      receivedAt: content.deadline,
      bidder: null,
    })),
    ...over,
  });
const bidOf = (n: number, over: object = {}) => ({
  bidId: id(n),
  price: '100',
  responsive: true,
  overLimit: false,
  votes: { for: 5, against: 0 },
  reasons: [],
  items: [{ item: 'a', kind: 'subjective', score: 900 }],
  objective: 0,
  subjective: 900,
  priceScore: 3000,
  total: 3900,
  rank: n - 2,
  ...over,
});
const result = (bids: readonly object[], over: object = {}): string =>
  canonical({
    v: 'xinbiao/eval-result/v1',
    tenderId,
    lotId,
    criteriaHash: hash(1),
    method: part.method,
    outcome: 'ranked',
    limit,
    base: '100',
    sheets: [],
    flags: [],
    bids,
    ...over,
  } as Json);
const lotOf = (over: object = {}) =>
  ({
    id: lotId,
    no: part.no,
    state: 'awarded',
    close: close(),
    bids: [],
    result: null,
    award: null,
    ...over,
  }) as unknown as TenderBundle['lots'][number];
const opened = (n: number, over: object = {}): Written => ({
  t: 'open.result',
  p: { bid: id(n), manifest: hash(n), state: 'opened', ...over },
});
const honest: Written[] = [
  { t: 'tender.close' },
  opened(3),
  opened(4),
  { t: 'lot.open' },
  { t: 'qualify.result', p: { act: hash(7) } },
];

const closing = (written: Written[], lot = lotOf(), given: typeof content | null = content) =>
  closeTermFindings(lot, viewOf(written), { tenderId, content: given ?? undefined }).map(({ outcome }) => outcome);
const bundleWith = (passed: readonly number[]) =>
  ({
    tender: { id: tenderId, noticeLeaf: '00'.repeat(32) },
    acts: [
      {
        hash: hash(7),
        act: canonical({ bids: [3, 4].map((n) => ({ bidId: id(n), findings: [{ met: passed.includes(n) }] })) }),
      },
    ],
  }) as unknown as TenderBundle;
const judging = (text: string, bundle = bundleWith([3, 4]), given: typeof content | null = content) =>
  resultTermFindings(lotOf({ result: text }), viewOf(honest), { bundle, content: given ?? undefined }).map(
    ({ outcome }) => outcome,
  );

test('an honest close and an honest result leave nothing to find', () => {
  expect(closing(honest)).toEqual([]);
  expect(judging(result([bidOf(3), bidOf(4)]))).toEqual([]);
});

test('another deadline than the notice’s, a close before it or a second close is found', () => {
  expect(closing(honest, lotOf({ close: close({ deadline: '2020-01-01T00:00:00.000Z' }) }))).toContain('broken');
  expect(closing(honest, lotOf({ close: close({ closedAt: '2020-01-01T00:00:00.000Z' }) }))).toEqual(['broken']);
  expect(closing([...honest, { t: 'tender.close' }])).toEqual(['broken']);
  expect(closing(honest, lotOf({ close: close({ lotId: id(9) }) }))).toEqual(['broken']);
});

test('an evaluation that was reopened on record has one more result, and no other has', () => {
  const round = (n: number): Written[] => [{ t: 'eval.close' }, { t: 'eval.result', p: { result: hash(n) } }];
  const reopen = (n: number, ground = 'outlier'): Written => ({ t: 'eval.reopen', p: { result: hash(n), ground } });
  const evaluated = [...honest, ...round(1), reopen(1), ...round(2)];
  expect(closing([...evaluated, { t: 'award.decide' }])).toEqual([]);
  expect(closing([...evaluated, ...round(3)])).toEqual(['broken', 'broken']);
  expect(closing([...honest, ...round(1), ...round(2), reopen(2)])).toEqual(['broken', 'broken']);
  expect(closing([...honest, ...round(1), reopen(9), ...round(2)])).toEqual(['broken']);
  expect(closing([...honest, ...round(1), reopen(1, 'we-like-another'), ...round(2)])).toEqual(['broken']);
  expect(closing([...honest, ...round(1), { t: 'award.decide' }, reopen(1), ...round(2)])).toEqual(['broken']);
});

test('a bid that came at the deadline or later is found', () => {
  expect(closing([{ t: 'bid.receipt', ts: '2020-01-01T00:00:00.000Z' }, ...honest])).toEqual([]);
  expect(closing([{ t: 'bid.receipt', ts: content.deadline }, ...honest])).toEqual(['broken']);
});

test('a bid that was opened and never handed in is found', () => {
  expect(closing([...honest, opened(5)])).toEqual(['broken']);
  expect(closing([{ t: 'tender.close' }, opened(3, { manifest: hash(9) }), { t: 'lot.open' }])).toEqual(['broken']);
  expect(closing([{ t: 'tender.close' }, opened(3)])).toEqual(['broken']);
});

test('a bid left out of the evaluation, or one that was not qualified, is found', () => {
  expect(judging(result([bidOf(3)]))).toEqual(['broken']);
  expect(judging(result([bidOf(3), bidOf(4)]), bundleWith([3]))).toEqual(['broken']);
  expect(judging(result([bidOf(3)]), bundleWith([3]))).toEqual([]);
});

test('another method, another limit and points that do not add up are found', () => {
  expect(
    judging(
      result([bidOf(3), bidOf(4)], { method: part.method === 'comprehensive' ? 'lowestPrice' : 'comprehensive' }),
    ),
  ).toEqual(['broken']);
  expect(judging(result([bidOf(3), bidOf(4)], { limit: '1' }))).toEqual(['broken']);
  expect(judging(result([bidOf(3, { overLimit: true, responsive: false }), bidOf(4)]))).toEqual(['broken']);
  expect(judging(result([bidOf(3, { subjective: 901 }), bidOf(4)]))).toEqual(['broken']);
});

test('what is missing is never taken for good', () => {
  expect(closing(honest, lotOf(), null)).toEqual(['unknown']);
  expect(judging(result([bidOf(3), bidOf(4)]), bundleWith([3, 4]), null)).toEqual(['unknown']);
  expect(judging(result([bidOf(3), bidOf(4)]), { ...bundleWith([3, 4]), acts: [] })).toEqual(['unknown']);
});

test('a second notice of the same tender is found', () => {
  const notice = { t: 'tender.publish', s: tenderId, p: { tender: tenderId } };
  expect(publicationFindings(bundleWith([]), viewOf([notice]))).toEqual([]);
  expect(publicationFindings(bundleWith([]), viewOf([notice, notice])).map(({ outcome }) => outcome)).toEqual([
    'broken',
  ]);
  expect(publicationFindings(bundleWith([]), viewOf([])).map(({ outcome }) => outcome)).toEqual(['broken']);
});
