import { expect, test } from 'vitest';
import { faultRules, faultWords } from './fault.rules.ts';
import { coversAll, mayAnnounce, mayRelease, mayRemark } from './opening.rules.ts';

const codes = (verdict: readonly { code: string }[]): string[] => verdict.map(({ code }) => code);
const member = { group: 'purchaser', x: 1, certSha256: 'aa' };

test('lets a member of the keyring release once, after close and before the opening is over', () => {
  const now = new Date('2026-12-02T02:00:00.000Z');
  const facts = { lotState: 'closed', member, alreadyReleased: false, objectionUntil: now, halted: false, now };
  expect(mayRelease(facts)).toEqual([]);
  expect(codes(mayRelease({ ...facts, lotState: 'bidding' }))).toEqual(['opening.not-closed']);
  expect(codes(mayRelease({ ...facts, member: undefined }))).toEqual(['opening.not-an-officer']);
  expect(codes(mayRelease({ ...facts, lotState: 'opened' }))).toEqual(['opening.over']);
  expect(codes(mayRelease({ ...facts, alreadyReleased: true }))).toEqual(['opening.already-released']);
  expect(codes(mayRelease({ ...facts, halted: true }))).toEqual(['opening.halted']);
  expect(codes(mayRelease({ ...facts, now: new Date(now.getTime() - 1) }))).toEqual(['opening.objecting']);
});

const share = (manifestHash: string, x = 1) => ({ manifestHash, stage: 'open', x, blob: '00' });
const given = (shares: ReturnType<typeof share>[], overrides: object = {}) => ({
  act: { closeHash: 'c', officer: 'aa', shares, ...overrides },
  closeHash: 'c',
  officer: 'aa',
  places: ['m1', 'm2'].map((manifestHash) => ({ manifestHash, stage: 'open', x: 1 })),
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

test('announces a few batches and no more', () => {
  expect(mayAnnounce({ attempts: 2, most: 3 })).toEqual([]);
  expect(mayAnnounce({ attempts: 3, most: 3 })).toEqual([{ code: 'opening.too-many-batches', facts: { most: 3 } }]);
});

test('every fault that an opening can find has its row, with words and an article for both regimes', () => {
  expect(new Set(faultRules.map(({ code, party }) => `${code} ${party}`)).size).toBe(faultRules.length);
  for (const row of faultRules) {
    const fault = { code: row.code, party: row.party, officer: '闻亦舟', part: 'price' };
    for (const regime of ['ZC', 'ZB'] as const)
      for (const lang of ['zh', 'en'] as const) {
        const said = faultWords(fault, regime, lang);
        expect(
          [said?.why, said?.follows, said?.law ?? row.by[regime].outcome, said?.todo].every(
            (text) => text && !text.includes('{'),
          ),
        ).toBe(true);
      }
  }
  // 撤销 is the bidder's own cause, 撤回 anybody else's. 电子招标投标办法 §31
  for (const { party, by } of faultRules) expect(by.ZB.outcome).not.toBe(party === 'bidder' ? 'withdrawn' : 'revoked');
  expect(faultWords({ code: 'nothing', party: 'bidder', officer: null, part: null }, 'ZC', 'zh')).toBeUndefined();
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
