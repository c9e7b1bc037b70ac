import { addWorkingDays, type Calendar } from '../kernel/calendar.ts';
import { addTime, dayAt, endOfDay, instantText } from '../kernel/time.ts';
import type { LotState } from '../tendering/lot.life.ts';
import { rulebooks, type RulebookId } from '../rulebook/index.ts';
import { openingMinutes } from '../opening/opening.schema.ts';
import type { Light, LightColour } from './oversight.schema.ts';

/** What a lot's lights are computed from: when it reached each state, and what was found. */
export type LightFacts = {
  readonly state: LotState;
  readonly deadline: Date;
  /** When each state was reached. */
  readonly reached: Readonly<Partial<Record<LotState, Date>>>;
  /** Until when the opening may last; null where the clock has not looked at it yet. */
  readonly openUntil: Date | null;
  readonly bids: number | null;
  /** Bids proven to be missing from the close list: nothing is opened until that was decided on. */
  readonly missing: number;
  readonly faulty: number;
  readonly lowPrices: number;
  readonly fromEscrow: number;
  readonly replaced: number;
  readonly sheetsUntil: Date | null;
  readonly contractBy: Date | null;
  readonly rulebook: RulebookId;
  readonly calendar: Calendar;
  readonly now: Date;
};

/** Days after the previous step by which the next is expected where the law names none: a house's own measure. */
const quietDays = 5;

/**
 * Lights of a lot, in the order of time. A light about time is green while there is time, amber on its last day and
 * red after it; a light about facts is amber: somebody should look, nothing is proven.
 */
export function lightsOf(facts: LightFacts): Light[] {
  const { reached, calendar, rulebook, now } = facts;
  const book = rulebooks[rulebook];
  const lights: Light[] = [];
  const workingDays = (from: Date, count: number): Date => endOfDay(addWorkingDays(dayAt(from), count, calendar));
  const timed = (
    rule: Light['rule'],
    law: string,
    from: Date | undefined,
    until: Date,
    done: Date | undefined,
  ): void => {
    if (!from) return;
    const at = done ?? now;
    const soon = !done && dayAt(addTime(until, -1)) === dayAt(now);
    lights.push({
      rule,
      colour: colourOf(at < until, soon),
      law,
      facts: { from: instantText(from), ...(done ? { done: instantText(done) } : {}) },
      until: instantText(until),
    });
  };
  const noted = (rule: Light['rule'], law: string, count: number, colour: LightColour = 'warn'): void => {
    if (count > 0) lights.push({ rule, colour, law, facts: { count }, until: null });
  };
  const ended = facts.state === 'failed' ? reached.failed : undefined;

  // An opening that a missing bid holds up is not late: it must not go on.
  const isHalted = facts.missing > 0 && !reached.opened;
  if ((facts.state !== 'bidding' || now >= facts.deadline) && !isHalted)
    timed(
      'openOnTime',
      '87号令 §39',
      facts.deadline,
      facts.openUntil ?? addTime(facts.deadline, openingMinutes * 60_000),
      reached.opened ?? ended,
    );
  if (reached.opened)
    timed(
      'qualifyInTime',
      '87号令 §44',
      reached.opened,
      workingDays(reached.opened, quietDays),
      reached.qualified ?? ended,
    );
  if (reached.qualified)
    timed(
      'conveneInTime',
      '87号令 §47',
      reached.qualified,
      workingDays(reached.qualified, quietDays),
      reached.evaluating ?? ended,
    );
  if (reached.evaluating && facts.sheetsUntil)
    timed('sheetsInTime', '87号令 §48', reached.evaluating, facts.sheetsUntil, reached.ranked ?? ended);
  if (reached.ranked)
    timed(
      'decideInTime',
      book.decisionPeriod.law,
      reached.ranked,
      workingDays(reached.ranked, book.decisionPeriod.value),
      reached.awarded,
    );
  // Contracts are kept outside the first running path, so this light only ever counts down.
  if (reached.awarded && facts.contractBy && now < facts.contractBy)
    timed('contractInTime', book.contractPeriod.law, reached.awarded, facts.contractBy, undefined);
  if (facts.bids !== null && facts.bids < book.minBidders.value)
    noted('enoughBids', book.minBidders.law, Math.max(1, facts.bids));
  noted('bidMissing', '政府采购法 §36', facts.missing, 'bad');
  noted('lowPrice', '财库〔2026〕2号', facts.lowPrices);
  noted('faultyBids', '87号令 §42', facts.faulty);
  noted('sheetsFromEscrow', '87号令 §48', facts.fromEscrow);
  noted('panelReplaced', '87号令 §48', facts.replaced);
  return lights;
}

function colourOf(inTime: boolean, lastDay: boolean): LightColour {
  if (!inTime) return 'bad';
  return lastDay ? 'warn' : 'ok';
}

/** The worst of some lights. */
export const worstOf = (lights: readonly Pick<Light, 'colour'>[]): LightColour => {
  const colours = new Set(lights.map(({ colour }) => colour));
  if (colours.has('bad')) return 'bad';
  return colours.has('warn') ? 'warn' : 'ok';
};
