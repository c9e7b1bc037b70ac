import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { RegionCode } from '../kernel/codes.ts';
import { Id } from '../kernel/id.ts';
import { roles, scopes, type Role } from '../kernel/scope.ts';
import { optionalText, text } from '../kernel/text.ts';
import { Instant } from '../kernel/time.ts';
import { Uscc } from '../kernel/uscc.ts';

/** What an organisation may be; each kind opens the role of the same name to its seats. */
export const organisationKinds = ['purchaser', 'agency', 'bidder', 'tradingCentre', 'supervisor', 'notary'] as const;
export const OrganisationKind = z.enum(organisationKinds);
export type OrganisationKind = z.infer<typeof OrganisationKind>;

/** Kinds that may sign up by themselves; supervisors and trading centres are founded by the operator, on the record. */
export const signUpKinds = ['bidder', 'purchaser', 'agency', 'notary'] as const;
export const SignUpKind = z.enum(signUpKinds);
export type SignUpKind = z.infer<typeof SignUpKind>;

export const OrganisationStateName = z.enum(['active', 'pending', 'suspended', 'rejected']);
export const RoleName = z.enum(Object.keys(roles) as [Role, ...Role[]]);
export const ScopeName = z.enum(scopes);

/** The name one signs in with: case does not matter. */
export const Login = z
  .string()
  .transform((value) => value.normalize('NFKC').trim().toLowerCase())
  .pipe(z.string().regex(/^[a-z0-9][a-z0-9._@-]{2,63}$/));

/** Taken as it is typed: no trimming, no folding. Its strength is judged by `judgePassword`. */
export const Password = z.string().min(1).max(256);

export const Phone = z
  .string()
  .transform((value) => value.normalize('NFKC').replace(/[\s()（）]/g, ''))
  .pipe(z.string().regex(/^\+?\d[\d-]{4,24}$/));

export const NewPerson = z.object({ login: Login, name: text(40), password: Password });
export type NewPerson = z.infer<typeof NewPerson>;

/** What an organisation says about itself when it signs up; the rest it fills in later. */
export const NewOrganisation = z.object({
  name: text(100, 2),
  uscc: Uscc,
  regionCode: RegionCode,
  address: text(200),
  legalRepresentative: text(40),
  contact: text(40),
  phone: Phone,
  email: optionalText(100).default(''),
});
export type NewOrganisation = z.infer<typeof NewOrganisation>;

export const SignUpBody = z.object({ kind: SignUpKind, organisation: NewOrganisation, person: NewPerson });
export const FoundOrganisationBody = z.object({
  kinds: z.array(OrganisationKind).min(1).max(6),
  organisation: NewOrganisation,
  person: NewPerson,
});
export const SignInBody = z.object({ login: Login, password: Password });

export const OrganisationBrief = z.object({
  id: Id,
  name: z.string(),
  uscc: z.string(),
  kinds: z.array(OrganisationKind),
  regionCode: z.string(),
  state: OrganisationStateName,
  declaredAt: Instant.nullable(),
});
export type OrganisationBrief = z.infer<typeof OrganisationBrief>;

/** A certificate's end, said early enough: the smallest of 90, 30, 15 and 3 days that is reached, 0 once it is over. */
export const ExpiryWarning = z.union([z.literal(90), z.literal(30), z.literal(15), z.literal(3), z.literal(0)]);

export const CertificateBrief = z.object({
  id: Id,
  kind: z.enum(['signing', 'encryption']),
  fingerprint: Sha256Hex,
  notAfter: Instant,
  daysLeft: z.int(),
  warning: ExpiryWarning.nullable(),
  demonstration: z.boolean(),
});
export type CertificateBrief = z.infer<typeof CertificateBrief>;

/** Who is signed in, at which seat, and with what. */
export const Me = z.object({
  id: Id,
  name: z.string(),
  loginName: z.string(),
  seatId: Id,
  organisation: OrganisationBrief.nullable(),
  roles: z.array(RoleName),
  /** What the seat may do now: fewer than its roles give while the organisation waits for review or is suspended. */
  scopes: z.array(ScopeName),
  seats: z.array(
    z.object({
      id: Id,
      organisation: z.object({ id: Id, name: z.string() }).nullable(),
      roles: z.array(RoleName),
      state: z.enum(['active', 'invited']),
    }),
  ),
  certificates: z.array(CertificateBrief),
  mustChangePassword: z.boolean(),
  sessionEndsAt: Instant,
});
export type Me = z.infer<typeof Me>;

export const SessionRow = z.object({
  id: Id,
  current: z.boolean(),
  startedAt: Instant,
  seenAt: Instant,
  endsAt: Instant,
  address: z.string(),
  device: z.string(),
});

export const SeatRow = z.object({
  id: Id,
  personId: Id,
  name: z.string(),
  loginName: z.string(),
  roles: z.array(RoleName),
  state: z.enum(['active', 'invited', 'disabled']),
  certificates: z.array(CertificateBrief),
});
export type SeatRow = z.infer<typeof SeatRow>;
export const NewSeat = z.object({ login: Login, name: text(40), roles: z.array(RoleName).min(1).max(6) });
