import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTime } from '../kernel/index.ts';
import { countedStretches, minutesOf, type Unreached } from '../timekeeping/index.ts';
import { mayRedeliver, remedyDue } from './index.ts';

const deadline = new Date('2026-11-24T01:30:00.000Z');
const minute = 60_000;
const hour = 60 * minute;
const terms = { withinHours: 24, minutes: 30, extendHours: 24, redeliverHours: 48 };
const stretch = (from: number, to: number, by: readonly string[] = ['platform']) => ({
  from: addTime(deadline, from * minute),
  to: addTime(deadline, to * minute),
  by,
});
const due = (counted: ReturnType<typeof stretch>[], now: number, over: Partial<typeof terms> = {}) =>
  remedyDue({ terms: { ...terms, ...over }, deadline, now: addTime(deadline, now), counted })?.kind;

test('a deadline moves before it comes, or after it only where the outage lasted over it', () => {
  expect(due([stretch(-60, -30)], -1)).toBe('extend');
  expect(due([stretch(-60, -31)], -1)).toBeUndefined();
  expect(due([stretch(-60, -30)], 0)).toBe('redeliver');
  expect(due([stretch(-60, 0)], 0)).toBe('extend');
  expect(due([stretch(-30, 10)], 10 * minute)).toBe('extend');
  // What comes after the deadline does not make up the minutes that count.
  expect(due([stretch(-29, 100)], 100 * minute)).toBeUndefined();
});

test('what the document does not promise does not happen', () => {
  expect(due([stretch(-60, -30)], -1, { extendHours: 0 })).toBeUndefined();
  expect(due([stretch(-60, -30)], 0, { redeliverHours: 0 })).toBeUndefined();
  expect(due([stretch(-60, -30)], 0, { extendHours: 0 })).toBe('redeliver');
  expect(due([stretch(-60, -30)], -1, { withinHours: 0 })).toBeUndefined();
  expect(due([stretch(-26 * 60, -25 * 60)], -1)).toBeUndefined();
});

test('the same bytes may come again only in time, from before the deadline, and proven to be', () => {
  const facts = {
    until: addTime(deadline, 48 * hour),
    now: addTime(deadline, hour),
    openedAt: addTime(deadline, -1),
    deadline,
    stampedBefore: 1,
    acknowledgedBefore: 0,
  };
  const codes = (over: Partial<typeof facts>) => mayRedeliver({ ...facts, ...over }).map(({ code }) => code);
  expect(codes({})).toEqual([]);
  expect(codes({ stampedBefore: 0, acknowledgedBefore: 1 })).toEqual([]);
  expect(codes({ stampedBefore: 0 })).toEqual(['bid.redelivery-unproven']);
  expect(codes({ openedAt: deadline })).toEqual(['bid.redelivery-unproven']);
  expect(codes({ now: facts.until })).toEqual(['bid.redelivery-over']);
});

test('stretches that count never overlap, lie inside the window, and never exceed what anybody said', () => {
  const one = fc.record({
    start: fc.integer({ min: -200, max: 200 }),
    length: fc.integer({ min: 1, max: 100 }),
    by: fc.constantFrom('platform', 'a', 'b', 'c'),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (given, witnesses) => {
      const all = given.map(({ start, length, by }): Unreached => ({
        from: addTime(deadline, start * minute),
        to: addTime(deadline, (start + length) * minute),
        by,
      }));
      const [from, to] = [addTime(deadline, -100 * minute), addTime(deadline, 100 * minute)];
      const counted = countedStretches(all, { from, to, witnesses });
      // Minute by minute, as one would count by hand.
      let expected = 0;
      for (let at = -100; at < 100; at += 1) {
        const instant = addTime(deadline, at * minute);
        const said = new Set(all.filter((s) => s.from <= instant && instant < s.to).map(({ by }) => by));
        if (said.has('platform') || said.size >= witnesses) expected += said.size > 0 ? 1 : 0;
      }
      for (const [at, { to: end }] of counted.entries()) {
        const next = counted[at + 1];
        if (next) expect(end.getTime()).toBeLessThanOrEqual(next.from.getTime());
      }
      expect(minutesOf(counted)).toBe(expected);
    }),
  );
});
