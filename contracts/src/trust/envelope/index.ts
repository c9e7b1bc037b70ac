/**
 * The sealed bid: sealed in the bidder's browser, checked by the server without reading, opened by the officers
 * together, and repeatable by anyone who is given a key. Must never know a tender's rules or a person's rights.
 *
 * Surface (see types.ts for the shapes):
 *   createDeal({ ctx, keyring, dealSeed, stages? }) → Deal                    keys and wrapped shares
 *   sealPlan({ deal, parts }) → PartPlan[]                                    all sizes before a byte is read
 *   sealPart({ deal, plan, part, fromPiece?, hashFiles? }) → Sealing          async iterable of pieces
 *   finishManifest({ deal, parts, client }) → { manifest, bytes, manifestHash }
 *   checkManifest({ bytes, expect }) → { manifest, faults }                   the server, without reading
 *   identifiersOf(manifest) → Identifier[]                                    duplicate weeding within a tender
 *   checkPiece(part, index, bytes) → boolean
 *   unwrapShare({ manifest, stage, officerCertSha256, privateKey }) → blob    the officer
 *   checkShare({ manifest, stage, blob }) → ShareCheck
 *   recoverStageKey({ manifest, stage, shares }) → Recovered
 *   partKeyOf(stageKey, ctxHash, stage, part) → partKey
 *   openPart({ manifest, stage, part, partKey, read }) → OpenedPart
 *   readPieces({ part, fetchPiece }) → ReadAt                                 verified pieces as random access
 *   writeRecovery({ deal, parts, passphrase }) → string; readRecovery(text, passphrase) → Recovery
 *   audit({ recovery, keyring, files, manifest }) → AuditFinding[]
 */
export * from './keyring.ts';
export * from './manifest.ts';
export * from './types.ts';
