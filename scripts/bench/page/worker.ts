import { Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import forge from 'node-forge';
import { sealBeside } from '../../../frontend/src/bidding/sealBeside.ts';
import { openStaging } from '../../../frontend/src/bidding/staging.ts';
import { certificateFor } from './certificate.ts';
import { createDeal, keyringHash, sealEnvelope, type Keyring } from '@xinbiao/contracts/trust';

/** A real file of 1 GiB on disk, as a person would choose it. */
const size = 1024 * 1024 * 1024;
const block = new Uint8Array(1024 * 1024).map((_, at) => (at * 31) & 255);
const pieceLength = 8 * 1024 * 1024;

/** Known to browsers, not yet to the types of a worker that shares its settings with Node. */
type Writable = FileSystemFileHandle & {
  createSyncAccessHandle: () => Promise<{
    write: (bytes: Uint8Array, at: { at: number }) => number;
    flush: () => void;
    close: () => void;
  }>;
};

async function bigFile(): Promise<File> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle('drawing.bin', { create: true });
  const access = await (handle as Writable).createSyncAccessHandle();
  for (let at = 0; at < size; at += block.length) {
    // Every piece differs, or the door would know it already.
    new DataView(block.buffer).setUint32(0, at / block.length);
    access.write(block, { at });
  }
  access.flush();
  access.close();
  return handle.getFile();
}

/** Milliseconds that the work took. */
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const perSecond = (bytes: number, milliseconds: number): number => bytes / 1e6 / (milliseconds / 1000);

async function raw(bytes: number): Promise<void> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const piece = block.subarray(0, 256 * 1024);
  for (let done = 0; done < bytes; done += piece.length)
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) }, key, piece);
}

async function age(file: Blob): Promise<void> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(await generateIdentity()));
  const reader = (await encrypter.encrypt(file.stream())).getReader();
  while (!(await reader.read()).done);
}

/** As fast as node-forge goes: one cipher, blocks of 1 MiB. */
function nodeForge(bytes: number): void {
  const cipher = forge.cipher.createCipher('AES-GCM', forge.util.createBuffer(new Uint8Array(32)));
  cipher.start({ iv: forge.util.createBuffer(new Uint8Array(12)), tagLength: 128 });
  for (let done = 0; done < bytes; done += block.length) {
    cipher.update(forge.util.createBuffer(block));
    cipher.output.getBytes();
  }
  cipher.finish();
}

const inFlight = 3;
type Body = Blob | Uint8Array<ArrayBuffer>;
const sender = (door: string) => async (body: Body) => (await fetch(door, { method: 'PUT', body })).text();
const [send, sendByLine] = [sender('/piece'), sender('/piece/line')];

/** Three pieces under way at once, as the bid page does. */
async function sendAll(pieces: Iterable<Blob>, send: (body: Body) => Promise<unknown>): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  for (const body of pieces) {
    const sent: Promise<unknown> = send(body).finally(() => underWay.delete(sent));
    underWay.add(sent);
    if (underWay.size >= inFlight) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}

const officers = await Promise.all(
  ['purchaser', 'independent'].map(async (id) => ({ id, ...(await certificateFor(id)) })),
);
const keyring: Keyring = {
  v: 'xinbiao/keyring/v1',
  suite: 'XB1',
  groups: officers.map(({ id, certificate, certSha256 }) => ({
    id,
    t: 1,
    members: [{ x: 1, certSha256, certificate, name: id, organisation: id }],
  })),
};
const id = '0190a000-0000-7000-8000-000000000000';

const file = await bigFile();
let chosen: Blob = file;
const beside = sealBeside(() => chosen);
const staging = await openStaging();
/** As the bid page does it. */
const sealed = async (deliver?: (body: Body) => Promise<unknown>, blob: Blob = file) => {
  chosen = blob;
  const ctx = {
    v: 'xinbiao/envelope/v1' as const,
    suite: 'XB1' as const,
    tenderId: id,
    lotId: id,
    noticeHash: '0'.repeat(64),
    keyringHash: keyringHash(keyring),
    bidderCertSha256: '0'.repeat(64),
    envelopeId: '0'.repeat(32),
    seq: 1,
    supersedes: null,
  };
  const deal = await createDeal({ ctx, keyring, dealSeed: crypto.getRandomValues(new Uint8Array(32)) });
  const source = {
    name: 'drawing.bin',
    size: blob.size,
    stream: (from: number, to?: number) => blob.slice(from, to).stream(),
  };
  await sealEnvelope(
    {
      deal,
      parts: [{ stage: 'open', name: 'technical', content: {}, files: [source] }],
      client: { bundleSha256: null, version: 'bench' },
      hashFiles: false,
    },
    {
      inFlight,
      reuse: true,
      beside,
      deliver: async (_, { bytes }) => {
        if (!deliver) return;
        const { body, sent } = await staging.stage(bytes);
        await deliver(body);
        sent();
      },
    },
  );
};
const plain = function* () {
  for (let at = 0; at < size; at += pieceLength) yield file.slice(at, at + pieceLength);
};
const seal = () => sealed();

// Once through, so that whatever is measured finds the file in memory and its pages written.
for (const part of plain()) await part.arrayBuffer();

const few = 64 * 1024 * 1024;
const rates = {
  raw: perSecond(few * 4, await timed(() => raw(few * 4))),
  seal: perSecond(size, await timed(seal)),
  age: perSecond(few, await timed(() => age(file.slice(0, few)))),
  forge: perSecond(few / 8, await timed(async () => nodeForge(few / 8))),
};
const peak = async () => Number(await (await fetch('/peak')).text());
await peak();
await sealed(send, file.slice(0, size / 8));
const smallPeak = await peak();
await sealed(send);
const largePeak = await peak();
let [upload, sealAndUpload] = [0, 0];
// Turn and turn about, so that a slow moment of the machine meets both.
for (let turn = 0; turn < 3; turn += 1) {
  upload += await timed(() => sendAll(plain(), send));
  sealAndUpload += await timed(() => sealed(send));
}
const byLine = {
  lineUpload: perSecond(size, await timed(() => sendAll(plain(), sendByLine))),
  lineSealAndUpload: perSecond(size, await timed(() => sealed(sendByLine))),
};
postMessage({
  ...rates,
  upload: perSecond(3 * size, upload),
  sealAndUpload: perSecond(3 * size, sealAndUpload),
  ...byLine,
  smallPeak,
  largePeak,
});
