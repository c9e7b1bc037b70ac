import { deadlineBy } from '@xinbiao/contracts/bidding';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { listEntries, proveEntry, type LogEntry } from '@xinbiao/contracts/ledger';
import { leafHash, provesInclusion, publicLeaf, type SignedCheckpoint } from '@xinbiao/contracts/trust';
import { Outage, type Outage as Terms } from '@xinbiao/contracts/tendering';
import { call } from '../app/api.ts';

/**
 * Has an outage moved the deadline that was signed to this one? Only the notice's own promise can move it, once, by an
 * entry that the log provably holds; with `before` it must stand before that place, the close for instance.
 */
export async function isMovedTo({
  tenderId,
  lotId,
  signed,
  shown,
  outage,
  tree,
  before,
}: {
  readonly tenderId: string;
  readonly lotId: string;
  /** The deadline that the notice signs, and the one that the platform now names. */
  readonly signed: string;
  readonly shown: string;
  readonly outage: unknown;
  readonly tree: SignedCheckpoint;
  readonly before?: number | undefined;
}): Promise<boolean | undefined> {
  const read = Outage.safeParse(outage);
  if (!read.success) return false;
  const rows = await entriesOf(lotId);
  if (rows === undefined) return undefined;
  const terms: Terms = read.data;
  for (const { index, leaf, body } of rows) {
    if (body?.t !== 'outage.extend' || (before !== undefined && index >= before)) continue;
    if (deadlineBy([body], { tenderId, lotId, deadline: signed, terms }).deadline !== shown) continue;
    // What a row says counts only when it makes the leaf that the log holds.
    const own = leafHash(publicLeaf(body));
    if (toHex(own) !== leaf) continue;
    const proof = await call(proveEntry, { query: { index, size: tree.size } });
    if (!proof.ok) return undefined;
    if (provesInclusion({ index, size: tree.size, leaf: own, proof: proof.value.proof.map(fromHex), root: tree.root }))
      return true;
  }
  return false;
}

async function entriesOf(lotId: string): Promise<LogEntry[] | undefined> {
  const rows: LogEntry[] = [];
  for (let before: number | null | undefined; before !== null;) {
    const page = await call(listEntries, {
      query: { scope: lotId, limit: 100, ...(before === undefined ? {} : { before }) },
    });
    if (!page.ok) return undefined;
    rows.push(...page.value.rows);
    before = page.value.next;
  }
  return rows.toSorted((a, b) => a.index - b.index);
}
