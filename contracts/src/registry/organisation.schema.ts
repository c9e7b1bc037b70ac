import { z } from 'zod';
import { RegionCode } from '../kernel/codes.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { PageQuery, pageOf } from '../kernel/page.ts';
import { optionalText, text } from '../kernel/text.ts';
import { Day, Instant } from '../kernel/time.ts';
import { OrganisationKind, OrganisationStateName, Phone, SignUpKind } from '../identity/person.schema.ts';

/** What an organisation keeps about itself. Its code never changes; its name changes only after review. */
export const Profile = z.object({
  regionCode: RegionCode,
  address: text(200),
  legalRepresentative: text(40),
  contact: text(40),
  phone: Phone,
  email: optionalText(100),
  capital: FenText.nullable(),
  foundedOn: Day.nullable(),
  business: optionalText(2000),
  bankName: optionalText(100),
  bankAccount: optionalText(40),
});
export type Profile = z.infer<typeof Profile>;
export type ProfileInput = z.input<typeof Profile>;

export const OwnOrganisation = z.object({
  id: Id, name: z.string(), uscc: z.string(), kinds: z.array(OrganisationKind), state: OrganisationStateName,
  profile: Profile, version: z.int(), declaredAt: Instant.nullable(), registeredAt: Instant, requests: z.array(z.object({ id: Id, kind: SignUpKind.nullable(), name: z.string().nullable(), state: z.enum(['pending', 'approved', 'rejected']), reason: z.string().nullable(), at: Instant })),
}); // prettier-ignore
export const ProfileVersion = z.object({
  version: z.int(),
  at: Instant,
  by: z.string(),
  name: z.string(),
  profile: Profile,
});

/** What everybody may know of an organisation. */
export const OrganisationRow = z.object({
  id: Id,
  name: z.string(),
  uscc: z.string(),
  kinds: z.array(OrganisationKind),
  regionCode: z.string(),
  region: z.string(),
  state: OrganisationStateName,
  registeredAt: Instant,
});
export type OrganisationRow = z.infer<typeof OrganisationRow>;
export const OrganisationQuery = PageQuery.extend({
  q: z.string().max(100).optional(),
  kind: OrganisationKind.optional(),
  regionCode: RegionCode.optional(),
});
export const OrganisationPage = pageOf(OrganisationRow);
export const PublicOrganisation = OrganisationRow.extend({
  address: z.string(),
  legalRepresentative: z.string(),
  contact: z.string(),
  phone: z.string(),
  blacklisted: z.int(),
});

/** Asks for a further kind, or for another name. */
export const ChangeRequestBody = z.union([
  z.object({ kind: SignUpKind, reason: text(500) }),
  z.object({ name: text(100, 2), reason: text(500) }),
]);

export const ReviewSubject = z.enum(['organisation', 'change', 'expert']);
export const ReviewRow = z.object({
  subject: ReviewSubject,
  id: Id,
  name: z.string(),
  uscc: z.string().nullable(),
  kinds: z.array(OrganisationKind),
  asksFor: z.object({ kind: SignUpKind.nullable(), name: z.string().nullable() }).nullable(),
  submittedAt: Instant,
  /** False where the reviewer belongs to the applicant. */
  mayDecide: z.boolean(),
});
export type ReviewRow = z.infer<typeof ReviewRow>;
export const ReviewDecision = z.object({
  decision: z.enum(['approve', 'reject']),
  reason: optionalText(500).default(''),
});
export const StandingBody = z.object({ move: z.enum(['suspend', 'resume', 'strike']), reason: text(500) });
export const Decided = z.object({ state: z.string() });

/** What was decided about an organisation or expert, by whom and why; for reviewers and the one it is about. */
export const StandingRow = z.object({ at: Instant, move: z.string(), by: z.string(), reason: z.string() });
