import type { EntityManager } from '@mikro-orm/core';
import {
  acceptanceAct,
  acceptTask,
  appointPanel,
  convenePanel,
  declineTask,
  listCandidates,
  mayAppoint,
  maySit,
  panelAct,
  panelRule,
  readPanel,
  replaceMember,
  replacementAct,
} from '@xinbiao/contracts/evaluation';
import { fold, instantOf, type ReplyOf } from '@xinbiao/contracts/kernel';
import { declineInDraw, standingIn, type Standing } from '../draw/index.ts';
import { actorBy, Seat } from '../identity/index.ts';
import { record } from '../ledger/index.ts';
import { newId, obey, Refused, transact, type Call } from '../platform/index.ts';
import { advanceLot, lockLot } from '../tendering/index.ts';
import { candidatesOf, partiesOf, type Party } from './candidate.queries.ts';
import { decide } from './decide.ts';
import { Panel, PanelMember } from './evaluation.entity.ts';
import { isReplaceable, mustLastLongEnough, panelView, type PanelView } from './panel.queries.ts';
import { lotFacts, mustBeStaff, type LotFacts } from './lot.facts.ts';

export async function candidates({
  house,
  em,
  actor,
  now,
  params,
  query,
}: Call<typeof listCandidates>): Promise<ReplyOf<typeof listCandidates>> {
  const facts = await lotFacts(em, params.lotId);
  mustBeStaff(actor, facts);
  if (['bidding', 'closed', 'failed'].includes(facts.lot.state)) throw new Refused([{ code: 'evaluation.not-opened' }]);
  const words = fold(query.q ?? '');
  const parties = await partiesOf(house, em, facts);
  const rows = (await candidatesOf(em, facts, { parties, now })).filter(
    ({ name, employer, specialities }) =>
      fold(`${name} ${employer ?? ''}`).includes(words) &&
      (!query.speciality || specialities.some((code) => code.startsWith(query.speciality ?? ''))),
  );
  return { rule: panelRule(facts.lot.budget, facts.rulebook), rows };
}

export async function panelOf({ em, actor, now, params }: Call<typeof readPanel>): Promise<PanelView> {
  const facts = await lotFacts(em, params.lotId);
  mustBeStaff(actor, facts);
  return panelView(em, facts, now);
}

/** Appoints a panel. @law 87号令 §47 */
export async function appoint({ house, em, actor, now, params, body }: Call<typeof appointPanel>): Promise<PanelView> {
  // Consortia stand in the bids' files, which no transaction waits for; an opened lot's bids never change.
  const before = await lotFacts(em, params.lotId);
  mustBeStaff(actor, before);
  if (!['opened', 'qualified'].includes(before.lot.state)) throw new Refused([{ code: 'evaluation.not-opened' }]);
  const parties = await partiesOf(house, em, before);
  return transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const facts = await lotFacts(tx, lot.id, lot);
    mustBeStaff(actor, facts);
    if (!['opened', 'qualified'].includes(lot.state)) throw new Refused([{ code: 'evaluation.not-opened' }]);
    if ((await tx.count(Panel, { lotId: lot.id })) > 0) throw new Refused([{ code: 'panel.already-appointed' }]);
    const known = await candidatesOf(tx, facts, { parties, now });
    const drawn = body.drawId === null ? null : await drawnFor(tx, lot.id, body.drawId);
    obey(
      mayAppoint({
        drawn: drawn && drawn.groups.flatMap(({ standing }) => standing.map(({ id }) => id)),
        selfChosen: drawn ? '' : body.selfChosen,
        members: body.members,
        candidates: known.map((one) => ({ ...one, recused: one.recused.length > 0 })),
        budget: lot.budget,
        rulebook: facts.rulebook,
      }),
    );

    const nameOf = (seatId: string): string => known.find((one) => one.seatId === seatId)?.name ?? '';
    const expect = panelAct(actorBy(actor), {
      lot: facts.name,
      members: body.members.map((member) => ({ ...member, name: nameOf(member.seatId) })),
      drawn: drawn && { drawId: drawn.draw.id, resultHash: drawn.draw.resultHash ?? '' },
      ...(drawn ? {} : { selfChosen: body.selfChosen }),
    });
    // The list is secret until the result, so the log only commits to it. @law 87号令 §47
    const recorded = await decide(
      tx,
      { house, actor, now },
      { scope: lot.id, signed: body, expect, visibility: 'commit' },
    );
    tx.create(Panel, {
      lotId: lot.id,
      tenderId: lot.tenderId,
      appointedAt: now,
      byName: `${actor.name}（${actor.organisationName ?? ''}）`,
      entryId: recorded.entryId,
      leaf: recorded.leafHash,
      drawn: null,
      drawId: drawn?.draw.id ?? null,
      selfChosen: drawn || body.selfChosen === '' ? null : body.selfChosen,
      defaults: null,
      round: 1,
      convenedAt: null,
      sheetsUntil: null,
      allInAt: null,
      revealUntil: null,
      entries: [recorded.entryId],
      version: 1,
    });
    for (const [at, member] of body.members.entries())
      await invite(tx, facts, {
        expert: `expert-${at + 1}`,
        seatId: member.seatId,
        kind: member.kind,
        name: nameOf(member.seatId),
        now,
        replaces: null,
      });
    await tx.flush();
    return panelView(tx, facts, now);
  });
}

/** The draw that names a lot's experts; refused where it has no result. */
async function drawnFor(em: EntityManager, lotId: string, drawId: string): Promise<Standing> {
  const found = await standingIn(em, drawId);
  if (!found || found.draw.scope !== lotId || found.draw.purpose !== 'experts') return no('panel.no-draw', 'drawId');
  return found;
}

type Invitation = {
  readonly expert: string;
  readonly seatId: string;
  readonly kind: 'expert' | 'purchaser';
  readonly name: string;
  readonly now: Date;
  readonly replaces: string | null;
};

async function invite(tx: EntityManager, { lot }: LotFacts, { now, ...given }: Invitation): Promise<void> {
  const seat = await tx.findOneOrFail(Seat, { id: given.seatId });
  tx.create(PanelMember, {
    id: newId(now),
    lotId: lot.id,
    tenderId: lot.tenderId,
    personId: seat.personId,
    state: 'invited',
    reason: null,
    invitedAt: now,
    answeredAt: null,
    acceptEntryId: null,
    reportEntryId: null,
    reportSignedAt: null,
    version: 1,
    ...given,
  });
}

/** Puts another in a member's place. @law 87号令 §48 */
export async function replace({ house, em, actor, now, params, body }: Call<typeof replaceMember>): Promise<PanelView> {
  const place = (await em.findOne(PanelMember, { id: params.memberId })) ?? no('panel.no-such-member');
  const before = await lotFacts(em, place.lotId);
  mustBeStaff(actor, before);
  const parties = await partiesOf(house, em, before);
  return transact(em, async (tx) => {
    const { lotId } = (await tx.findOne(PanelMember, { id: params.memberId })) ?? no('panel.no-such-member');
    const lot = await lockLot(tx, lotId);
    const facts = await lotFacts(tx, lotId, lot);
    mustBeStaff(actor, facts);
    const members = await tx.find(PanelMember, { lotId }, { refresh: true });
    const member = members.find(({ id }) => id === params.memberId) ?? no('panel.no-such-member');
    const panel = await tx.findOneOrFail(Panel, { lotId }, { refresh: true });
    if (!['opened', 'qualified', 'evaluating'].includes(lot.state) || !isReplaceable(member, members, panel, now))
      no('panel.not-replaceable');
    const known = await candidatesOf(tx, facts, { parties, now });
    if (members.some(({ seatId }) => seatId === body.seatId)) no('panel.twice', 'seatId');
    if (panel.drawId && member.kind === 'expert' && member.state !== 'declined')
      await takeReserve(tx, panel.drawId, { member, seatId: body.seatId, known, reason: body.reason, now });
    obey(
      maySit(
        { seatId: body.seatId, kind: member.kind },
        known.map((one) => ({ ...one, recused: one.recused.length > 0 })),
        'seatId',
      ),
    );

    const name = known.find(({ seatId }) => seatId === body.seatId)?.name ?? '';
    const expect = replacementAct(actorBy(actor), {
      lot: facts.name,
      memberId: member.id,
      seatId: body.seatId,
      name,
      reason: body.reason,
    });
    const recorded = await decide(
      tx,
      { house, actor, now },
      { scope: lotId, signed: body, expect, visibility: 'commit' },
    );
    panel.entries = [...panel.entries, recorded.entryId];
    if (member.state !== 'declined') {
      member.state = 'replaced';
      member.reason = body.reason;
    }
    await invite(tx, facts, {
      expert: `expert-${members.length + 1}`,
      seatId: body.seatId,
      kind: member.kind,
      name,
      now,
      replaces: member.id,
    });
    await tx.flush();
    return panelView(tx, facts, now);
  });
}

/** Opens the evaluation. @law 87号令 §45 */
export function convene({ em, actor, now, params, body }: Call<typeof convenePanel>): Promise<PanelView> {
  return transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const facts = await lotFacts(tx, lot.id, lot);
    mustBeStaff(actor, facts);
    if (lot.state !== 'qualified') throw new Refused([{ code: 'evaluation.not-qualified' }]);
    if (!(await panelView(tx, facts, now)).complete) throw new Refused([{ code: 'panel.incomplete' }]);
    const until = instantOf(body.sheetsUntil);
    mustLastLongEnough(until, now);
    const panel = await tx.findOneOrFail(Panel, { lotId: lot.id }, { refresh: true });
    panel.convenedAt = now;
    panel.sheetsUntil = until;
    await advanceLot(tx, lot, {
      move: 'convene',
      by: 'purchaser',
      now,
      actor: actor.personId,
      facts: { sheetsUntil: body.sheetsUntil },
      wakeAt: until,
    });
    return panelView(tx, facts, now);
  });
}

/** Accepts a place, with pledge and declaration. @law 政府采购法实施条例 §9 */
export function accept({ house, em, actor, now, params, body }: Call<typeof acceptTask>): Promise<void> {
  return transact(em, async (tx) => {
    const { member, panel, facts } = await ownInvitation(tx, actor.seatId, params.memberId);
    const parties = (await partiesOf(house, tx, facts)).map(({ name }) => name);
    const expect = acceptanceAct(actorBy(actor), {
      tenderId: member.tenderId,
      lotId: member.lotId,
      memberId: member.id,
      declaration: body.declaration,
      parties,
    });
    const recorded = await decide(
      tx,
      { house, actor, now },
      { scope: member.lotId, signed: body, expect, visibility: 'commit' },
    );
    panel.entries = [...panel.entries, recorded.entryId];
    member.state = 'accepted';
    member.answeredAt = now;
    member.acceptEntryId = recorded.entryId;
    await tx.flush();
  });
}

/** Declines a place; nothing is asked but the kind of reason. Where experts were drawn, the next reserve is asked at once. */
export async function decline({ house, em, actor, now, params, body }: Call<typeof declineTask>): Promise<void> {
  const asked =
    (await em.findOne(PanelMember, { id: params.memberId, seatId: actor.seatId })) ?? no('panel.no-such-member');
  const parties = await partiesOf(house, em, await lotFacts(em, asked.lotId));
  return transact(em, async (tx) => {
    const { member, panel, facts } = await ownInvitation(tx, actor.seatId, params.memberId);
    member.state = 'declined';
    member.reason = body.note === '' ? body.reason : `${body.reason}: ${body.note}`;
    member.answeredAt = now;
    await tx.flush();
    await fillFromReserve(tx, { panel, facts, member, parties, reason: body.reason, now });
  });
}

type Filling = {
  readonly panel: Panel;
  readonly facts: LotFacts;
  /** Whoever left the place. */
  readonly member: PanelMember;
  readonly parties: readonly Party[];
  readonly reason: string;
  readonly now: Date;
};

/** Asks the next reserve of the draw who may sit; each step is in the public log. False where nobody is left. @law 87号令 §49 */
export async function fillFromReserve(
  tx: EntityManager,
  { panel, facts, member, parties, reason, now }: Filling,
): Promise<boolean> {
  if (!panel.drawId || member.kind !== 'expert') return false;
  const members = await tx.find(PanelMember, { lotId: panel.lotId });
  const standing = await standingIn(tx, panel.drawId);
  if (!standing?.groups.some((group) => group.standing.some(({ id }) => id === member.seatId))) return false;
  const known = await candidatesOf(tx, facts, { parties, now });
  let gone = member.seatId;
  for (let why = reason; ; why = 'must-stay-away') {
    const next = await declineInDraw(tx, panel.drawId, { id: gone, reason: why, now });
    if (!next) return false;
    const candidate = known.find(({ seatId, kind }) => seatId === next.id && kind === 'expert');
    if (candidate && candidate.recused.length === 0) {
      const recorded = await record(tx, {
        scope: panel.lotId,
        type: 'panel.reserve',
        visibility: 'commit',
        at: now,
        body: { lot: panel.lotId, draw: panel.drawId, candidate: next.candidate, replaces: member.expert },
      });
      panel.entries = [...panel.entries, recorded.entryId];
      await invite(tx, facts, {
        expert: `expert-${members.length + 1}`,
        seatId: next.id,
        kind: 'expert',
        name: next.label,
        now,
        replaces: member.id,
      });
      await tx.flush();
      return true;
    }
    gone = next.id;
  }
}

/** Where the draw has somebody in reserve, nobody else takes the place of an absent expert. */
async function takeReserve(
  tx: EntityManager,
  drawId: string,
  given: {
    readonly member: PanelMember;
    readonly seatId: string;
    readonly known: Awaited<ReturnType<typeof candidatesOf>>;
    readonly reason: string;
    readonly now: Date;
  },
): Promise<void> {
  const { member, seatId, known, reason, now } = given;
  const group = (await standingIn(tx, drawId))?.groups.find(({ standing }) =>
    standing.some(({ id }) => id === member.seatId),
  );
  if (!group) return;
  let gone = member.seatId;
  for (const next of group.left) {
    const isFree = known.some((one) => one.seatId === next.id && one.recused.length === 0);
    if (isFree && next.id !== seatId)
      throw new Refused([{ code: 'panel.next-reserve-first', field: 'seatId', facts: { name: next.label } }]);
    await declineInDraw(tx, drawId, { id: gone, reason: gone === member.seatId ? reason : 'must-stay-away', now });
    if (next.id === seatId) return;
    gone = next.id;
  }
  await declineInDraw(tx, drawId, { id: gone, reason: gone === member.seatId ? reason : 'must-stay-away', now });
}

async function ownInvitation(
  tx: EntityManager,
  seatId: string,
  memberId: string,
): Promise<{ member: PanelMember; panel: Panel; facts: LotFacts }> {
  const asked = await tx.findOne(PanelMember, { id: memberId, seatId });
  if (!asked) return no('panel.no-such-member');
  const lot = await lockLot(tx, asked.lotId);
  const member = await tx.findOneOrFail(PanelMember, { id: memberId }, { refresh: true });
  if (member.state !== 'invited') no('panel.already-answered');
  return {
    member,
    panel: await tx.findOneOrFail(Panel, { lotId: lot.id }, { refresh: true }),
    facts: await lotFacts(tx, lot.id, lot),
  };
}

function no(code: string, field?: string): never {
  throw new Refused([{ code, ...(field === undefined ? {} : { field }) }]);
}
