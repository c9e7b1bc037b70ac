import { expect, test } from 'vitest';
import { finalStates, movesOf, step, unreachableStates } from '../kernel/lifecycle.ts';
import { leastAdvanced, lotLife, lotStates, phaseOf, phases } from './lot.life.ts';
import { tenderLife, tenderStates } from './tender.life.ts';

test.each([
  ['tender', tenderLife, tenderStates],
  ['lot', lotLife, lotStates],
] as const)('every state of a %s can be reached, and the table knows each', (_, life, states) => {
  expect(unreachableStates(life)).toEqual([]);
  expect([...new Set(life.flatMap((row) => [row[0], row[2]]))].toSorted()).toEqual([...states].toSorted());
});

test('a tender ends archived or discarded, a lot awarded or failed', () => {
  expect(finalStates(tenderLife).toSorted()).toEqual(['archived', 'discarded']);
  expect(finalStates(lotLife).toSorted()).toEqual(['awarded', 'failed']);
});

test.each([
  ['tender', tenderLife],
  ['lot', lotLife],
] as const)('a move of a %s leads to one state only', (_, life) => {
  const pairs = life.map((row) => `${row[0]} ${row[1]}`);
  expect(new Set(pairs).size).toBe(pairs.length);
});

test('nothing outside the table steps anywhere', () => {
  const moves = [...new Set(lotLife.map((row) => row[1]))];
  for (const state of lotStates)
    for (const move of moves)
      expect(step(lotLife, state, move) !== undefined).toBe(lotLife.some((row) => row[0] === state && row[1] === move));
  expect(step(tenderLife, 'published', 'return')).toBeUndefined();
  expect(step(tenderLife, 'draft', 'publish')).toBeUndefined();
});

test('every row names the article or says that it is a house rule', () => {
  for (const row of [...tenderLife, ...lotLife]) expect(row[4]).toMatch(/^(house rule|.+ §\d+)$/);
});

test('once published, no person of the purchaser moves a tender', () => {
  for (const party of ['composer', 'checker', 'publisher']) expect(movesOf(tenderLife, 'published', party)).toEqual([]);
});

test('the lot that lags behind stands for the tender, a failed one only among failed ones', () => {
  expect(leastAdvanced(['awarded', 'bidding', 'failed'])).toBe('bidding');
  expect(leastAdvanced(['failed', 'awarded'])).toBe('awarded');
  expect(leastAdvanced(['failed', 'failed'])).toBe('failed');
  expect(new Set(lotStates.map(phaseOf))).toEqual(new Set(phases));
});
