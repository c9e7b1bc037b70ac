/** Kernel: the words every stage speaks. Pure; knows no stage. */
export * from './bytes.ts';
export * from './calendar.ts';
export * from './codes.ts';
export * from './endpoint.ts';
export * from './id.ts';
export * from './lifecycle.ts';
export * from './money.ts';
export * from './page.ts';
export * from './refusal.ts';
export * from './scope.ts';
export * from './text.ts';
export * from './time.ts';
export * from './uscc.ts';
