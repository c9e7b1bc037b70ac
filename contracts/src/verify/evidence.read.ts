import { toHex } from '../kernel/bytes.ts';
import { evidenceHash } from '../opening/index.ts';
import { TenderBundle } from '../publication/index.ts';
import {
  DrawRecord,
  fromBase64,
  leafName,
  Malformed,
  Manifest,
  parseBody,
  parseCanonical,
  parseLeaf,
  parseOpening,
  parseProof,
  readArchive,
  sha256Hex,
  textOf,
  type LogSource,
} from '../trust/index.ts';
import { ZodError } from 'zod';
import type { TenderSource } from './case.ts';
import { EvidenceIndex, mostEvidenceFiles, places, type Entitled, type EntitledBid } from './evidence.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The files of a bundle, wherever they lie: in a tar, in a folder, in a page's memory. */
export type EvidenceFiles = {
  readonly names: readonly string[];
  readonly size: (name: string) => number | undefined;
  readonly read: (name: string) => Promise<Bytes | undefined>;
};

/** The files of a tar that need not be in memory; throws Malformed unless it is such a tar as `evidenceTar` writes. */
export async function filesOfTar(
  read: (offset: number, length: number) => Promise<Bytes>,
  length: number,
): Promise<EvidenceFiles> {
  const { members } = await readArchive(read, length, mostEvidenceFiles);
  const byName = new Map(members.map((member) => [member.name, member]));
  return {
    names: members.map(({ name }) => name),
    size: (name) => byName.get(name)?.size,
    async read(name) {
      const member = byName.get(name);
      if (!member) return undefined;
      return member.size === 0 ? new Uint8Array() : read(member.offset, member.size);
    },
  };
}

/** A bundle as it was read: nothing in it is believed before the checks have run. */
export type Evidence = {
  readonly files: EvidenceFiles;
  readonly index: EvidenceIndex;
  readonly log: LogSource;
  readonly tender: TenderSource;
  readonly roots: readonly Bytes[];
};

/** Reads a bundle's list of contents and authorities; throws Malformed where it has none that can be read. */
export async function readEvidence(files: EvidenceFiles): Promise<Evidence> {
  const text = async (name: string): Promise<string | undefined> => {
    const bytes = await files.read(name);
    return bytes && textOf(bytes);
  };
  const index = await strictly(async () => EvidenceIndex.parse(parseCanonical(needed(await text('index.json')))));
  const roots = await Promise.all(index.roots.map(async (name) => fromPem(needed(await text(places.root(name))))));
  return {
    files,
    index,
    roots,
    log: {
      checkpoint: () => text('log/checkpoint'),
      verifierKey: async () => (await text('log/log.vkey'))?.trim(),
      tile: async () => undefined,
      policy: () => text('log/policy'),
      disclosed: async () => [],
      async act(hash) {
        const [act, signature] = [await text(places.act(hash)), await files.read(places.actSignature(hash))];
        return act === undefined || !signature ? undefined : { act, signature: toHex(signature) };
      },
    },
    tender: {
      // Whoever reads a source knows one word for what cannot be read.
      bundle: () =>
        strictly(() => bundleFrom(files, index, text)).catch((fault: unknown) => {
          throw fault instanceof Malformed ? new SyntaxError(fault.message) : fault;
        }),
      piece: (href) => files.read(href),
      entitled: () => strictly(() => entitledFrom(files, index, text)),
    },
  };
}

type Text = (name: string) => Promise<string | undefined>;

async function strictly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    if (fault instanceof ZodError || fault instanceof SyntaxError || fault instanceof RangeError)
      throw new Malformed('evidence bundle');
    throw fault;
  }
}

function needed<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Malformed('evidence bundle: a file is missing');
  return thing;
}

export function fromPem(text: string): Bytes {
  const body = /^-----BEGIN [A-Z0-9 ]+-----\n([A-Za-z0-9+/=\n]+)\n-----END [A-Z0-9 ]+-----\n$/.exec(text)?.[1];
  return fromBase64(needed(body).replaceAll('\n', ''));
}

/** Why a bid was named faulty: as many files as there are. */
async function faultsFrom(folder: string, text: Text): Promise<{ hash: string; evidence: string }[]> {
  const faults: { hash: string; evidence: string }[] = [];
  while (faults.length < 64) {
    const evidence = await text(`${folder}/faults/${faults.length}.json`);
    if (evidence === undefined) break;
    faults.push({ hash: evidenceHash(evidence), evidence });
  }
  return faults;
}

async function bundleFrom(files: EvidenceFiles, index: EvidenceIndex, text: Text): Promise<TenderBundle> {
  const hexOf = async (name: string): Promise<string> => toHex(needed(await files.read(name)));
  const der = (at: (sha256: string) => string) => async (sha256: string) => ({
    sha256,
    der: toHex(fromPem(needed(await text(at(sha256))))),
  });
  const lots: TenderBundle['lots'] = [];
  for (const lot of index.lots) {
    const bids: TenderBundle['lots'][number]['bids'] = [];
    for (const [at, { bidId, certificateSha256, timestamps, acknowledgements }] of lot.bids.entries()) {
      const folder = places.bid(lot.no, at);
      const manifest = (await text(`${folder}/manifest.json`)) ?? null;
      const signature = await files.read(`${folder}/manifest.p7s`);
      const parts = manifest === null ? [] : Manifest.parse(parseCanonical(manifest)).parts;
      const keys = await Promise.all(
        parts.map(async ({ name }) => ({ part: name, key: (await text(`${folder}/keys/${name}.key`))?.trim() })),
      );
      const partKeys = keys.flatMap(({ part, key }) => (key === undefined ? [] : [{ part, key }]));
      bids.push({
        bidId,
        certificateSha256,
        manifest,
        signature: signature ? toHex(signature) : null,
        timestamps: await Promise.all(
          Array.from({ length: Math.min(timestamps, 16) }, (_, nth) => hexOf(`${folder}/timestamps/${nth}.tst`)),
        ),
        acknowledgements: await Promise.all(
          Array.from({ length: Math.min(acknowledgements, 16) }, async (_, nth) =>
            needed(await text(`${folder}/acknowledgements/${nth}.note`)),
          ),
        ),
        partKeys,
        pieces: parts
          .filter(({ name }) => partKeys.some(({ part }) => part === name))
          .flatMap(({ name, pieces }) =>
            pieces.map((sha256, nth) => ({ part: name, sha256, href: places.piece(folder, name, nth) })),
          ),
        faults: await faultsFrom(folder, text),
      });
    }
    const place = places.lot(lot.no);
    lots.push({
      id: lot.id,
      no: lot.no,
      state: lot.state,
      close: (await text(`${place}/close.json`)) ?? null,
      result: (await text(`${place}/result.json`)) ?? null,
      award: lot.award === null ? null : needed(await text(places.act(lot.award))),
      draws: await Promise.all(
        Array.from({ length: lot.draws }, async (_, nth) =>
          DrawRecord.parse(parseCanonical(needed(await text(`${place}/draws/${nth}.json`)))),
        ),
      ),
      bids,
    });
  }
  const entries: TenderBundle['entries'] = [];
  for (const at of index.entries) entries.push(await entryFrom(files, text, at));
  const acts: TenderBundle['acts'] = [];
  for (const act of index.acts)
    acts.push({
      ...act,
      act: needed(await text(places.act(act.hash))),
      signature: await hexOf(places.actSignature(act.hash)),
    });
  return TenderBundle.parse({
    v: 'xinbiao/tender-bundle/v1',
    madeAt: index.madeAt,
    log: {
      ...index.log,
      verifierKey: needed(await text('log/log.vkey')).trim(),
      checkpoint: needed(await text('log/checkpoint')),
      policy: (await text('log/policy')) ?? null,
    },
    tender: {
      ...index.tender,
      content: needed(await text('notice/content.json')),
      keyring: needed(await text('notice/keyring.json')),
    },
    entries,
    acts,
    certificates: await Promise.all(index.certificates.map(der(places.certificate))),
    roots: await Promise.all(index.roots.map(der(places.root))),
    timeRoots: await Promise.all(index.timeRoots.map(der(places.timeRoot))),
    outages: await Promise.all(
      index.outages.map(async ({ hash, attestations }) => ({
        hash,
        certificate: needed(await text(places.outage(hash))),
        attestations: await Promise.all(
          Array.from({ length: Math.min(attestations, 256) }, async (_, nth) =>
            needed(await text(places.attestation(hash, nth))),
          ),
        ),
      })),
    ),
    crls: await Promise.all(index.crls.map(der(places.crl))),
    lots,
  });
}

/** An entry by its leaf, with what its proof file says it means. */
async function entryFrom(files: EvidenceFiles, text: Text, index: number): Promise<TenderBundle['entries'][number]> {
  const bytes = needed(await files.read(places.entry(index)));
  const { extra, proof } = parseProof(needed(await text(places.proof(index))));
  const opening = extra === null ? { body: null, salt: null } : parseOpening(extra);
  const leaf = parseLeaf(bytes);
  return {
    index,
    leaf: leafName(bytes),
    kind: leaf.kind,
    commitment: leaf.kind === 'commit' ? leaf.c : null,
    body: opening.body === null ? null : { ...parseBody(opening.body), p: { ...opening.body.p } },
    salt: opening.salt,
    proof: proof.map((hash) => toHex(hash)),
  };
}

/** Does a bid's folder hold more than what is public: keys of stages, shares, or a part whose key is not published? */
const isMore = (files: EvidenceFiles, folder: string): boolean =>
  files.names.some((name) => {
    if (!name.startsWith(`${folder}/`)) return false;
    const [kind, part] = name.slice(folder.length + 1).split('/');
    if (kind === 'parts') return files.size(`${folder}/keys/${part}.key`) === undefined;
    return kind === 'stages' || kind === 'shares' || kind === 'gates';
  });

async function entitledFrom(files: EvidenceFiles, index: EvidenceIndex, text: Text): Promise<Entitled | undefined> {
  if (index.holder === null) return undefined;
  const below = (folder: string): string[] => files.names.filter((name) => name.startsWith(`${folder}/`)).toSorted();
  const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.[a-z]+$/, '');
  const lots: Entitled['lots'][number][] = [];
  for (const lot of index.lots) {
    const bids: EntitledBid[] = [];
    for (const [at, { bidId, certificateSha256 }] of lot.bids.entries()) {
      const folder = places.bid(lot.no, at);
      const manifest = await text(`${folder}/manifest.json`);
      const signature = await files.read(`${folder}/manifest.p7s`);
      if (manifest === undefined || !signature || certificateSha256 === null) continue;
      if (index.holder.kind !== 'supervision' && !isMore(files, folder)) continue;
      const shares = await Promise.all(
        below(`${folder}/shares`).map(async (path) => {
          const blob = needed(await text(path));
          const { stage, officer } = parseCanonical(blob) as { stage?: unknown; officer?: unknown };
          return { stage: String(stage), officer: String(officer), blob };
        }),
      );
      bids.push({
        bidId,
        manifest,
        signature: toHex(signature),
        certificateSha256,
        shares,
        stageKeys: await Promise.all(
          below(`${folder}/stages`).map(async (path) => ({
            stage: nameIn(path),
            key: needed(await text(path)).trim(),
          })),
        ),
        gates: await Promise.all(
          below(`${folder}/gates`).map(async (path) => ({ stage: nameIn(path), blob: needed(await text(path)) })),
        ),
      });
    }
    const releases = await Promise.all(
      lot.releases.map(async (officer) => ({
        officer,
        act: needed(await text(`${places.release(lot.no, officer)}.json`)),
        signature: toHex(needed(await files.read(`${places.release(lot.no, officer)}.p7s`))),
      })),
    );
    const sheets = await Promise.all(
      lot.sheets.map(async (expert) => ({
        expert,
        sheet: needed(await text(`${places.lot(lot.no)}/sheets/${expert}.json`)),
        salt: needed(await text(`${places.lot(lot.no)}/sheets/${expert}.salt`)).trim(),
      })),
    );
    lots.push({ id: lot.id, bids, releases, sheets });
  }
  return { holder: index.holder, lots };
}

/** The sums of `SHA256SUMS`, by file. */
export function sumsOf(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, sum, name] = /^([0-9a-f]{64}) {2}([^\n]+)$/.exec(line) ?? [];
    if (sum === undefined || name === undefined || sums.has(name)) throw new Malformed('SHA256SUMS');
    sums.set(name, sum);
  }
  return sums;
}

/** SHA-256 of a file of the bundle, as hex. */
export async function sumOf(files: EvidenceFiles, name: string): Promise<string | undefined> {
  const bytes = await files.read(name);
  return bytes && sha256Hex(bytes);
}
