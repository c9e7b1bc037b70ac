import type { EntityManager } from '@mikro-orm/core';
import { Organisation, Seat } from '../identity/index.ts';
import { drawableExperts } from '../registry/index.ts';

/** An expert as recusal looks at one. */
export type LibraryExpert = {
  readonly seatId: string;
  readonly name: string;
  readonly regionCode: string;
  readonly specialities: readonly string[];
  readonly employers: readonly {
    readonly name: string;
    readonly uscc: string | null;
    readonly from: string;
    readonly until: string | null;
  }[];
  readonly relations: readonly { readonly name: string; readonly uscc: string | null; readonly kind: string }[];
  /** Credit codes of organisations in which the expert has a seat. */
  readonly organisations: readonly string[];
};

/** Experts who may be asked for a day: active and free. */
export async function activeExperts(em: EntityManager, on: Date): Promise<LibraryExpert[]> {
  const experts = await drawableExperts(em, { on });
  return Promise.all(
    experts.map(async ({ seatId, personId, name, regionCode, profile }) => ({
      seatId,
      name,
      regionCode,
      specialities: profile.specialties,
      employers: profile.employers,
      relations: profile.relations,
      organisations: await usccsOf(em, personId),
    })),
  );
}

/** The credit codes of every organisation in which a person has or had a seat. An invitation is not one: anybody can be invited by anybody. */
export async function usccsOf(em: EntityManager, personId: string): Promise<string[]> {
  const seats = await em.find(Seat, { personId, state: { $ne: 'invited' } });
  const ids = seats.flatMap(({ organisationId }) => (organisationId ? [organisationId] : []));
  return (await em.find(Organisation, { id: { $in: ids } })).map(({ uscc }) => uscc);
}
