import { toHex } from '../../kernel/bytes.ts';
import { Instant } from '../../kernel/time.ts';
import { bytesOf, canonicalBytes, Malformed, parseCanonical } from '../canonical.ts';
import { equalBytes, joined, sha256 } from '../hash.ts';
import { leafHash } from './merkle.ts';
import { maxEntryLength } from './tiles.ts';

/**
 * What the log says happened: of which kind, in which scope (a lot's id or `house`), when, and the particulars,
 * which are hashes of signed documents. The number within the scope is left out on purpose: it would tell how
 * many sealed entries came before.
 */
export type EntryBody = {
  readonly v: 1;
  readonly t: string;
  readonly s: string;
  readonly ts: string;
  readonly p: Readonly<Record<string, unknown>>;
};

/** A leaf is public and says its entry, or sealed and says a commitment only: neither time nor kind nor scope. */
export type Leaf =
  | { readonly kind: 'public'; readonly body: EntryBody }
  | { readonly kind: 'commit'; readonly c: string };

const commitLabel = bytesOf('xinbiao/v1/leaf-commit\n');

/** The commitment of a sealed leaf; the salt hides the body, the hash binds to it. */
export function leafCommitment(salt: Uint8Array, body: EntryBody): string {
  if (salt.length !== 32) throw new Malformed('leaf salt');
  return toHex(sha256(joined(commitLabel, salt, entryBytes(body))));
}

/** The bytes of a public leaf. */
export const publicLeaf = (body: EntryBody): Uint8Array<ArrayBuffer> => entryBytes(body);
/** The bytes of a sealed leaf. */
export const commitLeaf = (salt: Uint8Array, body: EntryBody): Uint8Array<ArrayBuffer> =>
  canonicalBytes({ v: 1, t: 'commit', c: leafCommitment(salt, body) });

/** The leaf that a body makes: sealed where there is a salt, public where there is none. */
export const leafOf = (body: EntryBody, salt?: Uint8Array): Uint8Array<ArrayBuffer> =>
  salt ? commitLeaf(salt, body) : publicLeaf(body);

function entryBytes(body: EntryBody): Uint8Array<ArrayBuffer> {
  const bytes = canonicalBytes(parseBody(body));
  if (bytes.length > maxEntryLength) throw new Malformed('entry is too long');
  return bytes;
}

/** Reads an entry's body strictly: no field more, none less, a kind that is not `commit`. */
export function parseBody(value: unknown): EntryBody {
  if (!isRecord(value) || Object.keys(value).sort().join() !== 'p,s,t,ts,v') throw new Malformed('entry body');
  const { v, t, s, ts, p } = value;
  if (v !== 1 || !isRecord(p)) throw new Malformed('entry body');
  if (typeof t !== 'string' || t === 'commit' || !/^[a-zA-Z][a-zA-Z0-9.-]{0,63}$/.test(t))
    throw new Malformed('entry type');
  if (typeof s !== 'string' || !/^[a-zA-Z0-9:._-]{1,64}$/.test(s)) throw new Malformed('entry scope');
  if (typeof ts !== 'string' || !Instant.safeParse(ts).success) throw new Malformed('entry time');
  return { v, t, s, ts, p };
}

/** Reads a leaf strictly; throws Malformed. */
export function parseLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length > maxEntryLength) throw new Malformed('entry is too long');
  const value = parseCanonical(bytes);
  if (!isRecord(value) || value['t'] !== 'commit') return { kind: 'public', body: parseBody(value) };
  const { v, c } = value;
  if (Object.keys(value).length !== 3 || v !== 1 || typeof c !== 'string' || !/^[0-9a-f]{64}$/.test(c))
    throw new Malformed('commit leaf');
  return { kind: 'commit', c };
}

/** Do salt and body open this sealed leaf? */
export const opensLeaf = (leaf: Uint8Array, salt: Uint8Array, body: EntryBody): boolean =>
  equalBytes(leaf, commitLeaf(salt, body));

/** How documents name an entry, a notice for instance: the hash of its leaf, as hex. */
export const leafName = (leaf: Uint8Array): string => toHex(leafHash(leaf));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
