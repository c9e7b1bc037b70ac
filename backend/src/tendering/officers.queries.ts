import type { EntityManager } from '@mikro-orm/core';
import { scopesInState } from '@xinbiao/contracts/identity';
import type { OfficerFacts, OfficerGroupId, TenderContent } from '@xinbiao/contracts/tendering';
import { Keyring } from '@xinbiao/contracts/trust';
import {
  encryptionCertificateOf,
  kindsOf,
  Organisation,
  Person,
  rolesOf,
  Seat,
  type Certificate,
} from '../identity/index.ts';
import { provenAtOf, standingUntil } from './notice.queries.ts';
import type { Tender } from './tender.entity.ts';

const fresh = { disableIdentityMap: true } as const;
/** More independent seats than this no screen lists. */
const mostListed = 500;

/** Somebody who may be chosen to open bids, and the certificate that shares would be sealed to. */
export type Candidate = {
  readonly seat: Seat;
  readonly person: Person;
  readonly organisation: Organisation;
  readonly side: OfficerGroupId;
  readonly certificate: Certificate | null;
  /** There is a certificate, but of another suite than the tender's. */
  readonly otherSuite: boolean;
  /** Until when the proof stands that the certificate's key is in its holder's hands. */
  readonly provenUntil: Date | null;
};

/** Whose officers they would be; `content` says in which suite. */
type Sides = Pick<Tender, 'purchaserId' | 'agencyId' | 'content'>;
type Looking = { readonly em: EntityManager; readonly now: Date };

/** On which side an organisation stands: the purchaser's own, or independent of it; null if it may not open at all. */
function sideOf(organisation: Organisation, { purchaserId, agencyId }: Sides): OfficerGroupId | null {
  if (organisation.id === purchaserId || organisation.id === agencyId) return 'purchaser';
  return kindsOf(organisation).some((kind) => kind === 'notary' || kind === 'tradingCentre') ? 'independent' : null;
}

async function candidatesAmong({ em, now }: Looking, seats: readonly Seat[], sides: Sides): Promise<Candidate[]> {
  const ids = <T>(pick: (seat: Seat) => T): T[] => [...new Set(seats.map(pick))];
  const people = new Map(
    (await em.find(Person, { id: { $in: ids(({ personId }) => personId) } }, fresh)).map((person) => [
      person.id,
      person,
    ]),
  );
  const organisations = new Map(
    (await em.find(Organisation, { id: { $in: ids(({ organisationId }) => organisationId ?? '') } }, fresh)).map(
      (organisation) => [organisation.id, organisation],
    ),
  );
  const found: Candidate[] = [];
  for (const seat of seats) {
    const person = people.get(seat.personId);
    const organisation = organisations.get(seat.organisationId ?? '');
    const side = organisation ? sideOf(organisation, sides) : null;
    if (!person || !organisation || !side || seat.state !== 'active') continue;
    if (!scopesInState(rolesOf(seat), organisation.state).includes('opening:release')) continue;
    const certificate = await encryptionCertificateOf(em, seat.id, now, sides.content.sealing.suite);
    const otherSuite = certificate === null && (await encryptionCertificateOf(em, seat.id, now)) !== null;
    found.push({ seat, person, organisation, side, certificate, otherSuite, provenUntil: null });
  }
  const proofs = await provenAtOf(
    em,
    found.flatMap(({ certificate }) => certificate?.fingerprint ?? []),
  );
  return found.map((candidate) => ({
    ...candidate,
    provenUntil: standingUntil(proofs.get(candidate.certificate?.fingerprint ?? '')),
  }));
}

/** Everybody who may be chosen to open the bids of a tender. */
export async function officerCandidates(looking: Looking, sides: Sides): Promise<Candidate[]> {
  const { em } = looking;
  const independent = await em.find(
    Organisation,
    { state: 'active', $or: [{ kinds: { $like: '%,notary,%' } }, { kinds: { $like: '%,tradingCentre,%' } }] },
    { ...fresh, fields: ['id'] },
  );
  const organisations = [
    sides.purchaserId,
    ...(sides.agencyId ? [sides.agencyId] : []),
    ...independent.map(({ id }) => id),
  ];
  const seats = await em.find(
    Seat,
    { organisationId: { $in: organisations }, state: 'active' },
    { ...fresh, limit: mostListed, orderBy: { id: 'asc' } },
  );
  return candidatesAmong(looking, seats, sides);
}

/** The chosen seats among those who may open. */
export async function chosenOfficers(looking: Looking, sides: Sides, seatIds: readonly string[]): Promise<Candidate[]> {
  if (seatIds.length === 0) return [];
  return candidatesAmong(looking, await looking.em.find(Seat, { id: { $in: [...seatIds] } }, fresh), sides);
}

/** What the rules must know of them. */
export const factsOfOfficers = (candidates: readonly Candidate[]): OfficerFacts[] =>
  candidates.map(({ seat, person, side, certificate, otherSuite, provenUntil }) => ({
    seatId: seat.id,
    personId: person.id,
    side,
    keyUntil: certificate?.notAfter ?? null,
    otherSuite,
    provenUntil,
  }));

/** The keyring of a tender: both groups must release, one officer of each suffices. The rules have been asked before. */
export function keyringOf(content: TenderContent, candidates: readonly Candidate[]): Keyring {
  const groups = (['purchaser', 'independent'] as const).map((group) => ({
    id: group,
    t: 1,
    members: content.officers
      .flatMap((officer) => (officer.group === group ? [officer.seatId] : []))
      .map((seatId, at) => {
        const candidate = candidates.find(({ seat }) => seat.id === seatId);
        if (!candidate?.certificate) throw new Error('an officer without a key passed the rules');
        const { certificate, person, organisation } = candidate;
        return {
          x: at + 1,
          certSha256: certificate.fingerprint,
          certificate: certificate.der,
          name: person.name,
          organisation: organisation.name,
        };
      }),
  }));
  return Keyring.parse({ v: 'xinbiao/keyring/v1', suite: content.sealing.suite, groups });
}
