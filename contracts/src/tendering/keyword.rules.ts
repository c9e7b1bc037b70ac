import { fold } from '../kernel/text.ts';

/*
 * Words by which a tender is found. Chinese is cut into pairs of neighbouring characters, which needs no dictionary
 * and finds every substring; Latin words and numbers stand as they are. A region, a category or a year are terms
 * too, so that every filter is the same lookup.
 */

const longestTerm = 40;

function runs(words: string): string[] {
  return (
    fold(words)
      .match(/\p{Script=Han}+|[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu)
      ?.flatMap((run) => run.match(/\p{Script=Han}+|[^\p{Script=Han}]+/gu) ?? []) ?? []
  );
}

const isHan = (run: string): boolean => /^\p{Script=Han}/u.test(run);

const pairs = (run: string): string[] => {
  const characters = [...run];
  return characters.slice(1).map((character, at) => `${characters[at] ?? ''}${character}`);
};

const latin = (run: string): string[] =>
  [run, ...(run.includes('-') ? run.split('-') : [])]
    .map((word) => word.replace(/^-+|-+$/g, '').slice(0, longestTerm))
    .filter((word) => word !== '');

/** Every term under which these words are found. */
export const termsOf = (...words: readonly string[]): string[] => [
  ...new Set(words.flatMap((text) => runs(text).flatMap((run) => (isHan(run) ? pairs(run) : latin(run))))),
];

/** A question cut the same way: all terms must be met. `single` are lone Chinese characters, which no term can answer. */
export function cutKeyword(keyword: string): { terms: string[]; single: string[] } {
  const cut = runs(keyword);
  return {
    terms: [
      ...new Set(cut.flatMap((run) => (isHan(run) ? pairs(run) : [run.replace(/^-+|-+$/g, '').slice(0, longestTerm)]))),
    ],
    single: cut.filter((run) => isHan(run) && [...run].length === 1),
  };
}

/** Terms for where and what: a county is found under its city and its province. */
export function placeTerms({
  regionCode,
  category,
}: {
  readonly regionCode: string;
  readonly category: string;
}): string[] {
  return [`@r${regionCode.slice(0, 2)}`, `@r${regionCode.slice(0, 4)}`, `@r${regionCode}`, `@c${category}`];
}

/** The term that a filter by region asks for: a code's trailing zero pairs mean the whole of it. */
export const regionTerm = (regionCode: string): string => `@r${regionCode.replace(/(?:00)+$/, '')}`;
