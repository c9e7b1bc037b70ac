/**
 * The public log as bytes in, bytes out: a Merkle tree after RFC 6962, and the text formats of C2SP (signed-note,
 * tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-proof), so that tools that are not ours can check ours.
 */
export * from './base64.ts';
export * from './checkpoint.ts';
export * from './leaf.ts';
export * from './merkle.ts';
export * from './note.ts';
export * from './policy.ts';
export * from './receipt.ts';
export * from './tiles.ts';
export * from './witness.ts';
export * from './audit.ts';
