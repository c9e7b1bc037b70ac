/**
 * The protocol as bytes in, bytes out: the same code runs in the bidder's browser, on the server and in the
 * outsider's verifier. Touches no disk, no network and no clock.
 */
export * from './canonical.ts';
export * from './hash.ts';
export * from './chunked.ts';
export * from './derive.ts';
export * from './draw/index.ts';
export * from './envelope/index.ts';
export * from './feldman.ts';
export * from './officer.ts';
export * from './paper.ts';
export * from './sheet.ts';
export * from './suite.ts';
export { archiveLength, isArchiveName, padme, readArchive, writeArchive, type ArchiveFile } from './tar.ts';
export * from './wrap.ts';
export * from './pki/index.ts';
export * from './signer.ts';
export * from './sm/index.ts';
export * from './log/index.ts';
export * from './timestamp/index.ts';
