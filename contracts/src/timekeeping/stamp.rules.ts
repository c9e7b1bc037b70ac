import { fromHex } from '../kernel/bytes.ts';
import {
  checkTimestamp,
  Malformed,
  sha256,
  signatureValueOf,
  type CheckedTimestamp,
  type TimestampFault,
} from '../trust/index.ts';

/** What tokens are judged by. */
export type StampAnchors = {
  readonly roots: readonly Uint8Array[];
  readonly intermediates?: readonly Uint8Array[];
  readonly crls?: readonly Uint8Array[];
};

/** What a bidder has stamped: the SHA-256 of the value of its signature, around which nothing can be exchanged. Throws Malformed. */
export const stampedDigest = (signature: string): Uint8Array<ArrayBuffer> =>
  sha256(signatureValueOf(fromHex(signature)));

export type BidStamp =
  /** The signature existed before the deadline, whoever says what. */
  | { readonly outcome: 'before'; readonly stamp: CheckedTimestamp }
  /** It was stamped at the deadline or after: such a bid is too late. */
  | { readonly outcome: 'late'; readonly stamp: CheckedTimestamp }
  | { readonly outcome: 'refused'; readonly reason: TimestampFault };

/** Judges the timestamps of a bid, in their order. One that holds and is not before the deadline makes the bid late. */
export async function judgeBidStamps({
  signature,
  timestamps,
  deadline,
  anchors,
}: {
  readonly signature: string;
  readonly timestamps: readonly string[];
  readonly deadline: Date;
  readonly anchors: StampAnchors;
}): Promise<readonly BidStamp[]> {
  const digest = stampedDigest(signature);
  return Promise.all(
    timestamps.map(async (token): Promise<BidStamp> => {
      const stamp = await checkTimestamp({ token: fromHex(token), digest, ...anchors });
      if (!stamp.ok) return { outcome: 'refused', reason: stamp.reason };
      return { outcome: stamp.time.getTime() < deadline.getTime() ? 'before' : 'late', stamp };
    }),
  );
}

export type CloseStamp =
  /** Nobody can have made the close document, and so the entry, before this instant, which is not before the deadline. */
  | { readonly outcome: 'after'; readonly stamp: CheckedTimestamp }
  /** No authority answered: only the witnesses of the log say when it was written. */
  | { readonly outcome: 'degraded' }
  /** Neither a token nor the word that there is none. */
  | { readonly outcome: 'missing' }
  /** Closed before the deadline: proof against the platform. */
  | { readonly outcome: 'early'; readonly stamp: CheckedTimestamp }
  | { readonly outcome: 'refused'; readonly reason: TimestampFault };

/**
 * Judges the token that the log's `tender.close` entry carries over the SHA-256 of the close document. `entry` is what
 * the entry says (`p`), `deadline` the one that the notice was signed with. Never throws for what the entry holds.
 */
export async function checkCloseToken({
  entry,
  document,
  deadline,
  anchors,
}: {
  readonly entry: Readonly<Record<string, unknown>>;
  /** SHA-256 of the close document's bytes. */
  readonly document: Uint8Array;
  readonly deadline: Date;
  readonly anchors: StampAnchors;
}): Promise<CloseStamp> {
  const { token, degraded } = entry;
  if (token === null || token === undefined) return { outcome: degraded === true ? 'degraded' : 'missing' };
  if (typeof token !== 'string' || degraded !== undefined) return { outcome: 'refused', reason: 'timestamp.malformed' };
  const stamp = await readable(token, document, anchors);
  if (!stamp.ok) return { outcome: 'refused', reason: stamp.reason };
  return { outcome: stamp.time.getTime() < deadline.getTime() ? 'early' : 'after', stamp };
}

async function readable(token: string, digest: Uint8Array, anchors: StampAnchors): ReturnType<typeof checkTimestamp> {
  try {
    return await checkTimestamp({ token: fromHex(token), digest, ...anchors });
  } catch (fault) {
    if (fault instanceof RangeError || fault instanceof Malformed) return { ok: false, reason: 'timestamp.malformed' };
    throw fault;
  }
}
