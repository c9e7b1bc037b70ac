import { expect, test } from 'vitest';
import { aContext, aGroup, aKeyring } from './example.ts';
import { createDeal, sealPiece } from './seal.ts';
import { sealEnvelope, type SealingHooks } from './whole.ts';

const groups = [await aGroup('purchaser', 1, 2), await aGroup('independent', 1, 2)];
const keyring = aKeyring(groups);
const size = 40 * 1024 * 1024;
const file = {
  name: '图纸.bin',
  size,
  // oxlint-disable-next-line require-await
  async *stream(from: number) {
    for (let at = from; at < size;) {
      const block = Math.floor(at / 700_001);
      const bytes = new Uint8Array(Math.min(size, (block + 1) * 700_001) - at).fill(block % 251);
      yield bytes;
      at += bytes.length;
    }
  },
};

async function sealed(
  given: { readonly hashFiles?: boolean },
  hooks: Pick<SealingHooks, 'reuse' | 'inFlight' | 'beside' | 'arrived'>,
) {
  const deal = await createDeal({
    ctx: aContext(keyring, { envelopeId: '0'.repeat(32) }),
    keyring,
    dealSeed: new Uint8Array(32).fill(5),
  });
  const parts = [{ stage: 'open', name: 'technical', content: {}, files: [file] }];
  const buffers = new Set<ArrayBuffer>();
  const hashes: string[] = [];
  const digests: unknown[] = [];
  const { manifestHash } = await sealEnvelope(
    { deal, parts, client: { bundleSha256: null, version: 'test' }, ...given },
    {
      ...hooks,
      finished: (_, found) => digests.push(found),
      async deliver(_, { bytes }) {
        buffers.add(bytes.buffer);
        // Slow enough that the next pieces are sealed meanwhile: none of them may be written over this one.
        await new Promise((resolve) => setTimeout(resolve, 30));
        const digest = await crypto.subtle.digest('SHA-256', bytes);
        hashes.push(Buffer.from(digest).toString('hex'));
      },
    },
  );
  return { manifestHash, buffers: buffers.size, hashes: hashes.toSorted(), digests };
}

test('pieces sealed into memory of delivered ones are the same pieces', async () => {
  const fresh = await sealed({}, { inFlight: 2 });
  const reused = await sealed({ hashFiles: false }, { inFlight: 2, reuse: true });
  expect(reused.hashes).toEqual(fresh.hashes);
  expect(reused.manifestHash).toBe(fresh.manifestHash);
  expect(fresh.buffers).toBe(6);
  expect(reused.buffers).toBeLessThan(6);
});

test('files hashed before are not hashed again while they are sealed', async () => {
  const [again] = (await sealed({}, {})).digests;
  expect(again).toMatchObject([{ name: '图纸.bin', size }]);
  expect((await sealed({ hashFiles: false }, {})).digests).toEqual([undefined]);
});

test('pieces sealed beside each other, in whatever order they are ready, make the same envelope', async () => {
  const whole = await sealed({}, {});
  const asked: number[] = [];
  let [now, most] = [0, 0];
  const beside: SealingHooks['beside'] = (job, { files }) => ({
    atOnce: 3,
    async seal(index, spare) {
      asked.push(index);
      most = Math.max(most, (now += 1));
      // The first of three comes last.
      await new Promise((resolve) => setTimeout(resolve, 40 - 15 * (index % 3)));
      const piece = await sealPiece(job, files, index, { spare });
      now -= 1;
      return piece;
    },
  });
  const parallel = await sealed({ hashFiles: false }, { beside, inFlight: 2, reuse: true });
  expect(parallel.hashes).toEqual(whole.hashes);
  expect(parallel.manifestHash).toBe(whole.manifestHash);
  expect(asked).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(3);
  expect(parallel.buffers).toBeLessThan(6);
});

test('a piece that cannot be sealed stops the envelope, and so does one of a file that shrank', async () => {
  const failing = sealed(
    { hashFiles: false },
    {
      beside: () => ({
        atOnce: 2,
        seal: (index) =>
          index === 3
            ? Promise.reject(new Error('gone'))
            : Promise.resolve({ index, bytes: new Uint8Array(1), sha256: '0'.repeat(64) }),
      }),
    },
  );
  await expect(failing).rejects.toThrow('gone');
  const shrunk = { ...file, stream: (from: number) => file.stream(Math.max(from, size - 5_000_000)) };
  const short = sealed(
    { hashFiles: false },
    {
      beside: (job) => ({
        atOnce: 1,
        seal: (index) => sealPiece(job, [shrunk], index),
      }),
    },
  );
  await expect(short).rejects.toThrow('shrank');
});
