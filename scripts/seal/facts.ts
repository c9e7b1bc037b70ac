import {
  openEnvelope,
  readSealing,
  sealingFactsFile,
  type SealedNotice,
  type SealingFactsFile,
} from '@xinbiao/contracts/bidding';
import { findEntry, readAct } from '@xinbiao/contracts/ledger';
import { canonical } from '@xinbiao/contracts/trust';
import type { Client } from '../play/client.ts';

/** Begins an envelope and gathers everything needed to seal it elsewhere, as the bid page does. */
export async function fetchSealingFacts(client: Client, lotId: string, savedAt: string): Promise<SealingFactsFile> {
  const facts = await client.call(readSealing, { params: { lotId } });
  const notice = await noticeOf(client, facts.noticeHash);
  const amended = (JSON.parse(notice.act) as { publication?: unknown }).publication;
  const publication = typeof amended === 'string' ? await noticeOf(client, amended) : null;
  const opened = await client.call(openEnvelope, { params: { lotId }, body: {} });
  return sealingFactsFile({ facts, opened, notice, publication, origin: client.url, savedAt });
}

async function noticeOf(client: Client, hash: string): Promise<SealedNotice> {
  const { body } = await client.call(findEntry, { params: { hash } });
  const named = body?.p['act'];
  if (body === null || typeof named !== 'string') throw new Error('the log does not show this notice');
  const { act, signature } = await client.call(readAct, { params: { hash: named } });
  return { entry: canonical(body), act, signature };
}
