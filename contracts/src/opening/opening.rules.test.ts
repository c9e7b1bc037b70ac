import { expect, test } from 'vitest';
import { coversAll, mayRelease, mayRemark, standingOf } from './opening.rules.ts';

const codes = (verdict: readonly { code: string }[]): string[] => verdict.map(({ code }) => code);
const member = { group: 'purchaser', x: 1, certSha256: 'aa' };

test('lets a member of the keyring release once, after close and before the opening is over', () => {
  const facts = { lotState: 'closed', member, alreadyReleased: false };
  expect(mayRelease(facts)).toEqual([]);
  expect(codes(mayRelease({ ...facts, lotState: 'bidding' }))).toEqual(['opening.not-closed']);
  expect(codes(mayRelease({ ...facts, member: undefined }))).toEqual(['opening.not-an-officer']);
  expect(codes(mayRelease({ ...facts, lotState: 'opened' }))).toEqual(['opening.over']);
  expect(codes(mayRelease({ ...facts, alreadyReleased: true }))).toEqual(['opening.already-released']);
});

const share = (manifestHash: string, x = 1) => ({ manifestHash, stage: 'open', x, blob: '00' });
const given = (shares: ReturnType<typeof share>[], overrides: object = {}) => ({
  act: { closeHash: 'c', officer: 'aa', shares, ...overrides },
  closeHash: 'c',
  member,
  manifestHashes: ['m1', 'm2'],
  stages: ['open'],
});

test('takes a batch of all bids and refuses every other', () => {
  expect(coversAll(given([share('m2'), share('m1')]))).toEqual([]);
  expect(coversAll(given([share('m1')]))).toEqual([{ code: 'opening.batch-incomplete', facts: { missing: 1 } }]);
  expect(codes(coversAll(given([share('m1'), share('m2'), share('m3')])))).toEqual(['opening.batch-differs']);
  expect(codes(coversAll(given([share('m1'), share('m1')])))).toEqual(['opening.batch-differs']);
  expect(codes(coversAll(given([share('m1'), share('m2', 2)])))).toEqual(['opening.batch-differs']);
  expect(codes(coversAll(given([share('m1'), share('m2')], { closeHash: 'd' })))).toEqual(['opening.other-close']);
  expect(codes(coversAll(given([share('m1'), share('m2')], { officer: 'bb' })))).toEqual(['opening.not-an-officer']);
});

const group = (id: string, members: string[], released: string[], t = 1) => ({ id, t, members, released });

test('waits for every group, and says for whom', () => {
  const groups = [group('purchaser', ['p1', 'p2'], ['p1']), group('independent', ['i1', 'i2'], [])];
  expect(standingOf({ groups, bids: [{ manifestHash: 'm', good: ['p1'] }], settled: true })).toEqual({
    kind: 'waiting',
    missing: [{ group: 'independent', members: ['i1', 'i2'] }],
  });
});

test('opens without those absent when every group has enough', () => {
  const groups = [group('purchaser', ['p1', 'p2'], ['p2']), group('independent', ['i1', 'i2'], ['i1'])];
  expect(standingOf({ groups, bids: [{ manifestHash: 'm', good: ['p2', 'i1'] }], settled: false })).toEqual({
    kind: 'ready',
    spoilt: [],
  });
});

test('a bid that one officer cannot read waits for the group’s others, until their time is over', () => {
  const groups = [group('purchaser', ['p1', 'p2'], ['p1']), group('independent', ['i1'], ['i1'])];
  const bids = [
    { manifestHash: 'good', good: ['p1', 'i1'] },
    { manifestHash: 'bad', good: ['i1'] },
  ];
  expect(standingOf({ groups, bids, settled: false })).toEqual({
    kind: 'waiting',
    missing: [{ group: 'purchaser', members: ['p2'] }],
  });
  expect(standingOf({ groups, bids, settled: true })).toEqual({ kind: 'ready', spoilt: ['bad'] });
  const all = [group('purchaser', ['p1', 'p2'], ['p1', 'p2']), group('independent', ['i1'], ['i1'])];
  expect(standingOf({ groups: all, bids, settled: false })).toEqual({ kind: 'ready', spoilt: ['bad'] });
  expect(
    standingOf({ groups: all, bids: [bids[0]!, { manifestHash: 'bad', good: ['i1', 'p2'] }], settled: false }),
  ).toEqual({ kind: 'ready', spoilt: [] });
});

test('hears a bidder who was there: an objection with words, a confirmation once', () => {
  const facts = {
    lotState: 'opened',
    opened: true,
    hasBid: true,
    kind: 'object' as const,
    text: '报价读错',
    confirmed: false,
  };
  expect(mayRemark(facts)).toEqual([]);
  expect(codes(mayRemark({ ...facts, text: ' ' }))).toEqual(['opening.objection-empty']);
  expect(mayRemark({ ...facts, kind: 'confirm', text: '' })).toEqual([]);
  expect(codes(mayRemark({ ...facts, hasBid: false }))).toEqual(['opening.no-bid']);
  expect(codes(mayRemark({ ...facts, opened: false }))).toEqual(['opening.not-opened']);
  expect(codes(mayRemark({ ...facts, confirmed: true }))).toEqual(['opening.already-confirmed']);
});
