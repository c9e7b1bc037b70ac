import { Malformed } from '../canonical.ts';
import { fromBase64, toBase64 } from './base64.ts';
import type { Hash } from './merkle.ts';
import { parseNote, signersOf, signNote, type Signed, type SignerKey, type VerifierKey } from './note.ts';

/** A log's statement about itself (c2sp.org/tlog-checkpoint): so many entries, and this root over them. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Hash };

/** A checkpoint that the log itself has signed, and who else has. */
export type SignedCheckpoint = Checkpoint & { readonly note: string; readonly signed: readonly Signed[] };

const checkpointText = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${toBase64(root)}\n`;

/** Reads a checkpoint without trusting it; lines beyond the third are the log's own extensions. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, root, ...rest] = text.split('\n');
  if (origin === undefined || origin === '' || size === undefined || root === undefined || rest.pop() !== '')
    throw new Malformed('checkpoint');
  if (rest.includes('')) throw new Malformed('checkpoint');
  const hash = fromBase64(root);
  if (hash.length !== 32) throw new Malformed('checkpoint root');
  return { origin, size: parseCount(size), root: hash };
}

/** The one decimal spelling of a count. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(count)) throw new Malformed('count');
  return count;
}

/** Signs what the log says of itself; the log's name is its origin. */
export function signCheckpoint(checkpoint: Omit<Checkpoint, 'origin'>, signer: SignerKey): string {
  return signNote(checkpointText({ ...checkpoint, origin: signer.name }), signer);
}

/**
 * Opens a checkpoint for somebody who trusts these keys; throws Malformed unless the log of that origin has
 * signed it. A witness's signature alone is not the log's word.
 */
export function openCheckpoint(note: string, keys: readonly VerifierKey[]): SignedCheckpoint {
  const opened = parseNote(note);
  const checkpoint = parseCheckpoint(opened.text);
  const signed = signersOf(opened, keys);
  if (!signed.some(({ key }) => key.kind === 1 && key.name === checkpoint.origin))
    throw new Malformed('checkpoint is not signed by its log');
  return { ...checkpoint, note, signed };
}
