/** A line of a criterion's guidance: from how many to how many hundredths of a point, and for what. */
export type Band = { readonly low: number; readonly high: number; readonly text: string };

const range = String.raw`(\d{1,3}(?:\.\d{1,2})?)(?:\s*(?:-|–|—|~|～|至|到)\s*(\d{1,3}(?:\.\d{1,2})?))?`;
/** `7-8 四项齐全`, and as prose puts it: `四项齐全 7–8 分`. */
const first = new RegExp(String.raw`^\s*${range}\s*(?:分|points?)?\s*[:：、，,]?\s*(.+)$`, 'u');
const last = new RegExp(String.raw`^(.+?)[:：、，,\s]*${range}\s*(?:分|points?)\s*[。.]?$`, 'u');
const hundredths = (text: string): number => Math.round(Number(text) * 100);

/** The bands that a guidance is written in, best first; none where it is written as plain text. */
export function bandsOf(guidance: string, max: number): Band[] {
  const lines = guidance.split(/[\n；;]/u).filter((text) => text.trim() !== '');
  const bands = lines.flatMap((text): Band[] => {
    const lead = first.exec(text);
    const [from, to, words] = lead
      ? [lead[1], lead[2], lead[3]]
      : (([, said, low, high]) => [low, high, said])(last.exec(text) ?? []);
    if (from === undefined || words === undefined) return [];
    const [a, b] = [hundredths(from), hundredths(to ?? from)];
    return [{ low: Math.min(a, b), high: Math.max(a, b), text: words.trim() }];
  });
  // A guidance that is only partly bands, or reaches beyond the maximum, is read as it stands.
  if (bands.length < 2 || bands.length < lines.length || bands.some(({ high }) => high > max)) return [];
  return bands.toSorted((a, b) => b.high - a.high || b.low - a.low);
}

/** The band that a score lies in. */
export const bandAt = (bands: readonly Band[], score: number): Band | undefined =>
  bands.find(({ low, high }) => score >= low && score <= high);

/** Does this score ask for a reason? The highest and the lowest band do; without bands, full marks and none. */
export function needsReason(bands: readonly Band[], score: number, max: number): boolean {
  if (bands.length === 0) return score === 0 || score === max;
  const band = bandAt(bands, score);
  return band !== undefined && (band === bands[0] || band === bands.at(-1));
}

/** The step of the buttons: half a point, less where the whole criterion is worth less than two. */
export const stepOf = (max: number): number => (max < 200 ? 10 : 50);
