import { cosignersOf, meetsQuorum, type Policy } from '../trust/log/policy.ts';
import type { Signed } from '../trust/log/note.ts';

/** The checks that outsiders run look for the same mark (`trust/log/audit.ts`). */
const mark = '/demonstration-witness/';

/** The name of a witness that runs inside the house it watches, for demonstrations. */
export const demonstrationWitnessName = (origin: string, nth: number): string => `${origin}${mark}${nth}`;

/** A witness of a demonstration runs inside the platform: it shows how things go, and vouches for nothing. */
export const isDemonstrationWitness = ({ name }: { readonly name: string }): boolean => name.includes(mark);

/** What the witnesses of a checkpoint are worth: how many that are independent signed, and whether those that the policy asks for did. */
export type Watched = {
  /** Independent witnesses that the policy names. */
  readonly independent: number;
  /** Independent witnesses that signed, and when each says it did. */
  readonly cosigners: readonly { readonly name: string; readonly time: number }[];
  /** Witnesses of a demonstration that signed. */
  readonly demonstration: number;
  /** Enough of them for the policy; true where it asks for nobody. */
  readonly quorum: boolean;
  /** Does the policy ask for anybody? */
  readonly asked: boolean;
};

/** Judges who signed a checkpoint by a policy. */
export function watchedBy(policy: Policy, signed: readonly Signed[]): Watched {
  const inside = new Set(policy.witnesses.filter(({ key }) => isDemonstrationWitness(key)).map(({ name }) => name));
  const all = cosignersOf(policy, signed);
  return {
    independent: policy.witnesses.length - inside.size,
    cosigners: all.filter(({ name }) => !inside.has(name)),
    demonstration: all.filter(({ name }) => inside.has(name)).length,
    quorum: meetsQuorum(policy, signed),
    asked: policy.quorum !== undefined,
  };
}
