import { regionContains } from '../kernel/codes.ts';
import type { Refusal } from '../kernel/refusal.ts';
import { addDays, dayAt, type Day } from '../kernel/time.ts';
import type { BlacklistState } from './blacklist.life.ts';
import type { ForbiddableAct } from './blacklist.schema.ts';
import type { RegistryCode } from './registry.refusals.ts';

type Ban = {
  readonly state: BlacklistState;
  readonly forbids: readonly ForbiddableAct[];
  readonly regionCode: string | null;
  readonly from: Day;
  readonly until: Day;
};

/** Is the ban of a record in force on the day of an instant? First and last day belong to it. */
export function isInForce({ state, from, until }: Pick<Ban, 'state' | 'from' | 'until'>, at: Date): boolean {
  const today = dayAt(at);
  return state === 'active' && from <= today && today <= until;
}

/**
 * What a record means for an act: `refuse` only where the decision names the act and reaches the place, otherwise
 * `flag`, for whoever checks qualification to read the decision; nothing when it is not in force.
 */
export function effectOf(
  ban: Ban,
  { act, regionCode, at }: { act: ForbiddableAct; regionCode: string | null; at: Date },
): 'refuse' | 'flag' | undefined {
  if (!isInForce(ban, at)) return undefined;
  const reaches = ban.regionCode === null || (regionCode !== null && regionContains(ban.regionCode, regionCode));
  return reaches && ban.forbids.includes(act) ? 'refuse' : 'flag';
}

/** A record is shown for six months from the decision, longer if the ban is longer (2008 办法 §9). */
export function publishedUntil({ decidedOn, until }: { decidedOn: Day; until: Day }): Day {
  const end = sixMonthsAfter(decidedOn);
  return until > end ? until : end;
}

/** The same day six months on, or that month's last day where there is none. */
function sixMonthsAfter(day: Day): Day {
  const months = Number.parseInt(day.slice(0, 4), 10) * 12 + Number.parseInt(day.slice(5, 7), 10) - 1 + 6;
  const start = (count: number): Day =>
    `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}-01`;
  const last = addDays(start(months + 1), -1);
  const same = `${last.slice(0, 8)}${day.slice(8)}`;
  return same < last ? same : last;
}

/** May the public see a record on this day? Never once it was withdrawn or repaired. */
export const isShown = (
  record: { readonly state: BlacklistState; readonly decidedOn: Day; readonly until: Day },
  at: Date,
): boolean => record.state === 'active' && dayAt(at) <= publishedUntil(record);

/** The refusal by which an act meets a ban: it names decision, authority and end, so that one can object. */
export const banRefusal = (entry: {
  decisionNumber: string;
  authority: string;
  until: Day;
}): Refusal<RegistryCode> => ({
  code: 'blacklist.forbidden',
  facts: { decision: entry.decisionNumber, authority: entry.authority, until: entry.until },
});
