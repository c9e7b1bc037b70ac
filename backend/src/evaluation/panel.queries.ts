import type { EntityManager } from '@mikro-orm/core';
import {
  panelRule,
  reopenGroundNames,
  type PanelDraw,
  type PanelReply,
  type Reopening,
} from '@xinbiao/contracts/evaluation';
import { instantText } from '@xinbiao/contracts/kernel';
import type { z } from 'zod';
import { Draw, standingIn } from '../draw/index.ts';
import { Refused } from '../platform/index.ts';
import { FormerEvaluation, Panel, PanelMember } from './evaluation.entity.ts';
import type { LotFacts } from './lot.facts.ts';

export type PanelView = z.output<typeof PanelReply>;
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

/** A panel as the appointing side sees it: who, and how far, never a score. */
export async function panelView(
  em: EntityManager,
  { lot, tender, content, rulebook }: LotFacts,
  now: Date,
): Promise<PanelView> {
  const panel = await em.findOne(Panel, { lotId: lot.id });
  const members = await membersOf(em, lot.id);
  const active = members.filter(isActive);
  const complete =
    panel !== null && active.length > 0 && active.every(({ state }) => state !== 'invited') && !hasVacancy(members);
  const drawn = await newestDraw(em, lot.id);
  const draws = drawn !== null && drawn.state !== 'void';
  const former = await em.find(FormerEvaluation, { lotId: lot.id }, { orderBy: { round: 'asc' } });
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
    suite: content.sealing.suite,
    rule: panelRule(lot.budget, rulebook),
    drawn: drawn ? await panelDrawView(em, drawn) : null,
    selfChosen: panel?.selfChosen ?? null,
    defaults: (panel?.defaults ?? []).map(({ expert, of, at }) => ({ expert, of, at })),
    reopened: former.map(reopeningOf),
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
      ...(panel === null && ['opened', 'qualified'].includes(lot.state)
        ? [...(draws ? [] : (['draw'] as const)), 'appoint' as const]
        : []),
      ...(replaceable ? (['replace'] as const) : []),
      ...(complete && lot.state === 'qualified' ? (['convene'] as const) : []),
      ...(lot.state === 'ranked' ? (['reopen'] as const) : []),
    ],
  };
}

/** Somebody who declined and was not replaced yet, or whose sheet is overdue. @law 87号令 §48 */
export function isReplaceable(member: PanelMember, members: readonly PanelMember[], panel: Panel, now: Date): boolean {
  if (member.state === 'declined') return !members.some(({ replaces }) => replaces === member.id);
  const overdue = panel.sheetsUntil !== null && panel.sheetsUntil !== undefined && now >= panel.sheetsUntil;
  return member.state === 'invited' || (overdue && member.state === 'accepted');
}

/** Sheets need time, and are due some day. */
export function mustLastLongEnough(until: Date, now: Date): void {
  if (until.getTime() < now.getTime() + leastHours * hour)
    throw new Refused([{ code: 'panel.limit-too-near', field: 'sheetsUntil', facts: { hours: leastHours } }]);
  if (until.getTime() > now.getTime() + mostDays * 24 * hour)
    throw new Refused([{ code: 'panel.limit-too-far', field: 'sheetsUntil', facts: { days: mostDays } }]);
}

/** The newest draw of a lot's experts, whatever came of it. */
export async function newestDraw(em: EntityManager, lotId: string): Promise<Draw | null> {
  const [draw] = await em.find(Draw, { scope: lotId, purpose: 'experts' }, { orderBy: { id: 'desc' }, limit: 1 });
  return draw ?? null;
}

/** A panel's draw for the appointing side: names once they are drawn, never before. */
export async function panelDrawView(em: EntityManager, draw: Draw): Promise<PanelDraw> {
  const found = await standingIn(em, draw.id);
  const named = ({ id, label }: { id: string; label: string }) => ({ seatId: id, name: label });
  return {
    drawId: draw.id,
    state: draw.state,
    resultHash: draw.resultHash ?? null,
    groups: draw.groups.map((group) => {
      const drawn = found?.groups.find(({ id }) => id === group.id);
      return {
        ...group,
        size: draw.names.filter((name) => name.group === group.id).length,
        standing: (drawn?.standing ?? []).map(named),
        left: (drawn?.left ?? []).map(named),
      };
    }),
  };
}

/** A reopening as everybody may read it. */
export const reopeningOf = (row: FormerEvaluation): Reopening => ({
  round: row.round,
  at: instantText(row.reopenedAt),
  ground: reopenGroundNames.find((ground) => ground === row.ground) ?? 'sum-wrong',
  law: row.law,
  reason: row.reason,
  by: row.byName,
  resultHash: row.resultHash,
  leaf: row.reopenLeaf,
});
