import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, daysBetween, finalStates, startOfDay, unreachableStates } from '../kernel/index.ts';
import {
  banRefusal,
  blacklistLife,
  Decision,
  effectOf,
  expertLife,
  forbiddableActs,
  isInForce,
  isShown,
  judgeEmployers,
  judgeReview,
  publishedUntil,
  registryRefusals,
  tiesTo,
} from './index.ts';
import { phrase } from '../kernel/refusal.ts';

const ban = {
  state: 'active',
  forbids: ['bid'],
  regionCode: '370200',
  from: '2026-03-01',
  until: '2027-02-28',
} as const;
const at = new Date('2026-11-24T01:30:00.000Z');

test('every state of an expert and of a record can be reached', () => {
  expect([unreachableStates(expertLife), finalStates(expertLife)]).toEqual([[], []]);
  expect([unreachableStates(blacklistLife), finalStates(blacklistLife)]).toEqual([[], ['withdrawn', 'repaired']]);
});

test('refuses only the act that the decision names, and only where it reaches; everything else is flagged', () => {
  expect(effectOf(ban, { act: 'bid', regionCode: '370202', at })).toBe('refuse');
  expect(effectOf(ban, { act: 'takeDocuments', regionCode: '370202', at })).toBe('flag');
  expect(effectOf(ban, { act: 'bid', regionCode: '320100', at })).toBe('flag');
  expect(effectOf(ban, { act: 'bid', regionCode: '370000', at })).toBe('flag');
  expect(effectOf(ban, { act: 'bid', regionCode: null, at })).toBe('flag');
  expect(effectOf({ ...ban, regionCode: null }, { act: 'bid', regionCode: null, at })).toBe('refuse');
  for (const act of forbiddableActs)
    expect(effectOf({ ...ban, forbids: [] }, { act, regionCode: '370202', at })).toBe('flag');
});

test('a ban holds on its first and last day, at the tender’s place, and not a moment beyond', () => {
  const last = new Date(startOfDay('2027-03-01').getTime() - 1);
  expect([
    isInForce(ban, startOfDay('2026-03-01')),
    isInForce(ban, new Date(startOfDay('2026-03-01').getTime() - 1)),
    isInForce(ban, last),
    isInForce(ban, startOfDay('2027-03-01')),
  ]).toEqual([true, false, true, false]);
});

test('a record that was withdrawn or repaired has no effect and is not shown', () => {
  for (const state of ['withdrawn', 'repaired'] as const) {
    expect(effectOf({ ...ban, state }, { act: 'bid', regionCode: '370202', at })).toBeUndefined();
    expect(isShown({ state, decidedOn: '2026-11-01', until: '2027-02-28' }, at)).toBe(false);
  }
});

test('publishes for six months, longer if the ban is longer', () => {
  expect(publishedUntil({ decidedOn: '2026-08-31', until: '2026-09-30' })).toBe('2027-02-28');
  expect(publishedUntil({ decidedOn: '2026-01-15', until: '2026-02-01' })).toBe('2026-07-15');
  expect(publishedUntil({ decidedOn: '2026-01-15', until: '2028-01-14' })).toBe('2028-01-14');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), (days) => {
      const decidedOn = addDays('2000-01-01', days);
      const length = daysBetween(decidedOn, publishedUntil({ decidedOn, until: decidedOn }));
      expect(length).toBeGreaterThanOrEqual(181);
      expect(length).toBeLessThanOrEqual(184);
    }),
  );
  expect([
    isShown({ state: 'active', decidedOn: '2026-05-24', until: '2026-06-01' }, at),
    isShown({ state: 'active', decidedOn: '2026-05-23', until: '2026-06-01' }, at),
  ]).toEqual([true, false]);
});

test('a refusal by ban names decision, authority and end', () => {
  const { facts } = banRefusal({
    decisionNumber: '青财采决〔2026〕7号',
    authority: '青澜市财政局',
    until: '2027-02-28',
  });
  for (const lang of ['zh', 'en'] as const) {
    const sentence = phrase(registryRefusals['blacklist.forbidden'][lang], facts);
    for (const word of ['青财采决〔2026〕7号', '青澜市财政局', '2027-02-28']) expect(sentence).toContain(word);
    expect(sentence).not.toMatch(/[{}]/);
  }
});

test('nobody reviews their own affair, decides twice, or rejects without a reason', () => {
  const facts = { own: false, pending: true, decision: 'approve', reason: '' } as const;
  expect(judgeReview(facts)).toEqual([]);
  expect(judgeReview({ ...facts, own: true })).toEqual([{ code: 'review.own-affair' }]);
  expect(judgeReview({ ...facts, pending: false })).toEqual([{ code: 'review.already-decided' }]);
  expect(judgeReview({ ...facts, decision: 'reject' })).toMatchObject([{ code: 'review.reason-needed' }]);
  expect(judgeReview({ ...facts, decision: 'reject', reason: '执照照片模糊' })).toEqual([]);
});

test('an expert says where they work now', () => {
  expect(judgeEmployers([{ until: '2026-11-23' }], '2026-11-24')).toMatchObject([
    { code: 'expert.no-present-employer' },
  ]);
  expect(judgeEmployers([{ until: '2026-11-23' }, { until: null }], '2026-11-24')).toEqual([]);
  expect(judgeEmployers([{ until: '2026-11-24' }], '2026-11-24')).toEqual([]);
});

test('finds what ties an expert to a bidder: work within three years, and every declared relation', () => {
  const party = { name: '青澜第一有限公司', uscc: '91370211780374731M' };
  const employer = (until: string | null, uscc: string | null = party.uscc, name = '旧名') => ({
    name,
    uscc,
    from: '2010-01-01',
    until,
  });
  const ties = (employers: ReturnType<typeof employer>[], relations: Parameters<typeof tiesTo>[0]['relations'] = []) =>
    tiesTo({ employers, relations }, party, '2026-11-24');
  expect(ties([employer('2023-11-24')])).toEqual([{ kind: 'employer', until: '2023-11-24' }]);
  expect(ties([employer('2023-11-23')])).toEqual([]);
  expect(ties([employer(null, null, '青澜第一有限公司 ')])).toEqual([{ kind: 'employer', until: null }]);
  expect(ties([employer(null, '91370211780374731M'.replace('M', 'N'), party.name)])).toEqual([]);
  expect(ties([], [{ ...party, kind: 'kin', note: '' }])).toEqual([{ kind: 'relation', relation: 'kin' }]);
});

test('a decision whose ban ends before it begins is no decision', () => {
  const decision = {
    name: '青澜第一有限公司',
    uscc: '91370211780374731M',
    decisionNumber: '7号',
    authority: '财政局',
    legalBasis: '政府采购法 §77',
    reason: '提供虚假材料谋取中标',
    decidedOn: '2026-02-20',
    forbids: ['bid'],
    regionCode: null,
    from: '2026-03-01',
    until: '2027-02-28',
    evidence: null,
  };
  expect(Decision.safeParse(decision).success).toBe(true);
  expect(Decision.safeParse({ ...decision, until: '2026-02-28' }).success).toBe(false);
  expect(Decision.safeParse({ ...decision, forbids: ['bid', 'bid'] }).success).toBe(false);
});
