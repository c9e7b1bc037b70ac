import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundsOf, judgeClock, type ClockReading } from './index.ts';

const at = new Date('2026-11-24T01:00:00.000Z');
const reading = (over: Partial<ClockReading> = {}): ClockReading => ({
  authority: '甲',
  at: at.toISOString(),
  outcome: 'answered',
  lowest: -20,
  highest: 30,
  ...over,
});

test('a clock that is right is inside the bounds, however long the answer takes and whatever is cut off', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.nat(8_000),
      fc.nat(8_000),
      fc.nat(2_000),
      fc.boolean(),
      (skew, there, back, off, whole) => {
        const asked = new Date(at.getTime() + skew);
        const answered = new Date(asked.getTime() + there + back);
        const true_ = at.getTime() + there;
        const time = new Date(whole ? Math.floor(true_ / 1000) * 1000 : true_);
        const { lowest, highest } = boundsOf({ asked, answered, stamp: { time, accuracyMilliseconds: off } });
        return lowest <= skew && skew <= highest;
      },
    ),
  );
});

test('agrees while the truth may lie within a second, and is off only where it cannot', () => {
  const now = at;
  expect(judgeClock([reading()], now)).toEqual({ state: 'agrees', skew: 5, within: 25 });
  expect(judgeClock([reading({ lowest: 900, highest: 2500 })], now).state).toBe('agrees');
  expect(judgeClock([reading({ lowest: 1001, highest: 2500 })], now)).toEqual({
    state: 'off',
    skew: 1751,
    within: 750,
  });
  expect(judgeClock([reading({ lowest: -9000, highest: -1001 })], now).state).toBe('off');
});

test('one authority that is right is enough to agree with; what is old or silent says nothing', () => {
  const wrong = reading({ authority: '乙', lowest: 60_000, highest: 60_100 });
  expect(judgeClock([wrong, reading()], at).state).toBe('agrees');
  expect(judgeClock([wrong, reading({ at: '2026-11-23T01:00:00.000Z' })], at).state).toBe('off');
  expect(judgeClock([], at)).toEqual({ state: 'unknown', skew: null, within: null });
  expect(judgeClock([reading({ outcome: 'silent', lowest: null, highest: null })], at).state).toBe('unknown');
});

test('only the newest reading of an authority counts', () => {
  const before = reading({ at: '2026-11-24T00:50:00.000Z', lowest: 5000, highest: 5100 });
  expect(judgeClock([before, reading()], at).state).toBe('agrees');
  expect(judgeClock([reading(), before], at).state).toBe('agrees');
});
