import { EvaluationResult, evaluate, failureLaw, resultHash, ScoreSheet } from '@xinbiao/contracts/evaluation';
import { canonical, parseCanonical } from '@xinbiao/contracts/trust';
import { disclose, record } from '../ledger/index.ts';
import { transact, type House, type Waker } from '../platform/index.ts';
import type { EntityManager } from '@mikro-orm/core';
import { advanceLot, dueLots, lockLot } from '../tendering/index.ts';
import { Evaluation, Panel, QualificationCheck, SealedScore } from './evaluation.entity.ts';
import { lotFacts, technicalFacts } from './lot.facts.ts';
import { hasVacancy, isActive, membersOf } from './panel.service.ts';
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
        (await lockLot(tx, lot.id)).wakeAt = null;
      });
  }
  return ranked;
};
