import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { endpoint, Nothing } from '../kernel/endpoint.ts';
import { AuthorityParams, ClockComparison, Reachability, ReachQuery, TimeAuthorities } from './timekeeping.schema.ts';

export const listTimeAuthorities = endpoint({
  method: 'GET',
  path: '/time/authorities',
  access: 'public',
  summary: 'The timestamp authorities that this platform asks, and the roots by which their answers are judged.',
  reply: TimeAuthorities,
  refusals: [],
});

export const askAuthority = endpoint({
  method: 'POST',
  path: '/time/authorities/:authorityId/stamps',
  access: 'signed-in',
  summary:
    'Carries a timestamp request (RFC 3161) to an authority and its answer back, byte for byte; whoever asks checks the answer.',
  params: AuthorityParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['time.unknown-authority', 'time.unreadable-question', 'time.authority-silent', 'time.too-many'],
  wire: { body: 'bytes', reply: 'bytes' },
});

export const stampAsAuthority = endpoint({
  method: 'POST',
  path: '/time/tsa',
  access: 'public',
  summary:
    'The demonstration’s own timestamp authority, as RFC 3161 speaks over HTTP: application/timestamp-query in, application/timestamp-reply out.',
  reply: z.instanceof(Uint8Array),
  refusals: ['time.no-demonstration', 'time.unreadable-question'],
  wire: { body: 'bytes', bodyType: 'application/timestamp-query', reply: 'bytes' },
});

export const leaveWithWitnesses = endpoint({
  method: 'POST',
  path: '/time/drop-box',
  access: 'signed-in',
  summary:
    'Carries a hash to the witnesses of the log, and back what they sign: that they were shown it, and when. Whoever asks checks it.',
  body: z.object({ hash: Sha256Hex }),
  reply: z.object({ acknowledgements: z.array(z.string()) }),
  refusals: ['time.too-many'],
});

export const readReachability = endpoint({
  method: 'GET',
  path: '/time/outages',
  access: 'public',
  summary: 'When the platform could not be reached, as it measured itself and as witnesses signed.',
  query: ReachQuery,
  reply: Reachability,
  refusals: [],
});

export const handAttestation = endpoint({
  method: 'POST',
  path: '/time/attestations',
  access: 'public',
  summary: 'Hands in what a witness of the log has signed about the platform’s reachability, whoever fetched it.',
  body: z.object({ note: z.string().max(65_536) }),
  reply: Nothing,
  refusals: ['time.no-attestation', 'time.too-many'],
});

export const readClockComparison = endpoint({
  method: 'GET',
  path: '/time/clock',
  access: 'public',
  summary: 'How this platform’s clock compares with those of the timestamp authorities, and the last readings.',
  reply: ClockComparison,
  refusals: [],
});
