import type { Refusal, Verdict } from '@xinbiao/contracts/kernel';

/** The law, a rule or a right says no. Thrown in the shell, so that a transaction rolls back. */
export class Refused extends Error {
  readonly reasons: readonly Refusal[];
  constructor(reasons: readonly Refusal[]) {
    super(reasons.map(({ code }) => code).join(', '));
    this.name = 'Refused';
    this.reasons = reasons;
  }
}

/** Goes on only if a rule had nothing to say. */
export function obey(verdict: Verdict): void {
  if (verdict.length > 0) throw new Refused(verdict);
}

/** Shorthand for the one-reason refusal. */
export const refuse = (code: string, more: Omit<Refusal, 'code'> = {}): never => {
  throw new Refused([{ code, ...more }]);
};
