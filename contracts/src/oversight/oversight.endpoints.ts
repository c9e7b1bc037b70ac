import { z } from 'zod';
import { endpoint } from '../kernel/endpoint.ts';
import { Id } from '../kernel/id.ts';
import { BoardQuery, BoardReply, DeskReply, LotFile } from './oversight.schema.ts';

export const readDesk = endpoint({
  method: 'GET',
  path: '/desk',
  access: 'signed-in',
  summary: 'What the signed-in person has to do, most urgent first: verb, tender, until when, by which article.',
  reply: DeskReply,
  refusals: [],
});

export const readBoard = endpoint({
  method: 'GET',
  path: '/oversight/board',
  access: 'oversight:read',
  summary: 'Every published lot with its state, its next legal limit and its lights, red first.',
  query: BoardQuery,
  reply: BoardReply,
  refusals: ['oversight.bad-cursor'],
});

export const readLotFile = endpoint({
  method: 'GET',
  path: '/oversight/lots/:lotId',
  access: 'oversight:read',
  summary: 'Everything recorded of a lot: events, qualification, panel, result.',
  params: z.object({ lotId: Id }),
  reply: LotFile,
  refusals: ['oversight.no-such-lot'],
});

export const oversightEndpoints = { readDesk, readBoard, readLotFile };
