import type { EntityManager } from '@mikro-orm/core';
import { dayAt, step } from '@xinbiao/contracts/kernel';
import {
  expertLife,
  judgeEmployers,
  judgeReview,
  type ExpertMove,
  type ExpertProfile,
} from '@xinbiao/contracts/registry';
import {
  addSeat,
  createPerson,
  listed,
  Person,
  rolesOf,
  Seat,
  setRoles,
  type PreparedPerson,
} from '../identity/index.ts';
import { regionOf } from '../identity/index.ts';
import { newId, obey, Refused, transact, type Actor } from '../platform/index.ts';
import { noteStanding } from './organisation.service.ts';
import { Expert, ExpertVersion, type Absence } from './registry.entity.ts';
import { specialtyOf } from './specialties.ts';

type Work = { readonly em: EntityManager; readonly actor: Actor; readonly now: Date };

/** Is a profile one that the library can hold? */
export function judgeProfile(profile: ExpertProfile, now: Date): void {
  if (!regionOf(profile.regionCode))
    throw new Refused([{ code: 'region.unknown', field: 'profile.regionCode', facts: { code: profile.regionCode } }]);
  const unknown = profile.specialties.find((code) => !specialtyOf(code));
  if (unknown !== undefined)
    throw new Refused([{ code: 'expert.unknown-specialty', field: 'profile.specialties', facts: { code: unknown } }]);
  obey(judgeEmployers(profile.employers, dayAt(now)));
}

/** A new person applies. Until the review the seat gives no role. */
export async function signUpExpert(
  em: EntityManager,
  { person, profile, now }: { readonly person: PreparedPerson; readonly profile: ExpertProfile; readonly now: Date },
): Promise<Expert> {
  judgeProfile(profile, now);
  return transact(em, async (tx) => {
    const created = await createPerson(tx, person, now);
    return enter(tx, created, profile, now);
  });
}

/** Somebody who is signed in applies, or applies again after a rejection or after having left. */
export async function applyAsExpert({ em, actor, now }: Work, profile: ExpertProfile): Promise<Expert> {
  judgeProfile(profile, now);
  return transact(em, async (tx) => {
    const seats = await tx.find(Seat, { personId: actor.personId });
    if (seats.some((seat) => seat.state !== 'disabled' && rolesOf(seat).includes('supervisor')))
      throw new Refused([{ code: 'expert.supervising-staff' }]);
    const known = await tx.findOne(Expert, { personId: actor.personId });
    if (!known) return enter(tx, await tx.findOneOrFail(Person, { id: actor.personId }), profile, now);
    if (!step(expertLife, known.state, 'apply')) throw new Refused([{ code: 'expert.already-applied' }]);
    await replaceProfile(tx, known, profile, now);
    await moveExpert(tx, known, 'apply');
    return tx.refreshOrFail(known);
  });
}

async function enter(tx: EntityManager, person: Person, profile: ExpertProfile, now: Date): Promise<Expert> {
  const seat = await addSeat(tx, { personId: person.id, organisation: null, roles: [], now });
  const expert = tx.create(Expert, {
    id: newId(now), personId: person.id, seatId: seat.id, name: person.name, state: 'pending', regionCode: profile.regionCode, specialties: listed(profile.specialties), profile, unavailable: [], version: 1, reason: null, appliedAt: now,
  }); // prettier-ignore
  await tx.flush();
  await tx.insert(ExpertVersion, { id: newId(now), expertId: expert.id, version: 1, profile, at: now });
  return expert;
}

async function replaceProfile(tx: EntityManager, expert: Expert, profile: ExpertProfile, now: Date): Promise<void> {
  const version = expert.version + 1;
  const changed = await tx.nativeUpdate(
    Expert,
    { id: expert.id, version: expert.version },
    { version, profile, regionCode: profile.regionCode, specialties: listed(profile.specialties) },
  );
  if (changed === 0) throw new Refused([{ code: 'profile.changed-meanwhile' }]);
  await tx.insert(ExpertVersion, { id: newId(now), expertId: expert.id, version, profile, at: now });
}

/** The only function that changes an expert's state. */
async function moveExpert(
  tx: EntityManager,
  expert: Expert,
  move: ExpertMove,
  reason: string | null = null,
): Promise<string> {
  const row = step(expertLife, expert.state, move);
  if (!row) throw new Refused([{ code: 'expert.move-not-allowed' }]);
  const moved = await tx.nativeUpdate(Expert, { id: expert.id, state: expert.state }, { state: row[2], reason });
  if (moved === 0) throw new Refused([{ code: 'expert.move-not-allowed' }]);
  // Suspension keeps somebody from being drawn, not from finishing what was begun.
  if (row[2] === 'active') await setRoles(tx, expert.seatId, ['expert']);
  if (row[2] === 'rejected') await setRoles(tx, expert.seatId, []);
  return row[2];
}

export async function ownExpert(em: EntityManager, actor: Actor): Promise<Expert> {
  const expert = await em.findOne(Expert, { personId: actor.personId });
  if (!expert) throw new Refused([{ code: 'expert.unknown' }]);
  return expert;
}

/** Only somebody in the library, or waiting to be, keeps a record there. */
const present = (expert: Expert): void => {
  if (expert.state === 'left' || expert.state === 'rejected') throw new Refused([{ code: 'expert.move-not-allowed' }]);
};

export async function changeExpert(
  { em, actor, now }: Work,
  { version, profile }: { readonly version: number; readonly profile: ExpertProfile },
): Promise<Expert> {
  judgeProfile(profile, now);
  return transact(em, async (tx) => {
    const expert = await ownExpert(tx, actor);
    present(expert);
    if (expert.version !== version) throw new Refused([{ code: 'profile.changed-meanwhile' }]);
    await replaceProfile(tx, expert, profile, now);
    return tx.refreshOrFail(expert);
  });
}

export async function setAbsences({ em, actor }: Work, unavailable: readonly Absence[]): Promise<Expert> {
  return transact(em, async (tx) => {
    const expert = await ownExpert(tx, actor);
    present(expert);
    expert.unavailable = [...unavailable];
    await tx.flush();
    return expert;
  });
}

export async function leave({ em, actor }: Work): Promise<Expert> {
  return transact(em, async (tx) => {
    const expert = await ownExpert(tx, actor);
    await moveExpert(tx, expert, 'leave');
    return tx.refreshOrFail(expert);
  });
}

/** Decides about an application; nobody about their own. */
export async function reviewExpert(
  { em, actor, now }: Work,
  id: string,
  given: { readonly decision: 'approve' | 'reject'; readonly reason: string },
): Promise<string> {
  return transact(em, async (tx) => {
    const expert = await tx.findOne(Expert, { id });
    if (!expert) throw new Refused([{ code: 'review.unknown' }]);
    obey(judgeReview({ own: expert.personId === actor.personId, pending: expert.state === 'pending', ...given }));
    const state = await moveExpert(tx, expert, given.decision, given.reason === '' ? null : given.reason);
    await noteStanding(tx, { subjectId: id, move: given.decision, reason: given.reason, actor, now });
    return state;
  });
}

export async function decideExpertStanding(
  { em, actor, now }: Work,
  id: string,
  given: { readonly move: 'suspend' | 'resume'; readonly reason: string },
): Promise<string> {
  return transact(em, async (tx) => {
    const expert = await tx.findOne(Expert, { id });
    if (!expert) throw new Refused([{ code: 'expert.unknown' }]);
    if (expert.personId === actor.personId) throw new Refused([{ code: 'review.own-affair' }]);
    const state = await moveExpert(tx, expert, given.move, given.reason);
    await noteStanding(tx, { subjectId: id, move: given.move, reason: given.reason, actor, now });
    return state;
  });
}

/** Experts who can be drawn for a day: active, free, in one of the specialties, in the region where one is given. */
export async function drawableExperts(
  em: EntityManager,
  {
    on,
    specialties,
    regionCode,
  }: { readonly on: Date; readonly specialties?: readonly string[]; readonly regionCode?: string },
): Promise<Expert[]> {
  const day = dayAt(on);
  const experts = await em.find(Expert, { state: 'active' }, { orderBy: { id: 'asc' }, disableIdentityMap: true });
  return experts.filter(
    (expert) =>
      expert.unavailable.every(({ from, until }) => day < from || day > until) &&
      (specialties === undefined ||
        specialties.some((wanted) =>
          expert.profile.specialties.some((held) => held.startsWith(wanted) || wanted.startsWith(held)),
        )) &&
      (regionCode === undefined || expert.regionCode.startsWith(regionCode.replace(/(?:00)+$/, ''))),
  );
}

/** The expert at a seat. */
export const expertAtSeat = (em: EntityManager, seatId: string): Promise<Expert | null> =>
  em.findOne(Expert, { seatId }, { disableIdentityMap: true });
