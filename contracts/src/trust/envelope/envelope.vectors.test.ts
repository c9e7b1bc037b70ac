import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf, canonical, textOf } from '../canonical.ts';
import { dealerOf, keyCommitIn, partContextOf, partKeyIn, scalarBytes, type Place } from '../derive.ts';
import { joined, sha256Hex } from '../hash.ts';
import { parseWrap } from '../wrap.ts';
import { checkManifest, identifiersOf } from './check.ts';
import {
  aBid,
  aFile,
  aKeyring,
  anOfficer,
  readFrom,
  sharesOf,
  type ExampleBid,
  type ExampleOfficer,
} from './example.ts';
import { releaseGate } from './gate.ts';
import { keyringHash, type Keyring } from './keyring.ts';
import { recoverStageKey } from './lock.ts';
import type { Manifest } from './manifest.ts';
import { openPart } from './open.ts';
import type { Gates, Json, PartContent } from './types.ts';

/*
 * Whole envelopes with every value in between, so that a second implementation finds the first place where it
 * differs: `envelope.json` without a gate, `gate.json` with two openings and the bidder's own key to the second.
 * Made once by `XINBIAO_VECTORS=make`, frozen ever since.
 */

type Made = { readonly certificate: string; readonly privateKey: string };
/** A file of pattern bytes: byte i is (i·step + 7) mod 256, so that a large one needs no room here. */
type Given = {
  readonly groups: readonly { readonly id: string; readonly t: number; readonly officers: readonly Made[] }[];
  readonly bidder: Made | null;
  readonly gatedStages: readonly string[];
  readonly ctx: {
    readonly envelopeId: string;
    readonly seq: number;
    readonly supersedes: string | null;
    readonly bidderCertSha256: string;
  };
  readonly dealSeed: string;
  readonly parts: readonly {
    readonly stage: string;
    readonly name: string;
    readonly content: Json;
    readonly files: readonly { readonly name: string; readonly size: number; readonly step: number }[];
  }[];
};
type Vector = { readonly about: string; readonly given: Given; readonly value: Awaited<ReturnType<typeof work>> };

const officerOf = async ({ certificate, privateKey }: Made): Promise<ExampleOfficer> => ({
  certificate: fromHex(certificate),
  certSha256: sha256Hex(fromHex(certificate)),
  privateKey: await crypto.subtle.importKey(
    'pkcs8',
    fromHex(privateKey),
    { name: 'ECDH', namedCurve: 'P-256' },
    false,
    ['deriveBits'],
  ),
});
async function makeOfficer(name: string): Promise<Made> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  const { certificate } = await anOfficer(name, keys);
  return {
    certificate: toHex(certificate),
    privateKey: toHex(new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey))),
  };
}
const pattern = (size: number, step: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at * step + 7) & 255);
const contentOf = ({ stage, name, content, files }: Given['parts'][number]): PartContent => ({
  stage,
  name,
  content,
  files: files.map((file) => aFile(file.name, pattern(file.size, file.step))),
});

/** Everything there is to compare, worked out from what was given. */
async function work(given: Given) {
  const groups = await Promise.all(
    given.groups.map(async ({ id, t, officers }) => ({ id, t, officers: await Promise.all(officers.map(officerOf)) })),
  );
  const keyring: Keyring = aKeyring(groups);
  const { bidder } = given;
  const gates: Gates = bidder ? Object.fromEntries(given.gatedStages.map((stage) => [stage, bidder.certificate])) : {};
  const bid = await aBid(keyring, given.parts.map(contentOf), given.ctx, fromHex(given.dealSeed), gates);
  const { manifest, deal } = bid;
  const dealer = dealerOf(deal.dealSeed, deal.ctxHash);
  const all = groups.flatMap(({ officers }) => officers);
  const stages = await Promise.all(
    manifest.stages.map(async (lock) => {
      const { id: stage } = lock;
      const stageKey = deal.stageKeys.get(stage) ?? new Uint8Array();
      const delivered = await sharesOf(manifest, all, stage);
      const secrets = dealer.gate(stage);
      return {
        stage,
        coefficients: keyring.groups.map(({ id, t }) => ({
          group: id,
          a: Array.from({ length: t }, (_, degree) => toHex(scalarBytes(dealer.coefficient(stage, id, degree)))),
        })),
        shares: keyring.groups.flatMap(({ id: group, members }) =>
          members.map(({ x, certSha256: officer }) => {
            const place: Place = { stage, group, x };
            const sealed = lock.groups.find(({ id }) => id === group)?.shares.find((share) => share.x === x);
            return {
              group,
              x,
              officer,
              salt: toHex(dealer.shareSalt(place)),
              contentKey: toHex(dealer.contentKey(place)),
              iv: toHex(dealer.iv(place)),
              ephemeral: toHex(dealer.ephemeral(place)),
              ephemeralPoint: toHex(parseWrap(fromHex(sealed?.wrap ?? '')).ephemeral),
              blob: textOf(delivered.find((one) => one.officer === officer)?.blob ?? new Uint8Array()),
              commit: sealed?.commit ?? '',
              wrap: sealed?.wrap ?? '',
            };
          }),
        ),
        gate:
          lock.gate === 'bidder'
            ? {
                ...Object.fromEntries(
                  Object.entries(secrets).map(([name, bytes]) => [name, toHex(bytes as Uint8Array)]),
                ),
                blob: textOf(
                  await releaseGate({
                    manifest,
                    stage,
                    ...(await officerOf(bidder ?? { certificate: '', privateKey: '' })),
                  }),
                ),
                commit: lock.bidder.commit,
                wrap: lock.bidder.wrap,
              }
            : null,
        stageKey: toHex(stageKey),
        keyCommit: toHex(keyCommitIn(manifest, stageKey, stage)),
      };
    }),
  );
  const parts = given.parts.map(({ stage, name }) => {
    const part = manifest.parts.find((one) => one.stage === stage && one.name === name);
    const sealed = bid.sealed.get(name) ?? new Uint8Array();
    const key = partKeyIn(manifest, deal.stageKeys.get(stage) ?? new Uint8Array(), stage, name);
    return {
      stage,
      name,
      partKey: toHex(key),
      context: toHex(partContextOf(manifest.ctxHash, stage, name)),
      headSalt: part?.head.slice(0, 48) ?? '',
      length: sealed.length,
      sha256: sha256Hex(sealed),
      /** Head and first chunk. */
      beginning: toHex(sealed.subarray(0, 56 + 16_400)),
      pieces: part?.pieces ?? [],
      root: part?.root ?? '',
    };
  });
  return {
    keyring: canonical(keyring),
    keyringHash: keyringHash(keyring),
    ctx: canonical(manifest.ctx),
    ctxHash: manifest.ctxHash,
    stages,
    parts,
    manifest: textOf(bid.bytes),
    manifestHash: bid.manifestHash,
    identifiers: identifiersOf(manifest).map(({ kind, value }) => `${kind} ${value}`),
  };
}

const price = { total: '98000000', v: 'xinbiao/example-price/v1' };
const files = [
  { name: '技术方案.pdf', size: 40_000, step: 31 },
  { name: 'drawings/a.dwg', size: 1, step: 1 },
  { name: '空.txt', size: 0, step: 1 },
];
const plain = async (): Promise<Given> => ({
  groups: [
    { id: 'purchaser', t: 1, officers: [await makeOfficer('采购人'), await makeOfficer('代理机构')] },
    {
      id: 'independent',
      t: 2,
      officers: [await makeOfficer('公证处'), await makeOfficer('交易中心'), await makeOfficer('投标人代表')],
    },
  ],
  bidder: null,
  gatedStages: [],
  ctx: { envelopeId: '00112233445566778899aabbccddeeff', seq: 1, supersedes: null, bidderCertSha256: '22'.repeat(32) },
  dealSeed: sha256Hex(bytesOf('deal seed of envelope.json')),
  parts: [
    { stage: 'open', name: 'price', content: price, files: [] },
    { stage: 'open', name: 'technical', content: { v: 'xinbiao/example/v1', 说明: '技术部分' }, files },
  ],
});
const gated = async (): Promise<Given> => ({
  ...(await plain()),
  bidder: await makeOfficer('投标人'),
  gatedStages: ['price'],
  ctx: {
    envelopeId: 'ffeeddccbbaa99887766554433221100',
    seq: 2,
    supersedes: '33'.repeat(32),
    bidderCertSha256: '44'.repeat(32),
  },
  dealSeed: sha256Hex(bytesOf('deal seed of gate.json')),
  parts: [
    { stage: 'technical', name: 'technical', content: { v: 'xinbiao/example/v1' }, files },
    { stage: 'price', name: 'price', content: price, files: [] },
  ],
});

async function vector(name: string, about: string, make: () => Promise<Given>): Promise<Vector> {
  const path = new URL(`../../../vectors/${name}.json`, import.meta.url);
  if (process.env['XINBIAO_VECTORS'] === 'make' && !existsSync(path)) {
    const given = await make();
    writeFileSync(path, `${JSON.stringify({ about, given, value: await work(given) }, null, 1)}\n`);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Vector;
}

test.each([
  ['envelope', 'An envelope without a gate, whole; see docs/protocol/01-keyring-and-envelope.md. Frozen.', plain],
  [
    'gate',
    'An envelope of two openings, the second with the bidder’s own key; see docs/protocol/01-keyring-and-envelope.md. Frozen.',
    gated,
  ],
] as const)('the published envelope %s is sealed again byte for byte, and opens', async (name, about, make) => {
  const { given, value } = await vector(name, about, make);
  // Through text and back: what is compared is what is written.
  expect(JSON.parse(JSON.stringify(await work(given)))).toEqual(value);

  const manifest = JSON.parse(value.manifest) as Manifest;
  const keyring = JSON.parse(value.keyring) as Keyring;
  const stages: Record<string, string[]> = {};
  for (const part of given.parts) stages[part.stage] = [...(stages[part.stage] ?? []), part.name];
  const gates = Object.fromEntries(given.gatedStages.map((stage) => [stage, given.bidder?.certificate ?? '']));
  const checked = checkManifest({
    bytes: bytesOf(value.manifest),
    expect: { ...manifest.ctx, keyring, stages, gates },
  });
  expect(checked).toMatchObject({ ok: true, manifestHash: value.manifestHash });

  // From the published shares and gates alone.
  const bid: ExampleBid = await aBid(keyring, given.parts.map(contentOf), given.ctx, fromHex(given.dealSeed), gates);
  for (const { stage, shares, gate, stageKey } of value.stages) {
    const recovered = recoverStageKey({
      manifest,
      stage,
      shares: shares.map(({ officer, blob }) => ({ officer, blob: bytesOf(blob) })),
      ...(gate ? { gate: bytesOf(gate.blob) } : {}),
    });
    expect(recovered.ok && toHex(recovered.stageKey)).toBe(stageKey);
  }
  for (const { stage, name: part, partKey } of value.parts) {
    const read = readFrom(bid.sealed.get(part) ?? new Uint8Array());
    const opened = await openPart({ manifest, stage, part, partKey: fromHex(partKey), read });
    await opened.verify();
    const was = given.parts.find((one) => one.name === part);
    expect(opened.content).toEqual(was?.content);
    for (const [at, file] of opened.files.entries()) {
      const bytes: Uint8Array[] = [];
      for await (const some of file.stream()) bytes.push(some.slice());
      const { size = 0, step = 0 } = was?.files[at] ?? {};
      expect(sha256Hex(joined(...bytes))).toBe(sha256Hex(pattern(size, step)));
    }
  }
});
