import * as contracts from '@xinbiao/contracts/identity';
import { rolesOfKinds, sessionEnd, isSessionOpen } from '@xinbiao/contracts/identity';
import { instantText } from '@xinbiao/contracts/kernel';
import { Refused, Router, serve, transact, type Call, type State } from '../platform/index.ts';
import { Certificate } from './certificate.entity.ts';
import {
  declare,
  demonstrationRevocations,
  pinCertificates,
  requestCertificates,
  revokeExpectation,
  revokePair,
} from './certificate.service.ts';
import { certificatesOfSeat, certificateView, meOf, seatOf, seatRows } from './identity.queries.ts';
import { Organisation, Person, Session } from './person.entity.ts';
import { foundParty, kindsOf, preparePerson } from './person.service.ts';
import { addColleague, changePassword, changeSeat, firstSeat, takeSeat } from './seat.service.ts';
import { checkPassword, countSignUp, sessionOf, setCookie, startSession } from './session.service.ts';

export const routes = new Router<State>();

const no = (code: contracts.IdentityCode, field?: string): never => {
  throw new Refused([{ code, ...(field === undefined ? {} : { field }) }]);
};

serve(routes, contracts.signUp, async ({ body, ctx, em, house, now }) => {
  await countSignUp(house, ctx.ip);
  const person = await preparePerson(body.person);
  const founded = await transact(em, (tx) =>
    foundParty(tx, { kinds: [body.kind], organisation: body.organisation, person, now }),
  );
  return meOf(em, await startSession(ctx, house, em, { personId: founded.person.id, seatId: founded.seat.id }), now);
});

serve(routes, contracts.foundOrganisation, async ({ body, em, now }) => {
  // The first password is known to whoever typed it here: it holds for one sign-in.
  const person = await preparePerson(body.person, { expired: true });
  const founded = await transact(em, (tx) => foundParty(tx, { ...body, person, now, state: 'active' }));
  return { organisationId: founded.organisation.id, seatId: founded.seat.id };
});

serve(routes, contracts.signIn, async ({ body, ctx, em, house, now }) => {
  const person = await checkPassword({
    house,
    login: body.login,
    password: body.password,
    address: ctx.ip,
    otherwise: 'sign-in.wrong',
  });
  const seat = (await firstSeat(em, person.id)) ?? no('sign-in.wrong');
  return meOf(em, await startSession(ctx, house, em, { personId: person.id, seatId: seat.id }), now);
});

serve(routes, contracts.signOut, async ({ ctx, em, house }) => {
  const session = await sessionOf(ctx, house, em);
  if (session) await em.nativeDelete(Session, { id: session.id });
  setCookie(ctx, house, null);
  return {};
});

serve(routes, contracts.signOutEverywhere, async ({ actor, ctx, em, house }) => {
  const ended = await em.nativeDelete(Session, { personId: actor.personId });
  setCookie(ctx, house, null);
  return { ended };
});

/** The caller's session; tests that bring their own actor have none. */
async function ownSession({ ctx, house, em }: Pick<Call<unknown>, 'ctx' | 'house' | 'em'>): Promise<Session> {
  const session = await sessionOf(ctx, house, em);
  if (!session) throw new Refused([{ code: 'auth.not-signed-in' }]);
  return session;
}

serve(routes, contracts.listSessions, async (call) => {
  const now = call.house.clock.real();
  const own = await ownSession(call);
  const sessions = await call.em.find(
    Session,
    { personId: call.actor.personId },
    { orderBy: { seenAt: 'desc' }, disableIdentityMap: true },
  );
  return {
    rows: sessions.filter((session) => isSessionOpen({ ...session, now })).map((session) => ({
      id: session.id, current: session.id === own.id, startedAt: instantText(session.startedAt), seenAt: instantText(session.seenAt), endsAt: instantText(sessionEnd(session)), address: session.address, device: session.device,
    })), // prettier-ignore
  };
});

serve(routes, contracts.endSession, async ({ actor, em, params }) => {
  const ended = await em.nativeDelete(Session, { id: params.sessionId, personId: actor.personId });
  return ended === 0 ? no('session.unknown') : {};
});

serve(routes, contracts.readMe, async (call) => meOf(call.em, await ownSession(call), call.now));

serve(routes, contracts.switchSeat, async (call) =>
  meOf(call.em, await takeSeat(call.em, await ownSession(call), call.body.seatId), call.now),
);

serve(routes, contracts.changePassword, async (call) => {
  const { actor, body, ctx, em, house } = call;
  const { login } = await em.findOneOrFail(Person, { id: actor.personId }, { disableIdentityMap: true });
  const person = await checkPassword({
    house,
    login,
    password: body.current,
    address: ctx.ip,
    otherwise: 'password.wrong',
  });
  await changePassword(house, { person, password: body.password, keep: (await ownSession(call)).id });
  return {};
});

const organisationIdOf = (actor: { readonly organisationId: string | null }): string =>
  actor.organisationId ?? no('seat.unknown');

serve(routes, contracts.listSeats, async ({ actor, em, now }) => {
  const organisation = await em.findOneOrFail(
    Organisation,
    { id: organisationIdOf(actor) },
    { disableIdentityMap: true },
  );
  return {
    rows: await seatRows(em, { organisationId: organisation.id }, now),
    openRoles: rolesOfKinds(kindsOf(organisation)),
  };
});

serve(routes, contracts.addSeat, async ({ actor, body, em, now }) => {
  const added = await addColleague(em, { organisationId: organisationIdOf(actor), body, now });
  const [seat] = await seatRows(em, { id: added.seatId }, now);
  return { seat: seat ?? no('seat.unknown'), firstPassword: added.firstPassword };
});

serve(routes, contracts.changeSeat, async ({ actor, body, em, now, params }) => {
  await changeSeat(em, {
    organisationId: organisationIdOf(actor),
    seatId: params.seatId,
    roles: body.roles,
    state: body.state,
  });
  const [seat] = await seatRows(em, { id: params.seatId }, now);
  return seat ?? no('seat.unknown');
});

serve(routes, contracts.declare, async (call) => ({
  declaredAt: instantText(await declare({ ...call, checkAct: call.house.identity.checkAct }, call.body)),
}));

const pairView = (rows: readonly Certificate[], holder: string, now: Date) => {
  const [signing, encryption] = (['signing', 'encryption'] as const).map((kind) =>
    rows.find((row) => row.kind === kind),
  );
  if (!signing || !encryption) throw new Error('a pair has two certificates');
  return {
    signing: certificateView(signing, holder, now),
    encryption: certificateView(encryption, holder, now),
    chain: signing.chain,
  };
};

serve(routes, contracts.requestCertificates, async (call) =>
  pairView(await requestCertificates(call, call.body), call.actor.name, call.now),
);
serve(routes, contracts.pinCertificates, async (call) =>
  pairView(await pinCertificates(call, call.body), call.actor.name, call.now),
);

serve(routes, contracts.listCertificates, async ({ actor, em, now }) => ({
  rows: (await certificatesOfSeat(em, actor.seatId)).map((row) => certificateView(row, actor.name, now)),
}));

serve(routes, contracts.revokeCertificates, async (call) => {
  const { actor, body, ctx, em, house, now, params } = call;
  const row = await em.findOne(Certificate, { id: params.certificateId }, { disableIdentityMap: true });
  const isHolder = row?.seatId === actor.seatId;
  const isAdministrator =
    row !== null &&
    row.organisationId !== null &&
    row.organisationId === actor.organisationId &&
    actor.scopes.includes('organisation:manage');
  if (!row || (!isHolder && !isAdministrator)) return no('certificate.unknown');
  if (row.state === 'revoked') return no('certificate.already-revoked');
  const signed =
    'signed' in body
      ? await house.identity.checkAct({
          em,
          actor,
          now,
          ...body.signed,
          expect: revokeExpectation(actor, { certificate: row.fingerprint, reason: body.reason }),
        })
      : undefined;
  if ('password' in body) {
    const { login } = await em.findOneOrFail(Person, { id: actor.personId }, { disableIdentityMap: true });
    await checkPassword({ house, login, password: body.password, address: ctx.ip, otherwise: 'password.wrong' });
  }
  const rows = await revokePair(call, { pairId: row.pairId, reason: body.reason, ...(signed ? { signed } : {}) });
  const holder = (await seatOf(em, row.seatId))?.person.name ?? '';
  return { rows: rows.map((one) => certificateView(one, holder, now)) };
});

serve(routes, contracts.listAuthorities, async ({ house }) => ({ rows: house.identity.authorities.rows() }));

for (const [spec, suite] of [
  [contracts.readCrl, 'XB1'],
  [contracts.readSm2Crl, 'XB1-SM'],
] as const)
  serve(routes, spec, async ({ ctx, em, house, now }) => {
    const list = await house.identity.authorities.crl(suite, await demonstrationRevocations(em, suite), now);
    ctx.type = 'application/pkix-crl';
    return list ?? no('authority.none');
  });
