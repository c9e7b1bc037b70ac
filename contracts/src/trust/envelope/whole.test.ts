import { expect, test } from 'vitest';
import { aContext, aGroup, aKeyring } from './example.ts';
import { createDeal } from './seal.ts';
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
      const bytes = new Uint8Array(Math.min(size - at, 700_001)).fill(at % 251);
      yield bytes;
      at += bytes.length;
    }
  },
};

async function sealed(given: { readonly hashFiles?: boolean }, hooks: Pick<SealingHooks, 'reuse' | 'inFlight'>) {
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
