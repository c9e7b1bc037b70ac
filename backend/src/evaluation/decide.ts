import type { EntityManager } from '@mikro-orm/core';
import { recordAct, type RecordedAct } from '../ledger/index.ts';
import type { Actor, House } from '../platform/index.ts';

export type Decider = { readonly house: House; readonly actor: Actor; readonly now: Date };
export type Decision = {
  readonly scope: string;
  readonly signed: { readonly act: string; readonly signature: string };
  /** The act as it must be, built anew from the request and the database. */
  readonly expect: { readonly type: string };
  readonly visibility: 'public' | 'commit';
  readonly facts?: Readonly<Record<string, unknown>>;
};

/** Takes in a signed act: it must be what is being decided, and it is written down with the change it decides. */
export async function decide(
  tx: EntityManager,
  { house, actor, now }: Decider,
  { scope, signed, expect, visibility, facts }: Decision,
): Promise<RecordedAct> {
  const checked = await house.identity.checkAct({
    em: tx,
    actor,
    now,
    act: signed.act,
    signature: signed.signature,
    expect,
  });
  return recordAct(tx, {
    scope,
    type: expect.type,
    visibility,
    at: now,
    actor: actor.personId,
    ...checked,
    ...(facts ? { facts } : {}),
  });
}
