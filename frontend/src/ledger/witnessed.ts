import { readEntryReceipt } from '@xinbiao/contracts/ledger';
import {
  Malformed,
  meetsQuorum,
  openWitnessed,
  parsePolicy,
  policyKeys,
  verifierKeyText,
  verifyReceipt,
  type Policy,
} from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';

/** Whom a notice says to trust about the log: what its publisher signed, whatever the server says today. */
export type LogTrust = { readonly logKey: string; readonly policy: string };

/** What a signed notice says of the log; nothing where it is older than that. Throws Malformed where it cannot be read. */
export function trustOf(notice: unknown): LogTrust | undefined {
  const trust = (notice as { readonly trust?: Partial<LogTrust> } | null)?.trust;
  if (trust === undefined) return undefined;
  if (typeof trust.logKey !== 'string' || typeof trust.policy !== 'string') throw new Malformed('trust');
  return { logKey: trust.logKey, policy: trust.policy };
}

/**
 * Is an entry, already proved under a checkpoint, in a tree that enough of the notice's witnesses have seen? `broken`
 * where the checkpoint is not by the log of the notice; `unknown` where too few witnesses have signed: the entry may
 * be in a log that only this visitor is shown.
 */
export async function witnessed(given: {
  readonly trust: LogTrust;
  readonly index: number;
  readonly leaf: string;
  readonly checkpoint: string;
}): Promise<'holds' | 'broken' | 'unknown'> {
  let policy: Policy;
  try {
    policy = parsePolicy(given.trust.policy);
    if (!policy.logs.some(({ key }) => verifierKeyText(key) === given.trust.logKey)) return 'broken';
    if (openWitnessed(given.checkpoint, policy).quorum) return 'holds';
  } catch (fault) {
    if (fault instanceof Malformed) return 'broken';
    throw fault;
  }
  // Witnesses may be away today; then an older tree will do, so long as it holds the entry and they have seen it.
  const receipt = await call(readEntryReceipt, { params: { index: given.index } });
  if (!receipt.ok) return 'unknown';
  const checked = verifyReceipt({ proof: receipt.value, verifierKeys: policyKeys(policy) });
  if (!checked.ok || checked.receipt.index !== given.index || checked.receipt.leaf !== given.leaf) return 'unknown';
  return meetsQuorum(policy, checked.receipt.signed) ? 'holds' : 'unknown';
}
