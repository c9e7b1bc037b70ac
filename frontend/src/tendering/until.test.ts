import { expect, test } from 'vitest';
import { untilWords } from './until.ts';

test('a limit that ends with a day is that day at 24:00', () => {
  expect(untilWords('2026-12-14T16:00:00.000Z', 'zh-CN')).toBe('2026年12月14日 24:00');
  expect(untilWords('2026-12-14T16:00:00.000Z', 'zh-CN', 'moment')).toBe('12月14日 24:00');
  expect(untilWords('2026-12-14T16:00:00.000Z', 'en', 'moment')).toBe('14 Dec, 24:00');
});

test('any other limit is the instant itself', () => {
  expect(untilWords('2026-12-14T01:30:00.000Z', 'zh-CN')).toBe('2026年12月14日 周一 09:30');
});
