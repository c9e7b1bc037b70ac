import type { EntityManager } from '@mikro-orm/core';
import {
  commitContribution,
  commitDrawAct,
  declineDrawn,
  declineDrawnAct,
  escrowContribution,
  escrowDrawAct,
  giveDrawShares,
  joinDraw,
  joinDrawAct,
  proposeDraw,
  proposeDrawAct,
  revealContribution,
  type DrawState,
  type DrawView,
} from '@xinbiao/contracts/draw';
import { fromHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  checkDrawEscrow,
  checkDrawShare,
  drawFreezeHash,
  drawLimits,
  isContribution,
} from '@xinbiao/contracts/trust';
import { actorBy } from '../identity/index.ts';
import { Refused, transact, type Actor, type Call, type House } from '../platform/index.ts';
import type { Draw, DrawContribution } from './draw.entity.ts';
import {
  advanceDraw,
  contributionsOf,
  escrowOf,
  freezeOf,
  isFreezeLogged,
  keepContribution,
  keepShare,
  lockDraw,
  poolOf,
} from './draw.facts.ts';
import { driveDraw } from './draw.clock.ts';
import { drawView } from './draw.queries.ts';
import { contributorAt, declineInDraw, enterContributor, holdDraw } from './hold.service.ts';

const no = (code: string, field?: string): never => {
  throw new Refused([{ code, ...(field === undefined ? {} : { field }) }]);
};

/** After every step the draw goes as far as it can, and whoever made it sees where it stands. */
async function shown(house: House, drawId: string, actor: Actor): Promise<DrawView> {
  await driveDraw(house, drawId);
  return drawView(house, drawId, actor, house.clock.now());
}

/** Asks for a draw from a pool that the proposer lists. */
export async function propose({ house, em, actor, now, body }: Call<typeof proposeDraw>): Promise<DrawView> {
  const { purpose, groups, title, contributors, minutes, repeats } = body;
  const id = await transact(em, async (tx) => {
    const signed = await house.identity.checkAct({
      em: tx,
      actor,
      now,
      act: body.act,
      signature: body.signature,
      expect: proposeDrawAct(actorBy(actor), { purpose, groups, title, contributors, minutes, repeats }),
    });
    const proposal = {
      purpose,
      scope: 'house',
      title,
      groups,
      excluded: [],
      contributors,
      joiners: null,
      suite: house.config.suite,
      minutes,
      repeats,
    };
    return (await holdDraw(tx, { house, actor, now, signed }, proposal)).id;
  });
  return shown(house, id, actor);
}

/** Lets somebody more contribute. */
export async function join({ house, em, actor, now, params, body }: Call<typeof joinDraw>): Promise<DrawView> {
  await transact(em, async (tx) => {
    const draw = await lockDraw(tx, params.drawId);
    if (draw.state !== 'pool') no('draw.wrong-state');
    if (!draw.joinUntil || now >= draw.joinUntil) no('draw.too-late');
    if (draw.joiners && (actor.organisationId === null || !draw.joiners.includes(actor.organisationId)))
      no('draw.may-not-join');
    const contributor = await contributorAt(tx, actor.seatId, now, draw.suite);
    const present = await contributionsOf(tx, draw.id);
    if (present.some(({ party }) => party === contributor.party)) no('draw.party-twice');
    if (present.length >= drawLimits.contributors)
      throw new Refused([{ code: 'draw.too-many', facts: { most: drawLimits.contributors } }]);
    const signed = await house.identity.checkAct({
      em: tx, actor, now, act: body.act, signature: body.signature, expect: joinDrawAct(actorBy(actor), { drawId: draw.id }),
    }); // prettier-ignore
    enterContributor(tx, draw, contributor, now);
    await advanceDraw(tx, draw, { move: 'join', by: 'contributor', type: 'join', party: contributor.party, now, signed, actor: actor.personId }); // prettier-ignore
    await tx.flush();
  });
  return shown(house, params.drawId, actor);
}

type Place = { readonly draw: Draw; readonly mine: DrawContribution };

/** The caller's contribution to a draw that is in this state. */
async function placeIn(tx: EntityManager, actor: Actor, drawId: string, state: DrawState): Promise<Place> {
  const draw = await lockDraw(tx, drawId);
  const mine = (await contributionsOf(tx, draw.id)).find(({ seatId }) => seatId === actor.seatId);
  if (!mine) return no('draw.not-a-contributor');
  if (draw.state !== state) no('draw.wrong-state');
  return { draw, mine };
}

/** Takes in a commitment. */
export async function commit({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof commitContribution>): Promise<DrawView> {
  await transact(em, async (tx) => {
    const { draw, mine } = await placeIn(tx, actor, params.drawId, 'committing');
    if (draw.commitUntil && now >= draw.commitUntil) no('draw.too-late');
    if (mine.commitment) no('draw.already-done');
    const { party } = mine;
    const { commitment } = body;
    const expect = commitDrawAct(actorBy(actor), { drawId: draw.id, poolHash: draw.poolHash ?? '', party, commitment });
    const signed = await house.identity.checkAct({
      em: tx,
      actor,
      now,
      act: body.act,
      signature: body.signature,
      expect,
    });
    tx.assign(mine, { commitment, committedAt: now });
    await advanceDraw(tx, draw, { move: 'commit', by: 'contributor', type: 'commit', party, now, signed, actor: actor.personId, facts: { commitment } }); // prettier-ignore
    await tx.flush();
  });
  return shown(house, params.drawId, actor);
}

/** Takes in what a contributor deals to the others: only after the log shows the commitments. */
export async function escrow({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof escrowContribution>): Promise<DrawView> {
  await transact(em, async (tx) => {
    const { draw, mine } = await placeIn(tx, actor, params.drawId, 'frozen');
    if (draw.escrowUntil && now >= draw.escrowUntil) no('draw.too-late');
    const { party } = mine;
    const freeze = freezeOf(draw);
    if (!freeze.commitments.some((one) => one.party === party)) no('draw.not-a-contributor');
    if (mine.escrow) no('draw.already-done');
    if (!(await isFreezeLogged(tx, draw))) no('draw.freeze-not-logged');
    const checked = checkDrawEscrow({ bytes: bytesOf(body.escrow), pool: poolOf(draw), freeze, party });
    if (!checked.ok)
      throw new Refused(
        checked.faults.map((fault) => ({ code: 'draw.escrow-wrong', field: 'escrow', facts: { fault } })),
      );
    const { escrowHash } = checked;
    const expect = escrowDrawAct(actorBy(actor), {
      drawId: draw.id,
      freezeHash: drawFreezeHash(freeze),
      party,
      escrowHash,
    });
    const signed = await house.identity.checkAct({
      em: tx,
      actor,
      now,
      act: body.act,
      signature: body.signature,
      expect,
    });
    tx.assign(mine, { escrow: body.escrow, escrowHash, escrowedAt: now });
    await advanceDraw(tx, draw, { move: 'escrow', by: 'contributor', type: 'escrow', party, now, signed, actor: actor.personId, facts: { escrow: escrowHash } }); // prettier-ignore
    await tx.flush();
  });
  return shown(house, params.drawId, actor);
}

/** Takes in what a contributor reveals. Late is as good as in time while the draw waits for it. */
export async function reveal({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof revealContribution>): Promise<DrawView> {
  await transact(em, async (tx) => {
    const { draw, mine } = await placeIn(tx, actor, params.drawId, 'revealing');
    const { party, commitment } = mine;
    if (mine.r || !commitment) return;
    if (!isContribution(draw.id, commitment, { party, r: body.r })) no('draw.not-committed', 'r');
    await keepContribution(tx, { draw, mine, r: body.r, from: 'reveal', now, actor: actor.personId });
  });
  return shown(house, params.drawId, actor);
}

/** Takes in shares of contributions that were not revealed in time. */
export async function give({ house, em, actor, now, params, body }: Call<typeof giveDrawShares>): Promise<DrawView> {
  await transact(em, async (tx) => {
    const { draw, mine } = await placeIn(tx, actor, params.drawId, 'revealing');
    if (!draw.revealUntil || now < draw.revealUntil) no('draw.wrong-state');
    const all = await contributionsOf(tx, draw.id);
    for (const { party, blob } of body.shares) {
      const withheld = all.find((one) => one.party === party);
      if (!withheld?.escrow || withheld.r || party === mine.party) continue;
      if (blob !== null) {
        const checked = checkDrawShare(poolOf(draw), escrowOf(withheld), { holder: mine.party, blob: fromHex(blob) });
        // What was dealt wrong is kept as evidence; what the holder altered is not taken.
        if (!checked.ok && checked.fault === 'holder') no('draw.share-wrong', 'shares');
      }
      await keepShare(tx, { drawId: draw.id, party, holder: mine.party, blob: blob ?? '', at: now });
    }
  });
  return shown(house, params.drawId, actor);
}

/** Says that somebody drawn does not come. Experts decline by themselves, and only they. */
export async function decline({ house, em, actor, now, params, body }: Call<typeof declineDrawn>): Promise<DrawView> {
  await transact(em, async (tx) => {
    const draw = await lockDraw(tx, params.drawId);
    if (draw.proposerId !== actor.organisationId || draw.purpose === 'experts' || draw.purpose === 'tie')
      no('draw.not-yours');
    if (draw.state !== 'drawn') no('draw.not-drawn');
    const name =
      draw.names.find(({ candidate }) => candidate === body.candidate) ?? no('draw.not-standing', 'candidate');
    const expect = declineDrawnAct(actorBy(actor), { drawId: draw.id, candidate: body.candidate, reason: body.reason });
    const signed = await house.identity.checkAct({
      em: tx,
      actor,
      now,
      act: body.act,
      signature: body.signature,
      expect,
    });
    await declineInDraw(tx, draw.id, { id: name.id, reason: body.reason, now, signed, actor: actor.personId });
  });
  return shown(house, params.drawId, actor);
}
