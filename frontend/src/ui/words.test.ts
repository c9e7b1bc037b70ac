import { expect, test } from 'vitest';
import { moneyWords, sizeWords, countWords } from './amount.ts';
import { dayWords, fromPlaceInput, instantWords, toPlaceInput } from './instant.ts';
import { remaining } from './remaining.ts';
import { breakable } from './words.ts';

const opening = new Date('2026-11-24T01:30:00.207Z');

test('an instant is written in the tender’s time, whatever the computer’s', () => {
  expect(instantWords(opening, 'zh-CN')).toBe('2026年11月24日 周二 09:30');
  expect(instantWords(opening, 'en')).toBe('24 November 2026, 09:30 (UTC+8)');
  expect(instantWords(opening, 'zh-CN', 'milliseconds')).toBe('2026年11月24日 09:30:00.207');
  expect(instantWords(opening, 'zh-CN', 'short')).toBe('11-24');
  expect(instantWords(opening, 'zh-CN', 'moment')).toBe('11月24日 09:30');
});

test('the end of a day belongs to that day', () => {
  expect(instantWords(new Date('2026-12-14T16:00:00.000Z'), 'zh-CN', 'full', true)).toBe('2026年12月14日 周一 24:00');
  expect(instantWords(new Date('2026-12-14T16:00:00.000Z'), 'en', 'moment', true)).toBe('14 Dec, 24:00');
  expect(instantWords(opening, 'zh-CN', 'full', true)).toBe('2026年11月24日 周二 09:30');
});

test('an evening in UTC is the next day at the tender’s place', () => {
  expect(instantWords(new Date('2026-12-31T16:00:00.000Z'), 'zh-CN')).toBe('2027年1月1日 周五 00:00');
  expect(dayWords('2027-01-01', 'en', true)).toBe('1 Jan');
});

test('a typed local time comes back as the instant it means', () => {
  expect(toPlaceInput('2026-11-24T01:30:00.000Z')).toBe('2026-11-24T09:30');
  expect(fromPlaceInput('2026-11-24T09:30')).toBe('2026-11-24T01:30:00.000Z');
  expect(fromPlaceInput('')).toBeNull();
});

test('money has its sign, and only overviews round', () => {
  expect(moneyWords(348_600_000n, 'zh-CN')).toBe('¥3,486,000.00');
  expect(moneyWords(348_600_000n, 'en')).toBe('CNY 3,486,000.00');
  expect(moneyWords(386_000_000n, 'zh-CN', 'overview')).toBe('386 万元');
  expect(moneyWords(196_000_000_000n, 'zh-CN', 'overview')).toBe('19.6 亿元');
  expect(moneyWords(99n, 'zh-CN', 'overview')).toBe('0.9 元');
});

test('sizes and counts are read at a glance', () => {
  expect([sizeWords(811), sizeWords(6_400_000), sizeWords(139_400_000)]).toEqual(['811 B', '6.4 MB', '139 MB']);
  expect(countWords(18929)).toBe('18,929');
});

test('a countdown never shows zero before it is over', () => {
  expect(remaining(1).clock).toBe('00:00:01');
  expect(remaining(0).total).toBe(0);
  expect(remaining(-5000).total).toBe(0);
  expect(remaining(90_061_000)).toMatchObject({ days: 1, hours: 1, minutes: 1, seconds: 1 });
});

test('a long title loses no character where it may break', () => {
  const title = '青澜市第二中学理化生实验室设备采购（三标段）';
  expect(breakable(title, 'zh-CN').join('')).toBe(title);
  expect(breakable(title, 'zh-CN').length).toBeGreaterThan(3);
  expect(breakable('A title', 'en')).toEqual(['A title']);
});
