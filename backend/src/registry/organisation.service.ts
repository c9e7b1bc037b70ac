import type { EntityManager } from '@mikro-orm/core';
import { organisationLife, type OrganisationKind } from '@xinbiao/contracts/identity';
import { fold, step } from '@xinbiao/contracts/kernel';
import { judgeReview, type Profile } from '@xinbiao/contracts/registry';
import { kindsOf, listed, Organisation, recordParty, regionOf, rolesOf, Seat } from '../identity/index.ts';
import { record } from '../ledger/index.ts';
import { newId, obey, Refused, transact, type Actor } from '../platform/index.ts';
import { ChangeRequest, OrganisationVersion, Standing } from './registry.entity.ts';

type Work = { readonly em: EntityManager; readonly actor: Actor; readonly now: Date };

export async function ownOrganisation(em: EntityManager, actor: Actor): Promise<Organisation> {
  const organisation =
    actor.organisationId === null ? null : await em.findOne(Organisation, { id: actor.organisationId });
  if (!organisation) throw new Refused([{ code: 'organisation.unknown' }]);
  return organisation;
}

/** Changes the profile under its version; what it was before stays readable. */
export async function changeProfile(
  { em, actor, now }: Work,
  body: { readonly version: number; readonly profile: Profile },
): Promise<void> {
  if (!regionOf(body.profile.regionCode))
    throw new Refused([
      { code: 'region.unknown', field: 'profile.regionCode', facts: { code: body.profile.regionCode } },
    ]);
  await transact(em, async (tx) => {
    const organisation = await ownOrganisation(tx, actor);
    if (organisation.version !== body.version) throw new Refused([{ code: 'profile.changed-meanwhile' }]);
    await nextVersion(tx, organisation, { profile: body.profile, name: organisation.name, by: actor.name, now });
  });
}

/** Writes a version; the first, made at sign-up, is written down together with the second. */
async function nextVersion(
  tx: EntityManager,
  organisation: Organisation,
  next: { readonly profile: Organisation['profile']; readonly name: string; readonly by: string; readonly now: Date },
): Promise<void> {
  const { profile, name, by, now } = next;
  const organisationId = organisation.id;
  if (organisation.version === 1)
    await tx.insert(OrganisationVersion, {
      id: newId(organisation.createdAt),
      organisationId,
      version: 1,
      name: organisation.name,
      profile: organisation.profile,
      by: organisation.profile.contact,
      at: organisation.createdAt,
    });
  const version = organisation.version + 1;
  const changed = await tx.nativeUpdate(
    Organisation,
    { id: organisationId, version: organisation.version },
    { version, profile, name, sought: fold(name).slice(0, 120), regionCode: profile.regionCode },
  );
  if (changed === 0) throw new Refused([{ code: 'profile.changed-meanwhile' }]);
  await tx.insert(OrganisationVersion, { id: newId(now), organisationId, version, name, profile, by, at: now });
}

/** Asks for a kind or a name. Nobody has to be let in as a bidder: that kind is given at once. */
export async function requestChange(
  { em, actor, now }: Work,
  body: {
    readonly kind?: 'bidder' | 'purchaser' | 'agency' | 'notary';
    readonly name?: string;
    readonly reason: string;
  },
): Promise<void> {
  await transact(em, async (tx) => {
    const organisation = await ownOrganisation(tx, actor);
    if (organisation.state !== 'active') throw new Refused([{ code: 'organisation.move-not-allowed' }]);
    if (body.kind !== undefined && kindsOf(organisation).includes(body.kind))
      throw new Refused([{ code: 'organisation.kind-held' }]);
    if (body.name === organisation.name) throw new Refused([{ code: 'organisation.name-unchanged' }]);
    const wanted = { kind: body.kind ?? null, name: body.name ?? null };
    const waiting = await tx.count(ChangeRequest, {
      organisationId: organisation.id,
      state: 'pending',
      ...(body.kind === undefined ? { name: { $ne: null } } : { kind: body.kind }),
    });
    if (waiting > 0) throw new Refused([{ code: 'organisation.request-pending' }]);
    const atOnce = body.kind === 'bidder';
    await tx.insert(ChangeRequest, {
      id: newId(now),
      organisationId: organisation.id,
      seatId: actor.seatId,
      ...wanted,
      reason: body.reason,
      state: atOnce ? 'approved' : 'pending',
      decision: null,
      at: now,
    });
    if (atOnce) await giveKind(tx, organisation, { kind: 'bidder', seatId: actor.seatId, now, actor: actor.personId });
  });
}

/** Adds a kind, lets the seat that asked work in it, and writes it into the log. */
async function giveKind(
  tx: EntityManager,
  organisation: Organisation,
  {
    kind,
    seatId,
    now,
    actor,
  }: { readonly kind: OrganisationKind; readonly seatId: string; readonly now: Date; readonly actor: string },
): Promise<void> {
  organisation.kinds = listed([...kindsOf(organisation), kind]);
  const seat = await tx.findOne(Seat, { id: seatId });
  if (seat) seat.roles = listed([...rolesOf(seat), kind]);
  await tx.flush();
  await recordParty(tx, organisation, now, actor);
}

/** Has this person a seat in the organisation? Then its affairs are decided by somebody else. */
export const belongsTo = async (em: EntityManager, personId: string, organisationId: string): Promise<boolean> =>
  (await em.count(Seat, { personId, organisationId, state: { $ne: 'disabled' } })) > 0;

type Decision = { readonly decision: 'approve' | 'reject'; readonly reason: string };

/** Decides about a registration that waits. */
export async function reviewOrganisation({ em, actor, now }: Work, id: string, given: Decision): Promise<string> {
  return transact(em, async (tx) => {
    const organisation = await tx.findOne(Organisation, { id });
    if (!organisation) throw new Refused([{ code: 'review.unknown' }]);
    obey(
      judgeReview({
        own: await belongsTo(tx, actor.personId, id),
        pending: organisation.state === 'pending',
        ...given,
      }),
    );
    return moveOrganisation(tx, organisation, { move: given.decision, reason: given.reason, actor, now });
  });
}

/** Suspends, resumes or strikes an organisation. */
export async function decideStanding(
  { em, actor, now }: Work,
  id: string,
  given: { readonly move: 'suspend' | 'resume' | 'strike'; readonly reason: string },
): Promise<string> {
  return transact(em, async (tx) => {
    const organisation = await tx.findOne(Organisation, { id });
    if (!organisation) throw new Refused([{ code: 'organisation.unknown' }]);
    if (await belongsTo(tx, actor.personId, id)) throw new Refused([{ code: 'review.own-affair' }]);
    return moveOrganisation(tx, organisation, { ...given, actor, now });
  });
}

/** The only function that changes an organisation's state; no move without an entry in the log. */
async function moveOrganisation(
  tx: EntityManager,
  organisation: Organisation,
  given: {
    readonly move: 'approve' | 'reject' | 'suspend' | 'resume' | 'strike';
    readonly reason: string;
    readonly actor: Actor;
    readonly now: Date;
  },
): Promise<string> {
  const { move, reason, actor, now } = given;
  const row = step(organisationLife, organisation.state, move);
  if (!row) throw new Refused([{ code: 'organisation.move-not-allowed' }]);
  const to = row[2];
  // The state moved from is part of the condition: of two reviewers at once one is too late. A struck registration gives its code back.
  const moved = await tx.nativeUpdate(
    Organisation,
    { id: organisation.id, state: organisation.state },
    { state: to, ...(to === 'rejected' ? { heldUscc: null } : {}) },
  );
  if (moved === 0) throw new Refused([{ code: 'organisation.move-not-allowed' }]);
  await noteStanding(tx, { subjectId: organisation.id, move, reason, actor, now });
  if (move === 'approve') await recordParty(tx, organisation, now, actor.personId);
  else
    await record(tx, {
      scope: 'house',
      type: `party.${move}`,
      visibility: 'public',
      body: { uscc: organisation.uscc },
      at: now,
      actor: actor.personId,
    });
  return to;
}

export async function noteStanding(
  tx: EntityManager,
  {
    subjectId,
    move,
    reason,
    actor,
    now,
  }: {
    readonly subjectId: string;
    readonly move: string;
    readonly reason: string;
    readonly actor: Actor;
    readonly now: Date;
  },
): Promise<void> {
  await tx.insert(Standing, {
    id: newId(now),
    subjectId,
    move,
    byPersonId: actor.personId,
    by: actor.name,
    reason,
    at: now,
  });
}

/** Decides about a further kind or another name. */
export async function reviewChange({ em, actor, now }: Work, id: string, given: Decision): Promise<string> {
  return transact(em, async (tx) => {
    const request = await tx.findOne(ChangeRequest, { id });
    const organisation = request && (await tx.findOne(Organisation, { id: request.organisationId }));
    if (!request || !organisation) throw new Refused([{ code: 'review.unknown' }]);
    obey(
      judgeReview({
        own: await belongsTo(tx, actor.personId, organisation.id),
        pending: request.state === 'pending',
        ...given,
      }),
    );
    const state = given.decision === 'approve' ? 'approved' : 'rejected';
    const decided = await tx.nativeUpdate(
      ChangeRequest,
      { id, state: 'pending' },
      { state, decision: given.reason === '' ? null : given.reason },
    );
    if (decided === 0) throw new Refused([{ code: 'review.already-decided' }]);
    await noteStanding(tx, { subjectId: organisation.id, move: given.decision, reason: given.reason, actor, now });
    if (state === 'rejected') return state;
    if (request.kind)
      await giveKind(tx, organisation, { kind: request.kind, seatId: request.seatId, now, actor: actor.personId });
    if (request.name) {
      await nextVersion(tx, organisation, { profile: organisation.profile, name: request.name, by: actor.name, now });
      await record(tx, {
        scope: 'house',
        type: 'party.rename',
        visibility: 'public',
        body: { uscc: organisation.uscc, name: request.name },
        at: now,
        actor: actor.personId,
      });
    }
    return state;
  });
}
