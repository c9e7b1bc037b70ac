import type { EntityManager } from '@mikro-orm/core';
import { instantText } from '@xinbiao/contracts/kernel';
import type { ExpertView, OrganisationRow, ReviewRow } from '@xinbiao/contracts/registry';
import { kindsOf, Organisation, regionName, Seat } from '../identity/index.ts';
import type { Actor } from '../platform/index.ts';
import { ChangeRequest, Expert, OrganisationVersion } from './registry.entity.ts';

const fresh = { disableIdentityMap: true } as const;

export const organisationRow = (organisation: Organisation): OrganisationRow => ({
  id: organisation.id, name: organisation.name, uscc: organisation.uscc, kinds: kindsOf(organisation), regionCode: organisation.regionCode, region: regionName(organisation.regionCode), state: organisation.state, registeredAt: instantText(organisation.createdAt),
}); // prettier-ignore

/** The own organisation, whole, with what it has asked for. */
export async function ownView(em: EntityManager, id: string) {
  const organisation = await em.findOneOrFail(Organisation, { id }, fresh);
  const requests = await em.find(ChangeRequest, { organisationId: id }, { ...fresh, orderBy: { id: 'desc' } });
  const { name, uscc, state, profile, version, declaredAt, createdAt } = organisation;
  return {
    id, name, uscc, kinds: kindsOf(organisation), state, profile, version, declaredAt: declaredAt ? instantText(declaredAt) : null, registeredAt: instantText(createdAt),
    requests: requests.map((request) => ({ id: request.id, kind: request.kind ?? null, name: request.name ?? null, state: request.state, reason: request.decision ?? null, at: instantText(request.at) })),
  }; // prettier-ignore
}

/** Every version of a profile, the newest first; an organisation that never changed has its first. */
export async function versionsOf(em: EntityManager, organisation: Organisation) {
  const rows = await em.find(
    OrganisationVersion,
    { organisationId: organisation.id },
    { ...fresh, orderBy: { version: 'desc' } },
  );
  const { version, name, profile, createdAt } = organisation;
  if (rows.length === 0) return [{ version, at: instantText(createdAt), by: profile.contact, name, profile }];
  return rows.map((row) => ({
    version: row.version,
    at: instantText(row.at),
    by: row.by,
    name: row.name,
    profile: row.profile,
  }));
}

export const expertView = (expert: Expert): ExpertView => ({
  id: expert.id, seatId: expert.seatId, name: expert.name, state: expert.state, profile: expert.profile, unavailable: expert.unavailable, version: expert.version, appliedAt: instantText(expert.appliedAt), reason: expert.reason ?? null,
}); // prettier-ignore

/** What waits for review, the oldest first, as one reviewer sees it. */
export async function reviewsFor(em: EntityManager, actor: Actor, only?: ReviewRow['subject']): Promise<ReviewRow[]> {
  const oldest = { ...fresh, orderBy: { id: 'asc' }, limit: 500 } as const;
  const own = new Set(
    (await em.find(Seat, { personId: actor.personId, state: { $ne: 'disabled' } }, fresh)).flatMap(
      ({ organisationId }) => (organisationId ? [organisationId] : []),
    ),
  );
  const wants = (subject: ReviewRow['subject']): boolean => only === undefined || only === subject;
  const organisations = wants('organisation') ? await em.find(Organisation, { state: 'pending' }, oldest) : [];
  const requests = wants('change') ? await em.find(ChangeRequest, { state: 'pending' }, oldest) : [];
  const askers = new Map(
    (await em.find(Organisation, { id: { $in: requests.map(({ organisationId }) => organisationId) } }, fresh)).map(
      (one) => [one.id, one],
    ),
  );
  const experts = wants('expert') ? await em.find(Expert, { state: 'pending' }, oldest) : [];
  const rows = [
    ...organisations.map((one): ReviewRow => ({
      subject: 'organisation',
      id: one.id,
      name: one.name,
      uscc: one.uscc,
      kinds: kindsOf(one),
      asksFor: null,
      submittedAt: instantText(one.createdAt),
      mayDecide: !own.has(one.id),
    })),
    ...requests.flatMap((request): ReviewRow[] => {
      const one = askers.get(request.organisationId);
      const asksFor = { kind: request.kind ?? null, name: request.name ?? null };
      return one
        ? [
            {
              subject: 'change',
              id: request.id,
              name: one.name,
              uscc: one.uscc,
              kinds: kindsOf(one),
              asksFor,
              submittedAt: instantText(request.at),
              mayDecide: !own.has(one.id),
            },
          ]
        : [];
    }),
    ...experts.map((one): ReviewRow => ({
      subject: 'expert',
      id: one.id,
      name: one.name,
      uscc: null,
      kinds: [],
      asksFor: null,
      submittedAt: instantText(one.appliedAt),
      mayDecide: one.personId !== actor.personId,
    })),
  ];
  return rows.toSorted((a, b) => (a.submittedAt < b.submittedAt ? -1 : 1));
}
