import { z } from 'zod';
import { Hex, Sha256Hex, SignatureHex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { PrecheckItem } from '../trust/officer.ts';
import { Keyring } from '../trust/envelope/keyring.ts';
import { OfficerGroupId } from './tender.schema.ts';

/** How long a proof that an officer holds the key stands: longer than most notices run, shorter than keys are forgotten. */
export const acceptanceDays = 90;

/** A tender that names the caller as an officer, and whether the caller has accepted. */
export const Appointment = z.object({
  tenderId: Id,
  code: z.string(),
  title: z.string(),
  purchaser: z.string(),
  group: OfficerGroupId,
  deadline: Instant.nullable(),
  published: z.boolean(),
  acceptedAt: Instant.nullable(),
});
export type Appointment = z.infer<typeof Appointment>;

/** What an officer's desk knows before bids close. */
export const AppointmentDesk = z.object({
  now: Instant,
  /** The certificate that shares would be sealed to, and until when its last proof stands. */
  certificate: z
    .object({
      fingerprint: Sha256Hex,
      notAfter: Instant,
      provenAt: Instant.nullable(),
      provenUntil: Instant.nullable(),
    })
    .nullable(),
  rows: z.array(Appointment),
});
export type AppointmentDesk = z.infer<typeof AppointmentDesk>;

/** A share sealed to the caller's certificate for it to be opened: `answerOpenerTest` of trust answers it. */
export const OpenerTestReply = z.object({ item: PrecheckItem, madeAt: Instant });

/** What the officer signs (`openerAcceptAct`): anything else is refused. */
export const OpenerAcceptAct = z.strictObject({
  v: z.literal('xinbiao/act/v1'),
  type: z.literal('opener.accept'),
  by: z.strictObject({ person: z.string(), organisation: z.string().nullable(), uscc: z.string().nullable() }),
  officer: Sha256Hex,
  test: Sha256Hex,
  answer: Sha256Hex,
  tenders: z.array(Id).max(200),
});
export type OpenerAcceptAct = z.infer<typeof OpenerAcceptAct>;

/** An officer's proof as anybody may check it: the signed act, the log entry, and the seed from which the test is dealt again. */
export const OpenerProof = z.object({
  officer: Sha256Hex,
  at: Instant,
  leaf: Sha256Hex,
  seed: Sha256Hex,
  act: z.string(),
  signature: Hex,
});
export type OpenerProof = z.infer<typeof OpenerProof>;

export const changeReasons = ['keyLost', 'keyCompromised', 'left', 'conflict', 'other'] as const;
export const ChangeReason = z.enum(changeReasons);
export type ChangeReason = z.infer<typeof ChangeReason>;

/** Who leaves the keyring, by certificate, and who comes in. The same seat may come in again with another certificate. */
export const OfficerChangeBody = z.object({
  out: z.array(Sha256Hex).min(1).max(16),
  in: z.array(z.strictObject({ group: OfficerGroupId, seatId: Id })).max(16),
  reason: ChangeReason,
});
export type OfficerChangeBody = z.infer<typeof OfficerChangeBody>;

/** One version of a notice: the publication, and every amendment after it. Envelopes name the one they were sealed under. */
export const NoticeVersion = z.object({
  no: z.int().min(1),
  kind: z.enum(['publish', 'amend']),
  at: Instant,
  /** Leaf hash of its log entry: `noticeHash` of envelopes. */
  leaf: Sha256Hex,
  /** SHA-256 of the signed act. */
  act: Sha256Hex,
  keyringHash: Sha256Hex,
  keyring: Keyring,
  /** Officers who had left by then, by certificate, from whatever keyring. */
  gone: z.array(Sha256Hex),
});
export type NoticeVersion = z.infer<typeof NoticeVersion>;

/** How it stands with one of the officers of a published tender, as the tender's staff see it. */
export const OfficerStanding = z.object({
  group: z.string(),
  x: z.int(),
  certSha256: Sha256Hex,
  name: z.string(),
  organisation: z.string(),
  keyUntil: Instant,
  state: z.enum(['ready', 'revoked', 'expires', 'seatClosed']),
});
export type OfficerStanding = z.infer<typeof OfficerStanding>;

/** What the tender's staff see when officers are to be replaced. Whether anybody has bid is not in it, and changes nothing in it. */
export const OfficerChangeDesk = z.object({
  now: Instant,
  deadline: Instant,
  notice: z.object({ no: z.int(), leaf: Sha256Hex, keyringHash: Sha256Hex }),
  officers: z.array(OfficerStanding),
  candidates: z.array(
    z.object({
      seatId: Id,
      group: OfficerGroupId,
      name: z.string(),
      organisation: z.string(),
      certificate: z.object({ fingerprint: Sha256Hex, notAfter: Instant, provenUntil: Instant.nullable() }).nullable(),
    }),
  ),
  /** The change that waits for a second person, if any. */
  pending: OfficerChangeBody.extend({ by: z.string(), at: Instant, own: z.boolean() }).nullable(),
  /** Until when officers may be replaced without moving the deadline first. */
  until: Instant,
});
export type OfficerChangeDesk = z.infer<typeof OfficerChangeDesk>;

/** An amendment act holds a whole keyring. */
export const LongOfficerAct = z.object({ act: z.string().min(2).max(600_000), signature: SignatureHex });
