import { z } from 'zod';
import { signedActCodes } from '../identity/identity.refusals.ts';
import { SignedActBody } from '../identity/act.schema.ts';
import { Nothing, endpoint } from '../kernel/endpoint.ts';
import {
  BidEnding,
  BidReceipt,
  ClosePage,
  EnvelopeParams,
  FinalizeBody,
  LotParams,
  MyBids,
  OpenEnvelopeBody,
  OpenedEnvelope,
  OwnManifest,
  PieceParams,
  PresentPieces,
  ReceiptQuery,
  SealingFacts,
  StoredPiece,
} from './bid.schema.ts';

export const readSealing = endpoint({
  method: 'GET',
  path: '/lots/:lotId/sealing',
  access: 'bid:submit',
  summary:
    'Everything a bidder needs to seal a bid for a lot: notice, keyring, own head, form, and what stands in the way.',
  params: LotParams,
  reply: SealingFacts,
  refusals: ['lot.unknown', 'bid.no-organisation'],
});

export const openEnvelope = endpoint({
  method: 'POST',
  path: '/lots/:lotId/envelopes',
  access: 'bid:submit',
  summary: 'Begins an envelope and fixes its context; nothing is a bid before it is finalised.',
  params: LotParams,
  body: OpenEnvelopeBody,
  reply: OpenedEnvelope,
  refusals: [
    'lot.unknown',
    'bid.no-organisation',
    'bid.lot-not-open',
    'bid.after-deadline',
    'bid.organisation-not-active',
    'bid.no-certificate',
    'bid.other-suite',
    'bid.no-encryption-certificate',
    'blacklist.forbidden',
    'bid.too-many-open',
  ],
});

export const abandonEnvelope = endpoint({
  method: 'DELETE',
  path: '/envelopes/:envelopeId',
  access: 'bid:submit',
  summary: 'Gives up an unfinished envelope; its pieces are deleted.',
  params: EnvelopeParams,
  reply: Nothing,
  refusals: ['bid.envelope-unknown', 'bid.envelope-not-open'],
});

export const listPieces = endpoint({
  method: 'GET',
  path: '/envelopes/:envelopeId/pieces',
  access: 'bid:submit',
  summary: 'The pieces of an own envelope that have arrived whole, so that an upload can go on where it stopped.',
  params: EnvelopeParams,
  reply: PresentPieces,
  refusals: ['bid.envelope-unknown'],
});

export const putPiece = endpoint({
  method: 'PUT',
  path: '/envelopes/:envelopeId/pieces/:sha256',
  access: 'bid:submit',
  summary:
    'Stores one piece of ciphertext under its hash, durably before it answers; sending it again changes nothing.',
  params: PieceParams,
  reply: StoredPiece,
  refusals: [
    'bid.envelope-unknown',
    'bid.envelope-not-open',
    'bid.lot-not-open',
    'bid.after-deadline',
    'bid.piece-too-large',
    'bid.piece-differs',
    'bid.quota-exceeded',
  ],
  wire: { body: 'bytes' },
});

export const readOwnPiece = endpoint({
  method: 'GET',
  path: '/envelopes/:envelopeId/pieces/:sha256',
  access: 'bid:submit',
  summary: 'One piece of an own envelope, as it was received.',
  params: PieceParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['bid.envelope-unknown', 'bid.piece-unknown'],
  wire: { reply: 'bytes' },
});

export const finalizeEnvelope = endpoint({
  method: 'POST',
  path: '/envelopes/:envelopeId/finalize',
  access: 'bid:submit',
  summary:
    'Hands the bid in: checks the sealed envelope unread, takes it into the log and answers with the receipt. Asking again gives the same receipt.',
  params: EnvelopeParams,
  body: FinalizeBody,
  reply: BidReceipt,
  refusals: [
    'bid.envelope-unknown',
    'bid.envelope-not-open',
    'bid.lot-not-open',
    'bid.after-deadline',
    'bid.pieces-missing',
    'bid.manifest-refused',
    'bid.manifest-differs',
    'bid.notice-amended',
    'bid.foreign-certificate',
    'bid.timestamp-refused',
    'bid.timestamp-late',
    'bid.redelivery-over',
    'bid.redelivery-unproven',
    'bid.copied',
    'bid.head-moved',
    'bid.no-organisation',
    'bid.organisation-not-active',
    'blacklist.forbidden',
    ...signedActCodes,
  ],
});

export const readOwnManifest = endpoint({
  method: 'GET',
  path: '/envelopes/:envelopeId/manifest',
  access: 'bid:submit',
  summary: 'The manifest and signature of an own envelope, as handed in.',
  params: EnvelopeParams,
  reply: OwnManifest,
  refusals: ['bid.envelope-unknown'],
});

export const readReceipt = endpoint({
  method: 'GET',
  path: '/envelopes/:envelopeId/receipt',
  access: 'bid:submit',
  summary: 'The receipt file of an own bid or of its withdrawal, with the newest checkpoint.',
  params: EnvelopeParams,
  query: ReceiptQuery,
  reply: z.string(),
  refusals: ['bid.envelope-unknown', 'bid.no-receipt'],
  wire: { reply: 'text' },
});

export const readEnding = endpoint({
  method: 'GET',
  path: '/envelopes/:envelopeId/ending',
  access: 'bid:submit',
  summary:
    'What the bidder signed to take an own bid back or to replace it, to be compared with what the log says of it.',
  params: EnvelopeParams,
  reply: BidEnding,
  refusals: ['bid.envelope-unknown', 'bid.no-receipt'],
});

export const printReceipt = endpoint({
  method: 'GET',
  path: '/envelopes/:envelopeId/receipt.pdf',
  access: 'bid:submit',
  summary: 'The receipt of an own bid as a sealed paper, for printing; the proof is the receipt file.',
  params: EnvelopeParams,
  query: z.object({ lang: z.enum(['zh', 'en']).default('zh') }),
  reply: z.instanceof(Uint8Array),
  refusals: ['bid.envelope-unknown', 'bid.no-receipt'],
  wire: { reply: 'bytes' },
});

export const withdrawBid = endpoint({
  method: 'POST',
  path: '/lots/:lotId/withdraw',
  access: 'bid:submit',
  summary: 'Takes the bid back: the signed act `withdrawAct` enters the log, then the ciphertext is deleted.',
  params: LotParams,
  body: SignedActBody,
  reply: BidReceipt,
  refusals: [
    'lot.unknown',
    'bid.no-organisation',
    'bid.lot-not-open',
    'bid.after-deadline',
    'bid.nothing-to-withdraw',
    ...signedActCodes,
  ],
});

export const listMyBids = endpoint({
  method: 'GET',
  path: '/bids/mine',
  access: 'bid:submit',
  summary: 'All bids of the own organisation with every envelope handed in, newest first.',
  reply: MyBids,
  refusals: ['bid.no-organisation'],
});

export const readClose = endpoint({
  method: 'GET',
  path: '/lots/:lotId/close',
  access: 'public',
  summary: 'The close document of a lot, byte for byte as its hash stands in the log.',
  params: LotParams,
  reply: ClosePage,
  refusals: ['bid.not-closed'],
});
