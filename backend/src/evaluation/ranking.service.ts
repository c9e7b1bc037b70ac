import { EvaluationResult, evaluate, failureLaw, resultHash, ScoreSheet } from '@xinbiao/contracts/evaluation';
import { instantText } from '@xinbiao/contracts/kernel';
import { canonical, parseCanonical } from '@xinbiao/contracts/trust';
import { publishNames } from '../draw/index.ts';
import { disclose, record } from '../ledger/index.ts';
import { transact, type House, type Waker } from '../platform/index.ts';
import type { EntityManager } from '@mikro-orm/core';
import { advanceLot, dueLots, lockLot } from '../tendering/index.ts';
import { Evaluation, Panel, QualificationCheck, SealedScore } from './evaluation.entity.ts';
import { lotFacts, technicalFacts } from './lot.facts.ts';
import { hasVacancy, isActive, membersOf } from './panel.queries.ts';
import { qualifiedBids } from './qualification.service.ts';
import { reportPaper } from './report.paper.ts';

/**
 * Ranks a lot whose sheets have all been revealed; does nothing where one is missing or it has been ranked. The
 * paper is made before the transaction, because it takes its time and depends on nothing that can change any more.
 */
export async function rankLot(house: House, lotId: string, now: Date): Promise<boolean> {
  const em = house.fork();
  const facts = await lotFacts(em, lotId);
  if (facts.lot.state !== 'evaluating') return false;
  const everybody = await membersOf(em, lotId);
  // A panel with an empty place decides nothing.
  if (hasVacancy(everybody)) return false;
  const members = everybody.filter(isActive);
  const sheets = (await em.find(SealedScore, { lotId })).filter(({ memberId }) =>
    members.some(({ id }) => id === memberId),
  );
  if (members.length === 0 || sheets.length !== members.length || sheets.some(({ sheet }) => !sheet)) return false;

  const bids = await qualifiedBids(em, lotId);
  const judged = await Promise.all(
    bids.map(async ({ bidId, price }) => {
      const technical = await technicalFacts(house, em, bidId);
      if (price === null || !technical) throw new Error('a qualified bid has lost its offer');
      return { bidId, price, objective: technical.offer.objective.map(({ item, option }) => ({ item, option })) };
    }),
  );
  const result = evaluate({
    tenderId: facts.tender.id,
    criteria: facts.criteria,
    bids: judged,
    sheets: sheets.map(({ expert, commitment, source, sheet }) => ({
      expert,
      commitment,
      from: source ?? 'reveal',
      sheet: ScoreSheet.parse(parseCanonical(sheet ?? '')),
    })),
    rulebook: facts.rulebook,
  });
  const paper = await reportPaper({
    house,
    facts,
    result,
    bids,
    members,
    check: await em.findOne(QualificationCheck, { lotId }),
    now,
  });
  const { sha256: reportHash } = await house.storage.put(paper);

  return transact(em, async (tx) => {
    const lot = await lockLot(tx, lotId);
    if (lot.state !== 'evaluating') return false;
    const hash = resultHash(result);
    const body = { lot: lotId, outcome: result.outcome, result: hash, report: reportHash };
    const recorded = await record(tx, { scope: lotId, type: 'eval.result', visibility: 'public', at: now, body });
    tx.create(Evaluation, {
      lotId,
      tenderId: facts.tender.id,
      result: canonical(result),
      resultHash: hash,
      reportHash,
      rankedAt: now,
      entryId: recorded.entryId,
      leaf: recorded.leafHash,
    });
    await tx.flush();
    if (result.outcome === 'ranked') await advanceLot(tx, lot, { move: 'rank', by: 'panel', now, recorded });
    else {
      await discloseEvaluation(tx, lotId, now);
      await advanceLot(tx, lot, {
        move: 'fail',
        by: 'panel',
        now,
        failure: 'lt3Responsive',
        facts: { law: failureLaw('lt3Responsive'), result: hash },
      });
    }
    return true;
  });
}

/** Makes public what the log only committed to: who judged, and who was not qualified and why. */
export async function discloseEvaluation(tx: EntityManager, lotId: string, now: Date): Promise<void> {
  const check = await tx.findOne(QualificationCheck, { lotId });
  const panel = await tx.findOne(Panel, { lotId });
  if (panel?.drawId) await publishNames(tx, panel.drawId);
  for (const entry of [...(check ? [check.entryId] : []), ...(panel?.entries ?? [])]) await disclose(tx, entry, now);
}

/** The result of a lot's evaluation, once there is one. */
export async function resultOf(
  em: EntityManager,
  lotId: string,
): Promise<{ row: Evaluation; result: EvaluationResult } | undefined> {
  const row = await em.findOne(Evaluation, { lotId });
  return row ? { row, result: EvaluationResult.parse(parseCanonical(row.result)) } : undefined;
}

/** Ranks what a stopped house left unranked. */
export const wakeEvaluation: Waker = async (house) => {
  const now = house.clock.now();
  let ranked = 0;
  for (const lot of await dueLots(house.fork(), now, { state: 'evaluating' })) {
    if (await rankLot(house, lot.id, now)) ranked += 1;
    else
      await transact(house.fork(), async (tx) => {
        const locked = await lockLot(tx, lot.id);
        await noteAbsent(tx, lot.id, now);
        locked.wakeAt = await nextLimit(tx, lot.id, now);
      });
  }
  return ranked;
};

/** Whoever had not handed in, or not revealed, when the limit passed is named: another may take the place, or the officers open the escrow. */
async function noteAbsent(tx: EntityManager, lotId: string, now: Date): Promise<void> {
  const panel = await tx.findOne(Panel, { lotId }, { refresh: true });
  if (!panel) return;
  const over = (until: Date | null | undefined): boolean => Boolean(until && now >= until);
  const told = panel.defaults ?? [];
  type Missing = { readonly expert: string; readonly of: 'sheet' | 'reveal' };
  const missing = (await membersOf(tx, lotId)).filter(isActive).flatMap(({ expert, state, invitedAt }): Missing[] => {
    const late = over(panel.sheetsUntil) && panel.sheetsUntil && invitedAt < panel.sheetsUntil;
    if ((state === 'accepted' || state === 'invited') && late) return [{ expert, of: 'sheet' }];
    return state === 'committed' && over(panel.revealUntil) ? [{ expert, of: 'reveal' }] : [];
  });
  const limit = { sheet: panel.sheetsUntil, reveal: panel.revealUntil };
  for (const { expert, of } of missing) {
    // Once for each limit: a reopened evaluation has limits of its own.
    const since = limit[of];
    if (told.some((one) => one.expert === expert && one.of === of && since && new Date(one.at) >= since)) continue;
    const { leafHash } = await record(tx, {
      scope: lotId,
      type: 'eval.default',
      visibility: 'public',
      at: now,
      body: { lot: lotId, expert, of, ...(panel.round > 1 ? { round: panel.round } : {}) },
    });
    panel.defaults = [...(panel.defaults ?? []), { expert, of, at: instantText(now), leaf: leafHash }];
  }
  await tx.flush();
}

/** When the clock has to look at an evaluation again. */
async function nextLimit(tx: EntityManager, lotId: string, now: Date): Promise<Date | null> {
  const panel = await tx.findOne(Panel, { lotId });
  return [panel?.sheetsUntil, panel?.revealUntil].find((until) => until && until > now) ?? null;
}
