import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { toHex } from '../../kernel/bytes.ts';
import { sha256Hex } from '../hash.ts';
import { certify, extension, usageBits } from '../pki/authority.ts';
import { nameOf } from '../pki/name.ts';
import { oids } from '../pki/oids.ts';
import { Sm2Key } from '../pki/sm2Key.ts';
import type { DecryptionKey } from '../signer.ts';
import type { SuiteName } from '../suite.ts';
import { keyringHash, type Keyring } from './keyring.ts';
import { checkManifest, pieceSize, type CheckedManifest } from './check.ts';
import type { EnvelopeContext, Manifest } from './manifest.ts';
import { unwrapShare, type DeliveredShare, type Locked } from './lock.ts';
import { createDeal, finishManifest, sealPart, sealPlan } from './seal.ts';
import type { Deal, Expected, FileSource, Gates, PartContent, ReadAt } from './types.ts';

/** Made-up people and bids for tests: real keys, real certificates, nothing else from outside. */
export interface ExampleOfficer<Key extends DecryptionKey = CryptoKey> {
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly certSha256: string;
  readonly privateKey: Key;
}

/** An officer with a non-extractable ECDH P-256 key, or the one given, and a certificate for it. */
export async function anOfficer(name: string, given?: CryptoKeyPair): Promise<ExampleOfficer> {
  const issuer = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const keys = given ?? (await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']));
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: toHex(crypto.getRandomValues(new Uint8Array(15))).replace(/^/u, '01'),
    subject: `CN=${name}`,
    issuer: 'CN=示范证书机构',
    notBefore: new Date(0),
    notAfter: new Date(4_000_000_000_000),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    publicKey: keys.publicKey,
    signingKey: issuer.privateKey,
  });
  const certificate = new Uint8Array(made.rawData);
  return { certificate, certSha256: sha256Hex(certificate), privateKey: keys.privateKey };
}

/** An officer of the national suite. */
export async function anSm2Officer(name: string): Promise<ExampleOfficer<Sm2Key>> {
  const key = Sm2Key.generate();
  const certificate = await certify(Sm2Key.generate(), {
    serial: crypto.getRandomValues(new Uint8Array(12)),
    issuer: nameOf({ commonName: '示范国密机构' }),
    subject: nameOf({ commonName: name }),
    notBefore: new Date(0),
    notAfter: new Date(4_000_000_000_000),
    spki: key.spki,
    extensions: [extension(oids.keyUsage, usageBits(['keyAgreement']), 'critical')],
  });
  return { certificate, certSha256: sha256Hex(certificate), privateKey: key };
}

export interface ExampleGroup<Key extends DecryptionKey = CryptoKey> {
  readonly id: string;
  readonly t: number;
  readonly officers: readonly ExampleOfficer<Key>[];
}

export async function aGroup(id: string, t: number, n: number): Promise<ExampleGroup> {
  return { id, t, officers: await Promise.all(Array.from({ length: n }, (_, at) => anOfficer(`${id}-${at + 1}`))) };
}

export async function anSm2Group(id: string, t: number, n: number): Promise<ExampleGroup<Sm2Key>> {
  return { id, t, officers: await Promise.all(Array.from({ length: n }, (_, at) => anSm2Officer(`${id}-${at + 1}`))) };
}

export const aKeyring = (groups: readonly ExampleGroup<DecryptionKey>[], suite: SuiteName = 'XB1'): Keyring => ({
  v: 'xinbiao/keyring/v1',
  suite,
  groups: groups.map(({ id, t, officers }) => ({
    id,
    t,
    members: officers.map(({ certSha256, certificate }, at) => ({
      x: at + 1,
      certSha256,
      certificate: toHex(certificate),
      name: `官员${at + 1}`,
      organisation: id,
    })),
  })),
});

export const aContext = (keyring: Keyring, overrides: Partial<EnvelopeContext> = {}): EnvelopeContext => ({
  v: 'xinbiao/envelope/v1',
  suite: keyring.suite,
  tenderId: '01933f00-0000-7000-8000-000000000001',
  lotId: '01933f00-0000-7000-8000-000000000002',
  noticeHash: '11'.repeat(32),
  keyringHash: keyringHash(keyring),
  bidderCertSha256: '22'.repeat(32),
  envelopeId: '33'.repeat(16),
  seq: 1,
  supersedes: null,
  ...overrides,
});

export const aFile = (name: string, bytes: Uint8Array): FileSource => ({
  name,
  size: bytes.length,
  // oxlint-disable-next-line require-await
  async *stream(from) {
    yield bytes.subarray(from);
  },
});

export interface ExampleBid {
  readonly deal: Deal;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly manifestHash: string;
  /** Ciphertext of each part, by name. */
  readonly sealed: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly expect: Expected;
}

/** A whole sealed bid in memory. */
export async function aBid(
  keyring: Keyring,
  parts: readonly PartContent[],
  overrides: Partial<EnvelopeContext> = {},
  dealSeed: Uint8Array<ArrayBuffer> = crypto.getRandomValues(new Uint8Array(32)),
  gates: Gates = {},
): Promise<ExampleBid> {
  const ctx = aContext(keyring, overrides);
  const stages = Object.fromEntries(
    [...new Set(parts.map(({ stage }) => stage))].map((id) => [
      id,
      parts.filter(({ stage }) => stage === id).map(({ name }) => name),
    ]),
  );
  const deal = await createDeal({ ctx, keyring, dealSeed, stages: Object.keys(stages), gates });
  const plans = sealPlan({ deal, parts });
  const sealed = new Map<string, Uint8Array<ArrayBuffer>>();
  const summaries = [];
  for (const [at, part] of parts.entries()) {
    const plan = plans[at];
    if (!plan) throw new Error('no plan');
    const sealing = sealPart({ deal, plan, part });
    const bytes = new Uint8Array(plan.length);
    const pieces: string[] = [];
    for await (const piece of sealing) {
      bytes.set(piece.bytes, piece.index * plan.pieceLength);
      pieces.push(piece.sha256);
    }
    sealed.set(part.name, bytes);
    summaries.push({ plan, head: sealing.head, pieces });
  }
  const finished = finishManifest({ deal, parts: summaries, client: { bundleSha256: null, version: 'test' } });
  const { tenderId, lotId, noticeHash, keyringHash: hash, bidderCertSha256, seq, supersedes } = ctx;
  return {
    deal,
    ...finished,
    sealed,
    expect: {
      tenderId,
      lotId,
      noticeHash,
      keyringHash: hash,
      keyring,
      bidderCertSha256,
      seq,
      supersedes,
      stages,
      gates,
    },
  };
}

/** What the officers deliver when asked for a stage. */
export const sharesOf = (
  manifest: Locked,
  officers: readonly ExampleOfficer<DecryptionKey>[],
  stage = 'open',
): Promise<DeliveredShare[]> =>
  Promise.all(
    officers.map(async ({ certSha256: officer, certificate, privateKey }) => ({
      officer,
      blob: await unwrapShare({ manifest, stage, officerCertSha256: officer, privateKey, certificate }),
    })),
  );

export const readFrom =
  (bytes: Uint8Array): ReadAt =>
  (offset, length) =>
    Promise.resolve(bytes.subarray(offset, offset + length));

export const piecesOf = ({ manifest, sealed }: ExampleBid, name: string): Uint8Array<ArrayBuffer>[] => {
  const part = manifest.parts.find((one) => one.name === name);
  const bytes = sealed.get(name);
  return part && bytes
    ? part.pieces.map((_, index) =>
        bytes.slice(index * part.pieceLength, index * part.pieceLength + pieceSize(part, index)),
      )
    : [];
};

export const checked = (bid: ExampleBid, bytes: Uint8Array = bid.bytes): CheckedManifest =>
  checkManifest({ bytes, expect: bid.expect });
