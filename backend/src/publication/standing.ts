import { endOfDay, instantText } from '@xinbiao/contracts/kernel';
import type { AwardLimits } from '@xinbiao/contracts/award';
import type { SpineEvent, Standing } from '@xinbiao/contracts/publication';
import type { Lot } from '../tendering/index.ts';

export type StandingFacts = {
  readonly lot: Pick<Lot, 'state' | 'deadline' | 'steps'>;
  readonly limits: AwardLimits | null;
  readonly openUntil: Date | null;
  readonly sheetsUntil: Date | null;
  readonly now: Date;
};

/** The last moment of a day, as an instant. */
const lastOf = (day: string | null | undefined): string | null => (day ? instantText(endOfDay(day)) : null);

/** What is true of a lot now, what comes next, until when, and by which article. */
export function standingOf({ lot, limits, openUntil, sheetsUntil, now }: StandingFacts): Standing {
  const row = (what: Standing['now'], next: Standing['next'], until: string | null, law: string | null): Standing => ({
    now: what,
    next,
    until,
    law,
  });
  switch (lot.state) {
    case 'bidding':
      return row(now < lot.deadline ? 'bidding' : 'waitingForClose', 'close', instantText(lot.deadline), '87号令 §33');
    case 'closed':
      return row('waitingForOpening', 'open', openUntil ? instantText(openUntil) : null, '87号令 §39');
    case 'opened':
      return row('qualifying', 'qualify', null, '87号令 §44');
    case 'qualified':
      return row('convening', 'convene', null, '87号令 §47');
    case 'evaluating':
      return row('evaluating', 'rank', sheetsUntil ? instantText(sheetsUntil) : null, '87号令 §57');
    case 'ranked':
      return row('deciding', 'award', lastOf(limits?.decideBy), '政府采购法实施条例 §43');
    case 'awarded':
      return row('awarded', 'contract', lastOf(limits?.contractBy), '政府采购法 §46');
    case 'failed':
      return row('failed', 'retender', null, '87号令 §43');
  }
}

const keyOfMove = {
  close: 'closed',
  open: 'opened',
  qualify: 'qualified',
  convene: 'evaluating',
  reopen: 'evaluating',
  rank: 'ranked',
  award: 'awarded',
  fail: 'failed',
} as const;
const path = ['closed', 'opened', 'qualified', 'evaluating', 'ranked', 'awarded'] as const;
const lawOf: Readonly<Record<(typeof path)[number], string>> = {
  closed: '87号令 §33',
  opened: '87号令 §39',
  qualified: '87号令 §44',
  evaluating: '87号令 §47',
  ranked: '87号令 §57',
  awarded: '87号令 §68',
};

/** A lot's own events: those that happened with their leaf, the one in progress, and those to come. */
export function lotEvents(
  facts: StandingFacts & { readonly lot: Lot },
): (SpineEvent & { readonly leaf: string | null })[] {
  const { lot, limits, now } = facts;
  // What a reopened evaluation went through twice stands there once, as it was the last time.
  const steps = lot.steps.filter(
    ({ to }, at) =>
      !lot.steps.slice(at + 1).some((later) => later.to === to || (later.move === 'reopen' && to === 'ranked')),
  );
  const done = steps.flatMap(({ move, at, leaf }): (SpineEvent & { leaf: string | null })[] => {
    if (move === 'publish') return [];
    const key = keyOfMove[move];
    return [
      {
        key,
        state: 'done',
        at,
        lotId: lot.id,
        facts: { lot: lot.no, ...(key === 'failed' && lot.failure ? { reason: lot.failure } : {}) },
        law: key === 'failed' ? null : lawOf[key],
        record: null,
        leaf,
      },
    ];
  });
  const event = (
    key: SpineEvent['key'],
    state: SpineEvent['state'],
    at: string | null,
    law: string | null,
  ): SpineEvent & { leaf: string | null } => ({
    key,
    state,
    at,
    lotId: lot.id,
    facts: { lot: lot.no },
    law,
    record: null,
    leaf: null,
  });
  if (lot.state === 'failed') return done;
  const standing = standingOf(facts);
  const reached = path.findIndex((key) => key === lot.state);
  const coming = path
    .slice(reached + 1)
    .map((key, at) =>
      event(key, at === 0 && lot.state !== 'bidding' ? 'now' : 'next', at === 0 ? standing.until : null, lawOf[key]),
    );
  const after: typeof coming = [];
  if (lot.state === 'awarded') {
    const notice = lastOf(limits?.noticeUntil);
    if (notice) after.push(event('noticeUntil', notice <= instantText(now) ? 'done' : 'now', notice, '87号令 §69'));
    const contract = lastOf(limits?.contractBy);
    if (contract)
      after.push(event('contractBy', contract <= instantText(now) ? 'done' : 'next', contract, '政府采购法 §46'));
  }
  return [...done, ...coming, ...after];
}
