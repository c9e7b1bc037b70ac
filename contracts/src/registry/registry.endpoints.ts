import { z } from 'zod';
import { CatalogCode, RegionCode } from '../kernel/codes.ts';
import { endpoint, Nothing } from '../kernel/endpoint.ts';
import { Id } from '../kernel/id.ts';
import { PageQuery } from '../kernel/page.ts';
import { signedActCodes } from '../identity/identity.refusals.ts';
import {
  AddBlacklistBody,
  BlacklistChecksPage,
  BlacklistEntry,
  BlacklistFile,
  BlacklistPage,
  BlacklistQuery,
  BlacklistRecordPage,
  EndBlacklistBody,
} from './blacklist.schema.ts';
import { AbsencesBody, ExpertChange, ExpertProfile, ExpertSignUpBody, ExpertView } from './expert.schema.ts';
import { LibraryItem, LibraryItemBody, LibraryQuery } from './library.schema.ts';
import {
  ChangeRequestBody,
  Decided,
  OrganisationPage,
  OrganisationQuery,
  OwnOrganisation,
  Profile,
  ProfileVersion,
  PublicOrganisation,
  ReviewDecision,
  ReviewRow,
  ReviewSubject,
  StandingBody,
  StandingRow,
} from './organisation.schema.ts';

const ById = z.object({ id: Id });

export const findOrganisations = endpoint({
  method: 'GET',
  path: '/registry/organisations',
  access: 'public',
  summary: 'Organisations by name or credit code, kind and region.',
  query: OrganisationQuery,
  reply: OrganisationPage,
  refusals: [],
});

export const readOrganisation = endpoint({
  method: 'GET',
  path: '/registry/organisations/:id',
  access: 'public',
  summary: 'What everybody may know of one organisation.',
  params: ById,
  reply: PublicOrganisation,
  refusals: ['organisation.unknown'],
});

export const readOwnOrganisation = endpoint({
  method: 'GET',
  path: '/registry/organisation',
  access: 'organisation:profile',
  summary: 'The own organisation as it is on record, with its open requests.',
  reply: OwnOrganisation,
  refusals: ['organisation.unknown'],
});

export const changeProfile = endpoint({
  method: 'PUT',
  path: '/registry/organisation',
  access: 'organisation:profile',
  summary: 'Changes the own organisation’s profile; the earlier version is kept.',
  body: z.object({ version: z.int(), profile: Profile }),
  reply: OwnOrganisation,
  refusals: ['organisation.unknown', 'profile.changed-meanwhile', 'region.unknown'],
});

export const listProfileVersions = endpoint({
  method: 'GET',
  path: '/registry/organisation/versions',
  access: 'organisation:profile',
  summary: 'Every version of the own organisation’s profile, the newest first.',
  reply: z.object({ rows: z.array(ProfileVersion) }),
  refusals: ['organisation.unknown'],
});

export const requestChange = endpoint({
  method: 'POST',
  path: '/registry/organisation/requests',
  access: 'organisation:manage',
  summary: 'Asks for a further kind or another name; becoming a bidder needs no review and happens at once.',
  body: ChangeRequestBody,
  reply: OwnOrganisation,
  refusals: [
    'organisation.unknown',
    'organisation.kind-held',
    'organisation.name-unchanged',
    'organisation.request-pending',
    'organisation.move-not-allowed',
  ],
});

export const listReviews = endpoint({
  method: 'GET',
  path: '/registry/reviews',
  access: 'registry:review',
  summary: 'Everything that waits for review, the oldest first.',
  query: z.object({ subject: ReviewSubject.optional() }),
  reply: z.object({ rows: z.array(ReviewRow) }),
  refusals: [],
});

export const readReview = endpoint({
  method: 'GET',
  path: '/registry/reviews/:subject/:id',
  access: 'registry:review',
  summary: 'One application with the whole profile and what was decided before.',
  params: z.object({ subject: ReviewSubject, id: Id }),
  reply: z.object({
    review: ReviewRow,
    organisation: Profile.nullable(),
    expert: ExpertProfile.nullable(),
    standing: z.array(StandingRow),
  }),
  refusals: ['review.unknown'],
});

export const decideReview = endpoint({
  method: 'POST',
  path: '/registry/reviews/:subject/:id',
  access: 'registry:review',
  summary: 'Approves or rejects an application; never one’s own or that of one’s organisation.',
  params: z.object({ subject: ReviewSubject, id: Id }),
  body: ReviewDecision,
  reply: Decided,
  refusals: ['review.unknown', 'review.already-decided', 'review.own-affair', 'review.reason-needed'],
});

export const decideStanding = endpoint({
  method: 'POST',
  path: '/registry/organisations/:id/standing',
  access: 'registry:review',
  summary:
    'Suspends or resumes an organisation, or strikes a false registration, with a reason and on the public record.',
  params: ById,
  body: StandingBody,
  reply: Decided,
  refusals: ['organisation.unknown', 'organisation.move-not-allowed', 'review.own-affair'],
});

export const signUpExpert = endpoint({
  method: 'POST',
  path: '/registry/experts/sign-up',
  access: 'public',
  summary: 'Takes in the application of an expert who has no account yet, and signs the person in.',
  body: ExpertSignUpBody,
  reply: ExpertView,
  refusals: [
    'login.taken',
    'password.too-short',
    'password.too-common',
    'sign-in.locked',
    'region.unknown',
    'expert.unknown-specialty',
    'expert.no-present-employer',
  ],
});

export const applyAsExpert = endpoint({
  method: 'POST',
  path: '/registry/experts',
  access: 'signed-in',
  summary: 'Takes in the application of somebody signed in; a seat of its own is added for the expert’s work.',
  body: ExpertProfile,
  reply: ExpertView,
  refusals: [
    'expert.already-applied',
    'expert.supervising-staff',
    'seat.already-there',
    'region.unknown',
    'expert.unknown-specialty',
    'expert.no-present-employer',
  ],
});

export const readOwnExpert = endpoint({
  method: 'GET',
  path: '/registry/experts/me',
  access: 'signed-in',
  summary: 'The own record in the expert library.',
  reply: ExpertView,
  refusals: ['expert.unknown'],
});

export const changeExpert = endpoint({
  method: 'PUT',
  path: '/registry/experts/me',
  access: 'signed-in',
  summary: 'Changes specialties, employers and relations; earlier versions are kept, recusal is judged by the newest.',
  body: ExpertChange,
  reply: ExpertView,
  refusals: [
    'expert.unknown',
    'expert.move-not-allowed',
    'profile.changed-meanwhile',
    'region.unknown',
    'expert.unknown-specialty',
    'expert.no-present-employer',
  ],
});

export const setAbsences = endpoint({
  method: 'PUT',
  path: '/registry/experts/me/absences',
  access: 'signed-in',
  summary: 'Says on which days the expert cannot be drawn.',
  body: AbsencesBody,
  reply: ExpertView,
  refusals: ['expert.unknown', 'expert.move-not-allowed'],
});

export const leaveExperts = endpoint({
  method: 'POST',
  path: '/registry/experts/me/leave',
  access: 'signed-in',
  summary: 'Leaves the expert library; past work stays on record.',
  reply: ExpertView,
  refusals: ['expert.unknown', 'expert.move-not-allowed'],
});

export const listExperts = endpoint({
  method: 'GET',
  path: '/registry/experts',
  access: 'registry:review',
  summary: 'The expert library, for those who keep it; it is never published.',
  query: z.object({
    q: z.string().max(60).optional(),
    state: z.enum(['pending', 'active', 'suspended', 'rejected', 'left']).optional(),
    specialty: z.string().max(7).optional(),
  }),
  reply: z.object({ rows: z.array(ExpertView) }),
  refusals: [],
});

export const decideExpertStanding = endpoint({
  method: 'POST',
  path: '/registry/experts/:id/standing',
  access: 'registry:review',
  summary: 'Suspends an expert from being drawn, or ends the suspension, with a reason.',
  params: ById,
  body: z.object({ move: z.enum(['suspend', 'resume']), reason: StandingBody.shape.reason }),
  reply: Decided,
  refusals: ['expert.unknown', 'expert.move-not-allowed', 'review.own-affair'],
});

export const listLibrary = endpoint({
  method: 'GET',
  path: '/registry/library',
  access: 'organisation:profile',
  summary: 'The company’s own library: qualifications, people, past contracts.',
  query: LibraryQuery,
  reply: z.object({ rows: z.array(LibraryItem) }),
  refusals: [],
});

export const addLibraryItem = endpoint({
  method: 'POST',
  path: '/registry/library',
  access: 'organisation:profile',
  summary: 'Adds an item to the company’s library, with files uploaded before.',
  body: LibraryItemBody,
  reply: LibraryItem,
  refusals: ['library.file-unknown'],
});

export const changeLibraryItem = endpoint({
  method: 'PUT',
  path: '/registry/library/:id',
  access: 'organisation:profile',
  summary: 'Changes an item of the company’s library.',
  params: ById,
  body: LibraryItemBody.extend({ version: z.int() }),
  reply: LibraryItem,
  refusals: ['library.unknown', 'library.changed-meanwhile', 'library.wrong-kind', 'library.file-unknown'],
});

export const removeLibraryItem = endpoint({
  method: 'DELETE',
  path: '/registry/library/:id',
  access: 'organisation:profile',
  summary: 'Takes an item out of the library; bids that used it keep their copy.',
  params: ById,
  reply: Nothing,
  refusals: ['library.unknown'],
});

export const readLibraryFile = endpoint({
  method: 'GET',
  path: '/registry/library/:id/files/:fileId',
  access: 'organisation:profile',
  summary: 'A file of the company’s library, for colleagues too.',
  params: z.object({ id: Id, fileId: Id }),
  reply: z.instanceof(Uint8Array),
  refusals: ['library.unknown'],
  wire: { reply: 'bytes' },
});

export const listRegions = endpoint({
  method: 'GET',
  path: '/registry/regions',
  access: 'public',
  summary: 'Administrative divisions below one, or the provinces.',
  query: z.object({ parent: RegionCode.optional() }),
  reply: z.object({
    rows: z.array(
      z.object({
        code: RegionCode,
        name: z.string(),
        level: z.enum(['province', 'city', 'county']),
        leaf: z.boolean(),
      }),
    ),
  }),
  refusals: [],
});

export const readRegion = endpoint({
  method: 'GET',
  path: '/registry/regions/:code',
  access: 'public',
  summary: 'One division and those it lies in, the province first.',
  params: z.object({ code: RegionCode }),
  reply: z.object({
    code: RegionCode,
    name: z.string(),
    path: z.array(z.object({ code: RegionCode, name: z.string() })),
  }),
  refusals: ['region.unknown'],
});

const CatalogRow = z.object({
  code: CatalogCode,
  name: z.string(),
  category: z.enum(['goods', 'works', 'services']),
  path: z.array(z.string()),
});

export const listCatalog = endpoint({
  method: 'GET',
  path: '/registry/catalog',
  access: 'public',
  summary: 'The government procurement catalogue: the items below one, or those whose name or code fits.',
  query: z.object({ parent: CatalogCode.optional(), q: z.string().max(60).optional() }),
  reply: z.object({
    rows: z.array(CatalogRow),
    /** False: this instance has the first two levels only. */ full: z.boolean(),
  }),
  refusals: [],
});

export const readCatalog = endpoint({
  method: 'GET',
  path: '/registry/catalog/:code',
  access: 'public',
  summary: 'The name of a catalogue code; where only two levels are known, the nearest name above it.',
  params: z.object({ code: CatalogCode }),
  reply: CatalogRow.extend({ exact: z.boolean() }),
  refusals: ['catalog.unknown'],
});

export const listSpecialties = endpoint({
  method: 'GET',
  path: '/registry/specialties',
  access: 'public',
  summary: 'The specialties in which experts are kept.',
  reply: z.object({ rows: z.array(z.object({ code: z.string(), name: z.string(), group: z.string() })) }),
  refusals: [],
});

export const findBlacklist = endpoint({
  method: 'GET',
  path: '/registry/blacklist',
  access: 'public',
  summary:
    'Published records of dishonesty by name, code or decision number; never one that was withdrawn or repaired.',
  query: BlacklistQuery,
  reply: BlacklistPage,
  refusals: [],
});

export const readBlacklist = endpoint({
  method: 'GET',
  path: '/registry/blacklist/:id',
  access: 'public',
  summary: 'One published record.',
  params: ById,
  reply: BlacklistEntry,
  refusals: ['blacklist.unknown'],
});

export const printBlacklist = endpoint({
  method: 'GET',
  path: '/registry/blacklist/:id/decision.pdf',
  access: 'public',
  summary: 'One published record as a sealed paper.',
  params: ById,
  reply: z.instanceof(Uint8Array),
  refusals: ['blacklist.unknown'],
  wire: { reply: 'bytes' },
});

export const downloadBlacklist = endpoint({
  method: 'GET',
  path: '/registry/blacklist.json',
  access: 'public',
  summary: 'Every published record in one file, with the instant until which the copy may be used.',
  reply: BlacklistFile,
  refusals: [],
});

export const downloadBlacklistCsv = endpoint({
  method: 'GET',
  path: '/registry/blacklist.csv',
  access: 'public',
  summary:
    'Every published record as CSV (UTF-8 with signature); each row names the instant until which the copy may be used.',
  reply: z.string(),
  refusals: [],
  wire: { reply: 'text' },
});

export const addToBlacklist = endpoint({
  method: 'POST',
  path: '/registry/blacklist',
  access: 'blacklist:decide',
  summary: 'Enters a decision, signed (`addBlacklistAct`); the log keeps salted hashes only.',
  body: AddBlacklistBody,
  reply: BlacklistEntry,
  refusals: ['blacklist.already-there', 'blacklist.evidence-unknown', 'region.unknown', ...signedActCodes],
});

export const withdrawFromBlacklist = endpoint({
  method: 'POST',
  path: '/registry/blacklist/:id/withdraw',
  access: 'blacklist:decide',
  summary: 'Ends a record whose decision was withdrawn or annulled, signed (`withdrawBlacklistAct`).',
  params: ById,
  body: EndBlacklistBody,
  reply: Decided,
  refusals: ['blacklist.unknown', 'blacklist.already-ended', ...signedActCodes],
});

export const repairOnBlacklist = endpoint({
  method: 'POST',
  path: '/registry/blacklist/:id/repair',
  access: 'blacklist:decide',
  summary:
    'Ends a record after credit repair, signed (`repairBlacklistAct`); from then on it is neither shown nor used.',
  params: ById,
  body: EndBlacklistBody,
  reply: Decided,
  refusals: ['blacklist.unknown', 'blacklist.already-ended', ...signedActCodes],
});

export const listBlacklistRecords = endpoint({
  method: 'GET',
  path: '/registry/blacklist-records',
  access: 'blacklist:decide',
  summary: 'All records with state and history, ended ones included.',
  query: PageQuery.extend({ q: z.string().max(100).optional() }),
  reply: BlacklistRecordPage,
  refusals: [],
});

export const listBlacklistChecks = endpoint({
  method: 'GET',
  path: '/registry/blacklist-checks',
  access: 'oversight:read',
  summary:
    'Every occasion on which the platform asked whether a party is banned, and what it found; acts of bidding only after the fact is public.',
  query: PageQuery,
  reply: BlacklistChecksPage,
  refusals: [],
});
