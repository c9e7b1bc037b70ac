import type { EntityManager } from '@mikro-orm/core';
import { parseVerifierKey } from '@xinbiao/contracts/trust';
import { fsck } from '../../backend/src/ledger/fsck.ts';
import { verifyDatabase, type DatabaseReport } from './verify.ts';

/** What `verify-db` found: faults of the log itself, and what the tables say that it does not. */
export type DatabaseVerdict = DatabaseReport & { readonly exit: 0 | 2 | 3; readonly log: readonly string[] };

/** Checks the log's tables against its tree, then every stage's tables against the log. */
export async function checkDatabase(house: {
  readonly fork: () => EntityManager;
  readonly ledger: { readonly verifierKey: string };
}): Promise<DatabaseVerdict> {
  const log = await fsck(house.fork(), parseVerifierKey(house.ledger.verifierKey));
  const report = await verifyDatabase(house.fork());
  const isBroken = log.length > 0 || report.discrepancies.length > 0;
  return { ...report, log, exit: isBroken ? 2 : report.unknown.length > 0 ? 3 : 0 };
}
