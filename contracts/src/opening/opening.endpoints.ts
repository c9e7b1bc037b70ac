import { z } from 'zod';
import { LotParams } from '../bidding/bid.schema.ts';
import { signedActCodes } from '../identity/identity.refusals.ts';
import { endpoint } from '../kernel/endpoint.ts';
import {
  AnswerBody,
  BidParams,
  Desk,
  OpeningEvent,
  OpeningRecord,
  OpeningRemark,
  OpeningView,
  PricePieceParams,
  PublicPrice,
  ReleaseBatch,
  ReleaseBody,
  ReleaseReply,
  RemarkBody,
  RemarkParams,
} from './opening.schema.ts';

export const listOpenings = endpoint({
  method: 'GET',
  path: '/openings',
  access: 'opening:release',
  summary: 'The lots whose keyring names the caller as an officer, the next to open first.',
  reply: Desk,
  refusals: [],
});

export const readOpening = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening',
  access: 'public',
  summary: 'The opening hall: who opens, who has released, what was read out. Before close nothing of any bid.',
  params: LotParams,
  reply: OpeningView,
  refusals: ['lot.unknown'],
});

export const readReleaseBatch = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening/batch',
  access: 'opening:release',
  summary: 'Manifests and signatures of every bid that counts, for an officer of the lot, after close only.',
  params: LotParams,
  reply: ReleaseBatch,
  refusals: ['lot.unknown', 'opening.not-closed', 'opening.not-an-officer', 'opening.over'],
});

export const releaseShares = endpoint({
  method: 'POST',
  path: '/lots/:lotId/releases',
  access: 'opening:release',
  summary:
    'Takes an officer’s signed batch (`releaseAct`): all bids of the close document or none. The last one needed opens the bids.',
  params: LotParams,
  body: ReleaseBody,
  reply: ReleaseReply,
  refusals: [
    'lot.unknown',
    'opening.not-closed',
    'opening.not-an-officer',
    'opening.over',
    'opening.already-released',
    'opening.other-close',
    'opening.batch-differs',
    'opening.batch-incomplete',
    'opening.share-not-committed',
    ...signedActCodes,
  ],
});

export const watchOpening = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening/events',
  access: 'public',
  summary: 'Tells live that the opening hall has changed (server-sent events); the view itself is read again.',
  params: LotParams,
  reply: OpeningEvent,
  refusals: ['lot.unknown'],
  wire: { reply: 'events' },
});

export const readPublicPrice = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening/bids/:bidId',
  access: 'public',
  summary: 'The key and description of an opened bid’s price part, with which anybody can open it again.',
  params: BidParams,
  reply: PublicPrice,
  refusals: ['opening.bid-unknown'],
});

export const readPricePiece = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening/bids/:bidId/pieces/:sha256',
  access: 'public',
  summary: 'A piece of an opened bid’s price part, as it was received.',
  params: PricePieceParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['opening.bid-unknown'],
  wire: { reply: 'bytes' },
});

export const readOpeningRecord = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening/record',
  access: 'public',
  summary: 'The opening record as data: what was read out, who opened, what bidders said.',
  params: LotParams,
  reply: OpeningRecord,
  refusals: ['opening.no-record'],
});

export const printOpeningRecord = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening/record.pdf',
  access: 'public',
  summary: 'The opening record as a signed paper.',
  params: LotParams,
  query: z.object({ lang: z.enum(['zh', 'en']).default('zh') }),
  reply: z.instanceof(Uint8Array),
  refusals: ['opening.no-record'],
  wire: { reply: 'bytes' },
});

export const remarkOnOpening = endpoint({
  method: 'POST',
  path: '/lots/:lotId/opening/remarks',
  access: 'bid:submit',
  summary: 'A bidder confirms the record, or objects on the spot (`remarkAct`).',
  params: LotParams,
  body: RemarkBody,
  reply: OpeningRemark,
  refusals: [
    'lot.unknown',
    'opening.not-opened',
    'opening.no-bid',
    'opening.already-confirmed',
    'opening.objection-empty',
    ...signedActCodes,
  ],
});

export const answerRemark = endpoint({
  method: 'POST',
  path: '/lots/:lotId/opening/remarks/:remarkId/answer',
  access: 'tender:qualify',
  summary: 'The purchaser’s side answers an objection at the opening (`answerAct`).',
  params: RemarkParams,
  body: AnswerBody,
  reply: OpeningRemark,
  refusals: ['lot.unknown', 'opening.remark-unknown', 'opening.not-your-tender', ...signedActCodes],
});
