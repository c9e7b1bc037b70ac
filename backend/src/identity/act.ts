import type { EntityManager } from '@mikro-orm/core';
import type { ActBy } from '@xinbiao/contracts/identity';
import { canonical, Malformed, parseCanonical } from '@xinbiao/contracts/trust';
import { Refused, type Actor } from '../platform/index.ts';

/** Who acts, as acts name them. */
export const actorBy = (actor: Pick<Actor, 'name' | 'organisationName' | 'uscc'>): ActBy => ({
  person: actor.name,
  organisation: actor.organisationName,
  uscc: actor.uscc,
});

/** A signed document after its check, ready for `recordAct`. */
export type SignedContent = { readonly act: string; readonly signature: string; readonly certificateSha256: string };
export type Question = {
  readonly em: EntityManager;
  readonly actor: Actor;
  readonly signature: string;
  readonly now: Date;
};
export type CheckAct = (
  question: Question & { readonly act: string; readonly expect: unknown },
) => Promise<SignedContent>;

/** Is what was signed what is being decided, byte for byte? */
export function expectAct(act: string, expected: unknown): void {
  try {
    parseCanonical(act);
  } catch (fault) {
    if (fault instanceof Malformed) throw new Refused([{ code: 'act.malformed', field: 'act' }]);
    throw fault;
  }
  if (act !== canonical(expected)) throw new Refused([{ code: 'act.not-what-is-decided', field: 'act' }]);
}
