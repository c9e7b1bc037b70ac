import type { Verdict } from '../kernel/refusal.ts';
import type { PrecheckAct, PrecheckVerdict, ResealAsk } from './officer.schema.ts';
import type { SealStanding } from '../tendering/officer.rules.ts';
import type { BiddingCode } from './bidding.refusals.ts';

/** Does an act answer exactly this batch, each item once and in its order? */
export function answersBatch(
  act: Pick<PrecheckAct, 'lotId' | 'batch' | 'officer' | 'answers'>,
  batch: { readonly lotId: string; readonly hash: string; readonly officer: string; readonly items: readonly string[] },
): Verdict<BiddingCode> {
  const fits =
    act.lotId === batch.lotId &&
    act.batch === batch.hash &&
    act.officer === batch.officer &&
    act.answers.length === batch.items.length &&
    act.answers.every(({ item }, at) => item === batch.items[at]);
  return fits ? [] : [{ code: 'precheck.batch-differs' }];
}

/** May an officer answer a batch now? */
export function mayAnswer(facts: {
  readonly lotState: string;
  readonly deadline: Date;
  readonly now: Date;
  readonly isOfficer: boolean;
  readonly answered: boolean;
}): Verdict<BiddingCode> {
  if (!facts.isOfficer) return [{ code: 'precheck.not-an-officer' }];
  if (facts.lotState !== 'bidding' || facts.now >= facts.deadline) return [{ code: 'precheck.over' }];
  return facts.answered ? [{ code: 'precheck.answered' }] : [];
}

/** What a bidder with a sealed bid is asked, if anything. An unreadable share comes first: it says something about this envelope. */
export function resealAsk(standing: SealStanding, unreadableSince: Date | null): ResealAsk | null {
  if (standing === 'must') return { why: 'officers', must: true, at: null };
  if (unreadableSince) return { why: 'share', must: true, at: unreadableSince.toISOString() };
  return standing === 'should' ? { why: 'officers', must: false, at: null } : null;
}

type Group = { readonly id: string; readonly t: number; readonly members: readonly string[] };
type Answer = { readonly officer: string; readonly answer: PrecheckVerdict };

/** What the officers said of one envelope, by group; `proven` where every group's threshold was reached. */
export function tallyOf(
  groups: readonly Group[],
  answers: readonly Answer[],
): {
  groups: { id: string; t: number; accepted: string[]; complained: string[] }[];
  proven: boolean;
} {
  // With several stages an officer accepts an envelope only by accepting all of its shares.
  const said = (officer: string, answer: PrecheckVerdict): boolean => {
    const own = answers.filter((one) => one.officer === officer);
    return answer === 'complaint'
      ? own.some((one) => one.answer === 'complaint')
      : own.length > 0 && own.every((one) => one.answer === 'accept');
  };
  const tally = groups.map(({ id, t, members }) => ({
    id,
    t,
    accepted: members.filter((member) => said(member, 'accept')),
    complained: members.filter((member) => said(member, 'complaint')),
  }));
  return { groups: tally, proven: tally.every(({ t, accepted }) => accepted.length >= t) };
}
