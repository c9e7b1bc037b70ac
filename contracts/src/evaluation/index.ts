/**
 * Evaluation: who is qualified, who judges, and what they found. It must never know a score before the last sheet
 * is in, nor who wins: that is the purchaser's decision.
 */
export * from './arithmetic.ts';
export * from './evaluation.acts.ts';
export * from './evaluation.endpoints.ts';
export * from './evaluation.public.ts';
export * from './evaluation.refusals.ts';
export * from './evaluation.rules.ts';
export * from './evaluation.schema.ts';
export * from './outliers.ts';
export * from './panel.draw.ts';
export * from './recount.ts';
export * from './reopening.ts';
