import type { EntityManager } from '@mikro-orm/core';
import type { Refusal } from '@xinbiao/contracts/kernel';
import { banRefusal, effectOf } from '@xinbiao/contracts/registry';
import { Organisation } from '../identity/index.ts';
import { refuse, type Actor, type House } from '../platform/index.ts';
import { BlacklistEntry, forbidsOf, obeyBlacklist } from '../registry/index.ts';
import type { Tender } from '../tendering/index.ts';

/** The organisation that the caller bids for. */
export async function bidderOf(em: EntityManager, actor: Actor): Promise<Organisation> {
  const organisation =
    actor.organisationId === null ? null : await em.findOne(Organisation, { id: actor.organisationId });
  return organisation ?? refuse('bid.no-organisation');
}

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };

/** Refuses where a decision in force forbids this organisation to bid here; other decisions are noted for whoever checks qualification. */
export async function judgeBlacklist(
  { em, house }: Given,
  { uscc }: Organisation,
  { regionCode, deadline }: Tender,
): Promise<void> {
  // That somebody was asked about tells that somebody bids: the check shows from the deadline on.
  await obeyBlacklist(em, {
    uscc,
    act: 'bid',
    regionCode,
    at: house.clock.now(),
    ...(deadline ? { visibleFrom: deadline } : {}),
  });
}

/** The decisions that would refuse a bid now, as reasons; looking writes nothing down. */
export async function bansOn(
  { em, house }: Given,
  { uscc }: Organisation,
  { regionCode }: Tender,
): Promise<readonly Refusal[]> {
  const at = house.clock.now();
  const entries = await em.find(BlacklistEntry, { uscc, state: 'active' });
  return entries.flatMap((entry) => {
    const ban = {
      state: entry.state,
      forbids: forbidsOf(entry),
      regionCode: entry.regionCode ?? null,
      from: entry.fromDay,
      until: entry.untilDay,
    };
    return effectOf(ban, { act: 'bid', regionCode, at }) === 'refuse'
      ? [banRefusal({ decisionNumber: entry.decisionNumber, authority: entry.authority, until: entry.untilDay })]
      : [];
  });
}
