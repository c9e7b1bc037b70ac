/**
 * Ledger: what happened, in an order that nobody can change. It decides nothing about tenders; it knows entries,
 * scopes, receipts and disclosure, and never why a stage recorded something.
 */
export * from './ledger.endpoints.ts';
export * from './ledger.refusals.ts';
export * from './ledger.schema.ts';
export * from './witness.rules.ts';
