import { isDemonstrationWitness, proveGrowth, readCheckpoint, readLogKey } from '@xinbiao/contracts/ledger';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { openCheckpoint, parseVerifierKey, provesConsistency } from '@xinbiao/contracts/trust';
import { call } from './api.ts';

/** What this browser found when it looked at the public log. */
export type LogView =
  | { readonly state: 'first' | 'grown'; readonly size: number; readonly witnesses: number }
  | { readonly state: 'broken' | 'unknown' };

/** What this browser remembers of the log from its last visit: the key it then saw, and the checkpoint itself, as evidence. */
export type Kept = {
  readonly verifierKey: string;
  readonly size: number;
  readonly root: string;
  readonly note: string;
};
const place = 'xinbiao.log';

/** What this browser kept of the log, if anything. */
export function recall(): Kept | undefined {
  try {
    return JSON.parse(localStorage.getItem(place) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Checks the newest checkpoint against the log's key and against what this browser kept from before. A key or a tree
 * that does not follow from the kept one is reported and never overwrites it.
 */
export async function lookAtLog(): Promise<LogView> {
  const [key, note] = await Promise.all([call(readLogKey), call(readCheckpoint)]);
  if (!key.ok || !note.ok) return { state: 'unknown' };
  const kept = recall();
  if (kept !== undefined && kept.verifierKey !== key.value.verifierKey) return { state: 'broken' };
  try {
    const trusted = [key.value.verifierKey, ...key.value.witnesses.map(({ verifierKey }) => verifierKey)].map(
      parseVerifierKey,
    );
    const now = openCheckpoint(note.value, trusted);
    const root = toHex(now.root);
    if (kept !== undefined && !(await follows(kept, now))) return { state: 'broken' };
    localStorage.setItem(
      place,
      JSON.stringify({ verifierKey: key.value.verifierKey, size: now.size, root, note: note.value } satisfies Kept),
    );
    return {
      state: kept === undefined ? 'first' : 'grown',
      size: now.size,
      witnesses: now.signed.filter(({ key: signer, time }) => time !== null && !isDemonstrationWitness(signer)).length,
    };
  } catch (problem) {
    return problem instanceof Unproved ? { state: 'unknown' } : { state: 'broken' };
  }
}

/** No proof could be fetched: that is not yet a contradiction. */
class Unproved extends Error {}

async function follows(
  kept: Kept,
  now: { readonly size: number; readonly root: Uint8Array<ArrayBuffer> },
): Promise<boolean> {
  const oldRoot = fromHex(kept.root);
  if (kept.size > now.size) return false;
  if (kept.size === now.size) return kept.root === toHex(now.root);
  if (kept.size === 0) return true;
  const growth = await call(proveGrowth, { query: { from: kept.size, to: now.size } });
  if (!growth.ok) throw new Unproved();
  return provesConsistency({
    oldSize: kept.size,
    newSize: now.size,
    oldRoot,
    newRoot: now.root,
    proof: growth.value.proof.map(fromHex),
  });
}
