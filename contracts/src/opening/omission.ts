import { fromHex } from '../kernel/bytes.ts';
import { CloseDocument, type DisclosedBid, headsFrom } from '../bidding/index.ts';
import { bytesOf, leafHash, leafOf, Malformed, parseCanonical, sha256Hex, verifyReceipt } from '../trust/index.ts';
import type { EntryBody, VerifierKey } from '../trust/index.ts';
import { toHex } from '../kernel/bytes.ts';

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
    }
  | {
      readonly proven: false;
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
 * Does this receipt show that the close list is wrong — that it leaves out a bid, or lists one that was taken back? Everything it needs is public once the lot has
 * closed, so the bidder's own page, the server and anybody else come to the same answer. Never throws on what it is given.
 */
export function judgeOmission({
  receipt,
  verifierKeys,
  lotId,
  close,
  closeIndex,
  disclosed,
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
}): OmissionJudgement {
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
  const document = readClose(close);
  if (isWithdrawal)
    return document?.heads.some((head) => head.manifestHash === manifestHash)
      ? { proven: true, what: 'resurrected', manifestHash, leaf, index }
      : no('replaced');
  if (!document || document.heads.some((head) => head.leaf === leaf && head.manifestHash === manifestHash))
    return no('listed');
  const standing = headsFrom([
    ...(document.others.some((other) => other.leaf === leaf) || document.heads.some((head) => head.leaf === leaf)
      ? []
      : [{ type: 'bid.receipt' as const, manifestHash, supersedes: null }]),
    ...disclosed.flatMap(disclosedBid),
  ]);
  return standing.includes(manifestHash)
    ? { proven: true, what: 'missing', manifestHash, leaf, index }
    : no('replaced');
}

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
