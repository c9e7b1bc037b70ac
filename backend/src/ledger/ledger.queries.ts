import type { EntityManager } from '@mikro-orm/core';
import type { LogEntry, SignedAct as SignedActReply } from '@xinbiao/contracts/ledger';
import { bytesOf, leafName, parseLeaf, type EntryBody } from '@xinbiao/contracts/trust';
import { LedgerDisclosure, LedgerEntry, LogCheckpoint, LogLeaf, SignedAct } from './ledger.entity.ts';
import { openingOf } from './record.ts';
import { rowsOf } from './sql.ts';
import { leavesBetween } from './tree.ts';

/** Shows entries as the public may see them: a sealed one stays a commitment until it was disclosed. */
async function shown(em: EntityManager, rows: readonly { index: number; entry: LedgerEntry }[]): Promise<LogEntry[]> {
  const sealed = rows.filter(({ entry }) => entry.visibility === 'commit').map(({ entry }) => entry.id);
  const disclosed = new Set(
    (await em.find(LedgerDisclosure, { entry: { $in: sealed } }, { disableIdentityMap: true })).map(
      ({ entry }) => entry,
    ),
  );
  return rows.map(({ index, entry }) => {
    const leaf = parseLeaf(bytesOf(entry.leaf));
    const view = { index, leaf: leafName(bytesOf(entry.leaf)), kind: leaf.kind };
    if (leaf.kind === 'public') return { ...view, commitment: null, body: leaf.body, salt: null };
    const opening = disclosed.has(entry.id) ? openingOf(entry) : { body: null, salt: null };
    return { ...view, commitment: leaf.c, ...opening };
  });
}

/** The entries of a stretch of the tree, as the public may see them. */
export async function entriesBetween(em: EntityManager, from: number, to: number): Promise<LogEntry[]> {
  return shown(em, await leavesBetween(em, from, to));
}

/** The entry whose leaf has this hash, if it is in the tree; the first of several that say the same. */
export async function entryByLeaf(em: EntityManager, leafHash: string): Promise<LogEntry | undefined> {
  const entries = await em.find(LedgerEntry, { leafHash }, { disableIdentityMap: true });
  const [place] = await em.find(
    LogLeaf,
    { entry: { $in: entries.map(({ id }) => id) } },
    { orderBy: { index: 'asc' }, limit: 1, disableIdentityMap: true },
  );
  const entry = place && entries.find(({ id }) => id === place.entry);
  return entry && (await shown(em, [{ index: place.index, entry }]))[0];
}

/** The newest entries of a scope that are no secret, before a place. Sealed ones are passed over without a trace. */
export async function entriesOfScope(
  em: EntityManager,
  scope: string,
  before: number,
  limit: number,
): Promise<LogEntry[]> {
  const rows: { index: number; entry: LedgerEntry }[] = [];
  let number = Number.MAX_SAFE_INTEGER;
  while (rows.length < limit) {
    const entries = await em.find(
      LedgerEntry,
      { scope, number: { $lt: number } },
      { orderBy: { number: 'desc' }, limit: 200, disableIdentityMap: true },
    );
    const last = entries.at(-1);
    if (!last) break;
    number = last.number;
    const ids = entries.map(({ id }) => id);
    const open = new Set(
      (await em.find(LedgerDisclosure, { entry: { $in: ids } }, { disableIdentityMap: true })).map(
        ({ entry }) => entry,
      ),
    );
    const places = new Map(
      (await em.find(LogLeaf, { entry: { $in: ids } }, { disableIdentityMap: true })).map(({ entry, index }) => [
        entry,
        index,
      ]),
    );
    for (const entry of entries) {
      const index = places.get(entry.id);
      const secret = entry.visibility === 'commit' && !open.has(entry.id);
      if (index !== undefined && index < before && !secret && rows.length < limit) rows.push({ index, entry });
    }
  }
  return shown(em, rows);
}

/** The id of an entry by its place, where the public may have its receipt; `sealed` where it may not yet. */
export async function publicEntryAt(em: EntityManager, index: number): Promise<string | undefined> {
  const place = await em.findOne(LogLeaf, { index }, { disableIdentityMap: true });
  if (!place) return undefined;
  return (await isPublic(em, place.entry)) ? place.entry : 'sealed';
}

async function isPublic(em: EntityManager, entryId: string): Promise<boolean> {
  const entry = await em.findOneOrFail(LedgerEntry, { id: entryId }, { disableIdentityMap: true });
  return entry.visibility === 'public' || (await em.count(LedgerDisclosure, { entry: entryId })) > 0;
}

/** A signed document that a public or disclosed entry in the tree names. */
export async function publicAct(em: EntityManager, hash: string): Promise<SignedActReply | undefined> {
  for (const found of await em.find(SignedAct, { hash }, { orderBy: { entry: 'asc' }, disableIdentityMap: true })) {
    const { entry, type, act, signature, certificateSha256 } = found;
    if ((await em.count(LogLeaf, { entry })) > 0 && (await isPublic(em, entry)))
      return { hash, type, act, signature, certificateSha256 };
  }
  return undefined;
}

/** A signed document by the entry that names it, whether public or not; for those entitled. */
export async function actOf(em: EntityManager, entryId: string): Promise<SignedActReply | undefined> {
  const found = await em.findOne(SignedAct, { entry: entryId }, { disableIdentityMap: true });
  if (!found) return undefined;
  const { hash, type, act, signature, certificateSha256 } = found;
  return { hash, type, act, signature, certificateSha256 };
}

/** The openings of sealed entries that were disclosed, in the order of the tree. */
export async function disclosedBetween(
  em: EntityManager,
  from: number,
  to: number,
): Promise<{ index: number; salt: string; body: EntryBody }[]> {
  const rows = await entriesBetween(em, from, to);
  return rows.flatMap(({ index, salt, body }) => (salt !== null && body ? [{ index, salt, body }] : []));
}

/** An entry opened, for those entitled: its number in its scope, its leaf's hash and the salt that hides it. */
export async function openedEntry(
  em: EntityManager,
  entryId: string,
): Promise<{ number: number; leaf: string; salt: string | null; body: EntryBody }> {
  const entry = await em.findOneOrFail(LedgerEntry, { id: entryId }, { disableIdentityMap: true });
  return { number: entry.number, leaf: entry.leafHash, ...openingOf(entry) };
}

/** Where entries lie, by their ids: the leaf at once, the index as soon as the sequencer took the entry in. */
export async function placesOf(
  em: EntityManager,
  entryIds: readonly string[],
): Promise<Map<string, { leaf: string; index: number | null }>> {
  const ids = [...entryIds];
  const entries = await em.find(
    LedgerEntry,
    { id: { $in: ids } },
    { fields: ['id', 'leafHash'], disableIdentityMap: true },
  );
  const places = new Map(
    (await em.find(LogLeaf, { entry: { $in: ids } }, { disableIdentityMap: true })).map(({ entry, index }) => [
      entry,
      index,
    ]),
  );
  return new Map(entries.map(({ id, leafHash }) => [id, { leaf: leafHash, index: places.get(id) ?? null }]));
}

/**
 * When the log last signed a checkpoint, and how many public entries wait for the sequencer. Sealed ones that wait are
 * nobody's business: their number would tell how many bids just came.
 */
export async function logHealth(em: EntityManager): Promise<{ checkpointAt: Date | null; waiting: number }> {
  const [last] = await em.find(LogCheckpoint, {}, { orderBy: { size: 'desc' }, limit: 1, disableIdentityMap: true });
  return { checkpointAt: last?.at ?? null, waiting: await publicWaiting(em) };
}

async function publicWaiting(em: EntityManager): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(
    em,
    "select count(*) as `count` from `ledger_outbox` o join `ledger_entry` e on e.`id` = o.`entry` where e.`visibility` = 'public'",
  );
  return Number(row?.count ?? 0);
}
