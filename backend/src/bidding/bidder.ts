import type { EntityManager } from '@mikro-orm/core';
import type { Refusal } from '@xinbiao/contracts/kernel';
import { Organisation } from '../identity/index.ts';
import { refuse, Refused, type Actor, type House } from '../platform/index.ts';
import { checkBlacklist } from '../registry/index.ts';
import type { Tender } from '../tendering/index.ts';

/** The organisation that the caller bids for. */
export async function bidderOf(em: EntityManager, actor: Actor): Promise<Organisation> {
  const organisation = actor.organisationId === null ? null : await em.findOne(Organisation, { id: actor.organisationId });
  return organisation ?? refuse('bid.no-organisation');
}

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };

/** Refuses where a decision in force forbids this organisation to bid here; other decisions are noted for whoever checks qualification. */
export async function judgeBlacklist({ em, house, actor }: Given, { uscc }: Organisation, { regionCode }: Tender): Promise<void> {
  await checkBlacklist(em, { uscc, act: 'bid', regionCode, at: house.clock.now(), actor: actor.seatId });
}

/** The decisions that would refuse a bid now, as reasons. */
export async function bansOn(given: Given, organisation: Organisation, tender: Tender): Promise<readonly Refusal[]> {
  try {
    await judgeBlacklist(given, organisation, tender);
    return [];
  } catch (fault) {
    if (fault instanceof Refused) return fault.reasons;
    throw fault;
  }
}
