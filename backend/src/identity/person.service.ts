import type { EntityManager } from '@mikro-orm/core';
import {
  judgePassword,
  judgeRoles,
  organisationKinds,
  type NewOrganisation,
  type NewPerson,
  type OrganisationKind,
  type OrganisationState,
} from '@xinbiao/contracts/identity';
import { fold, roleNames, type Role } from '@xinbiao/contracts/kernel';
import { record } from '../ledger/index.ts';
import { newId, obey, Refused } from '../platform/index.ts';
import { hashPassword } from './password.ts';
import { Organisation, Person, Seat } from './person.entity.ts';
import { regionOf } from './regions.ts';

export const kindsOf = (organisation: Pick<Organisation, 'kinds'>): OrganisationKind[] =>
  organisationKinds.filter((kind) => organisation.kinds.includes(`,${kind},`));
export const rolesOf = (seat: Pick<Seat, 'roles'>): Role[] =>
  roleNames.filter((role) => seat.roles.includes(`,${role},`));
export const listed = (words: readonly string[]): string => `,${[...new Set(words)].join(',')},`;

/** A person whose password was judged and hashed: hashing takes its time and must not hold a transaction. */
export type PreparedPerson = {
  readonly login: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly expired: boolean;
};

export async function preparePerson(
  person: NewPerson,
  given: { readonly expired?: boolean } = {},
): Promise<PreparedPerson> {
  obey(judgePassword(person.password, person).map((refusal) => ({ ...refusal, field: 'person.password' })));
  return {
    login: person.login,
    name: person.name,
    passwordHash: await hashPassword(person.password),
    expired: given.expired ?? false,
  };
}

/** Takes in somebody new; refused where the login name is taken. */
export async function createPerson(
  tx: EntityManager,
  { login, name, passwordHash, expired }: PreparedPerson,
  now: Date,
): Promise<Person> {
  if ((await tx.count(Person, { login })) > 0) throw new Refused([{ code: 'login.taken', field: 'person.login' }]);
  const person = tx.create(Person, {
    id: newId(now),
    login,
    name,
    passwordHash,
    passwordExpired: expired,
    createdAt: now,
  });
  await tx.flush();
  return person;
}

/** Puts an organisation on record: active at once where it is only a bidder or was founded by the operator, otherwise to be reviewed. */
export async function createOrganisation(
  tx: EntityManager,
  {
    kinds,
    organisation,
    now,
    state,
  }: {
    readonly kinds: readonly OrganisationKind[];
    readonly organisation: NewOrganisation;
    readonly now: Date;
    readonly state?: OrganisationState;
  },
): Promise<Organisation> {
  const { name, uscc, regionCode, ...rest } = organisation;
  if (!regionOf(regionCode))
    throw new Refused([{ code: 'region.unknown', field: 'organisation.regionCode', facts: { code: regionCode } }]);
  if ((await tx.count(Organisation, { heldUscc: uscc })) > 0)
    throw new Refused([{ code: 'organisation.already-registered', field: 'organisation.uscc', facts: { uscc } }]);
  const created = tx.create(Organisation, {
    id: newId(now), uscc, heldUscc: uscc, name, sought: fold(name).slice(0, 120), kinds: listed(kinds), regionCode,
    state: state ?? (kinds.every((kind) => kind === 'bidder') ? 'active' : 'pending'),
    profile: { regionCode, ...rest, capital: null, foundedOn: null, business: '', bankName: '', bankAccount: '' },
    version: 1, declaredAt: null, createdAt: now,
  }); // prettier-ignore
  await tx.flush();
  if (created.state === 'active') await recordParty(tx, created, now);
  return created;
}

/** Writes into the public log that a party is on record from now on. */
export async function recordParty(
  tx: EntityManager,
  organisation: Organisation,
  at: Date,
  actor?: string,
): Promise<void> {
  const { name, uscc, regionCode } = organisation;
  await record(tx, {
    scope: 'house',
    type: 'party.register',
    visibility: 'public',
    body: { name, uscc, kinds: kindsOf(organisation), regionCode },
    at,
    actor,
  });
}

/** Gives a person a place: in an organisation, or of their own (experts, operators). */
export async function addSeat(
  tx: EntityManager,
  {
    personId,
    organisation,
    roles,
    now,
    state = 'active',
  }: {
    readonly personId: string;
    readonly organisation: Organisation | null;
    readonly roles: readonly Role[];
    readonly now: Date;
    readonly state?: Seat['state'];
  },
): Promise<Seat> {
  obey(judgeRoles(roles, organisation ? kindsOf(organisation) : null));
  const place = organisation?.id ?? 'self';
  if ((await tx.count(Seat, { personId, place })) > 0)
    throw new Refused([{ code: 'seat.already-there', field: 'login' }]);
  const seat = tx.create(Seat, {
    id: newId(now),
    personId,
    organisationId: organisation?.id ?? null,
    place,
    roles: listed(roles),
    state,
    createdAt: now,
  });
  await tx.flush();
  return seat;
}

export type Founded = { readonly person: Person; readonly seat: Seat; readonly organisation: Organisation };

/** An organisation with its first person, who works in it and administers it. */
export async function foundParty(
  tx: EntityManager,
  given: {
    readonly kinds: readonly OrganisationKind[];
    readonly organisation: NewOrganisation;
    readonly person: PreparedPerson;
    readonly now: Date;
    readonly state?: OrganisationState;
  },
): Promise<Founded> {
  const person = await createPerson(tx, given.person, given.now);
  const organisation = await createOrganisation(tx, given);
  const seat = await addSeat(tx, {
    personId: person.id,
    organisation,
    roles: [...given.kinds, 'administrator'],
    now: given.now,
  });
  return { person, seat, organisation };
}

/** The person who runs the instance; made on the command line, never over the network. */
export async function createOperator(
  tx: EntityManager,
  person: PreparedPerson,
  now: Date,
): Promise<{ person: Person; seat: Seat }> {
  const created = await createPerson(tx, person, now);
  return {
    person: created,
    seat: await addSeat(tx, { personId: created.id, organisation: null, roles: ['operator'], now }),
  };
}

/** Gives a seat other roles; for stages that decide about people, as the registry does about experts. */
export async function setRoles(tx: EntityManager, seatId: string, roles: readonly Role[]): Promise<void> {
  await tx.nativeUpdate(Seat, { id: seatId }, { roles: listed(roles) });
}
