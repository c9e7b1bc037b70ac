import { addTime } from '../kernel/time.ts';

/** The minutes that the notice fixes for an opening. */
export type Minutes = {
  readonly objectionMinutes: number;
  readonly releaseMinutes: number;
  readonly decryptMinutes: number;
};

/** What happens where too few officers came and not every bidder opened its own bid: tried again, then given up. */
export const rescheduleRule = { times: 1, afterMinutes: 24 * 60 } as const;
/** A bidder has this long to answer an officer's complaint. */
export const disputeMinutes = 30;
/** How often an officer may announce a batch for one lot: twice may go wrong. */
export const mostBatches = 3;
/** Minutes that bidders have for their own keys where the notice forgot to say. @law 电子招标投标办法 §30 */
const ordinaryDecryptMinutes = 30;

const minutes = (from: Date, count: number): Date => addTime(from, count * 60_000);

/** Until when a missing bid may be reported before any share is released, and until when officers are waited for. */
export const windowsOf = (closedAt: Date, { objectionMinutes, releaseMinutes }: Minutes) => {
  const objectionUntil = minutes(closedAt, objectionMinutes);
  return { objectionUntil, releaseUntil: minutes(objectionUntil, releaseMinutes) };
};

/** The bidders' own window has the length of the officers'. */
export const recoveryUntilFrom = (now: Date, { releaseMinutes }: Minutes): Date => minutes(now, releaseMinutes);
export const gateUntilFrom = (now: Date, { decryptMinutes }: Minutes): Date =>
  minutes(now, decryptMinutes || ordinaryDecryptMinutes);
export const releaseUntilAgain = (now: Date, { releaseMinutes }: Minutes): Date =>
  minutes(now, rescheduleRule.afterMinutes + releaseMinutes);
export const disputeUntilFrom = (now: Date): Date => minutes(now, disputeMinutes);

/** A group of officers as one bid was sealed to it. */
export type GroupOf = { readonly id: string; readonly t: number; readonly members: readonly string[] };

/** A bid as far as its opening has come. */
export type BidCourse = {
  readonly manifestHash: string;
  /** The groups of its own keyring: officers may have been replaced between one bid and the next. */
  readonly groups: readonly GroupOf[];
  /** Officers whose share of it holds, shares that a rebuttal revealed among them. */
  readonly good: readonly string[];
  /** Officers who came and found no good share in it. */
  readonly bad: readonly string[];
  /** The bidder handed in the stage key itself. */
  readonly recovered: boolean;
  /** The bidder's own key is there, or none is needed. */
  readonly gate: boolean;
  /** Until when a complaint about it waits for the bidder's answer. */
  readonly disputedUntil: Date | null;
  /** One of the complaints that wait was made before the close, when the bidder could still have sealed again. */
  readonly early?: boolean;
  /**
   * Its dealing was shown not to be what its bidder signed, or an early complaint went against it: it does not open,
   * whoever of the officers comes. Otherwise an officer in the bidder's pay could choose.
   */
  readonly condemned?: boolean;
};

export type CourseFacts = {
  readonly now: Date;
  readonly objectionUntil: Date;
  readonly releaseUntil: Date;
  readonly recoveryUntil: Date | null;
  readonly gateUntil: Date | null;
  /** 1 at first; one more each time the opening was set anew. */
  readonly round: number;
  /** Whether those absent in this round have been named. */
  readonly defaulted: boolean;
  /** A bid proven to be missing from the close list, and whether that was decided on. */
  readonly omission: 'none' | 'undecided' | 'decided';
  /** Whether the tender's bids need the bidder's own key too. */
  readonly gated: boolean;
  /** Officers who have released. */
  readonly released: readonly string[];
  readonly bids: readonly BidCourse[];
};

type Absent = readonly { readonly group: string; readonly members: readonly string[] }[];
export type CourseStep =
  /** Nothing until then, or until somebody acts; `missing` officers are waited for. */
  | { readonly kind: 'wait'; readonly phase: CoursePhase; readonly until: Date | null; readonly missing: Absent }
  /** Name the officers who did not come; `recovery`: bidders may now open their own bids. */
  | { readonly kind: 'default'; readonly missing: Absent; readonly recovery: boolean }
  /** Ask the bidders for their own keys. */
  | { readonly kind: 'gate' }
  /** Set the opening anew. */
  | { readonly kind: 'reschedule' }
  | { readonly kind: 'fail'; readonly failure: 'bidOmitted' | 'officersAbsent' }
  /** Open now; the `spoilt` never will, and that is their bidders' fault. */
  | { readonly kind: 'open'; readonly spoilt: readonly string[] };
export type CoursePhase = 'objecting' | 'halted' | 'releasing' | 'recovering' | 'decrypting';

const isBefore = (a: Date, b: Date): boolean => a.getTime() < b.getTime();
const countIn = (group: GroupOf, officers: readonly string[]): number =>
  officers.filter((officer) => group.members.includes(officer)).length;
const hasEnough = ({ groups, good, recovered }: BidCourse): boolean =>
  recovered || groups.every((group) => countIn(group, good) >= group.t);
const isOpenable = (bid: BidCourse): boolean => bid.condemned !== true && hasEnough(bid);
/** Officers are missing: had all shares delivered been good, there would still be too few. */
const isShort = ({ groups, good, bad, recovered }: BidCourse): boolean =>
  !recovered && groups.some((group) => countIn(group, good) + countIn(group, bad) < group.t);

/** Who has not come, in the groups of which some of these bids lacks a share. */
function absentFrom(bids: readonly BidCourse[], released: readonly string[]): Absent {
  const absent = new Map<string, Set<string>>();
  for (const { groups, good } of bids)
    for (const group of groups) {
      if (countIn(group, good) >= group.t) continue;
      const away = group.members.filter((member) => !released.includes(member));
      if (away.length > 0) absent.set(group.id, new Set([...(absent.get(group.id) ?? []), ...away]));
    }
  return [...absent].map(([group, members]) => ({ group, members: [...members] }));
}

const wait = (phase: CoursePhase, until: Date | null, missing: Absent = []): CourseStep => ({
  kind: 'wait',
  phase,
  until,
  missing,
});

/**
 * What has to happen next in an opening. The same facts give the same answer whenever and however often it is asked.
 * @law 87号令 §39 — opened in public at the time set; 电子招标投标办法 §31 — who did not decrypt, and why.
 */
export function courseStep(facts: CourseFacts): CourseStep {
  const { now, objectionUntil, omission, bids, releaseUntil, released } = facts;
  if (omission === 'decided') return { kind: 'fail', failure: 'bidOmitted' };
  if (omission === 'undecided') return wait('halted', null);
  if (isBefore(now, objectionUntil)) return wait('objecting', objectionUntil);
  const lacking = bids.filter((bid) => !isOpenable(bid));
  // Nobody can help a bid that was condemned, so nobody is waited for on its account.
  const missing = absentFrom(
    lacking.filter(({ condemned }) => condemned !== true),
    released,
  );
  const short = lacking.filter((bid) => bid.condemned !== true && isShort(bid));
  if (isBefore(now, releaseUntil)) {
    // A bid whose share one officer could not read may still be opened by the others of that group.
    if (missing.length > 0) return wait('releasing', releaseUntil, missing);
  } else if (missing.length > 0 && !facts.defaulted) return { kind: 'default', missing, recovery: short.length > 0 };
  if (short.length > 0) return withoutOfficers(facts, missing);
  // What was said before the close is settled first, whether the bid would open or not.
  const disputed = bids.flatMap((bid) => {
    const { disputedUntil, early } = bid;
    const counts = early === true || lacking.includes(bid);
    return counts && disputedUntil && isBefore(now, disputedUntil) ? [disputedUntil] : [];
  });
  const first = disputed.toSorted((a, b) => a.getTime() - b.getTime())[0];
  if (first) return wait('releasing', first);
  return whenReady(facts, lacking);
}

function withoutOfficers({ now, recoveryUntil, round }: CourseFacts, missing: Absent): CourseStep {
  if (recoveryUntil && isBefore(now, recoveryUntil)) return wait('recovering', recoveryUntil, missing);
  return round <= rescheduleRule.times ? { kind: 'reschedule' } : { kind: 'fail', failure: 'officersAbsent' };
}

function whenReady({ now, gated, gateUntil, bids }: CourseFacts, spoilt: readonly BidCourse[]): CourseStep {
  if (gated) {
    if (!gateUntil) return { kind: 'gate' };
    const awaited = bids.some((bid) => !bid.gate && !bid.recovered && !spoilt.includes(bid));
    if (awaited && isBefore(now, gateUntil)) return wait('decrypting', gateUntil);
  }
  return { kind: 'open', spoilt: spoilt.map(({ manifestHash }) => manifestHash) };
}
