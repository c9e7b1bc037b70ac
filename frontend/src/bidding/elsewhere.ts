import {
  listPieces,
  openEnvelope,
  partsOfStages,
  readEnvelopeFolder,
  sealingFactsFile,
  type EnvelopeFolder,
  type FolderFile,
  type SealedNotice,
  type SealingFacts,
} from '@xinbiao/contracts/bidding';
import { fromHex } from '@xinbiao/contracts/kernel';
import { findEntry, readAct } from '@xinbiao/contracts/ledger';
import { bytesOf, canonical, checkManifest, Malformed, verifyDetached } from '@xinbiao/contracts/trust';
import { call, type Said } from '../app/index.ts';
import { readAnchors } from './anchors.ts';

/** Begins an envelope and gathers what is needed to seal it without this page: the text to save, or why not. */
export async function factsToSave(
  facts: SealingFacts,
  savedAt: string,
): Promise<{ readonly text: string; readonly envelopeId: string } | { readonly refusals: readonly Said[] }> {
  const notice = await noticeOf(facts.noticeHash);
  if ('refusals' in notice) return notice;
  const amended = (JSON.parse(notice.act) as { readonly publication?: unknown }).publication;
  const publication = typeof amended === 'string' ? await noticeOf(amended) : null;
  if (publication && 'refusals' in publication) return publication;
  const opened = await call(openEnvelope, { params: { lotId: facts.lotId }, body: {} });
  if (!opened.ok) return { refusals: opened.refusals };
  const file = sealingFactsFile({
    facts,
    opened: opened.value,
    notice,
    publication,
    origin: location.origin,
    savedAt,
  });
  return { text: canonical(file), envelopeId: opened.value.envelopeId };
}

async function noticeOf(hash: string): Promise<SealedNotice | { readonly refusals: readonly Said[] }> {
  const entry = await call(findEntry, { params: { hash } });
  if (!entry.ok) return { refusals: entry.refusals };
  const { body } = entry.value;
  const named = body?.p['act'];
  const act = await call(readAct, { params: { hash: typeof named === 'string' ? named : '' } });
  if (!act.ok) return { refusals: act.refusals };
  return { entry: canonical(body), act: act.value.act, signature: act.value.signature };
}

/** What this page looks at before it sends an envelope that was sealed somewhere else, in this order. */
export const folderChecks = ['whole', 'lot', 'current', 'signature', 'known'] as const;
export type FolderCheck = (typeof folderChecks)[number];

export type FolderVerdict =
  | { readonly ok: true; readonly folder: EnvelopeFolder }
  | { readonly ok: false; readonly failed: FolderCheck; readonly what: string };

const pathOf = (file: File): string => file.webkitRelativePath || file.name;
const folderFile = (file: File): FolderFile => ({
  path: pathOf(file),
  size: file.size,
  read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
  slice: (offset, length) => file.slice(offset, offset + length),
});

/** Is this a whole envelope for this lot, sealed to its officers, signed by this organisation, and begun here? Nothing is sent. */
export async function judgeFolder(files: readonly File[], facts: SealingFacts, at: Date): Promise<FolderVerdict> {
  const no = (failed: FolderCheck, what = ''): FolderVerdict => ({ ok: false, failed, what });
  let folder: EnvelopeFolder;
  try {
    folder = await readEnvelopeFolder(files.map(folderFile));
  } catch (fault) {
    if (fault instanceof Malformed) return no('whole', fault.what.replace(/^folder: /, ''));
    throw fault;
  }
  const { ctx } = folder.manifest;
  if (ctx.seq !== facts.nextSeq || ctx.supersedes !== facts.supersedes) return no('current');
  const { tenderId, lotId, noticeHash, keyringHash, keyring, certificate, gates } = facts;
  const checked = checkManifest({
    bytes: bytesOf(folder.text),
    expect: {
      tenderId,
      lotId,
      noticeHash,
      keyringHash,
      keyring,
      bidderCertSha256: certificate?.fingerprint ?? '',
      seq: facts.nextSeq,
      supersedes: facts.supersedes,
      stages: partsOfStages(facts.stages),
      gates,
    },
  });
  if (!checked.ok) return no('lot', checked.faults.map((fault) => `${fault.code} ${fault.at}`).join('; '));
  const anchors = await readAnchors();
  if (anchors === undefined) return no('signature');
  const signed = await verifyDetached({
    ...anchors,
    at,
    content: bytesOf(folder.text),
    signature: fromHex(folder.signature),
  });
  if (!signed.ok) return no('signature', signed.reason);
  if (signed.certificate.fingerprint !== ctx.bidderCertSha256) return no('signature', signed.certificate.fingerprint);
  const known = await call(listPieces, { params: { envelopeId: ctx.envelopeId } });
  if (!known.ok || known.value.state !== 'open') return no('known');
  return { ok: true, folder };
}
