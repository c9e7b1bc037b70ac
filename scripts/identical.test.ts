import { stagePlanOf, type SealingFactsFile } from '@xinbiao/contracts/bidding';
import { canonicalBytes, textOf, type Manifest } from '@xinbiao/contracts/trust';
import { toHex } from '@xinbiao/contracts/kernel';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { aContext, aGroup, aKeyring, anOfficer } from '../contracts/src/trust/envelope/example.ts';
import { sealInto } from './seal/envelope.ts';
import { fileOnDisk } from './seal/folder.ts';

/*
 * The page's own worker, with nothing replaced but the wire and the browser's store, and the command line's sealer
 * are given one seed and the same files: they must make the same envelope to the last byte.
 */

/** What the worker is told and says, as far as this test listens; the page's own types belong to the page. */
type SealJob = Readonly<Record<string, unknown>>;
type ToWorker = { readonly do: 'seal'; readonly job: SealJob };
type FromWorker = { readonly say: string; readonly manifest: string; readonly stopped?: unknown };

const sent = new Map<string, Uint8Array>();
vi.mock('../frontend/src/bidding/pieceSender.ts', () => ({
  Interrupted: class extends Error {},
  Refused: class extends Error {},
  presentPieces: () => Promise.resolve(new Set()),
  pieceSender: () => async (piece: { sha256: string; body: Blob | Uint8Array<ArrayBuffer> }) => {
    sent.set(piece.sha256, new Uint8Array(await new Blob([piece.body]).arrayBuffer()));
  },
}));
vi.mock('../frontend/src/bidding/bidStore.ts', () => ({
  listNoted: () => Promise.resolve([]),
  notePiece: () => Promise.resolve(),
}));

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  vi.unstubAllGlobals();
});

/** Runs the worker module as a browser would and waits until it has sealed. */
async function inWorker(job: SealJob): Promise<string> {
  let listen: (event: { data: ToWorker }) => void = () => undefined;
  const sealed = new Promise<string>((resolve, reject) => {
    vi.stubGlobal('self', {
      addEventListener: (_: string, listener: typeof listen) => (listen = listener),
      removeEventListener: () => undefined,
      postMessage: (said: FromWorker) => {
        if (said.say === 'sealed') resolve(said.manifest);
        if (said.say === 'stopped') reject(new Error(JSON.stringify(said.stopped)));
      },
    });
  });
  vi.resetModules();
  // By a name that only runs: the pages are compiled by a configuration of their own.
  const worker = '../frontend/src/bidding/sealing.worker.ts';
  await import(worker);
  listen({ data: { do: 'seal', job } });
  return sealed;
}

test.each(['none', 'bidder'] as const)('page and command line make the same envelope (gate %s)', async (gate) => {
  sent.clear();
  const out = await mkdtemp(join(tmpdir(), 'xinbiao-identical-'));
  folders.push(out);
  const keyring = aKeyring([await aGroup('purchaser', 1, 2), await aGroup('independent', 2, 3)]);
  const ctx = aContext(keyring);
  const stages = stagePlanOf('2026', gate);
  const certificate = toHex((await anOfficer('投标人')).certificate);
  const gates: Record<string, string> = gate === 'bidder' ? { open: certificate } : {};
  const dealSeed = crypto.getRandomValues(new Uint8Array(32));
  const client: Manifest['client'] = { bundleSha256: null, version: 'same' };
  const bytes = Uint8Array.from({ length: 9_000_000 }, (_, at) => (at * 31 + (at >> 8)) & 255);
  const path = join(out, '方案.pdf');
  await writeFile(path, bytes);
  const { createHash } = await import('node:crypto');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const content = { price: { total: '98000000' }, technical: { 说明: '同一份投标' } };

  const text = await inWorker({
    account: 'seat',
    lang: 'zh-CN',
    ctx,
    keyring,
    gates,
    dealSeed: toHex(dealSeed),
    pieceLength: 8_388_608,
    client,
    parts: (['price', 'technical'] as const).map((name) => ({
      stage: 'open',
      name,
      content: content[name],
      files: name === 'technical' ? [{ name: '方案.pdf', size: bytes.length, sha256, blob: new Blob([bytes]) }] : [],
    })),
  });

  const folder = join(out, 'envelope');
  const made = await sealInto(folder, {
    facts: { ctx, keyring, stages, gates, pieceLength: 8_388_608, quota: 2 ** 36 } as unknown as SealingFactsFile,
    parts: [
      { stage: 'open', name: 'price', content: content.price, files: [] },
      {
        stage: 'open',
        name: 'technical',
        content: content.technical,
        files: [fileOnDisk(path, '方案.pdf', bytes.length)],
      },
    ],
    signer: { sign: (manifest) => Promise.resolve(manifest) },
    dealSeed,
    client,
  });
  expect(textOf(made.bytes)).toBe(text);
  expect(textOf(canonicalBytes(JSON.parse(text)))).toBe(text);
  const names = await readdir(join(folder, 'pieces'));
  expect(names.toSorted()).toEqual([...sent.keys()].toSorted());
  for (const name of names)
    expect(Buffer.compare(await readFile(join(folder, 'pieces', name)), sent.get(name) ?? new Uint8Array())).toBe(0);
});
