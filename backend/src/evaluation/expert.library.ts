import type { EntityManager } from '@mikro-orm/core';
import { drawableExperts } from '../registry/index.ts';
import { usccsOf } from './candidate.queries.ts';

/** An expert as recusal looks at one. */
export type LibraryExpert = {
  readonly seatId: string;
  readonly name: string;
  readonly regionCode: string;
  readonly specialities: readonly string[];
  readonly employers: readonly { readonly name: string; readonly uscc: string | null; readonly from: string; readonly until: string | null }[];
  readonly relations: readonly { readonly name: string; readonly uscc: string | null; readonly kind: string }[];
  /** Credit codes of organisations in which the expert has a seat. */
  readonly organisations: readonly string[];
};

/** Experts who may be asked for a day: active and free. */
export async function activeExperts(em: EntityManager, on: Date): Promise<LibraryExpert[]> {
  const experts = await drawableExperts(em, { on });
  return Promise.all(
    experts.map(async ({ seatId, personId, name, regionCode, profile }) => ({
      seatId, name, regionCode, specialities: profile.specialties, employers: profile.employers, relations: profile.relations, organisations: await usccsOf(em, personId),
    })),
  );
}
