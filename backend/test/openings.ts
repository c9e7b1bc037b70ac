import { finalizeEnvelope, listMyBids, readReceipt } from '@xinbiao/contracts/bidding';
import { toHex } from '@xinbiao/contracts/kernel';
import { findEntry, listEntries } from '@xinbiao/contracts/ledger';
import {
  answerDispute,
  gateAct,
  judgeOmission,
  omissionAct,
  readDispute,
  readOpening,
  readOwnCourse,
  rebuttalAct,
  recoverBid,
  recoveryAct,
  releaseGates,
  reportOmission,
  type Dispute,
  type OmissionJudgement,
} from '@xinbiao/contracts/opening';
import { readClose, readEnding } from '@xinbiao/contracts/bidding';
import {
  gateOfDeal,
  Manifest,
  parseCanonical,
  parseVerifierKey,
  rebuttalOf,
  releaseGate,
  type Deal,
} from '@xinbiao/contracts/trust';
import type { Offer } from '../../scripts/play/bid.ts';
import type { Person } from '../../scripts/play/person.ts';
import type { prepareBatch } from '../../scripts/play/steps.ts';
import type { TestHouse } from './house.ts';
import { sealBid, type SealedBid } from './lots.ts';

/* What bidders and officers do in an opening that does not go as it should, each with own keys over HTTP. */

export const rootsOf = (house: TestHouse) => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));

export type KeptBid = SealedBid & { readonly receipt: string };

/** Hands a bid in and keeps deal and receipt, as the bidder's browser does. */
export async function bid(
  person: Person,
  lotId: string,
  price: bigint,
  given: Parameters<typeof sealBid>[3] & { readonly offer?: Partial<Offer> } = {},
): Promise<KeptBid> {
  const sealed = await sealBid(person, lotId, { price, ...given.offer }, given);
  await sealed.upload();
  const { receipt } = await person.client.call(finalizeEnvelope, {
    params: { envelopeId: sealed.envelopeId },
    body: { manifest: sealed.manifest, signature: sealed.signature },
  });
  return { ...sealed, receipt };
}

/** The wrap for one officer is altered by one character: whoever made the bid sealed it so. */
export const withBrokenWrap =
  (group: string, x: number) =>
  (deal: Deal): Deal => ({
    ...deal,
    locks: deal.locks.map((lock) => ({
      ...lock,
      groups: lock.groups.map((one) =>
        one.id === group
          ? {
              ...one,
              shares: one.shares.map((share) =>
                share.x === x
                  ? { ...share, wrap: share.wrap.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }
                  : share,
              ),
            }
          : one,
      ),
    })),
  });

type Batch = Awaited<ReturnType<typeof prepareBatch>>;
/** A batch whose officer says of some bids that their wrap does not open, whether that is so or not. */
export const complaining = (act: Batch, about: readonly string[]): Batch => ({
  ...act,
  shares: act.shares.map((share) => (about.includes(share.manifestHash) ? { ...share, blob: null } : share)),
});

export const hallOf = (house: TestHouse, lotId: string) => house.anybody.call(readOpening, { params: { lotId } });

/**
 * The bidder's own browser looks for its bid with the receipt it kept; the server's word does not count. `own` is whose
 * bid it is, for a server that says it was taken back or replaced.
 */
export async function lookForOwn(
  house: { readonly anybody: Person['client']; readonly verifierKey: string },
  lotId: string,
  receipt: string,
  own?: { readonly person: Person; readonly envelopeId: string },
): Promise<OmissionJudgement> {
  const close = await house.anybody.call(readClose, { params: { lotId } });
  const entry = await house.anybody.call(findEntry, { params: { hash: close.leaf } });
  const { rows } = await house.anybody.call(listEntries, { query: { scope: lotId, limit: 100, before: entry.index } });
  return judgeOmission({
    receipt,
    verifierKeys: [parseVerifierKey(house.verifierKey)],
    lotId,
    close: close.document,
    closeIndex: entry.index,
    disclosed: rows,
    showEnding: async () =>
      own && (await own.person.client.call(readEnding, { params: { envelopeId: own.envelopeId } })),
    trust: { roots: [] },
  });
}

export async function reportMissing(person: Person, lotId: string, receipt: string) {
  const { hash } = await person.client.call(readClose, { params: { lotId } });
  const body = await person.sign(omissionAct(person.by, { lotId, closeHash: hash, receipt }));
  return { params: { lotId }, body, endpoint: reportOmission };
}

/** The stage keys as the recovery file gives them. */
export const stageKeysOf = (deal: Deal) => [...deal.stageKeys].map(([stage, key]) => ({ stage, key: toHex(key) }));

export async function recovering(person: Person, lotId: string, keys: ReturnType<typeof stageKeysOf>) {
  const { manifestHash } = await person.client.call(readOwnCourse, { params: { lotId } });
  const signed = await person.sign(recoveryAct(person.by, { lotId, manifestHash, keys }));
  return { params: { lotId }, body: { ...signed, keys }, endpoint: recoverBid };
}

/** A bidder decrypts with its own encryption key, or with the deal of the recovery file. */
export async function decrypting(person: Person, lotId: string, by?: Deal) {
  const own = await person.client.call(readOwnCourse, { params: { lotId } });
  const manifest = Manifest.parse(parseCanonical(own.manifest));
  const { privateKey, certificate } = person.held.encryption;
  const gates = await Promise.all(
    manifest.stages
      .filter(({ gate }) => gate === 'bidder')
      .map(async ({ id: stage }) => ({
        stage,
        blob: toHex(by ? gateOfDeal(by, stage) : await releaseGate({ manifest, stage, privateKey, certificate })),
      })),
  );
  return gatesBody(person, lotId, own.manifestHash, gates);
}

export async function gatesBody(
  person: Person,
  lotId: string,
  manifestHash: string,
  gates: readonly { stage: string; blob: string }[],
) {
  const signed = await person.sign(gateAct(person.by, { lotId, manifestHash, gates: [...gates] }));
  return { params: { lotId }, body: { ...signed, gates: [...gates] }, endpoint: releaseGates };
}

/** The one scalar that answers a complaint. */
export function scalarOf(dispute: Dispute, { deal, manifest: text }: Pick<SealedBid, 'deal' | 'manifest'>): string {
  const manifest = Manifest.parse(parseCanonical(text));
  const share = manifest.stages
    .find(({ id }) => id === dispute.stage)
    ?.groups.flatMap(({ shares }) => shares)
    .find(({ officer }) => officer === dispute.officerCert);
  return rebuttalOf(deal.dealSeed, manifest, { stage: dispute.stage, group: dispute.group, x: share?.x ?? 0 });
}

export async function answering(person: Person, lotId: string, dispute: Dispute, ephemeral: string) {
  const { manifestHash, stage, officerCert: officer, id: disputeId } = dispute;
  const signed = await person.sign(rebuttalAct(person.by, { lotId, manifestHash, stage, officer, ephemeral }));
  return { params: { lotId, disputeId }, body: { ...signed, ephemeral }, endpoint: answerDispute };
}

export const disputeFile = (house: TestHouse, lotId: string, disputeId: string) =>
  house.anybody.call(readDispute, { params: { lotId, disputeId } });

/** Types of the lot's public entries, the oldest first; receipts left out. */
export async function storyOf(house: TestHouse, lotId: string): Promise<string[]> {
  await house.house.ledger.sequencer.drain();
  const { rows } = await house.anybody.call(listEntries, { query: { scope: lotId, limit: 100 } });
  return rows
    .map(({ body }) => body?.t ?? '')
    .filter((type) => type !== 'bid.receipt')
    .reverse();
}

export const receiptOf = async (person: Person, lotId: string): Promise<string> => {
  const { rows } = await person.client.call(listMyBids);
  const head = rows.find((row) => row.lotId === lotId)?.head;
  return person.client.call(readReceipt, { params: { envelopeId: head?.envelopeId ?? '' } });
};

/** What the officer's page brings; loaded by its address, so that the back end's types need not know of pages. */
type ReleasePage = {
  readonly prepareRelease: (given: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly Refusal: new (...given: never[]) => { readonly step: string; readonly owner: string };
};
const releasePage = new URL('../../frontend/src/opening/release.ts', import.meta.url).href;

/** Runs an officer's page as it is, against this house: the page's own code, the officer's own session. */
export async function officersPage<T>(officer: Person, work: (page: ReleasePage) => Promise<T>): Promise<T> {
  const page = (await import(/* @vite-ignore */ releasePage)) as ReleasePage;
  const { fetch, document } = globalThis as { fetch: typeof globalThis.fetch; document?: unknown };
  Object.assign(globalThis, {
    fetch: (url: string, init?: RequestInit) =>
      url.startsWith('/') ? officer.client.fetch(url, init as never) : fetch(url, init),
    document: { documentElement: { lang: 'zh-CN' } },
  });
  try {
    return await work(page);
  } finally {
    Object.assign(globalThis, { fetch, document });
  }
}
