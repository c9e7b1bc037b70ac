import { fromHex, toHex } from '../../kernel/bytes.ts';
import { canonical, canonicalBytes, Malformed, parseCanonical } from '../canonical.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { openCheckpoint, parseCount, type SignedCheckpoint } from './checkpoint.ts';
import { leafOf, parseBody, type EntryBody } from './leaf.ts';
import { leafHash, provesInclusion } from './merkle.ts';
import type { Signed, VerifierKey } from './note.ts';

/** An offline proof that the log holds an entry (c2sp.org/tlog-proof), before anybody has checked it. */
export type LogProof = {
  readonly extra: Uint8Array | null;
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
};

const firstLine = 'c2sp.org/tlog-proof@v1';
const maxProofLength = 1_000_000;

export function proofText({ extra, index, proof, checkpoint }: LogProof): string {
  const lines = [firstLine, ...(extra ? [`extra ${toBase64(extra)}`] : []), `index ${index}`, ...proof.map(toBase64)];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** Reads a proof file strictly; throws Malformed. */
export function parseProof(text: string): LogProof {
  const parting = text.indexOf('\n\n');
  if (text.length > maxProofLength || parting < 0) throw new Malformed('log proof');
  const lines = text.slice(0, parting).split('\n');
  if (lines.shift() !== firstLine) throw new Malformed('log proof');
  const extra = lines[0]?.startsWith('extra ') ? fromBase64(lines.shift()?.slice(6) ?? '') : null;
  const index = /^index (.*)$/.exec(lines.shift() ?? '')?.[1];
  if (index === undefined || lines.length > 64) throw new Malformed('log proof');
  const proof = lines.map(fromBase64);
  if (proof.some((hash) => hash.length !== 32)) throw new Malformed('log proof');
  return { extra, index: parseCount(index), proof, checkpoint: text.slice(parting + 2) };
}

/**
 * A receipt: a proof file whose extra says what the entry is, so that its holder can show it before anything
 * is disclosed. Whoever is given a receipt of a sealed entry can read that entry.
 */
export function receiptOf(given: {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
  readonly body: EntryBody;
  readonly salt?: Uint8Array | undefined;
}): string {
  const { index, proof, checkpoint, body, salt } = given;
  const extra = canonicalBytes(salt ? { salt: toHex(salt), body } : { body });
  return proofText({ extra, index, proof, checkpoint });
}

/** What a good receipt shows. `signed` names the log and each trusted witness that signed the checkpoint. */
export type Receipt = {
  readonly index: number;
  readonly leaf: string;
  readonly body: EntryBody;
  readonly salt: string | null;
  readonly checkpoint: SignedCheckpoint;
  readonly signed: readonly Signed[];
};
export type ReceiptCheck =
  | { readonly ok: true; readonly receipt: Receipt }
  | { readonly ok: false; readonly reason: 'malformed' | 'not-signed' | 'not-included' | 'another-entry' };

/**
 * Checks a receipt with nothing but the keys one trusts. `expectBody` names what the entry must say: each field
 * given must be equal, and `p` must be equal as a whole.
 */
export function verifyReceipt(given: {
  readonly proof: string;
  readonly verifierKeys: readonly VerifierKey[];
  readonly expectBody?: Partial<EntryBody>;
}): ReceiptCheck {
  let parsed: LogProof;
  let opening: Opening;
  try {
    parsed = parseProof(given.proof);
    opening = parseOpening(parsed.extra);
  } catch (fault) {
    return refused(fault, 'malformed');
  }
  let checkpoint: SignedCheckpoint;
  try {
    checkpoint = openCheckpoint(parsed.checkpoint, given.verifierKeys);
  } catch (fault) {
    return refused(fault, 'not-signed');
  }
  const { body, salt } = opening;
  const leaf = leafHash(leafOf(body, salt === null ? undefined : fromHex(salt)));
  const { index, proof } = parsed;
  if (!provesInclusion({ index, size: checkpoint.size, leaf, proof, root: checkpoint.root }))
    return { ok: false, reason: 'not-included' };
  for (const [field, value] of Object.entries(given.expectBody ?? {})) {
    if (canonical(body[field as keyof EntryBody]) !== canonical(value)) return { ok: false, reason: 'another-entry' };
  }
  return { ok: true, receipt: { index, leaf: toHex(leaf), body, salt, checkpoint, signed: checkpoint.signed } };
}

function refused(fault: unknown, reason: 'malformed' | 'not-signed'): ReceiptCheck {
  if (fault instanceof Malformed) return { ok: false, reason };
  throw fault;
}

type Opening = { readonly body: EntryBody; readonly salt: string | null };

/** Reads what a receipt says its entry is; not to be trusted before the proof was checked. */
export function parseOpening(extra: Uint8Array | null): Opening {
  if (!extra) throw new Malformed('receipt without entry');
  const value = parseCanonical(extra) as { body?: unknown; salt?: unknown } | null;
  const fields = typeof value === 'object' && value !== null ? Object.keys(value).sort().join() : '';
  if (!value || (fields !== 'body' && fields !== 'body,salt')) throw new Malformed('receipt');
  const body = parseBody(value.body);
  if (value.salt === undefined) return { body, salt: null };
  if (typeof value.salt !== 'string' || !/^[0-9a-f]{64}$/.test(value.salt)) throw new Malformed('leaf salt');
  return { body, salt: value.salt };
}
