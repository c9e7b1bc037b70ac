import { z } from 'zod';
import { LotParams } from '../bidding/bid.schema.ts';
import { signedActCodes } from '../identity/identity.refusals.ts';
import { endpoint } from '../kernel/endpoint.ts';
import {
  AnnounceBody,
  Announced,
  AnswerBody,
  BidParams,
  DecisionBody,
  Desk,
  Dispute,
  DisputeFile,
  DisputeParams,
  Evidence,
  GateBody,
  Omission,
  OmissionBody,
  OmissionParams,
  OpeningEvent,
  OpeningRecord,
  OpeningRemark,
  OpeningView,
  OwnCourse,
  PricePieceParams,
  PublicPrice,
  RebuttalBody,
  RecoveryBody,
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

export const announceBatch = endpoint({
  method: 'POST',
  path: '/lots/:lotId/releases/announcement',
  access: 'opening:release',
  summary:
    'Logs the hash of an officer’s batch (`batchAct`) before the batch is revealed. The same hash again changes nothing.',
  params: LotParams,
  body: AnnounceBody,
  reply: Announced,
  refusals: [
    'lot.unknown',
    'opening.not-closed',
    'opening.not-an-officer',
    'opening.over',
    'opening.objecting',
    'opening.halted',
    'opening.already-released',
    'opening.other-close',
    'opening.too-many-batches',
    ...signedActCodes,
  ],
});

export const releaseShares = endpoint({
  method: 'POST',
  path: '/lots/:lotId/releases',
  access: 'opening:release',
  summary:
    'Takes an officer’s signed batch (`releaseAct`), whose hash was announced: all bids of the close document or none. The last one needed opens the bids.',
  params: LotParams,
  body: ReleaseBody,
  reply: ReleaseReply,
  refusals: [
    'lot.unknown',
    'opening.not-closed',
    'opening.not-an-officer',
    'opening.over',
    'opening.objecting',
    'opening.halted',
    'opening.already-released',
    'opening.batch-not-announced',
    'opening.batch-not-logged',
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

export const reportOmission = endpoint({
  method: 'POST',
  path: '/lots/:lotId/omissions',
  access: 'bid:submit',
  summary:
    'A bidder shows by its receipt that its bid is missing from the close list (`omissionAct`). Proven, it stops the opening.',
  params: LotParams,
  body: OmissionBody,
  reply: Omission,
  refusals: [
    'lot.unknown',
    'opening.not-closed',
    'opening.over',
    'opening.other-close',
    'opening.omission-not-proven',
    'opening.omission-known',
    ...signedActCodes,
  ],
});

export const decideOmission = endpoint({
  method: 'POST',
  path: '/lots/:lotId/omissions/:omissionId/decision',
  access: 'opening:supervise',
  summary: 'The supervisor’s finding on a proven omission (`decisionAct`); the lot then fails by rule.',
  params: OmissionParams,
  body: DecisionBody,
  reply: Omission,
  refusals: ['lot.unknown', 'opening.omission-unknown', ...signedActCodes],
});

export const readOwnCourse = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening/own',
  access: 'bid:submit',
  summary: 'The caller’s own bid in an opening: what is asked of its bidder now.',
  params: LotParams,
  reply: OwnCourse,
  refusals: ['lot.unknown', 'opening.not-your-bid'],
});

export const recoverBid = endpoint({
  method: 'POST',
  path: '/lots/:lotId/recoveries',
  access: 'bid:submit',
  summary:
    'A bidder opens its own bid where too few officers came (`recoveryAct`); a key that the manifest does not commit to is refused.',
  params: LotParams,
  body: RecoveryBody,
  reply: OwnCourse,
  refusals: [
    'lot.unknown',
    'opening.not-your-bid',
    'opening.no-recovery-now',
    'opening.recovery-altered',
    'opening.already-recovered',
    ...signedActCodes,
  ],
});

export const releaseGates = endpoint({
  method: 'POST',
  path: '/lots/:lotId/gates',
  access: 'bid:submit',
  summary:
    'A bidder decrypts: adds its own key to the officers’ (`gateAct`). A wrong one is refused and may be tried again.',
  params: LotParams,
  body: GateBody,
  reply: OwnCourse,
  refusals: [
    'lot.unknown',
    'opening.not-your-bid',
    'opening.no-gate-now',
    'opening.gate-differs',
    'opening.gate-released',
    ...signedActCodes,
  ],
});

export const answerDispute = endpoint({
  method: 'POST',
  path: '/lots/:lotId/disputes/:disputeId/rebuttal',
  access: 'bid:submit',
  summary: 'A bidder answers a complaint with one scalar (`rebuttalAct`), from which anybody judges who was right.',
  params: DisputeParams,
  body: RebuttalBody,
  reply: Dispute,
  refusals: [
    'lot.unknown',
    'opening.not-your-bid',
    'opening.dispute-unknown',
    'opening.rebuttal-differs',
    ...signedActCodes,
  ],
});

export const readDispute = endpoint({
  method: 'GET',
  path: '/lots/:lotId/disputes/:disputeId',
  access: 'public',
  summary: 'A dispute with everything needed to judge it again.',
  params: DisputeParams,
  reply: DisputeFile,
  refusals: ['lot.unknown', 'opening.dispute-unknown'],
});

export const readEvidence = endpoint({
  method: 'GET',
  path: '/lots/:lotId/opening/bids/:bidId/evidence',
  access: 'public',
  summary:
    'Why a bid was named faulty, with what is needed to check it; what would show more than its price only to supervision and to its bidder.',
  params: BidParams,
  reply: Evidence,
  refusals: ['opening.bid-unknown'],
});
