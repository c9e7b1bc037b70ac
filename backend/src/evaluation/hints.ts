import type { EntityManager } from '@mikro-orm/core';
import { isInForce } from '@xinbiao/contracts/registry';
import { BlacklistEntry } from '../registry/index.ts';

export type Hint = { readonly code: string; readonly facts: Record<string, string> };

/** Decisions in force against a bidder, for whoever checks qualification to read: hints, never verdicts. @law 政府采购法 §22 */
export async function blacklistHints(
  em: EntityManager,
  { uscc, at }: { readonly uscc: string; readonly at: Date },
): Promise<Hint[]> {
  const entries = await em.find(BlacklistEntry, { uscc, state: 'active' });
  return entries
    .filter((entry) => isInForce({ state: entry.state, from: entry.fromDay, until: entry.untilDay }, at))
    .map(({ decisionNumber, authority, untilDay, forbids, reason }) => ({
      code: 'blacklisted',
      facts: {
        decision: decisionNumber,
        authority,
        until: untilDay,
        forbids: forbids
          .split(',')
          .filter((word) => word !== '')
          .join('、'),
        reason: reason.slice(0, 200),
      },
    }));
}
