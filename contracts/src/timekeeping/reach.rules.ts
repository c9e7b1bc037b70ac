import { openAttestation, type VerifierKey } from '../trust/index.ts';

/** A time in which somebody could not reach the platform, and who says so: `platform` itself, or a witness by name. */
export type Unreached = { readonly from: Date; readonly to: Date; readonly by: string };

/** What the platform calls itself where it says that it was down. */
export const own = 'platform';

/** The heartbeat's pace, and the silence from which on it was no late beat but an outage. */
export const beatEvery = 5_000;
export const longestSilence = 20_000;

/** A stretch that counts, and everybody who says so. */
export type Counted = { readonly from: Date; readonly to: Date; readonly by: readonly string[] };

/**
 * The stretches of a window that count as outage: those that the platform measured itself, and those that as many
 * witnesses attest as are asked for. Half-open, in order, without overlap.
 */
export function countedStretches(
  all: readonly Unreached[],
  { from, to, witnesses }: { readonly from: Date; readonly to: Date; readonly witnesses: number },
): Counted[] {
  const inside = all
    .map((one) => ({
      by: one.by,
      from: Math.max(one.from.getTime(), from.getTime()),
      to: Math.min(one.to.getTime(), to.getTime()),
    }))
    .filter((one) => one.from < one.to);
  const turns = [...new Set(inside.flatMap((one) => [one.from, one.to]))].toSorted((a, b) => a - b);
  const counted: { from: number; to: number; by: string[] }[] = [];
  for (const [at, start] of turns.entries()) {
    const end = turns[at + 1];
    if (end === undefined) continue;
    const by = [...new Set(inside.filter((one) => one.from <= start && end <= one.to).map((one) => one.by))].toSorted();
    const enough = by.includes(own) || by.length >= Math.max(1, witnesses);
    if (by.length === 0 || !enough) continue;
    const last = counted.at(-1);
    if (last?.to === start && last.by.join('\n') === by.join('\n')) last.to = end;
    else counted.push({ from: start, to: end, by });
  }
  return counted.map(({ from: start, to: end, by }) => ({ from: new Date(start), to: new Date(end), by }));
}

/** Whole minutes that the stretches add up to. */
export const minutesOf = (stretches: readonly { readonly from: Date; readonly to: Date }[]): number =>
  Math.floor(stretches.reduce((sum, { from, to }) => sum + to.getTime() - from.getTime(), 0) / 60_000);

/** What an attestation says, as far as witnesses one trusts have signed it; throws Malformed. */
export function unreachedBy(note: string, witnesses: readonly VerifierKey[]): Unreached[] {
  const { by, unreachable } = openAttestation(note, witnesses);
  // From the first look that failed to the last: what lies around them nobody looked at.
  return by.flatMap(({ key }) =>
    unreachable.map(({ from, to }) => ({ from: new Date(from * 1000), to: new Date(to * 1000), by: key.name })),
  );
}
