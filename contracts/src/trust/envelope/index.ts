/**
 * The sealed bid: sealed in the bidder's browser, checked by the server without reading, opened by the officers
 * together, and repeatable by anyone who is given a key. Must never know a tender's rules or a person's rights.
 */
export * from './check.ts';
export * from './digest.ts';
export * from './dispute.ts';
export * from './gate.ts';
export * from './keyring.ts';
export * from './lock.ts';
export * from './manifest.ts';
export * from './open.ts';
export * from './recovery.ts';
export * from './seal.ts';
export * from './types.ts';
export * from './whole.ts';
