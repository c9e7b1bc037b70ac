import type { Refusal, Verdict } from '../kernel/refusal.ts';
import { drawLimits, type DrawPurpose, type DrawSide } from '../trust/index.ts';
import type { DrawCode } from './draw.refusals.ts';
import type { DrawGroupDraft, DrawMinutes } from './draw.schema.ts';

type No = Refusal<DrawCode>;

/** What each purpose asks for, as data. */
export type DrawRule = {
  readonly law: string;
  /** Names stay pseudonyms until the result that names them is public. */
  readonly secret: boolean;
  /** Whether anybody entitled proposes it by itself, or a stage that knows who is eligible does. */
  readonly open: boolean;
  /** Fewest to be drawn from a group. */
  readonly leastTaken: number;
  /** A pool holds at least so many times as many as are drawn. */
  readonly poolTimes: number;
};
export const drawRules = {
  /** @law 87号令 §48 */
  experts: { law: '87号令 §48', secret: true, open: false, leastTaken: 1, poolTimes: 1 },
  /** @law 87号令 §68 */
  tie: { law: '87号令 §68', secret: false, open: false, leastTaken: 1, poolTimes: 1 },
  /** @law 87号令 §14 */
  invitation: { law: '87号令 §14', secret: false, open: true, leastTaken: 3, poolTimes: 2 },
  /** @law 优化营商环境条例 §54 */
  inspection: { law: '优化营商环境条例 §54', secret: false, open: true, leastTaken: 1, poolTimes: 1 },
  /** @law 87号令 §20 */
  coefficient: { law: '87号令 §20', secret: false, open: true, leastTaken: 1, poolTimes: 1 },
} as const satisfies Record<DrawPurpose, DrawRule>;

/** How long each step takes where nobody says otherwise. */
export const usualMinutes: DrawMinutes = { join: 0, commit: 60, escrow: 60, reveal: 30, recover: 120 };

/** May a draw be held from these groups? */
export function mayHold(
  purpose: DrawPurpose,
  groups: readonly (Pick<DrawGroupDraft, 'id' | 'take' | 'reserve'> & {
    readonly candidates: readonly { readonly id: string }[];
  })[],
): Verdict<DrawCode> {
  const rule: DrawRule = drawRules[purpose];
  const ids = groups.flatMap(({ candidates }) => candidates.map(({ id }) => id));
  const names = new Set(groups.map(({ id }) => id));
  return [
    ...(ids.length > drawLimits.candidates
      ? [{ code: 'draw.too-many', field: 'groups', facts: { most: drawLimits.candidates } } as const]
      : []),
    ...(new Set(ids).size === ids.length && names.size === groups.length
      ? []
      : [{ code: 'draw.twice', field: 'groups' } as const]),
    ...groups.flatMap(({ take, reserve, candidates }, at): No[] => {
      const field = `groups.${at}`;
      const need = Math.max(take + reserve, take * rule.poolTimes);
      return [
        ...(take < rule.leastTaken
          ? [{ code: 'draw.too-few-taken', field: `${field}.take`, facts: { least: rule.leastTaken } } as const]
          : []),
        ...(candidates.length < need
          ? [{ code: 'draw.pool-too-small', field, facts: { have: candidates.length, need } } as const]
          : []),
      ];
    }),
  ];
}

/** May these contribute? Two of them must stand on different sides; the platform always is one more. */
export function mayContribute(
  contributors: readonly { readonly party: string; readonly side: DrawSide }[],
): Verdict<DrawCode> {
  if (new Set(contributors.map(({ party }) => party)).size !== contributors.length)
    return [{ code: 'draw.party-twice', field: 'contributors' }];
  if (contributors.length + 1 > drawLimits.contributors)
    return [{ code: 'draw.too-many', field: 'contributors', facts: { most: drawLimits.contributors - 1 } }];
  return contributors.length === 0 ? [{ code: 'draw.not-independent', field: 'contributors' }] : [];
}
