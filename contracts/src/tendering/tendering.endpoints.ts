import { z } from 'zod';
import { Sha256Hex, SignatureHex } from '../kernel/bytes.ts';
import { endpoint, Nothing } from '../kernel/endpoint.ts';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { text } from '../kernel/text.ts';
import { Day, Instant } from '../kernel/time.ts';
import { signedActCodes } from '../identity/index.ts';
import { Keyring } from '../trust/envelope/keyring.ts';
import { failures, lotStates, phases, type FailureReason } from './lot.life.ts';
import { tenderStates } from './tender.life.ts';
import { AttachmentKind, Attachment, OfficerGroupId, TenderContent, TenderDraft } from './tender.schema.ts';

const TenderParams = z.object({ tenderId: Id });
const Version = z.int().min(1);
/** A publication act holds the whole notice, so it may be longer than other acts. */
const LongSignedAct = z.object({ act: z.string().min(2).max(600_000), signature: SignatureHex });

/** A reason to say no, or a hint, with its sentence in both languages and its article. */
export const Finding = z.object({
  code: z.string(),
  field: z.string().nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  zh: z.string(),
  en: z.string(),
  law: z.string().nullable(),
});
export type Finding = z.infer<typeof Finding>;

/** A date that a rule gives: from when, until when (the last moment, exclusive), by what article. */
export const DueDate = z.object({
  rule: z.string(),
  law: z.string(),
  from: Instant.nullable(),
  until: Instant.nullable(),
  zh: z.string(),
  en: z.string(),
});
export type DueDate = z.infer<typeof DueDate>;

const FailureName = z.enum(Object.keys(failures) as [FailureReason, ...FailureReason[]]);
export const DeskMove = z.enum(['save', 'submitForCheck', 'discard', 'confirm', 'return', 'publish']);
export type DeskMove = z.infer<typeof DeskMove>;
const Named = z.object({ seatId: Id, name: z.string() });

/** A tender as its own staff see it. */
export const TenderDesk = z.object({
  id: Id,
  code: z.string(),
  state: z.enum(tenderStates),
  version: Version,
  content: TenderDraft,
  composer: Named,
  checker: Named.nullable(),
  publisher: Named.nullable(),
  returnReason: z.string().nullable(),
  /** What this person may do now, worked out by the same rules that decide. */
  allowed: z.array(DeskMove),
  publishedAt: Instant.nullable(),
  savedAt: Instant,
  lots: z.array(z.object({ id: Id, no: z.int(), state: z.enum(lotStates) })),
  dueDates: z.array(DueDate),
});
export type TenderDesk = z.infer<typeof TenderDesk>;

export const DeskRow = z.object({
  id: Id,
  code: z.string(),
  title: z.string(),
  state: z.enum(tenderStates),
  phase: z.enum(phases).nullable(),
  purchaser: z.string(),
  agency: z.string().nullable(),
  deadline: Instant.nullable(),
  publishedAt: Instant.nullable(),
  savedAt: Instant,
  /** The step that waits for this person, if any. */
  waiting: DeskMove.nullable(),
});

export const LotView = z.object({
  id: Id,
  no: z.int(),
  state: z.enum(lotStates),
  title: z.string(),
  budget: FenText,
  ceiling: FenText.nullable(),
  deadline: Instant,
  failure: FailureName.nullable(),
});
export type LotView = z.infer<typeof LotView>;

/** A published tender, with everything that its notice said and where the log holds it. */
export const TenderStory = z.object({
  id: Id,
  code: z.string(),
  state: z.enum(tenderStates),
  phase: z.enum(phases),
  regime: z.literal('ZC'),
  method: z.literal('openTender'),
  rulebook: z.string(),
  content: TenderContent,
  lots: z.array(LotView),
  keyring: Keyring,
  keyringHash: Sha256Hex,
  contentHash: Sha256Hex,
  filesRoot: Sha256Hex,
  publishedAt: Instant,
  /** Leaf hash of the publication: `/log/leaf/:hash` finds its entry, `/log/acts/:hash` the act itself. */
  notice: z.object({ leaf: Sha256Hex, act: Sha256Hex, index: z.int().nullable() }),
  dueDates: z.array(DueDate),
  /** May the documents be taken now, by the calendar alone? */
  documentsOpen: z.boolean(),
});
export type TenderStory = z.infer<typeof TenderStory>;

const deskCodes = ['tender.unknown', 'tender.not-yours'] as const;

export const createTender = endpoint({
  method: 'POST',
  path: '/desk/tenders',
  access: 'tender:compose',
  summary: 'Begins a draft; an agency names the purchaser it works for.',
  body: z.object({ purchaserId: Id.optional() }),
  reply: TenderDesk,
  refusals: ['tender.no-such-purchaser', 'blacklist.forbidden'],
});

export const listOwnTenders = endpoint({
  method: 'GET',
  path: '/desk/tenders',
  access: 'tender:compose',
  summary:
    'The tenders of the own organisation, as purchaser or agency, last changed first, with the step that waits for this person.',
  query: z.object({
    after: z.string().max(200).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  reply: z.object({ rows: z.array(DeskRow), next: z.string().nullable() }),
  refusals: [],
});

export const readDesk = endpoint({
  method: 'GET',
  path: '/desk/tenders/:tenderId',
  access: 'tender:compose',
  summary: 'A tender of the own organisation with its draft, and what may be done with it now.',
  params: TenderParams,
  reply: TenderDesk,
  refusals: deskCodes,
});

export const saveDraft = endpoint({
  method: 'PUT',
  path: '/desk/tenders/:tenderId/content',
  access: 'tender:compose',
  summary: 'Saves a draft, finished or not; a save on an outdated version is refused.',
  params: TenderParams,
  body: z.object({ version: Version, content: TenderDraft }),
  reply: z.object({ version: Version, savedAt: Instant }),
  refusals: [...deskCodes, 'tender.move-not-allowed', 'tender.changed-meanwhile'],
});

export const attachFile = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/files',
  access: 'tender:compose',
  summary: 'Attaches a finished upload to a draft.',
  params: TenderParams,
  body: z.object({ fileId: Id, kind: AttachmentKind }),
  reply: z.object({ version: Version, attachments: z.array(Attachment) }),
  refusals: [
    ...deskCodes,
    'tender.move-not-allowed',
    'tender.file-not-yours',
    'tender.file-already-attached',
    'tender.too-many-files',
  ],
});

export const detachFile = endpoint({
  method: 'DELETE',
  path: '/desk/tenders/:tenderId/files/:fileId',
  access: 'tender:compose',
  summary: 'Takes a file off a draft.',
  params: z.object({ tenderId: Id, fileId: Id }),
  reply: z.object({ version: Version, attachments: z.array(Attachment) }),
  refusals: [...deskCodes, 'tender.move-not-allowed', 'tender.no-such-file'],
});

export const readDeskFile = endpoint({
  method: 'GET',
  path: '/desk/tenders/:tenderId/files/:fileId',
  access: 'tender:compose',
  summary: 'A file of a draft, for those who compose and check it.',
  params: z.object({ tenderId: Id, fileId: Id }),
  reply: z.instanceof(Uint8Array),
  refusals: [...deskCodes, 'tender.no-such-file'],
  wire: { reply: 'bytes' },
});

export const readVerdict = endpoint({
  method: 'GET',
  path: '/desk/tenders/:tenderId/verdict',
  access: 'tender:compose',
  summary:
    'Everything that would forbid publication today, with article and field, and what a person ought to look at.',
  params: TenderParams,
  reply: z.object({
    version: Version,
    refusals: z.array(Finding),
    hints: z.array(Finding),
    dueDates: z.array(DueDate),
  }),
  refusals: deskCodes,
});

export const listOfficers = endpoint({
  method: 'GET',
  path: '/desk/tenders/:tenderId/officers',
  access: 'tender:compose',
  summary:
    'Who may be chosen to open the bids of a tender: seats of both sides, and until when their encryption certificates are good.',
  params: TenderParams,
  reply: z.object({
    rows: z.array(
      z.object({
        seatId: Id,
        group: OfficerGroupId,
        name: z.string(),
        organisation: z.string(),
        certificate: z.object({ fingerprint: Sha256Hex, notAfter: Instant }).nullable(),
        /** Until when the proof stands that this officer can open what is sealed to the certificate. */
        provenUntil: Instant.nullable(),
      }),
    ),
  }),
  refusals: deskCodes,
});

/** Refusals that come from the verdict itself are named one by one in `tenderingRefusals`. */
const checkCodes = [
  'tender.incomplete',
  'tender.too-long',
  'tender.works-not-here',
  'tender.category-mismatch',
  'tender.unknown-region',
  'tender.unknown-catalog',
  'tender.documents-before-notice',
  'tender.documents-too-short',
  'tender.deadline-too-early',
  'tender.deadline-before-documents-end',
  'tender.notice-too-short',
  'tender.no-document',
  'tender.no-qualification',
  'tender.lots-not-numbered',
  'tender.ceiling-above-budget',
  'tender.price-weight-too-low',
  'tender.price-weight-missing',
  'tender.scores-do-not-add-up',
  'tender.items-without-scoring',
  'tender.item-without-points',
  'tender.item-repeated',
  'tender.objective-without-options',
  'tender.objective-options-max',
  'tender.subjective-with-options',
  'tender.subjective-without-guidance',
  'tender.scale-condition',
  'tender.officers-missing',
  'tender.officer-twice',
  'tender.officer-not-entitled',
  'tender.officer-without-key',
  'tender.decrypt-time',
  'tender.decrypt-without-gate',
  'tender.officer-other-suite',
  'tender.outage-window',
] as const;

export const submitTenderForCheck = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/submit',
  access: 'tender:compose',
  summary: 'Hands a draft that the law does not forbid to a colleague for the check before publication.',
  params: TenderParams,
  body: z.object({ version: Version }),
  reply: TenderDesk,
  refusals: [...deskCodes, 'tender.move-not-allowed', 'tender.changed-meanwhile', ...checkCodes],
});

export const prepareAct = endpoint({
  method: 'GET',
  path: '/desk/tenders/:tenderId/acts/:move',
  access: 'tender:compose',
  summary: 'The act that `confirm` or `publish` would have to carry, in canonical form: show it, compare it, sign it.',
  params: z.object({ tenderId: Id, move: z.enum(['confirm', 'publish']) }),
  reply: z.object({ act: z.string() }),
  refusals: [...deskCodes, 'tender.move-not-allowed', 'tender.officer-not-accepted', ...checkCodes],
});

export const confirmTender = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/confirm',
  access: 'tender:check',
  summary: 'A second person confirms by signature that a tender may be made public (`checkAct`).',
  params: TenderParams,
  body: LongSignedAct,
  reply: TenderDesk,
  refusals: [...deskCodes, 'tender.move-not-allowed', 'tender.check-by-same-person', ...checkCodes, ...signedActCodes],
});

export const returnTender = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/return',
  access: 'tender:compose',
  summary: 'Sends a tender back to its composer with the reason; what was confirmed counts no more.',
  params: TenderParams,
  body: z.object({ reason: text(1000) }),
  reply: TenderDesk,
  refusals: [...deskCodes, 'tender.move-not-allowed', 'auth.not-allowed'],
});

export const publishTender = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/publish',
  access: 'tender:publish',
  summary: 'Publishes a checked tender by signature (`publishAct`); this cannot be undone.',
  params: TenderParams,
  body: LongSignedAct,
  reply: z.object({
    id: Id,
    code: z.string(),
    publishedAt: Instant,
    noticeLeaf: Sha256Hex,
    actHash: Sha256Hex,
    keyringHash: Sha256Hex,
  }),
  refusals: [
    ...deskCodes,
    'tender.move-not-allowed',
    'tender.officer-not-accepted',
    'tender.publish-by-checker',
    'blacklist.forbidden',
    ...checkCodes,
    ...signedActCodes,
  ],
});

export const discardTender = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/discard',
  access: 'tender:compose',
  summary: 'Gives up a draft for good.',
  params: TenderParams,
  reply: Nothing,
  refusals: [...deskCodes, 'tender.move-not-allowed'],
});

export const readTender = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId',
  access: 'public',
  summary: 'A published tender: its notice, lots, files and officers, and where the log holds the publication.',
  params: TenderParams,
  reply: TenderStory,
  refusals: ['tender.unknown'],
});

export const printNotice = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId/notice.pdf',
  access: 'public',
  summary: 'The notice of a published tender as a sealed paper.',
  params: TenderParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['tender.unknown'],
  wire: { reply: 'bytes' },
});

export const readTenderFile = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId/files/:sha256',
  access: 'public',
  summary: 'A file of a published tender, byte for byte; whole or in ranges.',
  params: z.object({ tenderId: Id, sha256: Sha256Hex }),
  reply: z.instanceof(Uint8Array),
  refusals: ['tender.unknown', 'tender.no-such-file'],
  wire: { reply: 'bytes' },
});

export const takeDocuments = endpoint({
  method: 'POST',
  path: '/tenders/:tenderId/taking',
  access: 'documents:take',
  summary:
    'Puts on record, for the tender’s own staff only, that this bidder took the documents: changes reach it, and it may challenge them.',
  params: TenderParams,
  reply: z.object({ takenAt: Instant }),
  refusals: ['tender.unknown', 'tender.documents-not-yet', 'tender.documents-over', 'blacklist.forbidden'],
});

export const readTaking = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId/taking',
  access: 'documents:take',
  summary: 'Whether the own organisation took the documents, and when.',
  params: TenderParams,
  reply: z.object({ takenAt: Instant.nullable(), from: Day, until: Day, open: z.boolean() }),
  refusals: ['tender.unknown'],
});

export const listTakers = endpoint({
  method: 'GET',
  path: '/desk/tenders/:tenderId/takers',
  access: 'tender:compose',
  summary: 'Who took the documents of a tender, for its own staff and nobody else.',
  params: TenderParams,
  reply: z.object({
    rows: z.array(
      z.object({ organisationId: Id, name: z.string(), uscc: z.string(), contact: z.string(), takenAt: Instant }),
    ),
  }),
  refusals: deskCodes,
});

export const tenderingEndpoints = {
  createTender,
  listOwnTenders,
  readDesk,
  saveDraft,
  attachFile,
  detachFile,
  readDeskFile,
  readVerdict,
  listOfficers,
  submitTenderForCheck,
  prepareAct,
  confirmTender,
  returnTender,
  publishTender,
  discardTender,
  readTender,
  printNotice,
  readTenderFile,
  takeDocuments,
  readTaking,
  listTakers,
};
