import { expect, test } from 'vitest';
import { calendarOf } from '../kernel/calendar.ts';
import { lightsOf, worstOf, type LightFacts } from './light.rules.ts';

const at = (text: string): Date => new Date(text);
const facts = (over: Partial<LightFacts>): LightFacts => ({
  state: 'bidding',
  deadline: at('2026-11-24T01:30:00.000Z'),
  reached: {},
  openUntil: null,
  bids: null,
  missing: 0,
  faulty: 0,
  lowPrices: 0,
  fromEscrow: 0,
  replaced: 0,
  sheetsUntil: null,
  contractBy: null,
  rulebook: '2026',
  calendar: calendarOf(),
  now: at('2026-11-24T01:00:00.000Z'),
  ...over,
});
const shown = (over: Partial<LightFacts>) => lightsOf(facts(over)).map(({ rule, colour }) => [rule, colour]);

test('a lot that takes bids shows no light', () => {
  expect(shown({})).toEqual([]);
});

test('an opening is late half an hour after the deadline, and stays so once it was held late', () => {
  expect(shown({ state: 'closed', now: at('2026-11-24T01:59:59.999Z') })).toEqual([['openOnTime', 'warn']]);
  expect(shown({ state: 'closed', now: at('2026-11-24T02:00:00.000Z') })).toEqual([['openOnTime', 'bad']]);
  expect(shown({ state: 'bidding', now: at('2026-11-24T02:00:00.000Z') })).toEqual([['openOnTime', 'bad']]);
  expect(
    shown({
      state: 'opened',
      reached: { opened: at('2026-11-24T02:00:00.000Z') },
      now: at('2026-11-24T03:00:00.000Z'),
    })[0],
  ).toEqual(['openOnTime', 'bad']);
  expect(
    shown({
      state: 'opened',
      reached: { opened: at('2026-11-24T01:40:00.000Z') },
      now: at('2026-11-25T03:00:00.000Z'),
    })[0],
  ).toEqual(['openOnTime', 'ok']);
});

test('a lot that a missing bid holds up is not late, but in the wrong', () => {
  const now = at('2026-11-25T02:00:00.000Z');
  expect(shown({ state: 'closed', missing: 1, now })).toEqual([['bidMissing', 'bad']]);
  expect(shown({ state: 'failed', reached: { failed: now }, missing: 1, now })).toEqual([['bidMissing', 'bad']]);
});

test('an opening has the time that its own windows give it', () => {
  const openUntil = at('2026-11-24T03:30:00.000Z');
  const now = at('2026-11-24T03:00:00.000Z');
  expect(shown({ state: 'closed', openUntil, now })).toEqual([['openOnTime', 'warn']]);
  expect(shown({ state: 'closed', openUntil, now: openUntil })).toEqual([['openOnTime', 'bad']]);
  expect(
    shown({ state: 'opened', openUntil, reached: { opened: now }, now: at('2026-11-25T01:00:00.000Z') })[0],
  ).toEqual(['openOnTime', 'ok']);
});

test('the purchaser has five working days, the last of them amber, with the article', () => {
  const reached = {
    opened: at('2026-11-24T01:31:00.000Z'),
    qualified: at('2026-11-24T03:00:00.000Z'),
    evaluating: at('2026-11-24T04:00:00.000Z'),
    ranked: at('2026-11-24T08:00:00.000Z'),
  };
  const decide = (now: string) =>
    lightsOf(facts({ state: 'ranked', reached, now: at(now) })).find(({ rule }) => rule === 'decideInTime');
  expect(decide('2026-11-30T15:59:59.999Z')).toMatchObject({
    colour: 'ok',
    law: '政府采购法实施条例 §43',
    until: '2026-12-01T16:00:00.000Z',
  });
  expect(decide('2026-12-01T15:59:59.999Z')?.colour).toBe('warn');
  expect(decide('2026-12-01T16:00:00.000Z')?.colour).toBe('bad');
});

test('facts give amber lights, each with its count, and the worst colour counts', () => {
  const lights = lightsOf(
    facts({
      state: 'failed',
      reached: { closed: at('2026-11-24T01:30:00.000Z'), failed: at('2026-11-24T01:30:00.000Z') },
      bids: 2,
      lowPrices: 1,
      fromEscrow: 1,
      replaced: 2,
      faulty: 1,
    }),
  );
  expect(lights.map(({ rule, colour, facts: { count } }) => [rule, colour, count ?? null])).toEqual([
    ['openOnTime', 'ok', null],
    ['enoughBids', 'warn', 2],
    ['lowPrice', 'warn', 1],
    ['faultyBids', 'warn', 1],
    ['sheetsFromEscrow', 'warn', 1],
    ['panelReplaced', 'warn', 2],
  ]);
  expect([worstOf(lights), worstOf([]), worstOf([{ colour: 'ok' }, { colour: 'bad' }, { colour: 'warn' }])]).toEqual([
    'warn',
    'ok',
    'bad',
  ]);
});
