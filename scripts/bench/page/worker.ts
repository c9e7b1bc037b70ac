import { certificateFor } from './certificate.ts';
import { createDeal, keyringHash, sealPart, sealPlan, type Keyring } from '@xinbiao/contracts/trust';

const size = 256 * 1024 * 1024;
const block = new Uint8Array(1024 * 1024).map((_, at) => (at * 31) & 255);
const file = {
  name: 'drawing.bin',
  size,
  stream: (from: number) =>
    (async function* () {
      for (let at = from; at < size; at += block.length) yield block.subarray(0, Math.min(block.length, size - at));
    })(),
};
const perSecond = (milliseconds: number): number => size / 1e6 / (milliseconds / 1000);
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return perSecond(performance.now() - began);
};

async function raw(): Promise<void> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const piece = block.subarray(0, 256 * 1024);
  for (let done = 0; done < size; done += piece.length)
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) }, key, piece);
}

/** Three pieces under way at once, as the page does. */
async function sendAll(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  for await (const bytes of pieces) {
    const sent: Promise<unknown> = fetch('/piece', { method: 'PUT', body: bytes })
      .then((answer) => answer.text())
      .finally(() => underWay.delete(sent));
    underWay.add(sent);
    if (underWay.size >= 3) await Promise.race(underWay);
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
const sealed = async function* () {
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
  const part = { stage: 'open', name: 'technical', content: {}, files: [file] };
  const [plan] = sealPlan({ deal, parts: [part] });
  if (!plan) throw new Error('no plan');
  for await (const { bytes } of sealPart({ deal, plan, part, hashFiles: false })) yield bytes;
};
const plain = async function* () {
  for (let at = 0; at < size; at += 8 * 1024 * 1024) {
    const piece = new Uint8Array(8 * 1024 * 1024);
    for (let to = 0; to < piece.length; to += block.length) piece.set(block, to);
    yield piece;
  }
};

postMessage({
  raw: await timed(raw),
  seal: await timed(async () => {
    for await (const bytes of sealed()) void bytes.length;
  }),
  upload: await timed(() => sendAll(plain())),
  sealAndUpload: await timed(() => sendAll(sealed())),
});
