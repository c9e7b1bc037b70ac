import type { Lang } from '../locales/index.ts';

/** Where a long Chinese title may break: between words, not inside them. */
export function breakable(title: string, lang: Lang): string[] {
  if (lang === 'en' && !/[一-鿿]/.test(title)) return [title];
  const words = [...new Intl.Segmenter('zh-CN', { granularity: 'word' }).segment(title)];
  const pieces: string[] = [];
  for (const { segment, isWordLike } of words) {
    // A sign never begins a line: it stays with the word before it.
    if (isWordLike || pieces.length === 0) pieces.push(segment);
    else pieces[pieces.length - 1] += segment;
  }
  return pieces;
}
