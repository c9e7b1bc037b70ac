import type { CheckedTimestamp } from '../trust/index.ts';
import type { ClockReading } from './timekeeping.schema.ts';

/** From here on a clock is said to be off. */
export const largestSkew = 1_000;
/** A comparison older than this says nothing about now. */
export const longestReading = 3 * 3_600_000;

/**
 * Between what the server's clock less the true time lies, given when a question left and its answer came back. A
 * token without a fraction of a second may have been cut to the second, and an authority may be off as it admits.
 */
export function boundsOf({
  asked,
  answered,
  stamp,
}: {
  readonly asked: Date;
  readonly answered: Date;
  readonly stamp: Pick<CheckedTimestamp, 'time' | 'accuracyMilliseconds'>;
}): { readonly lowest: number; readonly highest: number } {
  const time = stamp.time.getTime();
  const off = stamp.accuracyMilliseconds ?? 0;
  const cut = time % 1000 === 0 ? 999 : 0;
  return { lowest: asked.getTime() - (time + cut + off), highest: answered.getTime() - (time - off) };
}

/** What the newest readings of all authorities say together: off only where every one that answered proves it. */
export function judgeClock(
  readings: readonly ClockReading[],
  now: Date,
): { readonly state: 'agrees' | 'off' | 'unknown'; readonly skew: number | null; readonly within: number | null } {
  const newest = new Map<string, ClockReading>();
  for (const reading of readings.toSorted((a, b) => a.at.localeCompare(b.at))) newest.set(reading.authority, reading);
  const answered = [...newest.values()].flatMap(({ at, lowest, highest }) =>
    lowest === null || highest === null || now.getTime() - Date.parse(at) > longestReading ? [] : [{ lowest, highest }],
  );
  const isOff = ({ lowest, highest }: { lowest: number; highest: number }): boolean =>
    lowest > largestSkew || highest < -largestSkew;
  const off = answered.every(isOff);
  // Where authorities differ, what is told is what the verdict rests on.
  const [tightest] = answered
    .filter((bounds) => off || !isOff(bounds))
    .toSorted((a, b) => a.highest - a.lowest - (b.highest - b.lowest));
  if (!tightest) return { state: 'unknown', skew: null, within: null };
  const skew = Math.round((tightest.lowest + tightest.highest) / 2);
  const within = Math.ceil((tightest.highest - tightest.lowest) / 2);
  return { state: off ? 'off' : 'agrees', skew, within };
}
