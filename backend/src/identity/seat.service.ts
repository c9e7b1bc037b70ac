import type { EntityManager } from '@mikro-orm/core';
import { judgePassword, judgeRoles, type NewSeat } from '@xinbiao/contracts/identity';
import type { Role } from '@xinbiao/contracts/kernel';
import type { z } from 'zod';
import { obey, Refused, transact, type House } from '../platform/index.ts';
import { firstPassword, hashPassword, isPassword } from './password.ts';
import { Organisation, Person, Seat, Session } from './person.entity.ts';
import { addSeat, createPerson, kindsOf, listed, rolesOf } from './person.service.ts';

/** Adds a person to an organisation: somebody new with a password shown once, somebody known by invitation. */
export async function addColleague(
  em: EntityManager,
  {
    organisationId,
    body,
    now,
  }: { readonly organisationId: string; readonly body: z.output<typeof NewSeat>; readonly now: Date },
): Promise<{ seatId: string; firstPassword: string | null }> {
  const password = firstPassword();
  const passwordHash = await hashPassword(password);
  return transact(em, async (tx) => {
    const organisation = await tx.findOneOrFail(Organisation, { id: organisationId });
    obey(judgeRoles(body.roles, kindsOf(organisation)));
    const known = await tx.findOne(Person, { login: body.login });
    const person =
      known ?? (await createPerson(tx, { login: body.login, name: body.name, passwordHash, expired: true }, now));
    const seat = await addSeat(tx, {
      personId: person.id,
      organisation,
      roles: body.roles,
      now,
      state: known ? 'invited' : 'active',
    });
    return { seatId: seat.id, firstPassword: known ? null : password };
  });
}

/** Changes a colleague's roles or state; the organisation always keeps an administrator, and a disabled seat's sessions end. */
export async function changeSeat(
  em: EntityManager,
  {
    organisationId,
    seatId,
    roles,
    state,
  }: {
    readonly organisationId: string;
    readonly seatId: string;
    readonly roles: readonly Role[] | undefined;
    readonly state: 'active' | 'disabled' | undefined;
  },
): Promise<void> {
  await transact(em, async (tx) => {
    // The organisation's row is the lock under which its administrators are counted.
    await tx.nativeUpdate(Organisation, { id: organisationId }, { id: organisationId });
    const organisation = await tx.findOneOrFail(Organisation, { id: organisationId });
    const seats = await tx.find(Seat, { organisationId });
    const seat = seats.find(({ id }) => id === seatId);
    if (!seat) throw new Refused([{ code: 'seat.unknown' }]);
    if (roles) {
      obey(judgeRoles(roles, kindsOf(organisation)));
      seat.roles = listed(roles);
    }
    // Who never accepted is not made a member by somebody else.
    if (state && !(seat.state === 'invited' && state === 'active')) seat.state = state;
    if (!seats.some((one) => one.state === 'active' && rolesOf(one).includes('administrator')))
      throw new Refused([{ code: 'seat.last-administrator' }]);
    if (seat.state === 'disabled') await tx.nativeDelete(Session, { seatId });
    await tx.flush();
  });
}

/** Takes one of the person's seats for a session; an invitation is accepted by doing so. */
export async function takeSeat(em: EntityManager, session: Session, seatId: string): Promise<Session> {
  return transact(em, async (tx) => {
    const seat = await tx.findOne(Seat, { id: seatId, personId: session.personId });
    if (!seat || seat.state === 'disabled') throw new Refused([{ code: 'seat.not-yours' }]);
    seat.state = 'active';
    await tx.flush();
    await tx.nativeUpdate(Session, { id: session.id }, { seatId });
    return tx.findOneOrFail(Session, { id: session.id });
  });
}

/** The seat one signs in at: the first active one, else the first invitation. */
export async function firstSeat(em: EntityManager, personId: string): Promise<Seat | undefined> {
  const seats = await em.find(
    Seat,
    { personId, state: 'active' },
    { orderBy: { createdAt: 'asc', id: 'asc' }, disableIdentityMap: true },
  );
  return seats[0];
}

/** Changes a password after the old one was checked, and ends the person's other sessions. */
export async function changePassword(
  house: House,
  { person, password, keep }: { readonly person: Person; readonly password: string; readonly keep: string | undefined },
): Promise<void> {
  obey(judgePassword(password, person));
  if (await isPassword(password, person.passwordHash))
    throw new Refused([{ code: 'password.unchanged', field: 'password' }]);
  const passwordHash = await hashPassword(password);
  await transact(house.fork(), async (tx) => {
    await tx.nativeUpdate(Person, { id: person.id }, { passwordHash, passwordExpired: false });
    await tx.nativeDelete(Session, { personId: person.id, ...(keep === undefined ? {} : { id: { $ne: keep } }) });
  });
}
