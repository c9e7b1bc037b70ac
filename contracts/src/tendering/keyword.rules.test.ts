import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutKeyword, placeTerms, regionTerm, termsOf } from './keyword.rules.ts';

const finds = (keyword: string, ...words: string[]): boolean => {
  const terms = new Set(termsOf(...words));
  return cutKeyword(keyword).terms.every((term) => terms.has(term));
};

test('finds any stretch of a Chinese title, code or name, whatever the width or case', () => {
  const words = ['青澜市人民医院CT扫描仪采购（2026年）', 'QL-ZC-2026-0418'];
  for (const keyword of ['人民医院', '扫描仪', 'ct 扫描', 'ＣＴ', 'ql-zc-2026-0418', '0418', '2026年', '医院 采购'])
    expect(finds(keyword, ...words), keyword).toBe(true);
  for (const keyword of ['人民政府', '扫描机', 'mri']) expect(finds(keyword, ...words), keyword).toBe(false);
});

test('every substring of two characters or more of a Chinese text is found', () => {
  const han = fc
    .array(
      fc.integer({ min: 0x4e00, max: 0x9fa5 }).map((code) => String.fromCodePoint(code)),
      { minLength: 2, maxLength: 30 },
    )
    .map((list) => list.join(''));
  fc.assert(
    fc.property(han, fc.nat(), fc.nat(), (title, a, b) => {
      const from = a % (title.length - 1);
      const to = from + 2 + (b % (title.length - from - 1));
      expect(finds(title.slice(from, to), title)).toBe(true);
    }),
  );
});

test('no input makes a term too long for its column, or a filter out of words', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      for (const term of [...termsOf(text), ...cutKeyword(text).terms]) {
        expect([...term].length).toBeLessThanOrEqual(64);
        expect(term.startsWith('@')).toBe(false);
      }
    }),
  );
});

test('a lone character is no term', () => {
  expect(cutKeyword('车')).toEqual({ terms: [], single: ['车'] });
});

test('a county is found in its city and province', () => {
  const terms = placeTerms({ regionCode: '370202', category: 'goods' });
  for (const region of ['370000', '370200', '370202']) expect(terms).toContain(regionTerm(region));
  expect(terms).not.toContain(regionTerm('370203'));
  expect(terms).not.toContain(regionTerm('360000'));
});
