import {
  openEnvelope,
  readSealing,
  sealingFactsFile,
  type SealedNotice,
  type SealingFactsFile,
} from '@xinbiao/contracts/bidding';
import { findEntry, readAct, type LogEntry } from '@xinbiao/contracts/ledger';
import { canonical } from '@xinbiao/contracts/trust';
import { setTimeout as pause } from 'node:timers/promises';
import { Said, type Client } from '../play/client.ts';

/** Begins an envelope and gathers everything needed to seal it elsewhere, as the bid page does. */
export async function fetchSealingFacts(client: Client, lotId: string, savedAt: string): Promise<SealingFactsFile> {
  const facts = await client.call(readSealing, { params: { lotId } });
  const notice = await noticeOf(client, facts.noticeHash);
  const amended = (JSON.parse(notice.act) as { publication?: unknown }).publication;
  const publication = typeof amended === 'string' ? await noticeOf(client, amended) : null;
  const opened = await client.call(openEnvelope, { params: { lotId }, body: {} });
  return sealingFactsFile({ facts, opened, notice, publication, origin: client.url, savedAt });
}

/** The log takes an entry in after a moment: a notice published just now may not be there yet. */
const patience = 20;

async function loggedEntry(client: Client, hash: string, tries = 0): Promise<LogEntry> {
  try {
    return await client.call(findEntry, { params: { hash } });
  } catch (fault) {
    if (!(fault instanceof Said) || fault.status !== 404 || tries === patience) throw fault;
    await pause(500);
    return loggedEntry(client, hash, tries + 1);
  }
}

async function noticeOf(client: Client, hash: string): Promise<SealedNotice> {
  const { body } = await loggedEntry(client, hash);
  const named = body?.p['act'];
  if (body === null || typeof named !== 'string') throw new Error('the log does not show this notice');
  const { act, signature } = await client.call(readAct, { params: { hash: named } });
  return { entry: canonical(body), act, signature };
}
