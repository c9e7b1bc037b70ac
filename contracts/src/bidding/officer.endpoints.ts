import { z } from 'zod';
import { SignedActBody } from '../identity/act.schema.ts';
import { signedActCodes } from '../identity/identity.refusals.ts';
import { endpoint } from '../kernel/endpoint.ts';
import { Id } from '../kernel/id.ts';
import { LotParams } from './bid.schema.ts';
import { AnsweredBatch, PrecheckDesk, PrecheckRecord } from './officer.schema.ts';

export const listPrechecks = endpoint({
  method: 'GET',
  path: '/officer/prechecks',
  access: 'opening:release',
  summary:
    'Shares for the caller to try before bids close. Every batch has the same size and comes at the same hours, whether anybody has bid or not.',
  reply: PrecheckDesk,
  refusals: [],
});

export const answerPrecheck = endpoint({
  method: 'POST',
  path: '/officer/prechecks/:batchId',
  access: 'opening:release',
  summary:
    'Takes an officer’s signed answers to a batch (`precheckAct`); they stay sealed in the log until bids close.',
  params: z.object({ batchId: Id }),
  body: SignedActBody,
  reply: AnsweredBatch,
  refusals: [
    'precheck.unknown',
    'precheck.not-an-officer',
    'precheck.over',
    'precheck.answered',
    'precheck.batch-differs',
    ...signedActCodes,
  ],
});

export const readPrecheck = endpoint({
  method: 'GET',
  path: '/lots/:lotId/precheck',
  access: 'public',
  summary: 'After close: what officers tried before it, what was a dummy, and which bids were proven to open.',
  params: LotParams,
  reply: PrecheckRecord,
  refusals: ['lot.unknown', 'bid.not-closed'],
});
