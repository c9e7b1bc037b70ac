import type { Verdict } from '../kernel/refusal.ts';
import type { RegistryCode } from './registry.refusals.ts';

/** May this person decide about that application? Never one's own, nor that of an organisation one has a seat in. */
export function judgeReview(facts: { own: boolean; pending: boolean; decision: 'approve' | 'reject'; reason: string }): Verdict<RegistryCode> {
  if (facts.own) return [{ code: 'review.own-affair' }];
  if (!facts.pending) return [{ code: 'review.already-decided' }];
  return facts.decision === 'reject' && facts.reason === '' ? [{ code: 'review.reason-needed', field: 'reason' }] : [];
}

/** Is a life's career complete enough for recusal to be judged: does it say where the expert works now? */
export function judgeEmployers(employers: readonly { readonly until: string | null }[], today: string): Verdict<RegistryCode> {
  return employers.some(({ until }) => until === null || until >= today) ? [] : [{ code: 'expert.no-present-employer', field: 'profile.employers' }];
}
