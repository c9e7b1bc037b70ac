import type { Verdict } from '../kernel/refusal.ts';
import { addTime, instantOf, instantText } from '../kernel/time.ts';
import { minutesOf, type Counted } from '../timekeeping/index.ts';
import type { EntryBody } from '../trust/index.ts';
import type { BiddingCode } from './bidding.refusals.ts';
import type { Remedy } from './outage.schema.ts';

type Says = Verdict<BiddingCode>;
const hour = 3_600_000;

/** The promise as the notice makes it. */
export type OutageTerms = {
  readonly withinHours: number;
  readonly minutes: number;
  readonly extendHours: number;
  readonly redeliverHours: number;
};

/** The last hours before a deadline, in which outages count. */
export const outageWindow = (deadline: Date, { withinHours }: OutageTerms): { from: Date; to: Date } => ({
  from: addTime(deadline, -withinHours * hour),
  to: deadline,
});

export type RemedyDue = { readonly kind: Remedy; readonly hours: number; readonly from: Date; readonly to: Date };

/**
 * Which promise of the document an outage sets off now; nothing while too little is measured, or where the document
 * promises nothing. A deadline moves before it comes, or after it only where the outage lasted over it; otherwise what
 * remains is to hand in the identical bytes.
 */
export function remedyDue({
  terms,
  deadline,
  now,
  counted,
}: {
  readonly terms: OutageTerms;
  /** As the notice signs it. */
  readonly deadline: Date;
  readonly now: Date;
  /** Stretches that count, up to now. */
  readonly counted: readonly Counted[];
}): RemedyDue | undefined {
  const window = outageWindow(deadline, terms);
  const inside = counted.map(({ from, to }) => ({
    from: new Date(Math.max(from.getTime(), window.from.getTime())),
    to: new Date(Math.min(to.getTime(), window.to.getTime())),
  }));
  if (minutesOf(inside.filter(({ from, to }) => from < to)) < terms.minutes) return undefined;
  const over = counted.some(({ from, to }) => from < deadline && to >= deadline);
  const due = (kind: Remedy, hours: number): RemedyDue => ({
    kind,
    hours,
    from: deadline,
    to: addTime(deadline, hours * hour),
  });
  if (terms.extendHours > 0 && (now < deadline || over)) return due('extend', terms.extendHours);
  if (terms.redeliverHours > 0 && now >= deadline) return due('redeliver', terms.redeliverHours);
  return undefined;
}

/** What a tender's `outage.extend` or `outage.redeliver` entry says, when it is one that the notice allows. */
export function remedyIn(
  body: Pick<EntryBody, 't' | 's' | 'ts' | 'p'>,
  {
    lotId,
    tenderId,
    deadline,
    terms,
  }: {
    readonly lotId: string;
    readonly tenderId: string;
    /** As the notice signs it. */
    readonly deadline: string;
    readonly terms: OutageTerms;
  },
): RemedyDue | undefined {
  const kind = body.t === 'outage.extend' ? 'extend' : body.t === 'outage.redeliver' ? 'redeliver' : undefined;
  if (!kind || body.s !== lotId || body.p['tender'] !== tenderId) return undefined;
  const hours = kind === 'extend' ? terms.extendHours : terms.redeliverHours;
  const from = instantOf(deadline);
  const to = addTime(from, hours * hour);
  const { minutes } = body.p;
  const right =
    hours > 0 &&
    body.p['from'] === deadline &&
    body.p['to'] === instantText(to) &&
    typeof minutes === 'number' &&
    minutes >= terms.minutes &&
    typeof body.p['certificate'] === 'string' &&
    // Time to hand in again begins at the deadline; a deadline that has moved has moved once.
    (kind === 'extend' || body.ts >= deadline);
  return right ? { kind, hours, from, to } : undefined;
}

/**
 * The deadline of a lot as the notice and the log make it: the one that is signed, moved at most once, by an entry
 * from before the close that says exactly what the notice promises.
 */
export function deadlineBy(
  entries: readonly Pick<EntryBody, 't' | 's' | 'ts' | 'p'>[],
  notice: Parameters<typeof remedyIn>[1],
): { readonly deadline: string; readonly redeliverUntil: string | null } {
  const close = entries.findIndex(({ t, s }) => t === 'tender.close' && s === notice.lotId);
  const before = close < 0 ? entries : entries.slice(0, close);
  const found = before.flatMap((body) => remedyIn(body, notice) ?? []);
  const moved = found.find(({ kind }) => kind === 'extend');
  const again = found.find(({ kind }) => kind === 'redeliver');
  return {
    deadline: moved ? instantText(moved.to) : notice.deadline,
    redeliverUntil: again && !moved ? instantText(again.to) : null,
  };
}

/** May the identical bytes still be handed in? Only what provably existed before the deadline, and only in the promised time. */
export function mayRedeliver({
  until,
  now,
  openedAt,
  deadline,
  stampedBefore,
  acknowledgedBefore,
}: {
  readonly until: Date;
  readonly now: Date;
  readonly openedAt: Date;
  readonly deadline: Date;
  /** Timestamps that hold and precede the deadline. */
  readonly stampedBefore: number;
  /** Witnesses that were shown the fingerprint before the deadline. */
  readonly acknowledgedBefore: number;
}): Says {
  if (now.getTime() >= until.getTime()) return [{ code: 'bid.redelivery-over', facts: { until: until.toISOString() } }];
  if (openedAt.getTime() >= deadline.getTime() || stampedBefore + acknowledgedBefore === 0)
    return [{ code: 'bid.redelivery-unproven', facts: { deadline: deadline.toISOString() } }];
  return [];
}
