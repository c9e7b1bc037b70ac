/** Sessions and attempts live in real time, whatever the business clock of a sandbox says. Milliseconds. */
export const sessionIdle = 2 * 3_600_000;
export const sessionLongest = 12 * 3_600_000;

/** Is a session still good? */
export const isSessionOpen = ({ startedAt, seenAt, now }: { startedAt: Date; seenAt: Date; now: Date }): boolean =>
  now.getTime() - seenAt.getTime() < sessionIdle && now.getTime() - startedAt.getTime() < sessionLongest;

/** When a session ends if nothing more happens. */
export const sessionEnd = ({ startedAt, seenAt }: { startedAt: Date; seenAt: Date }): Date =>
  new Date(Math.min(seenAt.getTime() + sessionIdle, startedAt.getTime() + sessionLongest));

/**
 * How many wrong passwords are borne, and within what time. Counting by name and address together locks out a
 * guesser without letting anybody lock out somebody else; the wider counts stop many addresses and many names.
 */
export const attemptLimits = {
  nameAtAddress: { most: 5, within: 15 * 60_000 },
  name: { most: 60, within: 60 * 60_000 },
  address: { most: 100, within: 15 * 60_000 },
} as const;
export type AttemptKind = keyof typeof attemptLimits;

/** Until when further attempts are refused, or undefined. `times` are those of wrong attempts, in any order. */
export function lockedUntil(kind: AttemptKind, times: readonly Date[], now: Date): Date | undefined {
  const { most, within } = attemptLimits[kind];
  const recent = times
    .map((at) => at.getTime())
    .filter((at) => at > now.getTime() - within)
    .toSorted((a, b) => b - a);
  const decisive = recent[most - 1];
  return decisive === undefined ? undefined : new Date(decisive + within);
}
