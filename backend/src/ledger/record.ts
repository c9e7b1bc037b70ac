import { raw, type EntityManager } from '@mikro-orm/core';
import { fromHex, instantText, toHex, uuid7 } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  leafName,
  leafOf,
  Malformed,
  parseBody,
  parseCanonical,
  sha256Hex,
  textOf,
  type EntryBody,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { LedgerDisclosure, LedgerEntry, LedgerOutbox, LedgerScope, SignedAct } from './ledger.entity.ts';

/** What is written down: in which scope, of what kind, whether it is sealed until disclosed, and its particulars. */
export type Record = {
  /** A lot's id, or `house`. */
  readonly scope: string;
  readonly type: string;
  readonly visibility: 'public' | 'commit';
  /** Hashes of signed documents and public facts; never a secret, and never a document itself. */
  readonly body: Readonly<{ [field: string]: unknown }>;
  readonly at: Date;
  readonly actor?: string | undefined;
};

/** An entry as its writer holds it. `leafHash` is how documents name it, a notice for instance. */
export type Recorded = {
  readonly entryId: string;
  readonly leafHash: string;
  readonly body: EntryBody;
  readonly salt: string | null;
};

/**
 * Writes an entry in the caller's transaction: it is logged if, and only if, the change is. Entries of one scope
 * get their numbers in the order in which their transactions commit, and reach the tree in that order.
 */
export async function record(tx: EntityManager, entry: Record): Promise<Recorded> {
  const { scope, type, visibility, at, actor } = entry;
  if (!tx.isInTransaction()) throw new Error('an entry belongs into the transaction of the change it records');
  const body: EntryBody = { v: 1, t: type, s: scope, ts: instantText(at), p: entry.body };
  const salt = visibility === 'commit' ? randomBytes(32) : undefined;
  const leaf = leafOf(body, salt);
  const leafHash = leafName(leaf);
  const number = await nextNumber(tx, scope);
  const id = uuid7(at, randomBytes(10));
  await tx.insert(LedgerEntry, {
    id,
    scope,
    number,
    type,
    visibility,
    at,
    leafHash,
    actor: actor ?? null,
    leaf: textOf(leaf),
    body: salt ? canonical(body) : null,
    salt: salt ? toHex(salt) : null,
  });
  await tx.insert(LedgerOutbox, { entry: id, scope, number, at });
  return { entryId: id, leafHash, body, salt: salt ? toHex(salt) : null };
}

/** The update takes the scope's row lock and keeps it until commit, so numbers become visible without gaps. */
async function nextNumber(tx: EntityManager, scope: string): Promise<number> {
  const advance = () => tx.nativeUpdate(LedgerScope, { scope }, { last: raw<number>('last + 1') });
  if ((await advance()) === 0) {
    await tx.upsert(LedgerScope, { scope, last: 0 }, { onConflictAction: 'ignore' });
    await advance();
  }
  const row = await tx.findOneOrFail(LedgerScope, { scope }, { disableIdentityMap: true });
  return row.last;
}

export type RecordAct = Omit<Record, 'body'> & {
  /** The document as it was signed: canonical JSON, byte for byte. */
  readonly act: string;
  /** DER of the detached CMS over it, as hex. */
  readonly signature: string;
  readonly certificateSha256: string;
  /** Facts beside the document's hash that the entry shows. */
  readonly facts?: Readonly<{ [field: string]: unknown }>;
};

/** What `recordAct` adds: the SHA-256 of the document, by which anybody can fetch it once it is public. */
export type RecordedAct = Recorded & { readonly actHash: string };

/**
 * Writes an entry about a signed document, and keeps the document. The caller has checked the signature; the
 * entry names document, signature and certificate by their hashes, so none can be exchanged afterwards.
 */
export async function recordAct(tx: EntityManager, given: RecordAct): Promise<RecordedAct> {
  const { act, signature, certificateSha256, facts, ...entry } = given;
  parseCanonical(act);
  if (!/^[0-9a-f]{64}$/.test(certificateSha256)) throw new Malformed('certificate fingerprint');
  const actHash = sha256Hex(bytesOf(act));
  const body = { ...facts, act: actHash, signature: sha256Hex(fromHex(signature)), certificate: certificateSha256 };
  const recorded = await record(tx, { ...entry, body });
  await tx.insert(SignedAct, {
    entry: recorded.entryId,
    hash: actHash,
    type: given.type,
    act,
    signature,
    certificateSha256,
  });
  return { ...recorded, actHash };
}

/** Makes a sealed entry public: from the commit of this transaction on anybody is given its salt and body. */
export async function disclose(tx: EntityManager, entryId: string, at: Date): Promise<void> {
  await tx.upsert(LedgerDisclosure, { entry: entryId, at }, { onConflictAction: 'ignore' });
}

/** What an entry says, and the salt that hides it where it is sealed. For those entitled only. */
export function openingOf(entry: LedgerEntry): { body: EntryBody; salt: string | null } {
  return { body: parseBody(parseCanonical(entry.body ?? entry.leaf)), salt: entry.salt ?? null };
}
