import { z } from 'zod';
import { endpoint } from '../kernel/endpoint.ts';
import { Id } from '../kernel/id.ts';
import { OutageParams, Outages, PaperLanguage } from './outage.schema.ts';

export const readOutages = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId/outages',
  access: 'public',
  summary: 'What the notice promises for outages, what was measured before its deadline, and what followed from it.',
  params: z.object({ tenderId: Id }),
  reply: Outages,
  refusals: ['tender.unknown'],
});

export const readOutageCertificate = endpoint({
  method: 'GET',
  path: '/tenders/:tenderId/outages/:hash/certificate.pdf',
  access: 'public',
  summary: 'The certificate of unavailability as a paper, sealed by the house.',
  params: OutageParams,
  query: PaperLanguage,
  reply: z.instanceof(Uint8Array),
  refusals: ['tender.unknown', 'outage.unknown'],
  wire: { reply: 'bytes' },
});
