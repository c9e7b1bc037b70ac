import { z } from 'zod';
import { endpoint, Nothing } from '../kernel/endpoint.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { SignedActBody } from './act.schema.ts';
import {
  AuthorityRow,
  CertificateRequestBody,
  CertificateView,
  PinCertificatesBody,
  PinnedPair,
  RevokeBody,
} from './certificate.schema.ts';
import { signedActCodes } from './identity.refusals.ts';
import {
  FoundOrganisationBody,
  Me,
  NewSeat,
  Password,
  RoleName,
  SeatRow,
  SessionRow,
  SignInBody,
  SignUpBody,
} from './person.schema.ts';

const newPartyCodes = [
  'login.taken',
  'password.too-short',
  'password.too-common',
  'organisation.already-registered',
  'region.unknown',
] as const;

export const signUp = endpoint({
  method: 'POST',
  path: '/identity/sign-up',
  access: 'public',
  summary:
    'Registers an organisation with its first person and signs that person in: a bidder is active at once, others wait for review.',
  body: SignUpBody,
  reply: Me,
  refusals: [...newPartyCodes, 'sign-in.locked'],
});

export const foundOrganisation = endpoint({
  method: 'POST',
  path: '/identity/organisations',
  access: 'platform:operate',
  summary: 'Founds an organisation that cannot sign up by itself (supervisor, trading centre), on the public record.',
  body: FoundOrganisationBody,
  reply: z.object({ organisationId: Id, seatId: Id }),
  refusals: newPartyCodes,
});

export const signIn = endpoint({
  method: 'POST',
  path: '/identity/sign-in',
  access: 'public',
  summary: 'Signs a person in; an unknown name and a wrong password get the same answer.',
  body: SignInBody,
  reply: Me,
  refusals: ['sign-in.wrong', 'sign-in.locked'],
});

export const signOut = endpoint({
  method: 'POST',
  path: '/identity/sign-out',
  access: 'public',
  summary: 'Ends this session; harmless when there is none.',
  reply: Nothing,
  refusals: [],
});

export const signOutEverywhere = endpoint({
  method: 'POST',
  path: '/identity/sign-out-everywhere',
  access: 'signed-in',
  summary: 'Ends every session of this person, this one included.',
  reply: z.object({ ended: z.int() }),
  refusals: [],
});

export const listSessions = endpoint({
  method: 'GET',
  path: '/identity/sessions',
  access: 'signed-in',
  summary: 'The open sessions of this person: since when, last seen, from where.',
  reply: z.object({ rows: z.array(SessionRow) }),
  refusals: [],
});

export const endSession = endpoint({
  method: 'DELETE',
  path: '/identity/sessions/:sessionId',
  access: 'signed-in',
  summary: 'Ends one of this person’s sessions.',
  params: z.object({ sessionId: Id }),
  reply: Nothing,
  refusals: ['session.unknown'],
});

export const readMe = endpoint({
  method: 'GET',
  path: '/identity/me',
  access: 'signed-in',
  summary: 'Who is signed in, at which seat, with which certificates and what they may do.',
  reply: Me,
  refusals: [],
});

export const switchSeat = endpoint({
  method: 'POST',
  path: '/identity/seat',
  access: 'signed-in',
  summary: 'Goes on working at another of this person’s seats; an invitation is accepted by taking the seat.',
  body: z.object({ seatId: Id }),
  reply: Me,
  refusals: ['seat.not-yours'],
});

export const changePassword = endpoint({
  method: 'POST',
  path: '/identity/password',
  access: 'signed-in',
  summary: 'Changes the password and ends every other session of this person.',
  body: z.object({ current: Password, password: Password }),
  reply: Nothing,
  refusals: ['password.wrong', 'password.too-short', 'password.too-common', 'password.unchanged', 'sign-in.locked'],
});

export const listSeats = endpoint({
  method: 'GET',
  path: '/identity/seats',
  access: 'organisation:manage',
  summary: 'The seats of the own organisation, their roles and certificates.',
  reply: z.object({ rows: z.array(SeatRow), openRoles: z.array(RoleName) }),
  refusals: [],
});

export const addSeat = endpoint({
  method: 'POST',
  path: '/identity/seats',
  access: 'organisation:manage',
  summary: 'Adds a person: somebody new gets a password that is shown once, somebody known is invited.',
  body: NewSeat,
  reply: z.object({ seat: SeatRow, firstPassword: z.string().nullable() }),
  refusals: ['seat.role-not-open', 'seat.already-there'],
});

export const changeSeat = endpoint({
  method: 'PATCH',
  path: '/identity/seats/:seatId',
  access: 'organisation:manage',
  summary: 'Changes the roles of a seat, or disables and enables it; a disabled seat’s sessions end.',
  params: z.object({ seatId: Id }),
  body: z.object({
    roles: z.array(RoleName).min(1).max(6).optional(),
    state: z.enum(['active', 'disabled']).optional(),
  }),
  reply: SeatRow,
  refusals: ['seat.unknown', 'seat.role-not-open', 'seat.last-administrator'],
});

export const declare = endpoint({
  method: 'POST',
  path: '/identity/declaration',
  access: 'certificate:hold',
  summary: 'Takes in the organisation’s own signed declaration (`declareAct`).',
  body: SignedActBody,
  reply: z.object({ declaredAt: Instant }),
  refusals: signedActCodes,
});

export const requestCertificates = endpoint({
  method: 'POST',
  path: '/identity/certificates/request',
  access: 'certificate:hold',
  summary:
    'Has the demonstration authority issue a pair of certificates in the registered name of this seat; never in production.',
  body: CertificateRequestBody,
  reply: PinnedPair,
  refusals: [
    'authority.none',
    'request.unreadable',
    'request.weak-key',
    'request.mixed-suites',
    'request.invalid-signature',
    'request.invalid-binding',
  ],
});

export const pinCertificates = endpoint({
  method: 'POST',
  path: '/identity/certificates',
  access: 'certificate:hold',
  summary:
    'Registers a pair of certificates of a trusted authority, whose signing key signed the request, and pins it in the log.',
  body: PinCertificatesBody,
  reply: PinnedPair,
  refusals: [
    'certificate.malformed',
    'certificate.other-party',
    'certificate.already-pinned',
    'request.mixed-suites',
    ...signedActCodes,
  ],
});

export const listCertificates = endpoint({
  method: 'GET',
  path: '/identity/certificates',
  access: 'signed-in',
  summary: 'The certificates of the own seat, revoked and expired ones included.',
  reply: z.object({ rows: z.array(CertificateView) }),
  refusals: [],
});

export const revokeCertificates = endpoint({
  method: 'POST',
  path: '/identity/certificates/:certificateId/revoke',
  access: 'signed-in',
  summary:
    'Revokes a certificate and the other of its pair: by the holder, signed or with the password, or by the organisation’s administrator.',
  params: z.object({ certificateId: Id }),
  body: RevokeBody,
  reply: z.object({ rows: z.array(CertificateView) }),
  refusals: [
    'certificate.unknown',
    'certificate.already-revoked',
    'password.wrong',
    'sign-in.locked',
    ...signedActCodes,
  ],
});

export const listAuthorities = endpoint({
  method: 'GET',
  path: '/identity/authorities',
  access: 'public',
  summary: 'The authorities whose certificates this platform accepts, and whether one is for demonstration only.',
  reply: z.object({ rows: z.array(AuthorityRow) }),
  refusals: [],
});

export const readSm2Crl = endpoint({
  method: 'GET',
  path: '/identity/crl/sm2',
  access: 'public',
  summary: 'The revocation list of the demonstration authority for the national algorithms, DER.',
  reply: z.instanceof(Uint8Array),
  refusals: ['authority.none'],
  wire: { reply: 'bytes' },
});

export const readCrl = endpoint({
  method: 'GET',
  path: '/identity/crl',
  access: 'public',
  summary: 'The demonstration authority’s revocation list, DER.',
  reply: z.instanceof(Uint8Array),
  refusals: ['authority.none'],
  wire: { reply: 'bytes' },
});
