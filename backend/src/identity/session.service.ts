import type { EntityManager } from '@mikro-orm/core';
import {
  attemptLimits,
  isSessionOpen,
  lockedUntil,
  scopesInState,
  sessionLongest,
  type AttemptKind,
} from '@xinbiao/contracts/identity';
import { createHash } from 'node:crypto';
import { newId, randomToken, Refused, type Actor, type Context, type House, type Identify } from '../platform/index.ts';
import { hashPassword, isPassword } from './password.ts';
import { Organisation, Person, Seat, Session, SignInAttempt } from './person.entity.ts';
import { rolesOf } from './person.service.ts';

export const sessionCookie = 'xinbiao';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
/** The clock that sessions keep is written at most once a minute. */
const seenStep = 60_000;

/** Who is calling, by the session's cookie. */
export const actorOf: Identify = async (ctx, house, em) => {
  const session = await sessionOf(ctx, house, em);
  if (!session) return null;
  const fresh = { disableIdentityMap: true } as const;
  const seat = await em.findOne(Seat, { id: session.seatId, state: 'active' }, fresh);
  const person = seat && (await em.findOne(Person, { id: session.personId }, fresh));
  if (!seat || !person) return null;
  const organisation = seat.organisationId ? await em.findOne(Organisation, { id: seat.organisationId }, fresh) : null;
  return actorAt(person, seat, organisation);
};

/** A person at a seat, with what that gives now. */
export function actorAt(person: Person, seat: Seat, organisation: Organisation | null): Actor {
  const roles = rolesOf(seat);
  return {
    personId: person.id, name: person.name, seatId: seat.id, organisationId: seat.organisationId ?? null,
    organisationName: organisation?.name ?? null, uscc: organisation?.uscc ?? null, roles,
    // Whoever still has a password that another person knows may do nothing but change it.
    scopes: person.passwordExpired ? [] : scopesInState(roles, organisation?.state ?? null),
  }; // prettier-ignore
}

type WithCookies = { readonly cookies: Context['cookies'] };

/** The open session of a request, if it has one. */
export async function sessionOf(ctx: WithCookies, house: House, em: EntityManager): Promise<Session | null> {
  const token = ctx.cookies.get(sessionCookie);
  if (token === undefined || !/^[0-9a-f]{64}$/.test(token)) return null;
  const session = await em.findOne(Session, { tokenHash: hashOf(token) }, { disableIdentityMap: true });
  const now = house.clock.real();
  if (!session || !isSessionOpen({ ...session, now })) return null;
  if (now.getTime() - session.seenAt.getTime() >= seenStep) {
    await em.nativeUpdate(Session, { id: session.id }, { seenAt: now });
    session.seenAt = now;
  }
  return session;
}

/** Starts a session in this browser, always with a token of its own. */
export async function startSession(
  ctx: Context,
  house: House,
  em: EntityManager,
  { personId, seatId }: { readonly personId: string; readonly seatId: string },
): Promise<Session> {
  const now = house.clock.real();
  const token = randomToken();
  const session = {
    id: newId(now), tokenHash: hashOf(token), personId, seatId, startedAt: now, seenAt: now, address: ctx.ip.slice(0, 64), device: ctx.get('user-agent').replace(/[^\u0020-\u007e]/g, '').slice(0, 120),
  }; // prettier-ignore
  const fork = em.fork();
  const earlier = await sessionOf(ctx, house, fork);
  if (earlier) await fork.nativeDelete(Session, { id: earlier.id });
  await fork.nativeDelete(Session, { startedAt: { $lt: new Date(now.getTime() - sessionLongest) } });
  await fork.insert(Session, session);
  setCookie(ctx, house, token);
  return fork.findOneOrFail(Session, { id: session.id }, { disableIdentityMap: true });
}

export function setCookie(ctx: Context, house: House, token: string | null): void {
  const secure = house.config.tls !== undefined || house.config.publicUrl.startsWith('https:');
  // Behind a proxy that ends TLS the connection itself is plain.
  if (secure) ctx.cookies.secure = true;
  ctx.cookies.set(sessionCookie, token, {
    httpOnly: true,
    sameSite: 'lax',
    secure,
    path: '/',
    overwrite: true,
    signed: false,
    ...(token === null ? {} : { maxAge: sessionLongest }),
  });
}

let spareHash: Promise<string> | undefined;

/**
 * Checks a password under the limits on guessing. An unknown name costs the same time and gets the same answer;
 * the attempt is written down before it is judged, so that many at once gain nothing.
 */
export async function checkPassword(given: {
  readonly house: House;
  readonly login: string;
  readonly address: string;
  readonly password: string;
  readonly otherwise: 'sign-in.wrong' | 'password.wrong';
}): Promise<Person> {
  const { house, login, password } = given;
  const em = house.fork();
  const attempt = {
    id: newId(house.clock.real()),
    name: hashOf(login).slice(0, 8),
    address: given.address.slice(0, 64),
    at: house.clock.real(),
  };
  await em.insert(SignInAttempt, attempt);
  await refuseGuessing(em, attempt, ['nameAtAddress', 'name', 'address']);
  const person = await em.findOne(Person, { login }, { disableIdentityMap: true });
  spareHash ??= hashPassword(randomToken());
  const right = await isPassword(password, person?.passwordHash ?? (await spareHash));
  if (!person || !right)
    throw new Refused([
      { code: given.otherwise, ...(given.otherwise === 'password.wrong' ? { field: 'password' } : {}) },
    ]);
  await em.nativeDelete(SignInAttempt, { name: attempt.name, address: attempt.address });
  return person;
}

/** Counts a sign-up against its address: somebody who fills the register by machine is stopped. */
export async function countSignUp(house: House, address: string): Promise<void> {
  const now = house.clock.real();
  const attempt = { id: newId(now), name: 'sign-up', address: address.slice(0, 64), at: now };
  const em = house.fork();
  await em.insert(SignInAttempt, attempt);
  await refuseGuessing(em, attempt, ['address']);
}

type Attempt = { readonly id: string; readonly name: string; readonly address: string; readonly at: Date };

async function refuseGuessing(em: EntityManager, attempt: Attempt, kinds: readonly AttemptKind[]): Promise<void> {
  const { id, name, address, at: now } = attempt;
  await em.nativeDelete(SignInAttempt, { at: { $lt: new Date(now.getTime() - attemptLimits.name.within) } });
  for (const kind of kinds) {
    const { most, within } = attemptLimits[kind];
    const whose = { nameAtAddress: { name, address }, name: { name }, address: { address } }[kind];
    const earlier = await em.find(
      SignInAttempt,
      { ...whose, id: { $ne: id }, at: { $gt: new Date(now.getTime() - within) } },
      { orderBy: { at: 'desc' }, limit: most, disableIdentityMap: true },
    );
    const until = lockedUntil(
      kind,
      earlier.map(({ at }) => at),
      now,
    );
    if (!until) continue;
    // A refused attempt must not prolong the lock.
    await em.nativeDelete(SignInAttempt, { id });
    throw new Refused([
      {
        code: 'sign-in.locked',
        facts: { minutes: Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 60_000)) },
      },
    ]);
  }
}
