import { ed25519 } from '@noble/curves/ed25519.js';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf, Malformed } from '../canonical.ts';
import { joined, sha256 } from '../hash.ts';
import { fromBase64, toBase64 } from './base64.ts';

/**
 * Signed notes (c2sp.org/signed-note): text, a blank line, and signature lines. A log signs with kind 1, plain
 * Ed25519; a witness with kind 4, Ed25519 over the note and the time it saw it (c2sp.org/tlog-cosignature).
 */
export type KeyKind = 1 | 4;

/** A public key that somebody has decided to trust, with the name and id its signature lines carry. */
export type VerifierKey = {
  readonly name: string;
  readonly id: string;
  readonly kind: KeyKind;
  readonly key: Uint8Array;
};
/** A secret key; the seed never leaves the signer's memory or its file. */
export type SignerKey = VerifierKey & { readonly seed: Uint8Array };

export type NoteSignature = { readonly name: string; readonly id: string; readonly bytes: Uint8Array };
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };
/** Whose signature a note was found to carry; a witness also says when it saw the note, in seconds since 1970. */
export type Signed = { readonly key: VerifierKey; readonly time: number | null };

const maxNoteLength = 1_000_000;
const maxSignatures = 64;
const isKeyName = (name: string): boolean => name !== '' && name.isWellFormed() && !/[\s+\p{Cc}\p{Z}]/u.test(name);

function keyId(name: string, kind: KeyKind, key: Uint8Array): string {
  return toHex(sha256(joined(bytesOf(`${name}\n`), new Uint8Array([kind]), key)).subarray(0, 4));
}

/** A signer from a 32-byte seed; the same seed and name always give the same key. */
export function signerKey(name: string, seed: Uint8Array, kind: KeyKind = 1): SignerKey {
  if (!isKeyName(name)) throw new Malformed('key name');
  if (seed.length !== 32) throw new Malformed('key seed');
  const key = ed25519.getPublicKey(seed);
  return { name, id: keyId(name, kind, key), kind, key, seed };
}

/** The verifier key as one line of text: `name+id+base64(kind ‖ key)`. */
export const verifierKeyText = ({ name, id, kind, key }: VerifierKey): string =>
  `${name}+${id}+${toBase64(joined(new Uint8Array([kind]), key))}`;

/** Reads a verifier key; throws Malformed where the id does not belong to the key. */
export function parseVerifierKey(line: string): VerifierKey {
  const [name, id, encoded, ...rest] = splitKey(line);
  const bytes = fromBase64(encoded ?? '');
  const [kind] = bytes;
  if (rest.length > 0 || name === undefined || !isKeyName(name) || bytes.length !== 33)
    throw new Malformed('verifier key');
  if (kind !== 1 && kind !== 4) throw new Malformed('key kind');
  const key = bytes.subarray(1);
  if (id !== keyId(name, kind, key)) throw new Malformed('key id');
  return { name, id, kind, key };
}

/** The secret key as one line of text, for a file that only its owner can read. */
export const signerKeyText = ({ name, id, kind, seed }: SignerKey): string =>
  `PRIVATE+KEY+${name}+${id}+${toBase64(joined(new Uint8Array([kind]), seed))}`;

export function parseSignerKey(line: string): SignerKey {
  const rest = /^PRIVATE\+KEY\+(.*)$/s.exec(line)?.[1];
  const [name, id, encoded, ...more] = splitKey(rest ?? '');
  const bytes = fromBase64(encoded ?? '');
  const [kind] = bytes;
  if (more.length > 0 || name === undefined || bytes.length !== 33 || (kind !== 1 && kind !== 4))
    throw new Malformed('signer key');
  const signer = signerKey(name, bytes.slice(1), kind);
  if (signer.id !== id) throw new Malformed('key id');
  return signer;
}

/** base64 may hold `+` too, so only the first two count. */
function splitKey(line: string): string[] {
  const first = line.indexOf('+');
  const second = line.indexOf('+', first + 1);
  return first < 0 || second < 0 ? [] : [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)];
}

/** Signs a text that ends in a newline. A witness must say the time. */
export function signNote(text: string, signer: SignerKey, time?: number): string {
  requireText(text);
  return `${text}\n${signatureLine(text, signer, time)}`;
}

/** Adds a signature to a note, after those it has. */
export function countersign(note: string, signer: SignerKey, time?: number): string {
  return note + signatureLine(parseNote(note).text, signer, time);
}

function signatureLine(text: string, signer: SignerKey, time?: number): string {
  if ((signer.kind === 4) !== (time !== undefined)) throw new Malformed('a witness, and only a witness, says the time');
  const signature = ed25519.sign(signedBytes(text, time ?? null), signer.seed);
  const bytes = time === undefined ? signature : joined(timeBytes(time), signature);
  return `— ${signer.name} ${toBase64(joined(fromHex(signer.id), bytes))}\n`;
}

const signedBytes = (text: string, time: number | null): Uint8Array =>
  bytesOf(time === null ? text : `cosignature/v1\ntime ${time}\n${text}`);

function timeBytes(time: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time));
  return bytes;
}

function requireText(text: string): void {
  if (!text.endsWith('\n') || !text.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(text))
    throw new Malformed('note text');
}

/** Takes a note apart without trusting it; throws Malformed on anything that is not a note. */
export function parseNote(note: string): Note {
  if (note.length > maxNoteLength) throw new Malformed('note is too long');
  requireText(note);
  const parting = note.lastIndexOf('\n\n');
  if (parting < 0) throw new Malformed('note without signatures');
  const text = note.slice(0, parting + 1);
  const lines = note.slice(parting + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw new Malformed('too many signatures');
  return { text, signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [dash, name, encoded, ...rest] = line.split(' ');
  if (dash !== '—' || name === undefined || !isKeyName(name) || encoded === undefined || rest.length > 0)
    throw new Malformed('signature line');
  const bytes = fromBase64(encoded);
  if (bytes.length < 5) throw new Malformed('signature line');
  return { name, id: toHex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
}

/**
 * Whose signatures, of the keys one trusts, a note carries. Unknown signatures are ignored; one bad signature of
 * a known key makes the whole note Malformed.
 */
export function signersOf(note: Note, keys: readonly VerifierKey[]): Signed[] {
  const found: Signed[] = [];
  for (const signature of note.signatures) {
    const key = keys.find((known) => known.name === signature.name && known.id === signature.id);
    if (!key || found.some((known) => known.key === key)) continue;
    found.push({ key, time: verifiedTime(note.text, signature.bytes, key) });
  }
  return found;
}

function verifiedTime(text: string, bytes: Uint8Array, key: VerifierKey): number | null {
  const timed = key.kind === 4;
  if (bytes.length !== (timed ? 72 : 64)) throw new Malformed('signature does not verify');
  const time = timed ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0)) : null;
  // Strict RFC 8032: a signature has one encoding.
  const signature = timed ? bytes.subarray(8) : bytes;
  if (!ed25519.verify(signature, signedBytes(text, time), key.key, { zip215: false }))
    throw new Malformed('signature does not verify');
  return time;
}
