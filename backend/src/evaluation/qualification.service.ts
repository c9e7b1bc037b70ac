import type { EntityManager } from '@mikro-orm/core';
import {
  enough,
  failureLaw,
  judgeQualification,
  mayJudge,
  qualificationAct,
  readQualification,
} from '@xinbiao/contracts/evaluation';
import { instantText, type ReplyOf } from '@xinbiao/contracts/kernel';
import { actorBy } from '../identity/index.ts';
import { disclose } from '../ledger/index.ts';
import { obey, Refused, transact, type Call, type House } from '../platform/index.ts';
import { blacklistHints } from './hints.ts';
import { advanceLot, lockLot } from '../tendering/index.ts';
import { decide } from './decide.ts';
import { QualificationCheck } from './evaluation.entity.ts';
import { lotFacts, mustBeStaff, openedBids, technicalFacts, type LotFacts } from './lot.facts.ts';

/** What is to be judged, bid by bid, and what was found. */
export async function qualificationOf({
  house,
  em,
  actor,
  params,
}: Call<typeof readQualification>): Promise<ReplyOf<typeof readQualification>> {
  const facts = await lotFacts(em, params.lotId);
  mustBeStaff(actor, facts);
  if (['bidding', 'closed'].includes(facts.lot.state)) throw new Refused([{ code: 'evaluation.not-opened' }]);
  return qualificationView(house, em, facts);
}

async function qualificationView(
  house: House,
  em: EntityManager,
  { lot, tender, criteria }: LotFacts,
): Promise<ReplyOf<typeof readQualification>> {
  const check = await em.findOne(QualificationCheck, { lotId: lot.id });
  const bids = await openedBids(em, lot.id);
  return {
    tenderId: tender.id,
    lotId: lot.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotTitle: lot.title,
    state: lot.state,
    criteria,
    bids: await Promise.all(
      bids.map(async ({ bidId, bidder, state }) => {
        const technical = state === 'opened' ? await technicalFacts(house, em, bidId) : undefined;
        const result = check?.bids.find((one) => one.bidId === bidId);
        return {
          bidId,
          bidder,
          stands: state === 'opened',
          statements:
            technical?.offer.qualifications.map(({ id, statement, file }) => ({
              qualification: id,
              statement,
              file,
            })) ?? [],
          files: [...(technical?.files ?? [])],
          hints: await blacklistHints(em, { uscc: bidder.uscc, at: lot.deadline }),
          result: result
            ? { passed: result.passed, findings: result.findings.map((finding) => ({ ...finding })) }
            : null,
        };
      }),
    ),
    judgedAt: check ? instantText(check.at) : null,
    allowed: lot.state === 'opened' ? ['qualify'] : [],
  };
}

/** Decides which bids are qualified. Fewer than three end the lot. @law 87号令 §43–44 */
export function judge({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof judgeQualification>): Promise<ReplyOf<typeof judgeQualification>> {
  return transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const facts = await lotFacts(tx, lot.id, lot);
    mustBeStaff(actor, facts);
    if (lot.state !== 'opened') throw new Refused([{ code: 'evaluation.not-opened' }]);
    const standing = (await openedBids(tx, lot.id)).filter(({ state }) => state === 'opened');
    obey(mayJudge({ standing: standing.map(({ bidId }) => bidId), criteria: facts.criteria, bids: body.bids }));

    const expect = qualificationAct(actorBy(actor), {
      lot: facts.name,
      bidders: standing.map(({ bidId, bidder }) => ({ bidId, ...bidder })),
      bids: body.bids,
    });
    // Who failed and why is told with the result, not before.
    const recorded = await decide(
      tx,
      { house, actor, now },
      { scope: lot.id, signed: body, expect, visibility: 'commit' },
    );
    const bids = body.bids.map(({ bidId, findings }) => ({
      bidId,
      passed: findings.every(({ met }) => met),
      findings,
    }));
    tx.create(QualificationCheck, {
      lotId: lot.id,
      at: now,
      byName: `${actor.name}（${actor.organisationName ?? ''}）`,
      bids,
      entryId: recorded.entryId,
      leaf: recorded.leafHash,
    });
    const passed = bids.filter((bid) => bid.passed).length;
    const common = { by: 'purchaser', now, actor: actor.personId } as const;
    if (enough(passed, facts.rulebook)) await advanceLot(tx, lot, { ...common, move: 'qualify', recorded });
    else {
      await disclose(tx, recorded.entryId, now);
      await advanceLot(tx, lot, {
        ...common,
        move: 'fail',
        failure: 'lt3Qualified',
        facts: { law: failureLaw('lt3Qualified'), passed },
      });
    }
    return { state: lot.state, passed, failed: bids.length - passed };
  });
}

/** The bids that passed, and those that did not. */
export async function qualifiedBids(em: EntityManager, lotId: string) {
  const check = await em.findOne(QualificationCheck, { lotId });
  const passed = new Set(check?.bids.filter((bid) => bid.passed).map(({ bidId }) => bidId));
  return (await openedBids(em, lotId)).filter(({ bidId }) => passed.has(bidId));
}
