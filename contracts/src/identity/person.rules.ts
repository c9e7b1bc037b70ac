import type { Verdict } from '../kernel/refusal.ts';
import { scopesOf, type Role, type Scope } from '../kernel/scope.ts';
import type { IdentityCode } from './identity.refusals.ts';
import type { OrganisationState } from './organisation.life.ts';
import type { OrganisationKind } from './person.schema.ts';

export const passwordLength = 10;
/** Passwords everybody tries first, and what a hurried clerk types to reach ten characters. */
const worn = [
  'password',
  'passw0rd',
  'qwerty',
  'abc123',
  '123456',
  '111111',
  '000000',
  'admin',
  'iloveyou',
  'woaini',
  'xinbiao',
  '5201314',
  '1qaz2wsx',
  'asdfgh',
  'zxcvbn',
  'letmein',
  'welcome',
];

/** Is a password hard enough to guess? Length counts, not ornament. */
export function judgePassword(password: string, { login }: { login: string }): Verdict<IdentityCode> {
  if ([...password].length < passwordLength)
    return [{ code: 'password.too-short', field: 'password', facts: { least: passwordLength } }];
  const lower = password.toLowerCase();
  const rest = worn.reduce((left, word) => left.replaceAll(word, ''), lower.replaceAll(login.toLowerCase(), ''));
  if (rest.length < 6 || new Set(rest).size < 4 || isRun(rest))
    return [{ code: 'password.too-common', field: 'password' }];
  return [];
}

/** One character after the other in order, up or down, all the way. */
function isRun(value: string): boolean {
  const steps = new Set([...value].slice(1).map((character, at) => character.charCodeAt(0) - value.charCodeAt(at)));
  return steps.size === 1;
}

/** Roles that need no organisation: they are given to the person. */
const personal: readonly Role[] = ['expert', 'operator'];

/** The roles that seats of an organisation of these kinds may hold. */
export const rolesOfKinds = (kinds: readonly OrganisationKind[]): Role[] => [...kinds, 'administrator'];

/** May a seat of this organisation hold these roles? */
export function judgeRoles(roles: readonly Role[], kinds: readonly OrganisationKind[] | null): Verdict<IdentityCode> {
  const open = kinds === null ? personal : rolesOfKinds(kinds);
  const wrong = roles.filter((role) => !open.includes(role));
  return wrong.map((role) => ({ code: 'seat.role-not-open' as const, field: 'roles', facts: { role } }));
}

const always: readonly Scope[] = ['organisation:manage', 'organisation:profile', 'certificate:hold'];

/** What a seat may do: all its roles give, only its own affairs while the organisation waits or is suspended, nothing once it was struck. */
export function scopesInState(roles: readonly Role[], state: OrganisationState | null): Scope[] {
  if (state === 'rejected') return [];
  const all = scopesOf(roles);
  return state === null || state === 'active' ? all : all.filter((scope) => always.includes(scope));
}
