import type { Verdict } from '../kernel/refusal.ts';
import { fold } from '../kernel/text.ts';
import type { Day } from '../kernel/time.ts';
import type { ExpertProfile } from './expert.schema.ts';
import type { RegistryCode } from './registry.refusals.ts';

/** May this person decide about that application? Never one's own, nor that of an organisation one has a seat in. */
export function judgeReview(facts: {
  own: boolean;
  pending: boolean;
  decision: 'approve' | 'reject';
  reason: string;
}): Verdict<RegistryCode> {
  if (facts.own) return [{ code: 'review.own-affair' }];
  if (!facts.pending) return [{ code: 'review.already-decided' }];
  return facts.decision === 'reject' && facts.reason === '' ? [{ code: 'review.reason-needed', field: 'reason' }] : [];
}

/** Is a life's career complete enough for recusal to be judged: does it say where the expert works now? */
export function judgeEmployers(
  employers: readonly { readonly until: string | null }[],
  today: string,
): Verdict<RegistryCode> {
  return employers.some(({ until }) => until === null || until >= today)
    ? []
    : [{ code: 'expert.no-present-employer', field: 'profile.employers' }];
}

/** What ties an expert to a party, as the expert has declared it. */
export type Tie =
  | { readonly kind: 'employer'; readonly until: Day | null }
  | { readonly kind: 'relation'; readonly relation: ExpertProfile['relations'][number]['kind'] };

/**
 * Ties that call for recusal: work for the party now or within three years, and every declared relation
 * (采购法实施条例 §9). Parties are compared by code, and by name where a declaration has no code.
 */
export function tiesTo(
  profile: Pick<ExpertProfile, 'employers' | 'relations'>,
  party: { readonly name: string; readonly uscc: string },
  today: Day,
): Tie[] {
  const isParty = (named: { readonly name: string; readonly uscc: string | null }): boolean =>
    named.uscc === null ? fold(named.name) === fold(party.name) : named.uscc === party.uscc;
  const threeYearsAgo = `${String(Number.parseInt(today.slice(0, 4), 10) - 3).padStart(4, '0')}${today.slice(4)}`;
  return [
    ...profile.employers
      .filter((employer) => isParty(employer) && (employer.until === null || employer.until >= threeYearsAgo))
      .map(({ until }): Tie => ({ kind: 'employer', until })),
    ...profile.relations.filter(isParty).map(({ kind }): Tie => ({ kind: 'relation', relation: kind })),
  ];
}
