import { expect, test } from 'vitest';
import { answersBatch, mayAnswer, resealAsk, tallyOf } from './officer.rules.ts';

const hash = (digit: string): string => digit.repeat(64);
const batch = { lotId: 'lot', hash: hash('b'), officer: hash('o'), items: [hash('1'), hash('2')] };
const act = {
  lotId: 'lot',
  batch: hash('b'),
  officer: hash('o'),
  answers: [
    { item: hash('1'), answer: 'accept' as const },
    { item: hash('2'), answer: 'complaint' as const },
  ],
};

test('takes an act that answers every item of the batch in its order, and no other', () => {
  expect(answersBatch(act, batch)).toEqual([]);
  for (const other of [
    { ...act, lotId: 'another' },
    { ...act, batch: hash('c') },
    { ...act, officer: hash('p') },
    { ...act, answers: act.answers.slice(1) },
    { ...act, answers: act.answers.toReversed() },
    { ...act, answers: [...act.answers, { item: hash('3'), answer: 'accept' as const }] },
  ])
    expect(answersBatch(other, batch)).toEqual([{ code: 'precheck.batch-differs' }]);
});

test('lets an officer answer once, until the very deadline', () => {
  const deadline = new Date('2026-11-23T01:30:00.000Z');
  const facts = {
    lotState: 'bidding',
    deadline,
    now: new Date(deadline.getTime() - 1),
    isOfficer: true,
    answered: false,
  };
  expect(mayAnswer(facts)).toEqual([]);
  expect(mayAnswer({ ...facts, isOfficer: false })).toEqual([{ code: 'precheck.not-an-officer' }]);
  expect(mayAnswer({ ...facts, now: deadline })).toEqual([{ code: 'precheck.over' }]);
  expect(mayAnswer({ ...facts, lotState: 'closed' })).toEqual([{ code: 'precheck.over' }]);
  expect(mayAnswer({ ...facts, answered: true })).toEqual([{ code: 'precheck.answered' }]);
});

test('asks a bidder to seal again where officers left or one could not read, and nobody else', () => {
  const since = new Date('2026-11-20T00:00:00.000Z');
  expect(resealAsk('current', null)).toBeNull();
  expect(resealAsk('should', null)).toEqual({ why: 'officers', must: false, at: null });
  expect(resealAsk('must', null)).toEqual({ why: 'officers', must: true, at: null });
  expect(resealAsk('current', since)).toEqual({ why: 'share', must: true, at: since.toISOString() });
  expect(resealAsk('should', since)).toEqual({ why: 'share', must: true, at: since.toISOString() });
});

test('a bid is proven to open when every group reached its threshold', () => {
  const groups = [
    { id: 'purchaser', t: 1, members: ['a', 'b'] },
    { id: 'independent', t: 2, members: ['c', 'd', 'e'] },
  ];
  const yes = (officer: string) => ({ officer, answer: 'accept' as const });
  const no = (officer: string) => ({ officer, answer: 'complaint' as const });
  expect(tallyOf(groups, []).proven).toBe(false);
  expect(tallyOf(groups, [yes('a'), yes('c')]).proven).toBe(false);
  expect(tallyOf(groups, [yes('a'), yes('c'), yes('e')]).proven).toBe(true);
  expect(tallyOf(groups, [yes('a'), yes('c'), no('d'), yes('e')])).toEqual({
    groups: [
      { id: 'purchaser', t: 1, accepted: ['a'], complained: [] },
      { id: 'independent', t: 2, accepted: ['c', 'e'], complained: ['d'] },
    ],
    proven: true,
  });
  // With two stages, a complaint about one of them is a complaint about the envelope.
  expect(tallyOf(groups, [yes('a'), no('a'), yes('c'), yes('e')]).proven).toBe(false);
});
