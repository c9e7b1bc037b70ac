import { proveEntry, type LogEntry } from '@xinbiao/contracts/ledger';
import { fromHex } from '@xinbiao/contracts/kernel';
import {
  leafName,
  leafOf,
  openCheckpoint,
  parseBody,
  parseVerifierKey,
  provesInclusion,
  type Outcome,
} from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';
import { platformLog } from './logSource.ts';

/** Does the entry stand in the signed tree, and is what the page shows of it what its leaf says? */
export async function checkRecord(entry: LogEntry): Promise<{ readonly outcome: Outcome; readonly size: number }> {
  const [keyText, note] = await Promise.all([platformLog.verifierKey(), platformLog.checkpoint()]);
  if (keyText === undefined || note === undefined) return { outcome: 'unknown', size: 0 };
  const checkpoint = openCheckpoint(note, [parseVerifierKey(keyText)]);
  if (entry.body !== null) {
    const leaf = leafName(leafOf(parseBody(entry.body), entry.salt === null ? undefined : fromHex(entry.salt)));
    if (leaf !== entry.leaf) return { outcome: 'broken', size: checkpoint.size };
  }
  const answer = await call(proveEntry, { query: { index: entry.index, size: checkpoint.size } });
  if (!answer.ok) return { outcome: 'unknown', size: checkpoint.size };
  const proven = provesInclusion({
    index: entry.index,
    size: checkpoint.size,
    leaf: fromHex(entry.leaf),
    proof: answer.value.proof.map(fromHex),
    root: checkpoint.root,
  });
  return { outcome: proven ? 'holds' : 'broken', size: checkpoint.size };
}
