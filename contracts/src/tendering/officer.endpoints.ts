import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { endpoint, Nothing } from '../kernel/endpoint.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { SignedActBody } from '../identity/act.schema.ts';
import { signedActCodes } from '../identity/index.ts';
import {
  AppointmentDesk,
  LongOfficerAct,
  NoticeVersion,
  OfficerChangeBody,
  OfficerChangeDesk,
  OpenerProof,
  OpenerTestReply,
} from './officer.schema.ts';

const TenderParams = z.object({ tenderId: Id });

export const listAppointments = endpoint({
  method: 'GET',
  path: '/officer/appointments',
  access: 'opening:release',
  summary:
    'The tenders that name the caller as an officer before their bids close, and how the caller’s own key stands.',
  reply: AppointmentDesk,
  refusals: [],
});

export const requestOpenerTest = endpoint({
  method: 'POST',
  path: '/officer/test',
  access: 'opening:release',
  summary: 'Seals a test share to the caller’s encryption certificate; a new test replaces an unanswered one.',
  reply: OpenerTestReply,
  refusals: ['officer.no-certificate'],
});

export const acceptAppointments = endpoint({
  method: 'POST',
  path: '/officer/acceptances',
  access: 'opening:release',
  summary:
    'The caller proves to hold the key and accepts the named tenders (`openerAcceptAct`); the proof enters the public log and stands for 90 days.',
  body: SignedActBody,
  reply: AppointmentDesk,
  refusals: [
    'officer.no-certificate',
    'officer.no-test',
    'officer.wrong-answer',
    'officer.not-named',
    ...signedActCodes,
  ],
});

export const readAcceptances = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId/acceptances',
  access: 'public',
  summary:
    'For every officer of a published tender the proof of possession that stood when the notice named the officer.',
  params: TenderParams,
  reply: z.object({ rows: z.array(OpenerProof) }),
  refusals: ['tender.unknown'],
});

export const listNotices = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId/notices',
  access: 'public',
  summary:
    'Every version of a published notice with its keyring, the publication first; envelopes name the one they were sealed under.',
  params: TenderParams,
  reply: z.object({ rows: z.array(NoticeVersion) }),
  refusals: ['tender.unknown'],
});

const deskCodes = ['tender.unknown', 'tender.not-yours', 'officers.not-published'] as const;
const changeCodes = [
  'officers.not-bidding',
  'officers.deadline-too-near',
  'officers.unknown-member',
  'officers.same-key',
  'tender.officer-not-entitled',
  'tender.officer-twice',
  'tender.officer-without-key',
  'tender.officer-not-accepted',
  'tender.officers-missing',
] as const;

export const readOfficerChange = endpoint({
  method: 'GET',
  path: '/desk/tenders/:tenderId/officer-change',
  access: 'tender:compose',
  summary: 'The officers of a published tender, who could replace them, and the change that waits for a second person.',
  params: TenderParams,
  reply: OfficerChangeDesk,
  refusals: deskCodes,
});

export const prepareOfficerChange = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/officer-change/act',
  access: 'tender:compose',
  summary: 'The act that proposing this change would have to carry, in canonical form.',
  params: TenderParams,
  body: OfficerChangeBody,
  reply: z.object({ act: z.string() }),
  refusals: [...deskCodes, ...changeCodes],
});

export const proposeOfficerChange = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/officer-change',
  access: 'tender:compose',
  summary:
    'Proposes by signature to replace officers (`proposeOfficersAct`); a later proposal replaces an earlier one.',
  params: TenderParams,
  body: OfficerChangeBody.extend(LongOfficerAct.shape),
  reply: OfficerChangeDesk,
  refusals: [...deskCodes, ...changeCodes, ...signedActCodes],
});

export const withdrawOfficerChange = endpoint({
  method: 'DELETE',
  path: '/desk/tenders/:tenderId/officer-change',
  access: 'tender:compose',
  summary: 'Drops a change that no second person has confirmed.',
  params: TenderParams,
  reply: Nothing,
  refusals: [...deskCodes, 'officers.nothing-pending'],
});

export const prepareAmendment = endpoint({
  method: 'GET',
  path: '/desk/tenders/:tenderId/amendment',
  access: 'tender:check',
  summary: 'The amendment that confirming the pending change would have to carry, in canonical form.',
  params: TenderParams,
  reply: z.object({ act: z.string() }),
  refusals: [...deskCodes, ...changeCodes, 'officers.nothing-pending', 'officers.same-person'],
});

export const amendOfficers = endpoint({
  method: 'POST',
  path: '/desk/tenders/:tenderId/amendment',
  access: 'tender:check',
  summary:
    'A second person amends the notice by signature (`amendAct`): from now on bids are sealed to the new keyring, and bidders who have sealed are asked to seal again.',
  params: TenderParams,
  body: LongOfficerAct,
  reply: z.object({ no: z.int(), at: Instant, noticeLeaf: Sha256Hex, keyringHash: Sha256Hex }),
  refusals: [...deskCodes, ...changeCodes, 'officers.nothing-pending', 'officers.same-person', ...signedActCodes],
});
