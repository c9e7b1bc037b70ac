import { z } from 'zod';
import { Id } from '../kernel/id.ts';
import { FenText } from '../kernel/money.ts';
import { optionalText, text } from '../kernel/text.ts';
import { Day, Instant } from '../kernel/time.ts';

/** A licence or qualification of the company. */
const Qualification = z.object({
  kind: z.literal('qualification'),
  name: text(100),
  number: text(100),
  issuer: text(100),
  from: Day.nullable(),
  until: Day.nullable(),
});
/** Somebody of the company who holds a certificate; no identity number is kept. */
const QualifiedPerson = z.object({
  kind: z.literal('person'),
  name: text(40),
  title: optionalText(60),
  certificate: text(100),
  number: text(100),
  until: Day.nullable(),
});
/** A contract the company has performed. */
const PastContract = z.object({
  kind: z.literal('contract'),
  name: text(200),
  client: text(100),
  amount: FenText,
  signedOn: Day,
  completedOn: Day.nullable(),
  contact: optionalText(100),
});

/** One thing a company fills in once and uses in every bid. */
export const LibraryContent = z.discriminatedUnion('kind', [Qualification, QualifiedPerson, PastContract]);
export type LibraryContent = z.infer<typeof LibraryContent>;
export const LibraryFile = z.object({ fileId: Id, name: z.string(), size: z.int(), sha256: z.string() });
export const LibraryItemBody = z.object({ content: LibraryContent, fileIds: z.array(Id).max(10) });
export const LibraryItem = z.object({
  id: Id,
  content: LibraryContent,
  files: z.array(LibraryFile),
  until: Day.nullable(),
  expired: z.boolean(),
  changedAt: Instant,
  changedBy: z.string(),
  version: z.int(),
});
export type LibraryItem = z.infer<typeof LibraryItem>;
export const LibraryQuery = z.object({ kind: z.enum(['qualification', 'person', 'contract']).optional() });
