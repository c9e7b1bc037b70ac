import { endpoint } from '../kernel/endpoint.ts';
import { signedActCodes } from '../identity/index.ts';
import {
  CommitBody,
  ContributorChoices,
  ContributorsQuery,
  DeclineDrawnBody,
  DrawParams,
  DrawsPage,
  DrawsQuery,
  DrawView,
  EscrowBody,
  MyDraws,
  ProposeDrawBody,
  RevealContributionBody,
  SharesBody,
} from './draw.schema.ts';
import { SignedActBody } from '../identity/index.ts';

/** What every draw may be refused for when it is asked for. */
export const proposalCodes = [
  'draw.too-many',
  'draw.twice',
  'draw.too-few-taken',
  'draw.pool-too-small',
  'draw.party-twice',
  'draw.not-independent',
  'draw.no-key',
  'draw.other-suite',
  'draw.not-a-repeat',
] as const;

export const listDraws = endpoint({
  method: 'GET',
  path: '/draws',
  access: 'public',
  summary: 'All draws, void ones included, newest first.',
  query: DrawsQuery,
  reply: DrawsPage,
  refusals: [],
});

export const listMyDraws = endpoint({
  method: 'GET',
  path: '/draws/mine',
  access: 'certificate:hold',
  summary: 'Draws that the caller contributes to, or may join, and what they wait for.',
  reply: MyDraws,
  refusals: [],
});

export const listContributors = endpoint({
  method: 'GET',
  path: '/draws/contributors',
  access: 'draw:propose',
  summary:
    'Seats that can be asked to contribute to a draw of a suite: supervision, notaries, trading centre, and one’s own side.',
  query: ContributorsQuery,
  reply: ContributorChoices,
  refusals: [],
});

export const readDraw = endpoint({
  method: 'GET',
  path: '/draws/:drawId',
  access: 'public',
  summary: 'One draw with every step, and, once it is over, everything needed to hold it again.',
  params: DrawParams,
  reply: DrawView,
  refusals: ['draw.unknown'],
});

export const proposeDraw = endpoint({
  method: 'POST',
  path: '/draws',
  access: 'draw:propose',
  summary: 'Asks by signature for a draw of invited bidders, inspection targets or a coefficient. Act: proposeDrawAct.',
  body: ProposeDrawBody,
  reply: DrawView,
  refusals: [...signedActCodes, ...proposalCodes],
});

export const joinDraw = endpoint({
  method: 'POST',
  path: '/draws/:drawId/contributors',
  access: 'certificate:hold',
  summary: 'Joins a draw as a contributor while it is open to join. Act: joinDrawAct.',
  params: DrawParams,
  body: SignedActBody,
  reply: DrawView,
  refusals: [
    ...signedActCodes,
    'draw.unknown',
    'draw.wrong-state',
    'draw.too-late',
    'draw.may-not-join',
    'draw.party-twice',
    'draw.too-many',
    'draw.no-key',
    'draw.other-suite',
  ],
});

export const commitContribution = endpoint({
  method: 'POST',
  path: '/draws/:drawId/commitments',
  access: 'certificate:hold',
  summary: 'Commits to a contribution without saying anything about it. Act: commitDrawAct.',
  params: DrawParams,
  body: CommitBody,
  reply: DrawView,
  refusals: [
    ...signedActCodes,
    'draw.unknown',
    'draw.wrong-state',
    'draw.too-late',
    'draw.not-a-contributor',
    'draw.already-done',
  ],
});

export const escrowContribution = endpoint({
  method: 'POST',
  path: '/draws/:drawId/escrows',
  access: 'certificate:hold',
  summary: 'Deals the contribution to the others, once the commitments stand in the log. Act: escrowDrawAct.',
  params: DrawParams,
  body: EscrowBody,
  reply: DrawView,
  refusals: [
    ...signedActCodes,
    'draw.unknown',
    'draw.wrong-state',
    'draw.too-late',
    'draw.not-a-contributor',
    'draw.already-done',
    'draw.freeze-not-logged',
    'draw.escrow-wrong',
  ],
});

export const revealContribution = endpoint({
  method: 'POST',
  path: '/draws/:drawId/reveals',
  access: 'certificate:hold',
  summary: 'Reveals a contribution; it must be the one committed to. The last one brings the result.',
  params: DrawParams,
  body: RevealContributionBody,
  reply: DrawView,
  refusals: ['draw.unknown', 'draw.wrong-state', 'draw.not-a-contributor', 'draw.not-committed'],
});

export const giveDrawShares = endpoint({
  method: 'POST',
  path: '/draws/:drawId/shares',
  access: 'certificate:hold',
  summary: 'Gives one’s shares of contributions that were not revealed in time; enough of them bring these back.',
  params: DrawParams,
  body: SharesBody,
  reply: DrawView,
  refusals: ['draw.unknown', 'draw.wrong-state', 'draw.not-a-contributor', 'draw.share-wrong'],
});

export const declineDrawn = endpoint({
  method: 'POST',
  path: '/draws/:drawId/declines',
  access: 'draw:propose',
  summary: 'Says that somebody drawn does not come: the next reserve does. Act: declineDrawnAct.',
  params: DrawParams,
  body: DeclineDrawnBody,
  reply: DrawView,
  refusals: [...signedActCodes, 'draw.unknown', 'draw.not-drawn', 'draw.not-yours', 'draw.not-standing'],
});

export const drawEndpoints = {
  listDraws,
  listMyDraws,
  listContributors,
  readDraw,
  proposeDraw,
  joinDraw,
  commitContribution,
  escrowContribution,
  revealContribution,
  giveDrawShares,
  declineDrawn,
};
