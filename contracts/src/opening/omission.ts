import { fromHex } from '../kernel/bytes.ts';
import { CloseDocument, type DisclosedBid } from '../bidding/index.ts';
import { bytesOf, leafHash, leafOf, Malformed, parseCanonical, sha256Hex, verifyReceipt } from '../trust/index.ts';
import type { EntryBody, VerifierKey } from '../trust/index.ts';
import { toHex } from '../kernel/bytes.ts';
import { provenEnding, type EndingCheck, type EndingTrust } from './omission.ending.ts';

/** An entry of the lot as the log discloses it; what it says counts only when it makes the leaf. */
export type DisclosedEntry = { readonly leaf: string; readonly salt: string | null; readonly body: EntryBody | null };

export type OmissionJudgement =
  | {
      readonly proven: true;
      /** missing: a bid that counts is not listed. resurrected: one is listed that its bidder took back. */
      readonly what: 'missing' | 'resurrected';
      readonly manifestHash: string;
      readonly leaf: string;
      readonly index: number;
      /** What the log says of a missing bid, that it was taken back or replaced, without proof that its bidder did so. */
      readonly claim: Extract<EndingCheck, { proven: false }> | null;
    }
  | {
      readonly proven: false;
      /** How the bidder replaced the bid or took it back. */
      readonly ending?: Extract<EndingCheck, { proven: true }>;
      readonly reason:
        /** The receipt does not hold against the log's key. */
        | 'receipt-broken'
        /** It is of another lot, or no receipt of a bid. */
        | 'other-entry'
        /** It stands in the log after the close. */
        | 'after-close'
        /** The close list names the bid. */
        | 'listed'
        /** The bidder itself replaced or took back that bid. */
        | 'replaced';
    };

/**
 * Does this receipt show that the close list is wrong — that it leaves out a bid, or lists one that was taken back?
 * Everything it needs is public once the lot has closed, but for what the bidder itself signed, so the bidder's own
 * page, the server and anybody else come to the same answer. That a bid was taken back or replaced counts only where
 * its bidder's signature is shown. Never throws on what it is given.
 */
export async function judgeOmission({
  receipt,
  verifierKeys,
  lotId,
  close,
  closeIndex,
  disclosed,
  showEnding,
  trust,
}: {
  /** The tlog-proof file. */
  readonly receipt: string;
  readonly verifierKeys: readonly VerifierKey[];
  readonly lotId: string;
  /** The close document's canonical text, whose hash the log's `tender.close` names. */
  readonly close: string;
  /** Where `tender.close` stands in the log. */
  readonly closeIndex: number;
  /** Receipts and withdrawals of the lot that the close document discloses. */
  readonly disclosed: readonly DisclosedEntry[];
  /** Asked where an entry says that the bid ended: what the platform shows for it, a `BidEnding`. */
  readonly showEnding: (manifestHash: string) => Promise<unknown>;
  readonly trust: EndingTrust;
}): Promise<OmissionJudgement> {
  const no = (reason: Extract<OmissionJudgement, { proven: false }>['reason']): OmissionJudgement => ({
    proven: false,
    reason,
  });
  const checked = verifyReceipt({ proof: receipt, verifierKeys: [...verifierKeys] });
  if (!checked.ok) return no('receipt-broken');
  const { body, leaf, index } = checked.receipt;
  const manifestHash = body.p['manifest'];
  const isWithdrawal = body.t === 'bid.withdraw';
  if ((body.t !== 'bid.receipt' && !isWithdrawal) || body.s !== lotId || typeof manifestHash !== 'string')
    return no('other-entry');
  if (index >= closeIndex) return no('after-close');
  // A document that cannot be read lists nobody.
  const { heads } = readClose(close) ?? { heads: [] };
  if (isWithdrawal)
    return heads.some((head) => head.manifestHash === manifestHash)
      ? { proven: true, what: 'resurrected', manifestHash, leaf, index, claim: null }
      : no('replaced');
  if (heads.some((head) => head.leaf === leaf && head.manifestHash === manifestHash)) return no('listed');
  const missing = { proven: true, what: 'missing', manifestHash, leaf, index } as const;
  const ends = disclosed.filter((entry) => disclosedBid(entry).some((one) => endOf(one) === manifestHash));
  if (ends.length === 0) return { ...missing, claim: null };
  const ending = await showEnding(manifestHash);
  let claim: Extract<EndingCheck, { proven: false }> | null = null;
  for (const { body: entry } of ends) {
    if (!entry) continue;
    const check = await provenEnding({ manifestHash, lotId, entry, ending, trust });
    if (check.proven) return { proven: false, reason: 'replaced', ending: check };
    // Of two claims the one that somebody signed says more.
    if (!claim?.by) claim = check;
  }
  return { ...missing, claim };
}

/** The manifest that an entry says has ended. */
const endOf = (bid: DisclosedBid): string | null => (bid.type === 'bid.withdraw' ? bid.manifestHash : bid.supersedes);

/** What bidder and officers compare: is this the text that the log's entry names? */
export const isClose = (close: string, entry: EntryBody): boolean =>
  entry.t === 'tender.close' && entry.p['document'] === sha256Hex(bytesOf(close));

function readClose(text: string): CloseDocument | undefined {
  try {
    return CloseDocument.safeParse(parseCanonical(text)).data;
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

/** A receipt or withdrawal, if the body given makes the leaf that the log holds; anything else says nothing. */
export function disclosedBid({ leaf, salt, body }: DisclosedEntry): DisclosedBid[] {
  if (body === null || salt === null || (body.t !== 'bid.receipt' && body.t !== 'bid.withdraw')) return [];
  if (toHex(leafHash(leafOf(body, fromHex(salt)))) !== leaf) return [];
  const { manifest, supersedes } = body.p;
  if (typeof manifest !== 'string') return [];
  return [
    body.t === 'bid.receipt'
      ? {
          type: 'bid.receipt',
          manifestHash: manifest,
          supersedes: typeof supersedes === 'string' ? supersedes : null,
        }
      : { type: 'bid.withdraw', manifestHash: manifest },
  ];
}
