import { z } from 'zod';
import { Hex, Sha256Hex, SignatureHex } from '../kernel/bytes.ts';
import { Instant } from '../kernel/time.ts';
import { Malformed, parseVerifierKey, verifyReceipt, type Receipt, type VerifierKey } from '../trust/index.ts';
import type { BidReceipt } from './bid.schema.ts';

/*
 * Handing in as the bidder's own program does it, page and command line alike: an answer is no submission. Only a
 * receipt that proves that the log holds this very bid is.
 */

/** Why an answer that says “taken” proves nothing. */
export const receiptDoubts = [
  'malformed',
  'not-signed',
  'not-included',
  'another-entry',
  'another-bid',
  'no-key',
] as const;
export type ReceiptDoubt = (typeof receiptDoubts)[number];

/** Does this receipt prove, by the keys of the log that the notice names, that the log holds this bid? */
export function judgeBidReceipt({
  proof,
  manifestHash,
  keys,
}: {
  readonly proof: string;
  readonly manifestHash: string;
  readonly keys: readonly VerifierKey[];
}): { readonly proven: true; readonly receipt: Receipt } | { readonly proven: false; readonly doubt: ReceiptDoubt } {
  if (keys.length === 0) return { proven: false, doubt: 'no-key' };
  const checked = verifyReceipt({ proof, verifierKeys: keys });
  if (!checked.ok) return { proven: false, doubt: checked.reason };
  const { t, p } = checked.receipt.body;
  return t === 'bid.receipt' && p['manifest'] === manifestHash
    ? { proven: true, receipt: checked.receipt }
    : { proven: false, doubt: 'another-bid' };
}

/**
 * What a bidder keeps when its bid was not provably taken: enough to show later that these bytes were signed and
 * stamped before the deadline, and what the platform said to them. Holds nothing that opens the bid.
 */
export const SubmissionEvidence = z.strictObject({
  v: z.literal('xinbiao/submission-evidence/v1'),
  envelopeId: z.string(),
  manifestHash: Sha256Hex,
  /** Canonical text, as signed. */
  manifest: z.string(),
  signature: SignatureHex,
  /** RFC 3161 tokens over the value of the signature. */
  timestamps: z.array(Hex),
  /** Acknowledgements of the manifest's hash by witnesses: signed notes. */
  acknowledgements: z.array(z.string()),
  /** Every answer of the platform, in order, with the bidder's own time. */
  answers: z.array(z.strictObject({ at: Instant, status: z.int(), said: z.string() })),
});
export type SubmissionEvidence = z.infer<typeof SubmissionEvidence>;

type Refusal = { readonly code: string };
/** What the platform answered: the receipt it gives, or its refusal; status 0 where nothing came. */
export type FinalizeAnswer<R extends Refusal> =
  | { readonly ok: true; readonly value: BidReceipt }
  | { readonly ok: false; readonly status: number; readonly refusals: readonly R[] };

export type Handed<R extends Refusal> =
  | { readonly outcome: 'proven'; readonly answer: BidReceipt; readonly receipt: Receipt }
  | { readonly outcome: 'refused'; readonly status: number; readonly refusals: readonly R[] }
  | { readonly outcome: 'unproven'; readonly doubt: ReceiptDoubt; readonly evidence: SubmissionEvidence };

/** Handing in without timestamps is better than not handing in. */
const aboutStamps: readonly string[] = ['bid.timestamp-refused', 'bid.timestamp-late'];

/**
 * Hands a signed envelope in and says what became of it: taken, provably; refused, with the reasons; or not provable,
 * with the evidence to keep. No answer is no outcome: it asks again, since handing in twice is handing in once.
 */
export async function handIn<R extends Refusal>(given: {
  readonly bid: {
    readonly envelopeId: string;
    readonly manifest: string;
    readonly manifestHash: string;
    readonly signature: string;
    readonly timestamps: readonly string[];
  };
  readonly finalize: (timestamps: string[]) => Promise<FinalizeAnswer<R>>;
  /** Key of the log, as the signed notice names it. */
  readonly logKey: () => Promise<string | undefined>;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly told?: (line: 'up' | 'down') => void;
}): Promise<Handed<R>> {
  const { bid, finalize, now, wait, told } = given;
  let timestamps = [...bid.timestamps];
  const answers: SubmissionEvidence['answers'] = [];
  for (let tries = 0; ; tries += 1) {
    const answer = await finalize(timestamps);
    answers.push({
      at: now().toISOString(),
      status: answer.ok ? 200 : answer.status,
      said: answer.ok ? answer.value.receipt : answer.refusals.map(({ code }) => code).join(' '),
    });
    if (answer.ok) {
      const judged = judgeBidReceipt({
        proof: answer.value.receipt,
        manifestHash: bid.manifestHash,
        keys: keysOf(await given.logKey()),
      });
      if (judged.proven) return { outcome: 'proven', answer: answer.value, receipt: judged.receipt };
      const { envelopeId, manifest, manifestHash, signature } = bid;
      const evidence: SubmissionEvidence = {
        v: 'xinbiao/submission-evidence/v1',
        envelopeId,
        manifestHash,
        manifest,
        signature,
        timestamps: [...bid.timestamps],
        acknowledgements: [],
        answers,
      };
      return { outcome: 'unproven', doubt: judged.doubt, evidence };
    }
    if (
      timestamps.length > 0 &&
      answer.refusals.every(({ code }) => aboutStamps.includes(code)) &&
      answer.refusals.length > 0
    ) {
      timestamps = [];
      continue;
    }
    if (answer.status !== 0 && answer.status < 500 && answer.status !== 429)
      return { outcome: 'refused', status: answer.status, refusals: answer.refusals };
    told?.('down');
    await wait(Math.min(15_000, 1_000 * 2 ** tries));
    told?.('up');
  }
}

function keysOf(text: string | undefined): VerifierKey[] {
  if (text === undefined) return [];
  try {
    return [parseVerifierKey(text.trim())];
  } catch (fault) {
    if (fault instanceof Malformed) return [];
    throw fault;
  }
}
