import { drawPanel, groupExperts, panelDrawAct, type PanelReply } from '@xinbiao/contracts/evaluation';
import type { z } from 'zod';
import { driveDraw, holdDraw } from '../draw/index.ts';
import { actorBy, Organisation } from '../identity/index.ts';
import { Refused, transact, type Call } from '../platform/index.ts';
import { lockLot } from '../tendering/index.ts';
import { candidatesOf, partiesOf } from './candidate.queries.ts';
import { Panel, PanelMember } from './evaluation.entity.ts';
import { lotFacts, mustBeStaff } from './lot.facts.ts';
import { newestDraw, panelView } from './panel.queries.ts';

/** Has a lot's experts drawn from the library. @law 87号令 §48 */
export async function draw({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof drawPanel>): Promise<z.output<typeof PanelReply>> {
  // Consortia stand in the bids' files, which no transaction waits for; an opened lot's bids never change.
  const before = await lotFacts(em, params.lotId);
  mustBeStaff(actor, before);
  if (!['opened', 'qualified'].includes(before.lot.state)) throw new Refused([{ code: 'evaluation.not-opened' }]);
  const parties = await partiesOf(house, em, before);
  const drawId = await transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const facts = await lotFacts(tx, lot.id, lot);
    mustBeStaff(actor, facts);
    if (!['opened', 'qualified'].includes(lot.state)) throw new Refused([{ code: 'evaluation.not-opened' }]);
    if ((await tx.count(Panel, { lotId: lot.id })) > 0) throw new Refused([{ code: 'panel.already-appointed' }]);
    const running = await newestDraw(tx, lot.id);
    if (running && running.state !== 'void') throw new Refused([{ code: 'panel.draw-runs' }]);
    const { groups, title, contributors, minutes, repeats } = body;
    const expect = panelDrawAct(actorBy(actor), { lot: facts.name, groups, title, contributors, minutes, repeats });
    const signed = await house.identity.checkAct({
      em: tx,
      actor,
      now,
      act: body.act,
      signature: body.signature,
      expect,
    });
    const experts = (await candidatesOf(tx, facts, { parties, now })).filter(({ kind }) => kind === 'expert');
    const asked = new Set((await tx.find(PanelMember, { lotId: lot.id })).map(({ seatId }) => seatId));
    const placed = groupExperts(groups, experts);
    const mayCome = (one: (typeof experts)[number]) => one.recused.length === 0 && !asked.has(one.seatId);
    const named = ({ seatId, name }: (typeof experts)[number]) => ({ id: seatId, label: name });
    const bidders = parties.filter(({ role }) => role === 'bidder').map(({ uscc }) => uscc);
    const joiners = await tx.find(Organisation, { uscc: { $in: bidders } });
    const held = await holdDraw(
      tx,
      { house, actor, now, signed },
      {
        purpose: 'experts',
        scope: lot.id,
        title,
        groups: placed.map(({ group: { id, title: name, take, reserve }, experts: all }) => ({
          id,
          title: name,
          take,
          reserve,
          candidates: all.filter(mayCome).map(named),
        })),
        excluded: placed.flatMap(({ experts: all }) =>
          all
            .filter((one) => !mayCome(one))
            .map((one) => ({ ...named(one), reason: one.recused[0]?.code ?? 'already-asked' })),
        ),
        contributors,
        joiners: joiners.map(({ id }) => id),
        suite: facts.content.sealing.suite,
        minutes,
        repeats,
      },
    );
    return held.id;
  });
  await driveDraw(house, drawId);
  const fresh = house.fork();
  return panelView(fresh, await lotFacts(fresh, params.lotId), now);
}
