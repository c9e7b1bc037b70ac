import type { Scope } from '../kernel/scope.ts';
import type { Verdict } from '../kernel/refusal.ts';
import type { TenderMove, TenderState } from './tender.life.ts';
import { step } from '../kernel/lifecycle.ts';
import { tenderLife } from './tender.life.ts';
import type { TenderingCode } from './tendering.refusals.ts';

/** Who did what on a tender so far, by person. */
export type Hands = { readonly composer: string; readonly submitter: string | null; readonly checker: string | null };

const scopeOfParty: Readonly<Record<string, Scope>> = {
  composer: 'tender:compose',
  checker: 'tender:check',
  publisher: 'tender:publish',
};

/**
 * May this person make this move? Whoever composed or submitted does not check, and whoever checked does not
 * publish, so two people have looked at what becomes public. @law 政府信息公开条例 §17
 */
export function mayMove(
  move: TenderMove,
  { state, person, scopes, hands }: { state: TenderState; person: string; scopes: readonly Scope[]; hands: Hands },
): Verdict<TenderingCode | 'auth.not-allowed'> {
  const row = step(tenderLife, state, move);
  if (!row) return [{ code: 'tender.move-not-allowed', facts: { state } }];
  const scope = scopeOfParty[row[3]];
  if (scope === undefined || !scopes.includes(scope)) return [{ code: 'auth.not-allowed' }];
  if (move === 'confirm' && (person === hands.composer || person === hands.submitter))
    return [{ code: 'tender.check-by-same-person' }];
  if (move === 'publish' && person === hands.checker) return [{ code: 'tender.publish-by-checker' }];
  return [];
}
