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
  readCalendar,
  findResults,
  readStatus,
};
