import {
  stagePlanOf,
  type GateCertificates,
  type StagePlan,
  type SubmissionEvidence,
} from '@xinbiao/contracts/bidding';
import type { EnvelopeContext, Keyring, Manifest } from '@xinbiao/contracts/trust';
import type { FileOrigin, OfferDraft, SealedContents } from './offerDraft.ts';

/** A file of an envelope with the hash it had when sealing began. */
export type SealedFile = {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly origin: FileOrigin;
};

/**
 * An envelope as this browser keeps it: enough to go on after the tab was closed, and to make the recovery file.
 * `dealSeed` opens the envelope; it lies beside the account's keys, on the bidder's own computer, in clear, and is
 * never sent. Whoever can read this browser's storage can also read the files that were sealed.
 */
export type KeptEnvelope = {
  readonly envelopeId: string;
  readonly tenderId: string;
  readonly lotId: string;
  readonly lotNo: number;
  readonly code: string;
  readonly title: string;
  readonly lotTitle: string;
  readonly deadline: string;
  readonly ctx: EnvelopeContext;
  readonly keyring: Keyring;
  /** Which stage opens which parts, and with whose keys; left out by older pages, which knew one stage without a gate. */
  readonly stages?: StagePlan;
  /** The own certificate that gates are wrapped to. */
  readonly gates?: GateCertificates;
  /** Null where it was sealed elsewhere: what opens it is there, in its recovery file. */
  readonly dealSeed: string | null;
  readonly pieceLength: number;
  readonly client: Manifest['client'];
  readonly contents: SealedContents | null;
  readonly files: readonly SealedFile[];
  readonly begunAt: string;
  /** Once all pieces have arrived: what is signed, and the signature. Kept, so that asking again hands in the same. */
  readonly manifest?: string;
  readonly signature?: string;
  readonly manifestHash?: string;
  /** Key of the log that the signed notice names: what a receipt is judged by. */
  readonly logKey?: string;
  /** Witnesses of the log that the signed notice names (c2sp.org/tlog-policy). */
  readonly policy?: string;
  /** Tokens of timestamp authorities over the signature, handed in with it. */
  readonly timestamps?: readonly string[];
  /** What to keep where the platform said “taken” and could not prove it. */
  readonly evidence?: SubmissionEvidence;
  /** The receipt, a tlog-proof file. */
  readonly receipt?: string;
  readonly receivedAt?: string;
  readonly recoverySavedAt?: string;
};

/** How a kept envelope opens. */
export const stagesOf = ({ stages }: KeptEnvelope): StagePlan => stages ?? stagePlanOf('2026', 'none');

export type KeptDraft = { readonly lotId: string; readonly draft: OfferDraft; readonly savedAt: string };
type KeptPiece = {
  readonly envelopeId: string;
  readonly part: string;
  readonly index: number;
  readonly sha256: string;
};

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB')));
  });

type Place = 'drafts' | 'envelopes' | 'pieces';

/** Each seat has a database of its own, as its keys have: whoever shares a computer does not share bids. */
async function within<T>(
  account: string,
  mode: IDBTransactionMode,
  places: readonly Place[],
  work: (store: (place: Place) => IDBObjectStore) => Promise<T>,
): Promise<T> {
  const opening = indexedDB.open(`xinbiao-bids.${account}`, 1);
  opening.addEventListener('upgradeneeded', () => {
    opening.result.createObjectStore('drafts', { keyPath: 'lotId' });
    opening.result.createObjectStore('envelopes', { keyPath: 'envelopeId' });
    opening.result.createObjectStore('pieces', { keyPath: ['envelopeId', 'part', 'index'] });
  });
  const database = await asked(opening);
  try {
    const transaction = database.transaction([...places], mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('IndexedDB')));
    });
    const value = await work((place) => transaction.objectStore(place));
    await done;
    return value;
  } finally {
    database.close();
  }
}

export const readDraft = (account: string, lotId: string): Promise<KeptDraft | undefined> =>
  within(account, 'readonly', ['drafts'], (store) => asked<KeptDraft | undefined>(store('drafts').get(lotId)));
export const writeDraft = (account: string, kept: KeptDraft): Promise<void> =>
  within(account, 'readwrite', ['drafts'], async (store) => void (await asked(store('drafts').put(kept))));
export const deleteDraft = (account: string, lotId: string): Promise<void> =>
  within(account, 'readwrite', ['drafts'], async (store) => {
    await asked(store('drafts').delete(lotId));
  });

export const readEnvelope = (account: string, envelopeId: string): Promise<KeptEnvelope | undefined> =>
  within(account, 'readonly', ['envelopes'], (store) =>
    asked<KeptEnvelope | undefined>(store('envelopes').get(envelopeId)),
  );
/** The envelopes of a lot that this browser keeps, the newest first. */
export const listEnvelopes = (account: string, lotId: string): Promise<KeptEnvelope[]> =>
  within(account, 'readonly', ['envelopes'], async (store) => {
    const all = await asked<KeptEnvelope[]>(store('envelopes').getAll());
    return all.filter((kept) => kept.lotId === lotId).sort((a, b) => b.begunAt.localeCompare(a.begunAt));
  });
export const writeEnvelope = (account: string, kept: KeptEnvelope): Promise<void> =>
  within(account, 'readwrite', ['envelopes'], async (store) => void (await asked(store('envelopes').put(kept))));
/** Forgets an envelope and what was noted of its pieces. */
export const deleteEnvelope = (account: string, envelopeId: string): Promise<void> =>
  within(account, 'readwrite', ['envelopes', 'pieces'], async (store) => {
    await asked(store('envelopes').delete(envelopeId));
    await asked(store('pieces').delete(rangeOf(envelopeId)));
  });

/** Notes that a piece has arrived whole. */
export const notePiece = (account: string, piece: KeptPiece): Promise<void> =>
  within(account, 'readwrite', ['pieces'], async (store) => void (await asked(store('pieces').put(piece))));
export const listNoted = (account: string, envelopeId: string): Promise<KeptPiece[]> =>
  within(account, 'readonly', ['pieces'], (store) => asked<KeptPiece[]>(store('pieces').getAll(rangeOf(envelopeId))));

const rangeOf = (envelopeId: string): IDBKeyRange => IDBKeyRange.bound([envelopeId], [envelopeId, []]);
