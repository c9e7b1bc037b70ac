import { z } from 'zod';
import { Hex, Sha256Hex, fromHex, toHex } from '../../kernel/bytes.ts';
import { Malformed, bytesOf, canonicalBytes, parseCanonical, textOf } from '../canonical.ts';
import { Keyring, LabelId } from './keyring.ts';
import { EnvelopeContext, Manifest, limits } from './manifest.ts';
import { createDeal, finishManifest, sealPart, sealPlan } from './seal.ts';
import type { Deal, FileDigest, FileSource, Json, PartContent, SealedPartSummary } from './types.ts';

const iterations = 600_000;

/**
 * What opens and rebuilds the bidder's own envelope: the seed, what bid.json says, and which files went in. It can
 * open, and cannot alter: the manifest was signed.
 */
export const Recovery = z.strictObject({
  v: z.literal('xinbiao/recovery/v1'),
  envelopeId: z.string().regex(/^[0-9a-f]{32}$/),
  ctx: EnvelopeContext,
  dealSeed: Sha256Hex,
  stages: z.array(LabelId).min(1).max(limits.stages),
  /** Stages with a gate, and the encryption certificate it is wrapped to; left out where there is none. */
  gates: z.record(LabelId, Hex.min(2).max(16_384)).optional(),
  client: Manifest.shape.client,
  parts: z
    .array(
      z.strictObject({
        stage: LabelId,
        name: LabelId,
        content: z.json(),
        files: z.array(z.strictObject({ name: z.string(), size: z.int().min(0), sha256: Sha256Hex })).max(limits.files),
      }),
    )
    .min(1)
    .max(limits.parts),
});
export type Recovery = z.infer<typeof Recovery>;

/** The recovery file as it is saved: PBKDF2-SHA-256 with 600,000 rounds over the passphrase, then AES-256-GCM. */
export const RecoveryFile = z.strictObject({
  v: z.literal('xinbiao/recovery-file/v1'),
  envelopeId: z.string().regex(/^[0-9a-f]{32}$/),
  kdf: z.strictObject({
    name: z.literal('PBKDF2'),
    hash: z.literal('SHA-256'),
    iterations: z.int().min(iterations).max(10_000_000),
    salt: z.string().regex(/^[0-9a-f]{32}$/),
  }),
  cipher: z.strictObject({ name: z.literal('AES-256-GCM'), iv: z.string().regex(/^[0-9a-f]{24}$/) }),
  ciphertext: Hex.max(64 * limits.manifestBytes),
});
export type RecoveryFile = z.infer<typeof RecoveryFile>;

export interface RecoveredPart {
  readonly stage: string;
  readonly name: string;
  readonly content: Json;
  readonly files: readonly FileDigest[];
}

/** The recovery of a deal, to be protected by `protectRecovery` before it leaves the page. */
export const recoveryOf = ({
  deal,
  parts,
  client,
}: {
  readonly deal: Deal;
  readonly parts: readonly RecoveredPart[];
  readonly client: Manifest['client'];
}): Recovery =>
  Recovery.parse({
    v: 'xinbiao/recovery/v1',
    envelopeId: deal.ctx.envelopeId,
    ctx: deal.ctx,
    dealSeed: toHex(deal.dealSeed),
    stages: deal.locks.map(({ id }) => id),
    ...(Object.keys(deal.gates).length > 0 ? { gates: deal.gates } : {}),
    client,
    parts: parts.map(({ stage, name, content, files }) => ({
      stage,
      name,
      content,
      files: files.map(({ name: file, size, sha256 }) => ({ name: file, size, sha256 })),
    })),
  });

/** Protects a recovery by a passphrase: the text of the file to save. `random` is 28 random bytes. */
export async function protectRecovery(recovery: Recovery, passphrase: string, random: Uint8Array): Promise<string> {
  if (random.length !== 28 || passphrase === '') throw new Malformed('recovery');
  const [salt, iv] = [new Uint8Array(random.slice(0, 16)), new Uint8Array(random.slice(16))];
  const outer = {
    v: 'xinbiao/recovery-file/v1' as const,
    envelopeId: recovery.envelopeId,
    kdf: { name: 'PBKDF2' as const, hash: 'SHA-256' as const, iterations, salt: toHex(salt) },
    cipher: { name: 'AES-256-GCM' as const, iv: toHex(iv) },
  };
  const key = await passphraseKey(passphrase, outer.kdf);
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: canonicalBytes(outer) },
    key,
    canonicalBytes(recovery),
  );
  return textOf(canonicalBytes({ ...outer, ciphertext: toHex(new Uint8Array(sealed)) }));
}

/** Opens a recovery file; throws Malformed on a wrong passphrase and on any changed byte alike. */
export async function openRecovery(text: string, passphrase: string): Promise<Recovery> {
  try {
    const { ciphertext, ...outer } = RecoveryFile.parse(JSON.parse(text));
    const key = await passphraseKey(passphrase, outer.kdf);
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: fromHex(outer.cipher.iv), additionalData: canonicalBytes(outer) },
      key,
      fromHex(ciphertext),
    );
    return Recovery.parse(parseCanonical(new Uint8Array(opened)));
  } catch {
    throw new Malformed('recovery');
  }
}

async function passphraseKey(passphrase: string, kdf: RecoveryFile['kdf']): Promise<CryptoKey> {
  // The same characters typed on another machine may come composed in another way.
  const material = await crypto.subtle.importKey('raw', bytesOf(passphrase.normalize('NFKC')), 'PBKDF2', false, [
    'deriveKey',
  ]);
  const derivation = { name: 'PBKDF2', hash: kdf.hash, iterations: kdf.iterations, salt: fromHex(kdf.salt) };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** The keys of the recovered envelope: opens every part without any officer. */
export const dealOfRecovery = (recovery: Recovery, keyring: Keyring): Promise<Deal> =>
  createDeal({
    ctx: recovery.ctx,
    keyring,
    dealSeed: fromHex(recovery.dealSeed),
    stages: recovery.stages,
    gates: recovery.gates ?? {},
  });

export interface AuditFinding {
  readonly code: 'file.missing' | 'file.differs' | 'manifest.differs';
  /** `technical/方案.pdf` or a path in the manifest. */
  readonly at: string;
}

/**
 * Rebuilds the whole envelope from the recovery file and the bidder's own files, and says where the manifest that
 * was handed in differs from it: nothing, unless another program sealed something else.
 */
export async function audit({
  recovery,
  keyring,
  files,
  manifest,
}: {
  readonly recovery: Recovery;
  readonly keyring: Keyring;
  readonly files: (stage: string, part: string, name: string) => FileSource | undefined;
  readonly manifest: Manifest;
}): Promise<{ readonly manifestHash: string | undefined; readonly findings: readonly AuditFinding[] }> {
  const findings: AuditFinding[] = [];
  const parts = recovery.parts.map(({ stage, name, content, files: expected }): PartContent => {
    const found = expected.flatMap(({ name: file, size }) => {
      const source = files(stage, name, file);
      if (source?.size === size) return [{ name: file, size, stream: (from: number) => source.stream(from) }];
      findings.push({ code: source ? 'file.differs' : 'file.missing', at: `${name}/${file}` });
      return [];
    });
    return { stage, name, content: content as Json, files: found };
  });
  if (findings.length > 0) return { manifestHash: undefined, findings };
  const deal = await dealOfRecovery(recovery, keyring);
  const plans = sealPlan({ deal, parts });
  const summaries: SealedPartSummary[] = [];
  for (const [at, part] of parts.entries()) {
    const plan = plans[at];
    if (!plan) throw new Malformed('plan');
    const sealing = sealPart({ deal, plan, part });
    const pieces: string[] = [];
    for await (const { sha256 } of sealing) pieces.push(sha256);
    summaries.push({ plan, head: sealing.head, pieces });
    const expected = new Map(recovery.parts[at]?.files.map(({ name, sha256 }) => [name, sha256]));
    for (const { name, sha256 } of sealing.digests)
      if (expected.get(name) !== sha256) findings.push({ code: 'file.differs', at: `${part.name}/${name}` });
  }
  const rebuilt = finishManifest({ deal, parts: summaries, client: recovery.client });
  for (const at of differences(rebuilt.manifest, manifest, '')) findings.push({ code: 'manifest.differs', at });
  return { manifestHash: rebuilt.manifestHash, findings };
}

/** Paths at which two JSON values differ. */
function differences(a: unknown, b: unknown, at: string): string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b ? [] : [at];
  const [left, right] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    differences(left.get(key), right.get(key), at === '' ? key : `${at}.${key}`),
  );
}
