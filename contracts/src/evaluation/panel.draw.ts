import { z } from 'zod';
import { Id } from '../kernel/id.ts';
import { text } from '../kernel/text.ts';
import { makeAct, SignedActBody, type ActBy } from '../identity/index.ts';
import { DrawMinutes, drawStates, drawTerms, type DrawTerms } from '../draw/index.ts';
import { LabelId } from '../trust/index.ts';
import type { LotName } from './evaluation.acts.ts';

/** From which part of the library experts are drawn, and how many. */
export const ExpertGroup = z.strictObject({
  id: LabelId,
  title: text(200),
  /** Specialty codes; an expert who holds one of them, or a part of one, can be drawn. */
  specialties: z.array(z.string().min(1).max(20)).min(1).max(20),
  /** Six digits; null for everywhere. */
  regionCode: z
    .string()
    .regex(/^\d{6}$/)
    .nullable(),
  take: z.int().min(1).max(25),
  reserve: z.int().min(0).max(50),
});
export type ExpertGroup = z.infer<typeof ExpertGroup>;

export const ProposePanelDrawBody = SignedActBody.extend({
  groups: z.array(ExpertGroup).min(1).max(8),
  title: drawTerms.title,
  contributors: drawTerms.contributors,
  minutes: DrawMinutes,
  repeats: drawTerms.repeats,
});

const Named = z.object({ seatId: Id, name: z.string() });
/** The draw of a panel's experts, as the appointing side sees it: names once they are drawn. */
export const PanelDraw = z.object({
  drawId: Id,
  state: z.enum(drawStates),
  resultHash: z.string().nullable(),
  groups: z.array(
    z.object({
      id: LabelId,
      title: z.string(),
      take: z.int(),
      reserve: z.int(),
      size: z.int(),
      standing: z.array(Named),
      left: z.array(Named),
    }),
  ),
});
export type PanelDraw = z.infer<typeof PanelDraw>;

/** Which of the library's experts belong to which group: each to the first that fits. The same on both sides. */
export function groupExperts<
  Expert extends { readonly specialities: readonly string[]; readonly regionCode: string | null },
>(
  groups: readonly ExpertGroup[],
  experts: readonly Expert[],
): { readonly group: ExpertGroup; readonly experts: Expert[] }[] {
  const placed = new Set<Expert>();
  return groups.map((group) => {
    const region = group.regionCode?.replace(/(?:00)+$/, '') ?? '';
    const fitting = experts.filter(
      (expert) =>
        !placed.has(expert) &&
        (expert.regionCode ?? '').startsWith(region) &&
        group.specialties.some((wanted) =>
          expert.specialities.some((held) => held.startsWith(wanted) || wanted.startsWith(held)),
        ),
    );
    for (const expert of fitting) placed.add(expert);
    return { group, experts: fitting };
  });
}

/** Asks that a lot's experts be drawn. @law 87号令 §48 */
export const panelDrawAct = (
  by: ActBy,
  facts: DrawTerms & { readonly lot: LotName; readonly groups: readonly ExpertGroup[] },
) =>
  makeAct('draw.propose', by, {
    ...facts.lot,
    purpose: 'experts',
    title: facts.title,
    repeats: facts.repeats,
    contributors: facts.contributors,
    minutes: facts.minutes,
    groups: facts.groups.map(({ id, title, specialties, regionCode, take, reserve }) => ({
      id,
      title,
      specialties,
      regionCode,
      take,
      reserve,
    })),
  });
