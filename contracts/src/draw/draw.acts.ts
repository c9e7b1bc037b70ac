import { makeAct, type ActBy } from '../identity/index.ts';
import type { DrawPurpose } from '../trust/index.ts';
import type { DrawGroupDraft, DrawMinutes } from './draw.schema.ts';

export type DrawTerms = {
  readonly title: string;
  readonly contributors: readonly string[];
  readonly minutes: DrawMinutes;
  readonly repeats: string | null;
};

/** Asks for a draw, and says from whom, by whom and how long. */
export const proposeDrawAct = (
  by: ActBy,
  facts: DrawTerms & { readonly purpose: DrawPurpose; readonly groups: readonly DrawGroupDraft[] },
) =>
  makeAct('draw.propose', by, {
    purpose: facts.purpose,
    scope: 'house',
    title: facts.title,
    repeats: facts.repeats,
    contributors: facts.contributors,
    minutes: facts.minutes,
    groups: facts.groups.map(({ id, title, take, reserve, candidates }) => ({
      id,
      title,
      take,
      reserve,
      candidates: candidates.map((one) => ({ id: one.id, label: one.label })),
    })),
  });

/** Joins a draw as a contributor. */
export const joinDrawAct = (by: ActBy, facts: { readonly drawId: string }) =>
  makeAct('draw.join', by, { drawId: facts.drawId });

/** Commits to a contribution without saying anything about it. */
export const commitDrawAct = (
  by: ActBy,
  facts: { readonly drawId: string; readonly poolHash: string; readonly party: string; readonly commitment: string },
) =>
  makeAct('draw.commit', by, {
    drawId: facts.drawId,
    poolHash: facts.poolHash,
    party: facts.party,
    commitment: facts.commitment,
  });

/** Deals the contribution to the others, after the commitments are fixed. */
export const escrowDrawAct = (
  by: ActBy,
  facts: { readonly drawId: string; readonly freezeHash: string; readonly party: string; readonly escrowHash: string },
) =>
  makeAct('draw.escrow', by, {
    drawId: facts.drawId,
    freezeHash: facts.freezeHash,
    party: facts.party,
    escrowHash: facts.escrowHash,
  });

/** Says that somebody drawn does not come; the next reserve does. @law 87号令 §49 */
export const declineDrawnAct = (
  by: ActBy,
  facts: { readonly drawId: string; readonly candidate: string; readonly reason: string },
) => makeAct('draw.decline', by, { drawId: facts.drawId, candidate: facts.candidate, reason: facts.reason });
