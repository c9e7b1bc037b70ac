import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addCalendarDays,
  addDays,
  addWorkingDays,
  calendarOf,
  capitals,
  categoryOf,
  dayAt,
  Day,
  daysBetween,
  divideHalfUp,
  endOfDay,
  fen,
  FenText,
  finalStates,
  formatYuan,
  fromHex,
  Hex,
  Instant,
  isUscc,
  lifecycle,
  maxFen,
  movesOf,
  parseYuan,
  phrase,
  PositiveFenText,
  regionContains,
  rollForward,
  roles,
  scopesOf,
  startOfDay,
  step,
  text,
  toHex,
  unreachableStates,
  uuid7,
  Uscc,
  usccCheck,
  workingDaysBetween,
  Id,
} from './index.ts';

const calendar = calendarOf();

test.each([
  [0n, '零元整'],
  [100n, '壹元整'],
  [1n, '壹分'],
  [10n, '壹角整'],
  [105n, '壹元零伍分'],
  [150n, '壹元伍角整'],
  [1_000n, '壹拾元整'],
  [10_00n + 5n, '壹拾元零伍分'],
  [1_409_50n, '壹仟肆佰零玖元伍角整'],
  [6_007_14n, '陆仟零柒元壹角肆分'],
  [1_680_32n, '壹仟陆佰捌拾元叁角贰分'],
  [107_000_53n, '壹拾万柒仟元伍角叁分'],
  [3_486_000_00n, '叁佰肆拾捌万陆仟元整'],
  [100_000_000_00n, '壹亿元整'],
  [100_000_005_00n, '壹亿零伍元整'],
  [100_050_000_00n, '壹亿零伍万元整'],
  [1_000_000_000_000_00n, '壹万亿元整'],
  [1_234_567_890_123_45n, '壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分'],
] as const)('writes %s fen in capitals as %s', (amount, words) => {
  expect(capitals(amount)).toBe(words);
});

test('writes no zero twice, and no section without a number', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: maxFen }), (amount) => {
      const words = capitals(amount);
      expect(words).not.toMatch(/零零|零[元万亿拾佰仟]|^[万亿元]/);
      expect(words).toMatch(/[整分]$/);
    }),
  );
});

test('reads what it prints, and nothing that is not money', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: maxFen }), (amount) => {
      expect(parseYuan(formatYuan(amount))).toBe(amount);
    }),
  );
  expect(parseYuan('１２３．４５')).toBe(12_345n);
  for (const wrong of ['', '1.234', '1e3', '-1', '0x10', '1 元', '99999999999999999'])
    expect(parseYuan(wrong)).toBeUndefined();
});

test('rounds half away from zero, exactly', () => {
  expect([divideHalfUp(5n, 2n), divideHalfUp(-5n, 2n), divideHalfUp(4n, 3n), divideHalfUp(5n, -2n)]).toEqual([
    3n,
    -3n,
    1n,
    -3n,
  ]);
  expect(() => divideHalfUp(1n, 0n)).toThrow(RangeError);
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.bigInt({ min: 1n, max: 10n ** 10n }),
      (numerator, denominator) => {
        const rest = numerator - divideHalfUp(numerator, denominator) * denominator;
        expect(2n * (rest < 0n ? -rest : rest) <= denominator).toBe(true);
      },
    ),
  );
});

test('takes money on the wire as whole fen only', () => {
  expect(FenText.safeParse(fen(5).toString()).success).toBe(true);
  for (const wrong of ['01', '1.0', '+1', '', '9007199254740992', '-', 'x'])
    expect(FenText.safeParse(wrong).success).toBe(false);
  expect(PositiveFenText.safeParse('0').success).toBe(false);
});

// The State Council's calendars of 2025 and 2026.
test('knows holidays and the weekend days that are worked for them', () => {
  expect(calendar.isWorkingDay('2025-10-08')).toBe(false);
  expect(calendar.isWorkingDay('2025-10-11')).toBe(true);
  expect(calendar.isWorkingDay('2026-02-14')).toBe(true);
  expect(calendar.isWorkingDay('2026-02-23')).toBe(false);
  expect(calendar.isWorkingDay('2026-11-28')).toBe(false);
  expect([calendar.isSettled('2026-05-01'), calendar.isSettled('2031-05-01')]).toEqual([true, false]);
});

test('counts twenty days from issue, and a last day of rest moves on', () => {
  expect(addDays('2025-09-01', 20)).toBe('2025-09-21');
  expect(addCalendarDays('2025-09-01', 20, calendar)).toBe('2025-09-22');
});

test('counts working days over National Day: notice of 30 September, then seven to challenge', () => {
  const noticeEnds = addWorkingDays('2025-09-30', 1, calendar);
  expect(noticeEnds).toBe('2025-10-09');
  expect(addWorkingDays(noticeEnds, 7, calendar)).toBe('2025-10-17');
});

const someDay = fc.integer({ min: 0, max: 900 }).map((count) => addDays('2024-12-15', count));

test('counts forward what it counts back', () => {
  fc.assert(
    fc.property(someDay, fc.integer({ min: 1, max: 40 }), (day, count) => {
      const end = addWorkingDays(day, count, calendar);
      expect(calendar.isWorkingDay(end)).toBe(true);
      expect(workingDaysBetween(day, end, calendar)).toBe(count);
      expect(rollForward(end, calendar)).toBe(end);
      expect(daysBetween(day, end)).toBeGreaterThanOrEqual(count);
    }),
  );
});

test('knows the day of the place at any instant, whatever the machine believes', () => {
  expect(dayAt(new Date('2026-11-23T15:59:59.999Z'))).toBe('2026-11-23');
  expect(dayAt(new Date('2026-11-23T16:00:00.000Z'))).toBe('2026-11-24');
  fc.assert(
    fc.property(someDay, (day) => {
      expect(dayAt(startOfDay(day))).toBe(day);
      expect(dayAt(new Date(endOfDay(day).getTime() - 1))).toBe(day);
      expect(endOfDay(day).getTime()).toBe(startOfDay(addDays(day, 1)).getTime());
    }),
  );
});

test('takes instants and days in one form only', () => {
  expect(Instant.safeParse('2026-11-24T01:30:00.000Z').success).toBe(true);
  for (const wrong of [
    '2026-11-24T01:30:00Z',
    '2026-11-24T09:30:00.000+08:00',
    '2026-02-30T00:00:00.000Z',
    '2026-11-24',
  ])
    expect(Instant.safeParse(wrong).success).toBe(false);
  expect([Day.safeParse('2026-02-28').success, Day.safeParse('2026-02-30').success]).toEqual([true, false]);
});

// Codes of public bodies and companies, and wrong ones, all from public registers.
test.each([
  '91410726MA3X69CU1F',
  '9150010720288713XA',
  '911101075858026496',
  '91370211780374731M',
  '12100000400010275N',
  '91350100M000100Y43',
  '12350100MB02709751',
])('accepts the credit code %s', (code) => {
  expect(isUscc(code)).toBe(true);
});
test.each(['91110000710931205C', '91359128593462349A', '91410726MA3X69CU1', 'I1410726MA3X69CU1F', ''])(
  'refuses the credit code %s',
  (code) => {
    expect(isUscc(code)).toBe(false);
  },
);

test('notices any one wrong character of a credit code', () => {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...alphabet), { minLength: 17, maxLength: 17 }),
      fc.integer({ min: 0, max: 17 }),
      fc.constantFrom(...alphabet),
      (first17, at, other) => {
        const code = first17.join('') + usccCheck(first17.join(''));
        const changed = code.slice(0, at) + other + code.slice(at + 1);
        expect(isUscc(changed)).toBe(changed === code);
      },
    ),
  );
  expect(Uscc.parse(' 91410726ma3x69cu1f ')).toBe('91410726MA3X69CU1F');
});

test('turns bytes to hex and back, and reads nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect([...fromHex(toHex(bytes))]).toEqual([...bytes]);
    }),
  );
  for (const wrong of ['0', 'AB', 'zz', '0x']) {
    expect(() => fromHex(wrong)).toThrow(RangeError);
    expect(Hex.safeParse(wrong).success).toBe(false);
  }
});

test('gives ids that grow with time', () => {
  const random = new Uint8Array(10).fill(171);
  const [early, late] = [uuid7(new Date(1_000_000_000_000), random), uuid7(new Date(1_000_000_000_001), random)];
  expect(early < late).toBe(true);
  expect(Id.safeParse(early).success).toBe(true);
});

test('takes text without control characters or direction overrides, in one normal form', () => {
  expect(text(10).parse('  e\u0301 ')).toBe('\u00e9');
  for (const wrong of ['', '   ', 'a\u0000', 'a\u202eb', 'x'.repeat(11)])
    expect(text(10).safeParse(wrong).success).toBe(false);
});

const life = lifecycle(
  ['draft', 'publish', 'open', 'agency', '§1'],
  ['open', 'close', 'closed', 'clock', '§2'],
  ['lost', 'find', 'open', 'agency', '§3'],
);

test('steps where the table has a row, and nowhere else', () => {
  expect(step(life, 'draft', 'publish')?.[2]).toBe('open');
  expect(step(life, 'draft', 'close')).toBeUndefined();
  expect(movesOf(life, 'open', 'clock')).toEqual(['close']);
  expect(finalStates(life)).toEqual(['closed']);
  expect(unreachableStates(life)).toEqual(['lost']);
});

test('adds up the scopes of several roles', () => {
  expect(scopesOf(['bidder', 'administrator'])).toEqual([...roles.bidder, ...roles.administrator]);
});

test('fills a sentence and leaves what it does not know visible', () => {
  expect(phrase('至少 {days} 日，{what}', { days: 20 })).toBe('至少 20 日，{what}');
});

test('reads codes: a county lies in its province, a letter names the category', () => {
  expect([
    regionContains('370000', '370211'),
    regionContains('370200', '370211'),
    regionContains('370100', '370211'),
  ]).toEqual([true, true, false]);
  expect(['A02', 'B01', 'C99'].map(categoryOf)).toEqual(['goods', 'works', 'services']);
});
