/** Timekeeping: what authorities stamped, and how the platform's clock compares with theirs. */
export { askForStamps } from './stamps.ts';
