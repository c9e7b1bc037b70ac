import { readClose, readEnding } from '@xinbiao/contracts/bidding';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { findEntry, listEntries, readCheckpoint, readLogKey, type LogEntry } from '@xinbiao/contracts/ledger';
import {
  isClose,
  judgeOmission,
  type Dispute,
  type OmissionJudgement,
  type OwnCourse,
} from '@xinbiao/contracts/opening';
import {
  createDeal,
  dealOfRecovery,
  gateOfDeal,
  leafHash,
  Malformed,
  Manifest,
  openRecovery,
  parseCanonical,
  parseVerifierKey,
  publicLeaf,
  rebuttalOf,
  releaseGate,
  WrapUnreadable,
  type Deal,
} from '@xinbiao/contracts/trust';
import { call, mayPass, type Answer } from '../app/api.ts';
import { listEnvelopes, stagesOf, type KeptEnvelope } from '../bidding/bidStore.ts';
import { encryptionKeyOf, NoKey } from '../identity/keys.ts';

/** What this browser found when it looked for its own bid in the close list. */
export type Inclusion =
  | { readonly outcome: 'listed' }
  /** The bid was replaced or taken back before the deadline. */
  | { readonly outcome: 'replaced' }
  /**
   * Left out although the receipt holds: `receipt` proves it, `evidence` is everything to keep. `claim` is what the
   * platform says instead, that the bid was taken back or replaced, without the bidder's own signature for it.
   */
  | {
      readonly outcome: 'omitted';
      readonly claim: Claim;
      readonly receipt: string;
      readonly closeHash: string;
      readonly evidence: string;
    }
  /** No receipt in this browser, or the platform did not give what has to be compared. */
  | { readonly outcome: 'unknown'; readonly why: 'no-receipt' | 'no-close' };
export type Claim = Extract<OmissionJudgement, { proven: true }>['claim'];

/** Looks for the own bid in the close list, with the receipt that this browser kept. The platform's word does not count. */
export async function findOwnBid(account: string, lotId: string): Promise<Inclusion> {
  const kept = (await listEnvelopes(account, lotId).catch(() => [])).filter(({ receipt }) => receipt !== undefined);
  // The newest that was handed in is the one that has to be listed.
  const [newest] = kept.sort((a, b) => (b.receivedAt ?? '').localeCompare(a.receivedAt ?? ''));
  if (newest?.receipt === undefined) return { outcome: 'unknown', why: 'no-receipt' };
  const [close, key, checkpoint] = await Promise.all([
    call(readClose, { params: { lotId } }),
    call(readLogKey),
    call(readCheckpoint),
  ]);
  if (!close.ok || !key.ok || !checkpoint.ok) return { outcome: 'unknown', why: 'no-close' };
  const entry = await call(findEntry, { params: { hash: close.value.leaf } });
  const body = entry.ok ? entry.value.body : null;
  if (!entry.ok || body === null || toHex(leafHash(publicLeaf(body))) !== close.value.leaf)
    return { outcome: 'unknown', why: 'no-close' };
  if (!isClose(close.value.document, body)) return { outcome: 'unknown', why: 'no-close' };
  const disclosed = await entriesBefore(lotId, entry.value.index);
  if (!disclosed) return { outcome: 'unknown', why: 'no-close' };
  let ending: Answer<typeof readEnding> | undefined;
  const judged = await judgeOmission({
    receipt: newest.receipt,
    verifierKeys: [parseVerifierKey(key.value.verifierKey)],
    lotId,
    close: close.value.document,
    closeIndex: entry.value.index,
    disclosed,
    async showEnding() {
      ending = await call(readEnding, { params: { envelopeId: newest.envelopeId } });
      return ending.ok ? ending.value : undefined;
    },
    // Authorities would be those that the platform names: here only the bid's own certificate speaks for its bidder.
    trust: { roots: [] },
  });
  // Nobody answered, or the session is over: to be asked again, which is no proof against anybody.
  if (ending && !ending.ok && (ending.status === 401 || mayPass(ending.status)))
    return { outcome: 'unknown', why: 'no-close' };
  if (!judged.proven) return { outcome: judged.reason === 'replaced' ? 'replaced' : 'listed' };
  const evidence = JSON.stringify(
    {
      v: 'xinbiao/omission-evidence/v1',
      lotId,
      receipt: newest.receipt,
      manifest: newest.manifest ?? null,
      signature: newest.signature ?? null,
      close: close.value.document,
      closeEntry: entry.value,
      checkpoint: checkpoint.value,
      verifierKey: key.value.verifierKey,
      disclosed,
      /** What the platform showed for its claim that the bid was taken back or replaced. */
      ending: ending?.ok ? ending.value : null,
    },
    null,
    1,
  );
  const { claim } = judged;
  return { outcome: 'omitted', claim, receipt: newest.receipt, closeHash: close.value.hash, evidence };
}

async function entriesBefore(lotId: string, index: number): Promise<LogEntry[] | undefined> {
  const rows: LogEntry[] = [];
  let before: number | null = index;
  while (before !== null) {
    const page: Answer<typeof listEntries> = await call(listEntries, { query: { scope: lotId, limit: 100, before } });
    if (!page.ok) return undefined;
    rows.push(...page.value.rows);
    before = page.value.next;
  }
  return rows;
}

const manifestOf = ({ manifest }: OwnCourse): Manifest => Manifest.parse(parseCanonical(manifest));

/** The deal of an own envelope as this browser kept it; undefined where it was sealed elsewhere. */
export async function keptDeal(account: string, own: OwnCourse): Promise<Deal | undefined> {
  const all = await listEnvelopes(account, manifestOf(own).ctx.lotId).catch((): KeptEnvelope[] => []);
  const kept = all.find(({ envelopeId }) => envelopeId === own.envelopeId);
  if (!kept || kept.dealSeed === null) return undefined;
  return createDeal({
    ctx: kept.ctx,
    keyring: kept.keyring,
    dealSeed: fromHex(kept.dealSeed),
    stages: stagesOf(kept).map(({ id }) => id),
    gates: kept.gates ?? {},
  });
}

/** The deal out of a recovery file. Throws Malformed where passphrase, file or bid do not fit. */
export async function dealFromFile(text: string, passphrase: string, own: OwnCourse): Promise<Deal> {
  const recovery = await openRecovery(text, passphrase);
  if (recovery.envelopeId !== own.envelopeId) throw new Malformed('recovery: of another bid');
  return dealOfRecovery(recovery, own.keyring);
}

/** The stage keys of an own bid. */
export const stageKeysOf = (deal: Deal): { stage: string; key: string }[] =>
  [...deal.stageKeys].map(([stage, key]) => ({ stage, key: toHex(key) }));

/** The own gates, with the encryption key of this browser; undefined where it does not hold that key. */
export async function gatesByKey(own: OwnCourse): Promise<{ stage: string; blob: string }[] | undefined> {
  const manifest = manifestOf(own);
  const gates: { stage: string; blob: string }[] = [];
  for (const lock of manifest.stages) {
    if (lock.gate !== 'bidder') continue;
    try {
      const { privateKey, certificate } = await encryptionKeyOf(undefined, lock.bidder.certSha256);
      gates.push({
        stage: lock.id,
        blob: toHex(await releaseGate({ manifest, stage: lock.id, privateKey, certificate })),
      });
    } catch (fault) {
      if (fault instanceof NoKey || fault instanceof WrapUnreadable) return undefined;
      throw fault;
    }
  }
  return gates;
}

export const gatesByDeal = (own: OwnCourse, deal: Deal): { stage: string; blob: string }[] =>
  manifestOf(own)
    .stages.filter(({ gate }) => gate === 'bidder')
    .map(({ id: stage }) => ({ stage, blob: toHex(gateOfDeal(deal, stage)) }));

/** The one scalar that answers a complaint: it opens that officer's wrap and no other. */
export function scalarFor(own: OwnCourse, dispute: Dispute, deal: Deal): string {
  const manifest = manifestOf(own);
  const share = manifest.stages
    .find(({ id }) => id === dispute.stage)
    ?.groups.find(({ id }) => id === dispute.group)
    ?.shares.find(({ officer }) => officer === dispute.officerCert);
  if (!share) throw new Malformed('dispute');
  return rebuttalOf(deal.dealSeed, manifest, { stage: dispute.stage, group: dispute.group, x: share.x });
}
