import { z } from 'zod';
import { endpoint } from '../kernel/endpoint.ts';
import {
  CalendarQuery,
  CalendarReply,
  HomeReply,
  HouseStatus,
  PublicTender,
  ResultsPage,
  ResultsQuery,
  TenderBundle,
  TenderParams,
  TendersPage,
  TendersQuery,
} from './publication.schema.ts';

export const readHome = endpoint({
  method: 'GET',
  path: '/public/home',
  access: 'public',
  summary: "Today's openings, the newest notices and results, and how many tenders are open.",
  reply: HomeReply,
  refusals: [],
});

export const findTenders = endpoint({
  method: 'GET',
  path: '/public/tenders',
  access: 'public',
  summary:
    'Published tenders, newest first or by deadline, narrowed by words, region, category, state, day and budget.',
  query: TendersQuery,
  reply: TendersPage,
  refusals: ['publication.bad-cursor'],
});

export const readTender = endpoint({
  method: 'GET',
  path: '/public/tenders/:tenderId',
  access: 'public',
  summary: "A tender's whole story: what is true now, what comes next, until when, and where the log records it.",
  params: TenderParams,
  reply: PublicTender,
  refusals: ['publication.no-such-tender'],
});

export const readBundle = endpoint({
  method: 'GET',
  path: '/public/tenders/:tenderId/bundle',
  access: 'public',
  summary: 'Everything public that is needed to check a tender offline.',
  params: TenderParams,
  reply: TenderBundle,
  refusals: ['publication.no-such-tender'],
});

export const readEvidence = endpoint({
  method: 'GET',
  path: '/public/tenders/:tenderId/evidence.tar',
  access: 'public',
  summary:
    'The evidence of a tender that has ended, as plain files in a tar that can be checked years later with no network.',
  params: TenderParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['publication.no-such-tender', 'publication.not-ended'],
  wire: { reply: 'bytes' },
});

export const readEntitledEvidence = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId/evidence/entitled.tar',
  access: 'signed-in',
  summary:
    'The same with what only those entitled may have: supervision gets all keys, shares and ciphertext, a bidder those of its own bids.',
  params: TenderParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['publication.no-such-tender', 'publication.not-ended', 'publication.not-entitled'],
  wire: { reply: 'bytes' },
});

export const readCalendar = endpoint({
  method: 'GET',
  path: '/public/calendar',
  access: 'public',
  summary: 'Openings from one day to another, at most 62 days, with working days marked.',
  query: CalendarQuery,
  reply: CalendarReply,
  refusals: ['publication.stretch-too-long'],
});

export const findResults = endpoint({
  method: 'GET',
  path: '/public/results',
  access: 'public',
  summary: 'Awards and failures, newest first.',
  query: ResultsQuery,
  reply: ResultsPage,
  refusals: ['publication.bad-cursor'],
});

export const readStatus = endpoint({
  method: 'GET',
  path: '/public/status',
  access: 'public',
  summary: 'Whether the house is well: clock, log, and what is not as it should be.',
  reply: HouseStatus,
  refusals: [],
});

export const publicationEndpoints = {
  readHome,
  findTenders,
  readTender,
  readBundle,
  readEvidence,
  readEntitledEvidence,
  readCalendar,
  findResults,
  readStatus,
};
