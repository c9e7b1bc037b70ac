import { z } from 'zod';
import { Sha256Hex, fromHex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { PublicLotState, type TenderBundle } from '../publication/index.ts';
import {
  archiveLength,
  bytesOf,
  canonical,
  canonicalBytes,
  leafOf,
  Manifest,
  parseCanonical,
  pieceSize,
  proofText,
  sha256Hex,
  signatureValueOf,
  toBase64,
  writeArchive,
  type EntryBody,
} from '../trust/index.ts';
import { readmeEn, readmeZh } from './readme.ts';

/*
 * A tender's evidence as plain files in a tar: what the log, the notice, the bids and the award say, each in the form
 * that openssl, sha256sum and tar understand. Whoever keeps the file can check it years later with no network.
 */

/** The list of contents: what the other files are, and in which order the bids count. */
export const EvidenceIndex = z.strictObject({
  v: z.literal('xinbiao/evidence/v1'),
  form: z.enum(['public', 'entitled']),
  /** For whom an entitled bundle was made. */
  holder: z.strictObject({ kind: z.enum(['supervision', 'bidder']), name: z.string() }).nullable(),
  /** When the newest entry in it was made. */
  madeAt: Instant,
  log: z.strictObject({ origin: z.string(), size: z.int() }),
  tender: z.strictObject({ id: Id, code: z.string(), noticeLeaf: Sha256Hex, keyringHash: Sha256Hex }),
  entries: z.array(z.int().nonnegative()),
  acts: z.array(z.strictObject({ hash: Sha256Hex, type: z.string(), certificateSha256: Sha256Hex })),
  certificates: z.array(Sha256Hex),
  roots: z.array(Sha256Hex),
  timeRoots: z.array(Sha256Hex),
  outages: z.array(z.strictObject({ hash: Sha256Hex, attestations: z.int().nonnegative() })),
  crls: z.array(Sha256Hex),
  lots: z.array(
    z.strictObject({
      id: Id,
      no: z.int(),
      state: PublicLotState,
      /** SHA-256 of the act that awards. */
      award: Sha256Hex.nullable(),
      /** In the order of the close document: the first is in the folder `bids/01`. */
      bids: z.array(
        z.strictObject({
          bidId: Id,
          certificateSha256: Sha256Hex.nullable(),
          timestamps: z.int().nonnegative(),
          acknowledgements: z.int().nonnegative(),
        }),
      ),
      /** Officers whose whole batch is there, and experts whose sheet is; only in the entitled form. */
      releases: z.array(Sha256Hex),
      sheets: z.array(z.string()),
      /** Finished draws: `draws/0.json` and so on. */
      draws: z.int().nonnegative().max(100).default(0),
    }),
  ),
});
export type EvidenceIndex = z.infer<typeof EvidenceIndex>;

/** What only those entitled get: keys of stages, shares, other parts, batches, sheets. */
export type Entitled = {
  readonly holder: NonNullable<EvidenceIndex['holder']>;
  readonly lots: readonly EntitledLot[];
};
export type EntitledLot = {
  readonly id: string;
  readonly bids: readonly EntitledBid[];
  readonly releases: readonly { readonly officer: string; readonly act: string; readonly signature: string }[];
  readonly sheets: readonly { readonly expert: string; readonly salt: string; readonly sheet: string }[];
};
export type EntitledBid = {
  readonly bidId: string;
  readonly manifest: string;
  readonly signature: string;
  readonly certificateSha256: string;
  readonly stageKeys: readonly { readonly stage: string; readonly key: string }[];
  /** Share blobs as officers delivered them: canonical text, named by the manifest's commitments. */
  readonly shares: readonly { readonly stage: string; readonly officer: string; readonly blob: string }[];
  /** Gate blobs that the bidder released. */
  readonly gates: readonly { readonly stage: string; readonly blob: string }[];
};

/** A file of the bundle: small ones as bytes, pieces of ciphertext by their hash, to be read when their turn comes. */
export type EvidenceFile = {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly bytes: Uint8Array | null;
};

/** Where things lie in the bundle. */
export const places = {
  entry: (index: number) => `log/entries/${index}.leaf`,
  proof: (index: number) => `log/entries/${index}.tlog-proof`,
  act: (hash: string) => `acts/${hash}.json`,
  actSignature: (hash: string) => `acts/${hash}.p7s`,
  certificate: (sha256: string) => `certificates/${sha256}.pem`,
  root: (sha256: string) => `roots/${sha256}.pem`,
  outage: (hash: string) => `outages/${hash}.json`,
  attestation: (hash: string, nth: number) => `outages/${hash}.${nth}.note`,
  timeRoot: (sha256: string) => `time-roots/${sha256}.pem`,
  crl: (sha256: string) => `crls/${sha256}.pem`,
  lot: (no: number) => `lots/${no}`,
  bid: (no: number, at: number) => `lots/${no}/bids/${String(at + 1).padStart(2, '0')}`,
  piece: (bid: string, part: string, at: number) => `${bid}/parts/${part}/${String(at).padStart(4, '0')}.piece`,
  share: (bid: string, stage: string, officer: string) => `${bid}/shares/${stage}.${officer.slice(0, 16)}.json`,
  release: (no: number, officer: string) => `lots/${no}/releases/${officer.slice(0, 16)}`,
} as const;

export const pem = (der: Uint8Array, label: string): string =>
  `-----BEGIN ${label}-----\n${(toBase64(der).match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;

/** At most this many files: pieces of every part of a hundred large bids. */
export const mostEvidenceFiles = 1_000_000;

/** Every file of a bundle in the order of the tar, `SHA256SUMS` last; the same material gives the same bytes. */
export function evidenceFiles(bundle: TenderBundle, entitled?: Entitled): EvidenceFile[] {
  const files: EvidenceFile[] = [];
  const put = (path: string, content: string | Uint8Array): void => {
    const bytes = typeof content === 'string' ? bytesOf(content) : content;
    files.push({ path, bytes, size: bytes.length, sha256: sha256Hex(bytes) });
  };
  put('README.zh.md', readmeZh);
  put('README.en.md', readmeEn);
  put('index.json', canonical(indexOf(bundle, entitled)));
  put('log/log.vkey', `${bundle.log.verifierKey}\n`);
  put('log/checkpoint', bundle.log.checkpoint);
  if (bundle.log.policy !== null) put('log/policy', bundle.log.policy);
  for (const { index, kind, commitment, body, salt, proof } of bundle.entries) {
    const leaf = body
      ? leafOf(body as EntryBody, salt === null ? undefined : fromHex(salt))
      : canonicalBytes({ v: 1, t: 'commit', c: commitment });
    put(places.entry(index), leaf);
    const opening = kind === 'commit' ? { salt, body } : { body };
    const extra = body ? canonicalBytes(opening) : null;
    put(places.proof(index), proofText({ extra, index, proof: proof.map(fromHex), checkpoint: bundle.log.checkpoint }));
  }
  put('notice/content.json', bundle.tender.content);
  put('notice/keyring.json', bundle.tender.keyring);
  for (const { hash, act, signature } of bundle.acts) {
    put(places.act(hash), act);
    put(places.actSignature(hash), fromHex(signature));
  }
  for (const { sha256, der } of bundle.certificates) put(places.certificate(sha256), pem(fromHex(der), 'CERTIFICATE'));
  for (const { sha256, der } of bundle.roots) put(places.root(sha256), pem(fromHex(der), 'CERTIFICATE'));
  for (const { sha256, der } of bundle.timeRoots) put(places.timeRoot(sha256), pem(fromHex(der), 'CERTIFICATE'));
  for (const { hash, certificate, attestations } of bundle.outages) {
    put(places.outage(hash), certificate);
    for (const [nth, note] of attestations.entries()) put(places.attestation(hash, nth), note);
  }
  for (const { sha256, der } of bundle.crls) put(places.crl(sha256), pem(fromHex(der), 'X509 CRL'));
  for (const lot of bundle.lots)
    putLot(lot, bundle, { put, files, more: entitled?.lots.find(({ id }) => id === lot.id) });
  put('SHA256SUMS', files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''));
  return files;
}

type Put = (path: string, content: string | Uint8Array) => void;

function putLot(
  lot: TenderBundle['lots'][number],
  bundle: TenderBundle,
  { put, files, more }: { put: Put; files: EvidenceFile[]; more: EntitledLot | undefined },
): void {
  const place = places.lot(lot.no);
  if (lot.close !== null) put(`${place}/close.json`, lot.close);
  const closed = bundle.entries.find(({ body }) => body?.s === lot.id && body.t === 'tender.close')?.body?.p['token'];
  // What a token is over lies beside it, so that openssl can be asked without us.
  if (typeof closed === 'string' && lot.close !== null) {
    put(`${place}/close.tst`, fromHex(closed));
    put(`${place}/close.stamped`, lot.close);
  }
  if (lot.result !== null) put(`${place}/result.json`, lot.result);
  for (const [nth, draw] of lot.draws.entries()) put(`${place}/draws/${nth}.json`, canonical(draw));
  for (const [at, bid] of lot.bids.entries()) {
    const folder = places.bid(lot.no, at);
    const own = more?.bids.find(({ bidId }) => bidId === bid.bidId);
    for (const [nth, { evidence }] of bid.faults.entries()) put(`${folder}/faults/${nth}.json`, evidence);
    const manifest = own?.manifest ?? bid.manifest;
    const signature = own?.signature ?? bid.signature;
    if (manifest === null || signature === null) continue;
    put(`${folder}/manifest.json`, manifest);
    put(`${folder}/manifest.p7s`, fromHex(signature));
    for (const [nth, token] of bid.timestamps.entries()) {
      put(`${folder}/timestamps/${nth}.tst`, fromHex(token));
      put(`${folder}/timestamps/${nth}.stamped`, signatureValueOf(fromHex(signature)));
    }
    const read = Manifest.parse(parseCanonical(manifest));
    for (const [nth, note] of bid.acknowledgements.entries()) put(`${folder}/acknowledgements/${nth}.note`, note);
    for (const { part, key } of bid.partKeys) put(`${folder}/keys/${part}.key`, `${key}\n`);
    const shown = read.parts.filter(({ name }) => own !== undefined || bid.pieces.some(({ part }) => part === name));
    for (const part of shown)
      for (const [nth, sha256] of part.pieces.entries())
        files.push({ path: places.piece(folder, part.name, nth), sha256, size: pieceSize(part, nth), bytes: null });
    for (const { stage, key } of own?.stageKeys ?? []) put(`${folder}/stages/${stage}.key`, `${key}\n`);
    for (const { stage, officer, blob } of own?.shares ?? []) put(places.share(folder, stage, officer), blob);
    for (const { stage, blob } of own?.gates ?? []) put(`${folder}/gates/${stage}.json`, blob);
  }
  for (const { officer, act, signature } of more?.releases ?? []) {
    put(`${places.release(lot.no, officer)}.json`, act);
    put(`${places.release(lot.no, officer)}.p7s`, fromHex(signature));
  }
  for (const { expert, salt, sheet } of more?.sheets ?? []) {
    put(`${place}/sheets/${expert}.json`, sheet);
    put(`${place}/sheets/${expert}.salt`, `${salt}\n`);
  }
}

function indexOf(bundle: TenderBundle, entitled: Entitled | undefined): EvidenceIndex {
  const { id, code, noticeLeaf, keyringHash } = bundle.tender;
  return {
    v: 'xinbiao/evidence/v1',
    form: entitled ? 'entitled' : 'public',
    holder: entitled?.holder ?? null,
    // Of the material and not of the clock: the same tree gives the same bundle.
    madeAt:
      bundle.entries.reduce((latest, { body }) => (body && body.ts > latest ? body.ts : latest), '') || bundle.madeAt,
    log: { origin: bundle.log.origin, size: bundle.log.size },
    tender: { id, code, noticeLeaf, keyringHash },
    entries: bundle.entries.map(({ index }) => index),
    acts: bundle.acts.map(({ hash, type, certificateSha256 }) => ({ hash, type, certificateSha256 })),
    certificates: bundle.certificates.map(({ sha256 }) => sha256),
    roots: bundle.roots.map(({ sha256 }) => sha256),
    timeRoots: bundle.timeRoots.map(({ sha256 }) => sha256),
    outages: bundle.outages.map(({ hash, attestations }) => ({ hash, attestations: attestations.length })),
    crls: bundle.crls.map(({ sha256 }) => sha256),
    lots: bundle.lots.map((lot) => {
      const more = entitled?.lots.find((one) => one.id === lot.id);
      return {
        id: lot.id,
        no: lot.no,
        state: lot.state,
        award: lot.award === null ? null : sha256Hex(bytesOf(lot.award)),
        bids: lot.bids.map(({ bidId, certificateSha256, timestamps, acknowledgements }) => ({
          bidId,
          certificateSha256: more?.bids.find((one) => one.bidId === bidId)?.certificateSha256 ?? certificateSha256,
          timestamps: timestamps.length,
          acknowledgements: acknowledgements.length,
        })),
        releases: more?.releases.map(({ officer }) => officer) ?? [],
        sheets: more?.sheets.map(({ expert }) => expert) ?? [],
        draws: lot.draws.length,
      };
    }),
  };
}

/** How long the tar of these files is, byte for byte. */
export const evidenceLength = (files: readonly EvidenceFile[]): number =>
  archiveLength(files.map(({ path, size }) => ({ name: path, size })));

/** The tar as it is written, piece by piece; `piece` streams stored ciphertext by its hash. */
export const evidenceTar = (
  files: readonly EvidenceFile[],
  piece: (sha256: string) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> =>
  writeArchive(
    files.map(({ path, size, sha256, bytes }) => ({
      name: path,
      size,
      stream: () => (bytes === null ? piece(sha256) : once(bytes)),
    })),
    evidenceLength(files),
    { most: mostEvidenceFiles },
  );

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
