/**
 * Rulebook: the numbers that the law fixes, as data with their articles. It decides nothing; rules compare with it.
 */
import { rulebook2026 } from './2026.ts';

export * from './2026.ts';
export * from './openings.ts';
export * from './rulebook.schema.ts';

export type Rulebook = typeof rulebook2026;

/** The rulebooks that tenders may name. */
export const rulebooks = { '2026': rulebook2026 } as const satisfies Record<string, Rulebook>;
export type RulebookId = keyof typeof rulebooks;
/** The rulebook that a tender published today is judged by. */
export const currentRulebook: RulebookId = '2026';
