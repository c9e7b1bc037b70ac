/**
 * Draw: lets several parties draw together what nobody may choose. It must never know what follows from the result;
 * later stages ask for a draw and read it.
 */
export * from './contributor.ts';
export * from './draw.acts.ts';
export * from './draw.endpoints.ts';
export * from './draw.life.ts';
export * from './draw.refusals.ts';
export * from './draw.rules.ts';
export * from './draw.schema.ts';
