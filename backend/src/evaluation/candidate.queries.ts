import type { EntityManager } from '@mikro-orm/core';
import type { Candidate, Recusal } from '@xinbiao/contracts/evaluation';
import { addDays, dayAt, type Day } from '@xinbiao/contracts/kernel';
import type { z } from 'zod';
import { Organisation, Person, rolesOf, Seat } from '../identity/index.ts';
import type { House } from '../platform/index.ts';
import { activeExperts, usccsOf, type LibraryExpert } from './expert.library.ts';
import { openedBids, technicalFacts, type LotFacts } from './lot.facts.ts';

export type Party = { readonly role: 'purchaser' | 'agency' | 'bidder'; readonly name: string; readonly uscc: string };

/** Everybody whose tie to an expert would call for recusal: purchaser, agency, bidders and members of their consortia. */
export async function partiesOf(house: House, em: EntityManager, { lot, content }: LotFacts): Promise<Party[]> {
  const party = (role: Party['role'], { name, uscc }: { name: string; uscc: string }): Party => ({ role, name, uscc });
  const bids = await openedBids(em, lot.id);
  const consortia = await Promise.all(
    bids
      .filter(({ state }) => state === 'opened')
      .map(async ({ bidId }) => (await technicalFacts(house, em, bidId))?.offer.consortium ?? []),
  );
  const all = [
    party('purchaser', content.purchaser),
    ...(content.agency ? [party('agency', content.agency)] : []),
    ...bids.map(({ bidder }) => party('bidder', bidder)),
    ...consortia.flat().map((one) => party('bidder', one)),
  ];
  return all.filter(({ uscc }, at) => all.findIndex((one) => one.uscc === uscc) === at);
}

const threeYearsBefore = (day: Day): Day => addDays(day, -3 * 365 - 1);
const same = (party: Party, tie: { readonly uscc: string | null; readonly name: string }): boolean =>
  tie.uscc === null ? tie.name === party.name : tie.uscc === party.uscc;

/** Why an expert must stay away from these parties, each reason with its facts. @law 政府采购法实施条例 §9 */
export function recusalsOf(
  expert: Pick<LibraryExpert, 'employers' | 'relations' | 'organisations'>,
  parties: readonly Party[],
  today: Day,
): Recusal[] {
  const since = threeYearsBefore(today);
  return parties.flatMap((party): Recusal[] => [
    ...expert.employers
      .filter((employer) => same(party, employer) && (employer.until === null || employer.until >= since))
      .map((employer): Recusal => ({
        code: 'employed-by-party',
        facts: { party: party.name, from: employer.from, until: employer.until ?? '' },
      })),
    ...expert.relations
      .filter((relation) => same(party, relation))
      .map((relation): Recusal => ({ code: 'declared-relation', facts: { party: party.name, kind: relation.kind } })),
    ...(expert.organisations.includes(party.uscc)
      ? [{ code: 'belongs-to-party', facts: { party: party.name } } as const]
      : []),
  ]);
}

/** Experts of the library, and the purchaser's own people, each with the reasons why they must stay away. */
export async function candidatesOf(
  em: EntityManager,
  facts: LotFacts,
  { parties, now }: { readonly parties: readonly Party[]; readonly now: Date },
): Promise<z.infer<typeof Candidate>[]> {
  const today = dayAt(now);
  const experts = (await activeExperts(em, now)).map((expert): z.infer<typeof Candidate> => ({
    seatId: expert.seatId,
    name: expert.name,
    kind: 'expert',
    employer: expert.employers.find(({ until }) => until === null)?.name ?? null,
    specialities: [...expert.specialities],
    regionCode: expert.regionCode,
    recused: recusalsOf(expert, parties, today),
  }));
  const seats = await em.find(Seat, { organisationId: facts.tender.purchaserId, state: 'active' });
  const people = new Map(
    (await em.find(Person, { id: { $in: seats.map(({ personId }) => personId) } })).map((person) => [
      person.id,
      person,
    ]),
  );
  const purchaser = await em.findOne(Organisation, { id: facts.tender.purchaserId });
  // Somebody who sits for a bidder as well must stay away from both sides.
  const bidders = parties.filter(({ role }) => role === 'bidder');
  const representatives = await Promise.all(
    seats
      .filter((seat) => rolesOf(seat).includes('purchaser'))
      .map(async (seat): Promise<z.infer<typeof Candidate>> => {
        const organisations = await usccsOf(em, seat.personId);
        return {
          seatId: seat.id,
          name: people.get(seat.personId)?.name ?? '',
          kind: 'purchaser',
          employer: purchaser?.name ?? null,
          specialities: [],
          regionCode: null,
          recused: bidders
            .filter(({ uscc }) => organisations.includes(uscc))
            .map(({ name }) => ({ code: 'belongs-to-party', facts: { party: name } })),
        };
      }),
  );
  return [...experts, ...representatives];
}
