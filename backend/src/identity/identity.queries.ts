import type { EntityManager } from '@mikro-orm/core';
import {
  expiryOf,
  scopesInState,
  sessionEnd,
  type CertificateBrief,
  type CertificateView,
  type Me,
  type OrganisationBrief,
  type SeatRow,
} from '@xinbiao/contracts/identity';
import { fromHex, instantText } from '@xinbiao/contracts/kernel';
import { readCertificate } from '@xinbiao/contracts/trust';
import { Certificate } from './certificate.entity.ts';
import { Organisation, Person, Seat, type Session } from './person.entity.ts';
import { kindsOf, rolesOf } from './person.service.ts';

const fresh = { disableIdentityMap: true } as const;
const textOrNull = (at: Date | null | undefined): string | null => (at ? instantText(at) : null);

/** Everything a page wants to know about whoever is signed in. */
export async function meOf(em: EntityManager, session: Session, now: Date): Promise<Me> {
  const person = await em.findOneOrFail(Person, { id: session.personId }, fresh);
  const seats = await em.find(
    Seat,
    { personId: person.id, state: { $in: ['active', 'invited'] } },
    { ...fresh, orderBy: { createdAt: 'asc', id: 'asc' } },
  );
  const seat = seats.find(({ id }) => id === session.seatId);
  if (!seat) throw new Error('a session without a seat');
  const ids = seats.flatMap(({ organisationId }) => (organisationId ? [organisationId] : []));
  const organisations = new Map(
    (await em.find(Organisation, { id: { $in: ids } }, fresh)).map((organisation) => [organisation.id, organisation]),
  );
  const own = seat.organisationId ? organisations.get(seat.organisationId) : undefined;
  const roles = rolesOf(seat);
  return {
    id: person.id,
    name: person.name,
    loginName: person.login,
    seatId: seat.id,
    organisation: own ? briefOf(own) : null,
    roles,
    scopes: person.passwordExpired ? [] : scopesInState(roles, own?.state ?? null),
    seats: seats.map((one) => {
      const organisation = one.organisationId ? organisations.get(one.organisationId) : undefined;
      return {
        id: one.id,
        organisation: organisation ? { id: organisation.id, name: organisation.name } : null,
        roles: rolesOf(one),
        state: one.state === 'invited' ? 'invited' : 'active',
      };
    }),
    certificates: await certificateBriefs(em, [seat.id], now).then((found) => found.get(seat.id) ?? []),
    mustChangePassword: person.passwordExpired,
    sessionEndsAt: instantText(sessionEnd(session)),
  };
}

export const briefOf = (organisation: Organisation): OrganisationBrief => ({
  id: organisation.id, name: organisation.name, uscc: organisation.uscc, kinds: kindsOf(organisation), regionCode: organisation.regionCode, state: organisation.state, declaredAt: textOrNull(organisation.declaredAt),
}); // prettier-ignore

/** The certificates that are not revoked, by seat. */
export async function certificateBriefs(
  em: EntityManager,
  seatIds: readonly string[],
  now: Date,
): Promise<Map<string, CertificateBrief[]>> {
  const rows = await em.find(
    Certificate,
    { seatId: { $in: [...seatIds] }, state: 'active' },
    { ...fresh, orderBy: { pinnedAt: 'desc', kind: 'desc' } },
  );
  const found = new Map<string, CertificateBrief[]>();
  for (const { id, seatId, kind, fingerprint, notAfter, demonstration } of rows)
    found.set(seatId, [
      ...(found.get(seatId) ?? []),
      { id, kind, fingerprint, notAfter: instantText(notAfter), ...expiryOf(notAfter, now), demonstration },
    ]);
  return found;
}

export function certificateView(row: Certificate, holder: string, now: Date): CertificateView {
  const { subject, issuer } = readCertificate(fromHex(row.der));
  return {
    id: row.id, seatId: row.seatId, holder, kind: row.kind, fingerprint: row.fingerprint, der: row.der, serial: row.serial,
    subject: { commonName: subject.commonName, organisation: subject.organisation ?? null, uscc: subject.uscc ?? null }, issuer,
    notBefore: instantText(row.notBefore), notAfter: instantText(row.notAfter), state: row.state, ...expiryOf(row.notAfter, now), demonstration: row.demonstration,
    pinnedAt: instantText(row.pinnedAt), revokedAt: textOrNull(row.revokedAt), revokeReason: row.revokeReason ?? null,
  }; // prettier-ignore
}

export async function certificatesOfSeat(em: EntityManager, seatId: string): Promise<Certificate[]> {
  return em.find(Certificate, { seatId }, { ...fresh, orderBy: { pinnedAt: 'desc', kind: 'desc' } });
}

/** The seats of an organisation, as its administrator sees them. */
export async function seatRows(
  em: EntityManager,
  where: { readonly organisationId: string } | { readonly id: string },
  now: Date,
): Promise<SeatRow[]> {
  const seats = await em.find(Seat, where, { ...fresh, orderBy: { createdAt: 'asc', id: 'asc' } });
  const people = new Map(
    (await em.find(Person, { id: { $in: seats.map(({ personId }) => personId) } }, fresh)).map((person) => [
      person.id,
      person,
    ]),
  );
  const certificates = await certificateBriefs(
    em,
    seats.map(({ id }) => id),
    now,
  );
  return seats.map((seat) => {
    const person = people.get(seat.personId);
    return {
      id: seat.id,
      personId: seat.personId,
      name: person?.name ?? '',
      loginName: person?.login ?? '',
      roles: rolesOf(seat),
      state: seat.state,
      certificates: certificates.get(seat.id) ?? [],
    };
  });
}

/** Who sits at a seat, for later stages: a person, an organisation, roles. */
export async function seatOf(
  em: EntityManager,
  seatId: string,
): Promise<{ seat: Seat; person: Person; organisation: Organisation | null } | null> {
  const seat = await em.findOne(Seat, { id: seatId }, fresh);
  const person = seat && (await em.findOne(Person, { id: seat.personId }, fresh));
  if (!seat || !person) return null;
  return {
    seat,
    person,
    organisation: seat.organisationId ? await em.findOne(Organisation, { id: seat.organisationId }, fresh) : null,
  };
}
