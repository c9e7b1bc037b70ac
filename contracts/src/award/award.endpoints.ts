import { z } from 'zod';
import { endpoint } from '../kernel/endpoint.ts';
import { Id } from '../kernel/id.ts';
import { proposalCodes } from '../draw/index.ts';
import { signedActCodes } from '../identity/index.ts';
import {
  AwardBody,
  AwardReply,
  DecisionReply,
  LotParams,
  OwnResult,
  ResultNotice,
  TieDrawBody,
} from './award.schema.ts';

export const readDecision = endpoint({
  method: 'GET',
  path: '/lots/:lotId/decision',
  access: 'signed-in',
  summary: 'The ranking that the purchaser decides on, with limits and articles; for purchaser and agency.',
  params: LotParams,
  reply: DecisionReply,
  refusals: ['award.no-such-lot', 'award.not-your-tender'],
});

export const decideAward = endpoint({
  method: 'POST',
  path: '/lots/:lotId/award',
  access: 'award:decide',
  summary: 'Awards the lot to rank 1 by signature, publishes the result and issues the letter. Act: awardAct.',
  params: LotParams,
  body: AwardBody,
  reply: AwardReply,
  refusals: [
    ...signedActCodes,
    'award.no-such-lot',
    'award.not-your-tender',
    'award.not-ranked',
    'award.not-first',
    'award.tie-needs-reason',
    'award.draw-runs',
    'award.not-drawn',
  ],
});

export const drawAmongEquals = endpoint({
  method: 'POST',
  path: '/lots/:lotId/tie-draw',
  access: 'panel:appoint',
  summary: 'Asks by signature that a draw settle among the bids that share the first rank. Act: tieDrawAct.',
  params: LotParams,
  body: TieDrawBody,
  reply: DecisionReply,
  refusals: [
    ...signedActCodes,
    ...proposalCodes,
    'award.no-such-lot',
    'award.not-your-tender',
    'award.not-ranked',
    'award.no-tie',
    'award.draw-runs',
  ],
});

export const readResultNotice = endpoint({
  method: 'GET',
  path: '/lots/:lotId/result',
  access: 'public',
  summary: 'The result notice of a lot that was awarded or failed.',
  params: LotParams,
  reply: ResultNotice,
  refusals: ['award.no-such-lot', 'award.no-result'],
});

export const readResultPaper = endpoint({
  method: 'GET',
  path: '/lots/:lotId/result.pdf',
  access: 'public',
  summary: 'The result notice on paper.',
  params: LotParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['award.no-such-lot', 'award.no-result'],
  wire: { reply: 'bytes' },
});

export const readLetter = endpoint({
  method: 'GET',
  path: '/lots/:lotId/award/letter.pdf',
  access: 'signed-in',
  summary: 'The award letter, for the winner, the tender’s staff and supervision.',
  params: LotParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['award.no-such-lot', 'award.no-letter'],
  wire: { reply: 'bytes' },
});

export const readOwnResult = endpoint({
  method: 'GET',
  path: '/bids/mine/:bidId/result',
  access: 'bid:submit',
  summary: 'A bidder’s own scores, rank and reasons, once the result is public.',
  params: z.object({ bidId: Id }),
  reply: OwnResult,
  refusals: ['award.not-your-bid', 'award.no-result'],
});

export const awardEndpoints = {
  readDecision,
  decideAward,
  drawAmongEquals,
  readResultNotice,
  readResultPaper,
  readLetter,
  readOwnResult,
};
