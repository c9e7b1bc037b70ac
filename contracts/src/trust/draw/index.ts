/** A draw that several parties make together: nobody chooses it, nobody spoils it in silence, everybody can hold it again. */
export * from './check.ts';
export * from './escrow.ts';
export * from './pool.ts';
export * from './select.ts';
