import type { Verdict } from '../kernel/refusal.ts';
import type { IdentityCode } from './identity.refusals.ts';

const steps = [0, 3, 15, 30, 90] as const;

/** Whole days until a certificate ends (0 on its last day, negative afterwards), and how urgent that is. */
export function expiryOf(notAfter: Date, now: Date): { daysLeft: number; warning: (typeof steps)[number] | null } {
  const daysLeft = Math.floor((notAfter.getTime() - now.getTime()) / 86_400_000);
  const over = now.getTime() >= notAfter.getTime() + 1000;
  const reached = over ? 0 : steps.find((days) => days > 0 && daysLeft < days);
  return { daysLeft, warning: reached ?? null };
}

/** Does a certificate name the party at whose seat it is to be registered? A code names a party, spelling does not. */
export function judgeSubject(
  subject: {
    readonly commonName: string;
    readonly organisation?: string | undefined;
    readonly uscc?: string | undefined;
  },
  party: { readonly person: string; readonly organisation: { readonly name: string; readonly uscc: string } | null },
): Verdict<IdentityCode> {
  if (party.organisation)
    return subject.uscc === party.organisation.uscc
      ? []
      : [{ code: 'certificate.other-party', facts: { uscc: party.organisation.uscc } }];
  return subject.commonName === party.person
    ? []
    : [{ code: 'certificate.other-party', facts: { uscc: party.person } }];
}
