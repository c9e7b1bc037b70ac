import {
  envelopeFiles,
  readEnvelopeFolder,
  sealingFactsFaults,
  type SealingFactsFile,
} from '@xinbiao/contracts/bidding';
import { ordinarySealing } from '@xinbiao/contracts/tendering';
import {
  canonicalBytes,
  checkManifest,
  dealOfRecovery,
  gateOfDeal,
  keyringHash,
  openPart,
  openRecovery,
  partKeyIn,
  readPieces,
  releaseGate,
  writeArchive,
  type Manifest,
} from '@xinbiao/contracts/trust';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../backend/test/house.ts';
import { castFor, publishedLots } from '../backend/test/lots.ts';
import type { Cast } from './play/cast.ts';
import { Said } from './play/client.ts';
import { demoPassword } from './play/cast.ts';
import { readFacts, sealInto, signerFrom } from './seal/envelope.ts';
import { fetchSealingFacts } from './seal/facts.ts';
import { envelopeFilesIn, fileOnDisk, readBidFolder, writeTemplate } from './seal/folder.ts';
import { submitEnvelope } from './seal/submit.ts';

let house: TestHouse;
let cast: Cast;
let lots: readonly string[];
let gatedLot: string;
let place: string;

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house, { bidders: 3 });
  lots = (await publishedLots(house, cast, 2)).lots;
  gatedLot = (
    await publishedLots(house, cast, 1, (draft) => ({
      ...draft,
      sealing: { ...ordinarySealing, gate: 'bidder', decryptMinutes: 30 },
    }))
  ).lots[0]!;
  place = await mkdtemp(join(tmpdir(), 'xinbiao-seal-'));
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
  await rm(place, { recursive: true });
});

const bidder = (at: number) => cast.bidders[at]!;
const now = () => house.clock.now().toISOString();

/** A bid folder as somebody fills it in. */
async function aFolder(name: string, facts: SealingFactsFile): Promise<string> {
  const folder = join(place, name);
  await mkdir(join(folder, '附件'), { recursive: true });
  expect((await writeTemplate(folder, facts)).length).toBe(2);
  const fill = async (file: string, change: (content: Record<string, unknown>) => object) => {
    const path = join(folder, file);
    await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>)));
  };
  await fill('price.json', (content) => ({ ...content, price: '98000000', projectLead: '周岚' }));
  await fill('technical.json', (content) => ({
    ...content,
    contact: { name: '周岚', phone: '0532-85550000', email: '' },
    qualifications: (content['qualifications'] as object[]).map((one) => ({ ...one, statement: '满足' })),
  }));
  await writeFile(join(folder, '附件', '方案.pdf'), new Uint8Array(300_000).fill(7));
  await writeFile(join(folder, '报价说明.txt'), '');
  return folder;
}

async function sealed(name: string, lotId: string, person = bidder(0)) {
  const facts = await fetchSealingFacts(person.client, lotId, now());
  const folder = await aFolder(name, facts);
  const out = join(place, `${name}-envelope`);
  const dealSeed = crypto.getRandomValues(new Uint8Array(32));
  const made = await sealInto(out, {
    facts,
    parts: await readBidFolder(folder, facts),
    signer: await signerFrom(person.held.file, person.held.filePassword, facts),
    dealSeed,
    recovery: { passphrase: '恢复文件口令一二三四五六', random: crypto.getRandomValues(new Uint8Array(28)) },
  });
  return { facts, folder, out, made, dealSeed };
}

test('seals a folder without the platform; the envelope is handed in later and its receipt holds', async () => {
  const { out, made, facts } = await sealed('first', lots[0]!);
  const envelope = await readEnvelopeFolder(await envelopeFilesIn(out));
  expect(envelope.manifestHash).toBe(made.manifestHash);
  const expected = { ...facts.ctx, keyring: facts.keyring, stages: { open: ['price', 'technical'] } };
  expect(checkManifest({ bytes: new TextEncoder().encode(envelope.text), expect: expected }).ok).toBe(true);
  const receipt = await submitEnvelope(bidder(0).client, envelope);
  expect(receipt.manifestHash).toBe(made.manifestHash);
  // Handing in again is the same receipt.
  expect((await submitEnvelope(bidder(0).client, envelope)).manifestHash).toBe(receipt.manifestHash);
});

test('goes on where an interrupted upload stopped, and sends nothing twice', async () => {
  const { out } = await sealed('second', lots[1]!);
  const envelope = await readEnvelopeFolder(await envelopeFilesIn(out));
  const { client } = bidder(0);
  const puts: string[] = [];
  let failing = true;
  const flaky: typeof client = {
    ...client,
    call: (async (endpoint: { method: string; path: string }, inputs: never) => {
      if (endpoint.method === 'PUT') {
        if (failing && puts.length === 1) throw new Said(403, '{}');
        puts.push((inputs as { params: { sha256: string } }).params.sha256);
      }
      return client.call(endpoint as never, inputs);
    }) as unknown as typeof client.call,
  };
  await expect(submitEnvelope(flaky, envelope, { wait: 1 })).rejects.toBeInstanceOf(Said);
  failing = false;
  await submitEnvelope(flaky, envelope, { wait: 1 });
  expect(new Set(puts).size).toBe(puts.length);
  expect(puts.length).toBe(envelope.pieces.length);
});

test('where the notice asks for the bidder’s own key, the envelope is sealed for it and the server takes no other', async () => {
  const person = bidder(1);
  const { out, facts, made, dealSeed } = await sealed('gated', gatedLot, person);
  expect(Object.keys(facts.gates)).toEqual(['open']);
  expect(made.manifest.stages[0]?.gate).toBe('bidder');
  await submitEnvelope(person.client, await readEnvelopeFolder(await envelopeFilesIn(out)));
  const { encryption } = person.held;
  const gate = await releaseGate({ manifest: made.manifest, stage: 'open', ...encryption });
  // The recovery file releases the same.
  const recovery = await openRecovery(
    await readFile(join(out, envelopeFiles.recovery), 'utf8'),
    '恢复文件口令一二三四五六',
  );
  const deal = await dealOfRecovery(recovery, facts.keyring);
  expect(deal.dealSeed).toEqual(dealSeed);
  expect(gateOfDeal(deal, 'open')).toEqual(gate);
  // Without a gate, or with one for somebody else, it is not taken.
  for (const [name, gates, word] of [
    ['no-gate', {}, 'gate.differs'],
    [
      'other-gate',
      { open: Buffer.from(bidder(2).held.encryption.certificate).toString('hex') },
      'gate.wrong-certificate',
    ],
  ] as const) {
    const again = await fetchSealingFacts(person.client, gatedLot, now());
    const bad = await sealInto(join(place, name), {
      facts: { ...again, gates, stages: again.stages },
      parts: await readBidFolder(join(place, 'gated'), again),
      signer: { sign: async (bytes) => Buffer.from(await person.signBytes(new Uint8Array(bytes)), 'hex') },
      dealSeed: crypto.getRandomValues(new Uint8Array(32)),
    });
    expect(bad.manifest.stages).toHaveLength(1);
    const refused = submitEnvelope(person.client, await readEnvelopeFolder(await envelopeFilesIn(join(place, name))));
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(word) });
  }
});

test('the recovery file opens what was sealed', async () => {
  const { out, made, facts } = await sealed('recovered', lots[0]!, bidder(2));
  const recovery = await openRecovery(
    await readFile(join(out, envelopeFiles.recovery), 'utf8'),
    '恢复文件口令一二三四五六',
  );
  const deal = await dealOfRecovery(recovery, facts.keyring);
  const opened = await openPart({
    manifest: made.manifest,
    stage: 'open',
    part: 'technical',
    partKey: partKeyIn(made.manifest, deal.stageKeys.get('open')!, 'open', 'technical'),
    read: readPieces({
      part: made.manifest.parts.find(({ name }) => name === 'technical')!,
      fetchPiece: async (index) =>
        new Uint8Array(
          await readFile(
            join(out, 'pieces', made.manifest.parts.find(({ name }) => name === 'technical')!.pieces[index]!),
          ),
        ),
    }),
  });
  await opened.verify();
  expect(opened.files.map(({ name }) => name)).toEqual(['报价说明.txt', '附件/方案.pdf'].toSorted());
});

test('one tar of the folder is an envelope too', async () => {
  const { out, made } = await sealed('tarred', lots[0]!, bidder(1));
  const names = (await readdir(out, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  const files = await Promise.all(
    names.map(async (one) => {
      const path = join(one.parentPath, one.name);
      const bytes = await readFile(path);
      return fileOnDisk(path, path.slice(out.length + 1), bytes.length);
    }),
  );
  const tar = join(place, 'envelope.tar');
  const length = files.reduce((sum, { size }) => sum + 1536 + Math.ceil(size / 512) * 512, 10_240);
  const chunks: Uint8Array[] = [];
  for await (const bytes of writeArchive(files, Math.ceil(length / 512) * 512)) chunks.push(bytes.slice());
  await writeFile(tar, Buffer.concat(chunks));
  expect((await readEnvelopeFolder(await envelopeFilesIn(tar))).manifestHash).toBe(made.manifestHash);
});

test('says which piece is missing or changed, and sends none of it', async () => {
  const { out } = await sealed('damaged', lots[1]!, bidder(2));
  const [piece] = await readdir(join(out, 'pieces'));
  const path = join(out, 'pieces', piece!);
  const bytes = await readFile(path);
  await writeFile(path, Buffer.concat([bytes.subarray(0, 100), Buffer.from([bytes[100]! ^ 1]), bytes.subarray(101)]));
  const envelope = await readEnvelopeFolder(await envelopeFilesIn(out));
  await expect(submitEnvelope(bidder(2).client, envelope)).rejects.toThrow(`folder: pieces/${piece}`);
  await rm(path);
  await expect(readEnvelopeFolder(await envelopeFilesIn(out))).rejects.toThrow(`folder: pieces/${piece}`);
  await rm(join(out, envelopeFiles.signature));
  await expect(readEnvelopeFolder(await envelopeFilesIn(out))).rejects.toThrow('folder: signature');
});

test('seals to nothing but what the purchaser’s side signed', async () => {
  const facts = await fetchSealingFacts(bidder(0).client, gatedLot, now());
  expect(readFacts(canonicalBytes(facts))).toEqual(facts);
  const twisted = (change: (facts: SealingFactsFile) => unknown) => {
    const copy = structuredClone(facts);
    change(copy);
    return sealingFactsFaults(copy);
  };
  expect(twisted((one) => one)).toEqual([]);
  expect(twisted((one) => (one.keyring.groups[0]!.members[0]!.name = '别人'))).toEqual(['facts.keyring-differs']);
  expect(
    twisted((one) => {
      one.keyring.groups[0]!.t = 2;
      one.ctx.keyringHash = keyringHash(one.keyring);
    }),
  ).toEqual(['facts.not-as-published']);
  expect(twisted((one) => (one.deadline = '2027-01-01T00:00:00.000Z'))).toEqual(['facts.not-as-published']);
  expect(twisted((one) => (one.ctx.lotId = one.ctx.tenderId))).toEqual(['facts.not-as-published']);
  expect(twisted((one) => (one.ctx.noticeHash = '99'.repeat(32)))).toEqual(['facts.notice-differs']);
  expect(twisted((one) => (one.notice.act = one.notice.act.replace('采购', '改购')))).toEqual(['facts.notice-differs']);
  expect(
    twisted((one) => {
      one.stages[0]!.gate = 'none';
      one.gates = {};
    }),
  ).toEqual(['facts.not-as-published']);
  expect(twisted((one) => (one.gates = {}))).toEqual(['facts.gate-differs']);
  expect(() => readFacts(Buffer.from(`${JSON.stringify(facts)} `))).toThrow('改动');
});

test('the command itself seals, and asks for what is missing', async () => {
  const person = bidder(1);
  const facts = await fetchSealingFacts(person.client, lots[1]!, now());
  const folder = await aFolder('cli', facts);
  const [factsFile, keyFile, out] = [join(place, 'facts.json'), join(place, 'key.p12'), join(place, 'cli-out')];
  await writeFile(factsFile, canonicalBytes(facts));
  await writeFile(keyFile, person.held.file);
  const env = {
    ...process.env,
    XINBIAO_KEY_PASSWORD: person.held.filePassword,
    XINBIAO_RECOVERY_PASSPHRASE: '恢复文件口令一二三四五六',
    XINBIAO_PASSWORD: demoPassword,
  };
  const run = (script: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], { env });
  const { stdout } = await run('scripts/seal.ts', folder, '--facts', factsFile, '--p12', keyFile, '--out', out);
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as Manifest;
  expect(stdout).toContain('Not handed in yet');
  expect(manifest.ctx).toEqual(facts.ctx);
  const done = await run('scripts/submit.ts', out, '--login', person.login, '--to', house.url);
  expect(done.stdout).toContain('Handed in at');
  await expect(run('scripts/seal.ts', folder)).rejects.toMatchObject({ code: 2 });
  await rm(join(folder, 'price.json'));
  await expect(
    run('scripts/seal.ts', folder, '--facts', factsFile, '--p12', keyFile, '--out', join(place, 'none')),
  ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('price.json') });
}, 60_000);
