import type { EntityManager } from '@mikro-orm/core';
import { reopenAct, reopenEvaluation, reopenGrounds, type PanelReply } from '@xinbiao/contracts/evaluation';
import { instantOf } from '@xinbiao/contracts/kernel';
import type { z } from 'zod';
import { actorBy } from '../identity/index.ts';
import { newId, Refused, transact, type Call } from '../platform/index.ts';
import { advanceLot, lockLot } from '../tendering/index.ts';
import { decide } from './decide.ts';
import { EscrowRelease, Evaluation, FormerEvaluation, FormerSheet, Panel, SealedScore } from './evaluation.entity.ts';
import { lotFacts, mustBeStaff } from './lot.facts.ts';
import { isActive, membersOf, mustLastLongEnough, panelView } from './panel.queries.ts';

/** Keeps a sheet that no longer counts, with the reason. */
export function setAside(
  tx: EntityManager,
  held: SealedScore,
  { round, reason, now }: { readonly round: number; readonly reason: string; readonly now: Date },
): void {
  const { lotId, expert, seq, commitment, salt, sheet, signature, entryId } = held;
  tx.create(FormerSheet, {
    id: newId(now), lotId, round, expert, seq, commitment, salt: salt ?? null, sheet: sheet ?? null, signature, entryId, reason: reason.slice(0, 400), at: now,
  }); // prettier-ignore
  tx.remove(held);
}

/** Has the same panel evaluate again. What was found stays on the record beside the reason. @law 87号令 §64 */
export function reopen({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof reopenEvaluation>): Promise<z.output<typeof PanelReply>> {
  return transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const facts = await lotFacts(tx, lot.id, lot);
    mustBeStaff(actor, facts);
    const row = await tx.findOne(Evaluation, { lotId: lot.id });
    if (lot.state !== 'ranked' || !row) throw new Refused([{ code: 'evaluation.not-reopenable' }]);
    const until = instantOf(body.sheetsUntil);
    mustLastLongEnough(until, now);
    const panel = await tx.findOneOrFail(Panel, { lotId: lot.id }, { refresh: true });
    const { ground, reason, sheetsUntil } = body;
    const { round } = panel;
    const { law } = reopenGrounds[ground];
    const expect = reopenAct(actorBy(actor), { lot: facts.name, round, ground, reason, resultHash: row.resultHash, sheetsUntil }); // prettier-ignore
    const recorded = await decide(
      tx,
      { house, actor, now },
      {
        scope: lot.id,
        signed: body,
        expect,
        visibility: 'public',
        facts: { lot: lot.id, round, ground, law, result: row.resultHash },
      },
    );
    tx.create(FormerEvaluation, {
      id: newId(now), lotId: lot.id, round, result: row.result, resultHash: row.resultHash, reportHash: row.reportHash, rankedAt: row.rankedAt, leaf: row.leaf,
      ground, law, reason, byName: `${actor.name}（${actor.organisationName ?? ''}）`, reopenedAt: now, reopenEntryId: recorded.entryId, reopenLeaf: recorded.leafHash,
    }); // prettier-ignore
    tx.remove(row);
    for (const held of await tx.find(SealedScore, { lotId: lot.id }))
      setAside(tx, held, { round, reason: ground, now });
    await tx.nativeDelete(EscrowRelease, { lotId: lot.id });
    for (const member of (await membersOf(tx, lot.id)).filter(isActive))
      tx.assign(member, { state: 'accepted', reportEntryId: null, reportSignedAt: null });
    tx.assign(panel, { round: round + 1, allInAt: null, revealUntil: null, sheetsUntil: until });
    await tx.flush();
    await advanceLot(tx, lot, { move: 'reopen', by: 'purchaser', now, recorded, actor: actor.personId, wakeAt: until });
    return panelView(tx, facts, now);
  });
}
