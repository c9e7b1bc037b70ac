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
  type PanelReply,
} from '@xinbiao/contracts/evaluation';
import { fold, instantOf, instantText, type ReplyOf } from '@xinbiao/contracts/kernel';
import type { z } from 'zod';
import { actorBy, Seat } from '../identity/index.ts';
import { newId, obey, Refused, transact, type Call } from '../platform/index.ts';
import { advanceLot, lockLot } from '../tendering/index.ts';
import { candidatesOf, partiesOf } from './candidate.queries.ts';
import { decide } from './decide.ts';
import { Panel, PanelMember } from './evaluation.entity.ts';
import { lotFacts, mustBeStaff, type LotFacts } from './lot.facts.ts';

type PanelView = z.output<typeof PanelReply>;
const hour = 3_600_000;
/** Sheets need at least this long, and are due within this long. */
const leastHours = 1;
const mostDays = 30;

const gone: readonly PanelMember['state'][] = ['declined', 'replaced'];
export const isActive = (member: Pick<PanelMember, 'state'>): boolean => !gone.includes(member.state);

/** Is a place empty, because whoever held it declined and nobody was put there yet? */
export const hasVacancy = (members: readonly PanelMember[]): boolean =>
  members.some((member) => member.state === 'declined' && !members.some(({ replaces }) => replaces === member.id));

export const membersOf = (em: EntityManager, lotId: string): Promise<PanelMember[]> =>
  em.find(PanelMember, { lotId }, { orderBy: { invitedAt: 'asc', id: 'asc' } });

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

/** A panel as the appointing side sees it: who, and how far, never a score. */
async function panelView(em: EntityManager, { lot, tender, rulebook }: LotFacts, now: Date): Promise<PanelView> {
  const panel = await em.findOne(Panel, { lotId: lot.id });
  const members = await membersOf(em, lot.id);
  const active = members.filter(isActive);
  const complete =
    panel !== null && active.length > 0 && active.every(({ state }) => state !== 'invited') && !hasVacancy(members);
  const replaceable =
    panel !== null &&
    ['opened', 'qualified', 'evaluating'].includes(lot.state) &&
    members.some((member) => isReplaceable(member, members, panel, now));
  return {
    tenderId: tender.id,
    lotId: lot.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotState: lot.state,
    rule: panelRule(lot.budget, rulebook),
    drawn: null,
    members: members.map((member) => ({
      memberId: member.id,
      expert: member.expert,
      seatId: member.seatId,
      name: member.name,
      kind: member.kind,
      state: member.state,
      reason: member.reason ?? null,
      signedReport: Boolean(member.reportSignedAt),
    })),
    complete,
    sheetsUntil: panel?.sheetsUntil ? instantText(panel.sheetsUntil) : null,
    revealUntil: panel?.revealUntil ? instantText(panel.revealUntil) : null,
    allowed: [
      ...(panel === null && ['opened', 'qualified'].includes(lot.state) ? (['appoint'] as const) : []),
      ...(replaceable ? (['replace'] as const) : []),
      ...(complete && lot.state === 'qualified' ? (['convene'] as const) : []),
    ],
  };
}

/** Somebody who declined and was not replaced yet, or whose sheet is overdue. @law 87号令 §48 */
function isReplaceable(member: PanelMember, members: readonly PanelMember[], panel: Panel, now: Date): boolean {
  if (member.state === 'declined') return !members.some(({ replaces }) => replaces === member.id);
  const overdue = panel.sheetsUntil !== null && panel.sheetsUntil !== undefined && now >= panel.sheetsUntil;
  return member.state === 'invited' || (overdue && member.state === 'accepted');
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
    obey(
      mayAppoint({
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
      drawId: null,
      selfChosen: null,
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
    if (until.getTime() < now.getTime() + leastHours * hour)
      throw new Refused([{ code: 'panel.limit-too-near', field: 'sheetsUntil', facts: { hours: leastHours } }]);
    if (until.getTime() > now.getTime() + mostDays * 24 * hour)
      throw new Refused([{ code: 'panel.limit-too-far', field: 'sheetsUntil', facts: { days: mostDays } }]);
    const panel = await tx.findOneOrFail(Panel, { lotId: lot.id }, { refresh: true });
    panel.convenedAt = now;
    panel.sheetsUntil = until;
    await advanceLot(tx, lot, {
      move: 'convene',
      by: 'purchaser',
      now,
      actor: actor.personId,
      facts: { sheetsUntil: body.sheetsUntil },
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

/** Declines a place; nothing is asked but the kind of reason. */
export function decline({ em, actor, now, params, body }: Call<typeof declineTask>): Promise<void> {
  return transact(em, async (tx) => {
    const { member } = await ownInvitation(tx, actor.seatId, params.memberId);
    member.state = 'declined';
    member.reason = body.note === '' ? body.reason : `${body.reason}: ${body.note}`;
    member.answeredAt = now;
    await tx.flush();
  });
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
