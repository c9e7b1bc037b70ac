import type { EntityManager } from '@mikro-orm/core';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  emptyFrontier,
  entryTiles,
  equalBytes,
  grow,
  hashTiles,
  leafHash,
  leafName,
  leafOf,
  levelWidth,
  openCheckpoint,
  rootOf,
  sha256Hex,
  tilePath,
  type EntryBody,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { LedgerEntry, LedgerOutbox, LedgerScope, LogCheckpoint, LogHash, LogLeaf, SignedAct } from './ledger.entity.ts';
import { openingOf } from './record.ts';
import type { PublicLog } from './public-log.ts';
import { leavesBetween, StoredTree } from './tree.ts';

/** Compares every row of the ledger, and every file of the public log, with the tree; gives what does not fit, in words. */
export async function fsck(em: EntityManager, key: VerifierKey, publicLog?: PublicLog): Promise<string[]> {
  const faults: string[] = [];
  const checkpoints = new Map(
    (await em.find(LogCheckpoint, {}, { disableIdentityMap: true })).map((row) => [row.size, row.note]),
  );
  const size = [...checkpoints.keys()].reduce((largest, one) => Math.max(largest, one), 0);
  let frontier = emptyFrontier;
  const completed = new Map<string, string>();
  const check = () => {
    const note = checkpoints.get(frontier.size);
    if (note !== undefined) faults.push(...checkpointFaults(note, key, frontier.size, rootOf(frontier)));
    checkpoints.delete(frontier.size);
  };
  check();
  for (let from = 0; from < size; from += 512) {
    const stretch = await leavesBetween(em, from, Math.min(size, from + 512)).catch((fault: unknown) => String(fault));
    if (typeof stretch === 'string') {
      faults.push(stretch);
      break;
    }
    for (const { index, entry } of stretch) {
      if (index !== frontier.size) faults.push(`entry ${frontier.size}: its place is empty`);
      faults.push(...entryFaults(entry).map((fault) => `entry ${index} (${entry.id}): ${fault}`));
      frontier = grow(frontier, leafHash(bytesOf(entry.leaf)), ({ level, index: at }, hash) => {
        if (level % 8 === 0) completed.set(`${level / 8}/${at}`, toHex(hash));
      });
      check();
    }
    faults.push(...(await hashFaults(em, completed)));
    completed.clear();
  }
  if (frontier.size !== size) faults.push(`the tree has ${frontier.size} entries, its checkpoint says ${size}`);
  for (const beyond of checkpoints.keys()) faults.push(`checkpoint ${beyond}: no tree of that size`);
  if ((await em.count(LogLeaf, {})) !== size) faults.push('there are entries beyond the newest checkpoint');
  if ((await em.count(LogHash, {})) !== hashCount(size)) faults.push('there are hashes that no tile has');
  faults.push(...(await scopeFaults(em)), ...(await actFaults(em)));
  if (publicLog) faults.push(...(await fileFaults(em, key, publicLog)));
  return faults;
}

/** Is the folder the log, as far as its own checkpoint says it goes? */
async function fileFaults(em: EntityManager, key: VerifierKey, publicLog: PublicLog): Promise<string[]> {
  const note = publicLog.checkpoint();
  if (note === undefined) return ['public-log: no checkpoint'];
  let size: number;
  try {
    ({ size } = openCheckpoint(note, [key]));
  } catch {
    return ['public-log/checkpoint: does not verify'];
  }
  const stored = await em.findOne(LogCheckpoint, { size }, { disableIdentityMap: true });
  if (stored?.note !== note) return ['public-log/checkpoint: not one of the database'];
  const tree = new StoredTree(key);
  const faults: string[] = [];
  for (const tile of [...entryTiles(size), ...hashTiles(size)]) {
    const bytes = publicLog.bytes(tile);
    const expected = await tree.tileBytes(em, tile, size).catch(() => undefined);
    if (!bytes) faults.push(`public-log/${tilePath(tile)}: missing`);
    else if (!expected || !equalBytes(bytes, expected)) faults.push(`public-log/${tilePath(tile)}: differs`);
  }
  return faults;
}

async function hashFaults(em: EntityManager, completed: ReadonlyMap<string, string>): Promise<string[]> {
  const levels = Map.groupBy(
    [...completed].map(([place, hash]) => ({
      level: Number(place.split('/')[0]),
      index: Number(place.split('/')[1]),
      hash,
    })),
    ({ level }) => level,
  );
  const faults: string[] = [];
  for (const [level, hashes] of levels) {
    const rows = await em.find(
      LogHash,
      { level, index: { $in: hashes.map(({ index }) => index) } },
      { disableIdentityMap: true },
    );
    const stored = new Map(rows.map(({ index, hash }) => [index, hash]));
    for (const { index, hash } of hashes)
      if (stored.get(index) !== hash) faults.push(`hash ${level}/${index}: not what the entries give`);
  }
  return faults;
}

const hashCount = (size: number): number => {
  let count = 0;
  for (let level = 0; levelWidth(size, level) > 0; level += 1) count += levelWidth(size, level);
  return count;
};

function checkpointFaults(note: string, key: VerifierKey, size: number, root: Uint8Array): string[] {
  try {
    const checkpoint = openCheckpoint(note, [key]);
    return checkpoint.size === size && equalBytes(checkpoint.root, root)
      ? []
      : [`checkpoint ${size}: signs another tree`];
  } catch {
    return [`checkpoint ${size}: does not verify`];
  }
}

/** Does a row say what its leaf says? */
function entryFaults(entry: LedgerEntry): string[] {
  try {
    const { body, salt } = openingOf(entry);
    const leaf = leafOf(body, salt === null ? undefined : fromHex(salt));
    const faults: string[] = [];
    if (!equalBytes(leaf, bytesOf(entry.leaf))) faults.push('its leaf is not what its body gives');
    if (leafName(leaf) !== entry.leafHash) faults.push('its leaf hash differs');
    if (body.s !== entry.scope || body.t !== entry.type || body.ts !== entry.at.toISOString())
      faults.push('scope, type or time differ from its body');
    if ((entry.visibility === 'commit') !== (salt !== null)) faults.push('its visibility differs');
    return faults;
  } catch {
    return ['cannot be read'];
  }
}

async function scopeFaults(em: EntityManager): Promise<string[]> {
  const faults: string[] = [];
  for (const { scope, last } of await em.find(LedgerScope, {}, { disableIdentityMap: true })) {
    if ((await em.count(LedgerEntry, { scope })) !== last)
      faults.push(`scope ${scope}: an entry is missing or too many`);
  }
  if ((await em.count(LedgerEntry, {})) !== (await em.count(LogLeaf, {})) + (await em.count(LedgerOutbox, {})))
    faults.push('an entry is neither in the tree nor waiting for it');
  return faults;
}

async function actFaults(em: EntityManager): Promise<string[]> {
  const faults: string[] = [];
  for (const act of await em.find(SignedAct, {}, { disableIdentityMap: true })) {
    const entry = await em.findOne(LedgerEntry, { id: act.entry }, { disableIdentityMap: true });
    if (!entry || !namesAct(openingOf(entry).body, act))
      faults.push(`signed document ${act.hash}: not the one its entry names`);
  }
  return faults;
}

const namesAct = ({ p, t }: EntryBody, { hash, act, signature, certificateSha256, type }: SignedAct): boolean =>
  p['act'] === hash &&
  sha256Hex(bytesOf(act)) === hash &&
  p['signature'] === sha256Hex(fromHex(signature)) &&
  p['certificate'] === certificateSha256 &&
  t === type;
