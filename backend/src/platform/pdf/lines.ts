import { widthOf, type Weight } from './fonts.ts';

export type Style = { readonly weight: Weight; readonly size: number };

// A unit is what a line may not tear: marks that must not end a line, then a Chinese character or a run of others,
// then marks that must not begin a line, then the space after it.
const opening = String.raw`（《〈「『【〔“‘¥￥(\[{`;
const closing = String.raw`，。、；：？！）》〉」』】〕”’…—～·%‰℃,.;:?!)\]}`;
const wide = String.raw`\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}`;
const unit = new RegExp(`[${opening}]*(?:[^\\s${wide}${opening}]+|[${wide}])?[${closing}]*\\s*`, 'gu');

const begins = new RegExp(`[${closing}]`, 'u');
const ends = new RegExp(`[${opening}]`, 'u');
const mayNotPart = (before: string, after: string): boolean => begins.test(after) || ends.test(before);

/** Breaks text into lines no wider than `width`: Chinese between characters with its punctuation kept, Latin between words. */
export function linesOf(text: string, width: number, style: Style): readonly string[] {
  return text.split('\n').flatMap((paragraph) => wrapped(paragraph, width, style));
}

function wrapped(paragraph: string, width: number, style: Style): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const fits = (candidate: string): boolean => widthOf(candidate.trimEnd(), style) <= width + 0.01;
  for (const [piece] of paragraph.matchAll(unit)) {
    if (fits(line + piece)) {
      line += piece;
      continue;
    }
    // A fingerprint or an address longer than a line is cut wherever a line ends, the one it begins on included.
    if (!fits(piece)) line += piece;
    else {
      if (line.trim() !== '') lines.push(line.trimEnd());
      line = piece;
    }
    while (!fits(line)) {
      const characters = [...line];
      let end = characters.length - 1;
      while (end > 1 && !fits(characters.slice(0, end).join(''))) end -= 1;
      while (end > 1 && mayNotPart(characters[end - 1] ?? '', characters[end] ?? '')) end -= 1;
      lines.push(characters.slice(0, end).join('').trimEnd());
      line = characters.slice(end).join('').trimStart();
    }
  }
  lines.push(line.trimEnd());
  return lines;
}
