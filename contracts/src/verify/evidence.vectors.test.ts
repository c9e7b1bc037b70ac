import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toHex } from '../kernel/bytes.ts';
import { TenderBundle } from '../publication/index.ts';
import {
  bytesOf,
  canonical,
  commitLeaf,
  joined,
  leafHash,
  leafName,
  proveInclusion,
  publicLeaf,
  rootOfLeaves,
  sha256,
  sha256Hex,
  signCheckpoint,
  signerKey,
  verifierKeyText,
  type EntryBody,
  type Hash,
} from '../trust/index.ts';
import { evidenceFiles, evidenceLength, evidenceTar } from './evidence.ts';
import { filesOfTar, readEvidence } from './evidence.read.ts';

/* The bytes of a bundle, whole: `evidence.json`. Made once by `XINBIAO_VECTORS=make`, frozen ever since. */

const path = new URL('../../vectors/evidence.json', import.meta.url);
const id = (n: number): string => `01933f00-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`;

/** A tender that was published and has failed for want of bids: small enough to be a vector, with a sealed entry. */
async function aBundle(): Promise<TenderBundle> {
  const key = signerKey('log.example/evidence', sha256(bytesOf('evidence')));
  const [act, content] = [canonical({ title: '试验用公告' }), canonical({ deadline: '2026-11-24T02:00:00.000Z' })];
  const body = (t: string, s: string, p: EntryBody['p'], minute: number): EntryBody => ({
    v: 1,
    t,
    s,
    ts: `2026-11-24T02:${String(minute).padStart(2, '0')}:00.000Z`,
    p,
  });
  const salt = sha256(bytesOf('salt'));
  const notice = body('tender.publish', id(1), { act: sha256Hex(bytesOf(act)), tender: id(1) }, 0);
  const receipt = body('bid.receipt', id(2), { manifest: '1'.repeat(64), seq: 1, supersedes: null }, 1);
  const failed = body('lot.fail', id(2), { reason: 'lt3Bids', count: 1 }, 2);
  const leaves = [publicLeaf(notice), commitLeaf(salt, receipt), publicLeaf(failed)];
  const hashes: Hash[] = leaves.map((leaf) => leafHash(leaf));
  const entry = async (index: number, said: EntryBody, sealed: boolean) => ({
    index,
    leaf: leafName(leaves[index]!),
    kind: sealed ? ('commit' as const) : ('public' as const),
    commitment: sealed ? (JSON.parse(new TextDecoder().decode(leaves[index]!)) as { c: string }).c : null,
    body: { ...said, p: { ...said.p } },
    salt: sealed ? toHex(salt) : null,
    proof: (
      await proveInclusion(index, 3, ({ level, index: at }) =>
        rootOfLeaves(hashes.slice(at * 2 ** level, (at + 1) * 2 ** level)),
      )
    ).map((hash) => toHex(hash)),
  });
  return TenderBundle.parse({
    v: 'xinbiao/tender-bundle/v1',
    madeAt: '2026-11-24T03:00:00.000Z',
    log: {
      origin: key.name,
      verifierKey: verifierKeyText(key),
      checkpoint: signCheckpoint({ size: 3, root: rootOfLeaves(hashes) }, key),
      size: 3,
    },
    tender: {
      id: id(1),
      code: 'XB-1',
      noticeLeaf: leafName(leaves[0]!),
      keyringHash: '2'.repeat(64),
      content,
      keyring: canonical({ v: 'xinbiao/keyring/v1' }),
    },
    entries: [await entry(0, notice, false), await entry(1, receipt, true), await entry(2, failed, false)],
    acts: [
      {
        hash: sha256Hex(bytesOf(act)),
        type: 'tender.publish',
        act,
        signature: '3006020101020101',
        certificateSha256: sha256Hex(bytesOf('certificate')),
      },
    ],
    certificates: [{ sha256: sha256Hex(bytesOf('certificate')), der: toHex(bytesOf('certificate')) }],
    lots: [{ id: id(2), no: 1, state: 'failed', close: canonical({ heads: [] }), bids: [], result: null, award: null }],
  });
}

async function tarOf(bundle: TenderBundle): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const noPieces = (): AsyncIterable<Uint8Array> => {
    throw new Error('there are no pieces here');
  };
  for await (const bytes of evidenceTar(evidenceFiles(bundle), noPieces)) parts.push(bytes.slice());
  return joined(...parts);
}
/** The words for people may be improved; everything else is frozen. */
const frozen = (bundle: TenderBundle) =>
  evidenceFiles(bundle)
    .filter(({ path: name }) => !name.startsWith('README.') && name !== 'SHA256SUMS')
    .map(({ path: name, size, sha256: sum }) => ({ name, size, sha256: sum }));

test('the files of a bundle are those of the vector, byte for byte', async () => {
  const bundle = await aBundle();
  const value = {
    about: 'The files of a bundle; see docs/protocol/08-evidence-bundle.md. Made with fixed seeds, frozen.',
    bundle,
    files: frozen(bundle),
  };
  if (process.env['XINBIAO_VECTORS'] === 'make' && !existsSync(path))
    writeFileSync(path, `${JSON.stringify(value, null, 1)}\n`);
  const kept = JSON.parse(readFileSync(path, 'utf8')) as typeof value;
  expect(frozen(TenderBundle.parse(kept.bundle))).toEqual(kept.files);
  expect(value.files).toEqual(kept.files);
});

test('the tar is as long as was said, and reads back as what was written', async () => {
  const bundle = await aBundle();
  const tar = await tarOf(bundle);
  expect(tar.length).toBe(evidenceLength(evidenceFiles(bundle)));
  const read = async (from: number, length: number) => tar.slice(from, from + length);
  const files = await filesOfTar(read, tar.length);
  const { tender, index } = await readEvidence(files);
  expect(index.madeAt).toBe('2026-11-24T02:02:00.000Z');
  expect(await tender.bundle()).toEqual({ ...bundle, madeAt: index.madeAt });
});

test('a tar that is cut, longer, or has one other byte in a header is no bundle', async () => {
  const tar = await tarOf(await aBundle());
  const reading = (bytes: Uint8Array<ArrayBuffer>) =>
    filesOfTar(async (from, length) => bytes.slice(from, from + length), bytes.length);
  for (const length of [0, 512, tar.length - 1024, tar.length - 513])
    await expect(reading(tar.slice(0, length)), `${length}`).rejects.toThrow('malformed');
  for (const at of [0, 99, 100, 124, 150, 156, 257, 345]) {
    const spoiled = tar.slice();
    spoiled[at] = (spoiled[at] ?? 0) ^ 1;
    await expect(reading(spoiled).then(readEvidence), `${at}`).rejects.toThrow('malformed');
  }
});
