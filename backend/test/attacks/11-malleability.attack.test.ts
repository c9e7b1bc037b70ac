import { chunkedKey, encryptChunked, Malformed, openChunked } from '@xinbiao/contracts/trust';
import { fromHex } from '@xinbiao/contracts/kernel';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { attack } from './table.ts';

const chunk = 16_400;
const head = 56;
const key = new Uint8Array(32).fill(3);
const salt = new Uint8Array(24).fill(4);
const context = new TextEncoder().encode('attack 11');

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const bytes of source) all.push(bytes.slice());
  return Buffer.concat(all);
}
const opened = async (sealed: Uint8Array, withKey = key, withContext: Uint8Array = context) => {
  const reader = await openChunked({
    key: withKey,
    context: withContext,
    length: sealed.length,
    read: (offset, length) => Promise.resolve(sealed.subarray(offset, offset + length)),
  });
  return collect(reader.stream());
};

/** A cheap generator with a seed, so that a failure can be repeated. */
function rolls(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Change = (sealed: Buffer, roll: (below: number) => number) => Buffer;
const chunksOf = (sealed: Buffer): Buffer[] => {
  const all: Buffer[] = [];
  for (let at = head; at < sealed.length; at += chunk) all.push(sealed.subarray(at, at + chunk));
  return all;
};
const changes: Record<string, Change> = {
  'one bit': (sealed, roll) => {
    const out = Buffer.from(sealed);
    const at = roll(out.length);
    out[at] = out[at]! ^ (1 << roll(8));
    return out;
  },
  'some bytes': (sealed, roll) => {
    const out = Buffer.from(sealed);
    for (let left = 1 + roll(20); left > 0; left -= 1) out[roll(out.length)] = roll(256);
    return out;
  },
  'cut off': (sealed, roll) => sealed.subarray(0, roll(sealed.length)),
  'cut at a chunk': (sealed, roll) =>
    sealed.subarray(0, head + chunk * (1 + roll(Math.max(1, chunksOf(sealed).length - 1)))),
  'more at the end': (sealed, roll) => Buffer.concat([sealed, Buffer.alloc(1 + roll(40), roll(256))]),
  'two chunks changed places': (sealed, roll) => {
    const all = chunksOf(sealed);
    const [a, b] = [roll(all.length), roll(all.length)];
    [all[a], all[b]] = [all[b]!, all[a]!];
    return Buffer.concat([sealed.subarray(0, head), ...all]);
  },
  'a chunk twice': (sealed, roll) => {
    const all = chunksOf(sealed);
    const at = roll(all.length);
    return Buffer.concat([sealed.subarray(0, head), ...all.slice(0, at + 1), all[at]!, ...all.slice(at + 1)]);
  },
  'a chunk left out': (sealed, roll) => {
    const all = chunksOf(sealed);
    const at = roll(all.length);
    return Buffer.concat([sealed.subarray(0, head), ...all.filter((_, one) => one !== at)]);
  },
};

describe(attack(11), () => {
  const vectors = new URL('../../../../shared/data/crypto/chunked-encryption-aes256gcm-vectors.json', import.meta.url);
  type Vector = { key: string; ctx: string; ct: string; result: string; msgSha512?: string };

  test.runIf(existsSync(vectors))('the thirty-five published vectors are judged as published', async () => {
    const { testGroups } = JSON.parse(readFileSync(vectors, 'utf8')) as { testGroups: { tests: Vector[] }[] };
    const all = testGroups.flatMap(({ tests }) => tests);
    expect(all.length).toBe(35);
    for (const { key: k, ctx, ct, result, msgSha512 } of all) {
      const attempt = opened(new Uint8Array(inflateSync(fromHex(ct))), fromHex(k), fromHex(ctx));
      if (result === 'valid')
        expect(
          createHash('sha512')
            .update(await attempt)
            .digest('hex'),
        ).toBe(msgSha512);
      else await expect(attempt).rejects.toBeInstanceOf(Malformed);
    }
  });
  if (!existsSync(vectors)) console.info('skipped: the published vectors are not beside the repository');

  test('a hundred thousand changed ciphertexts: none opens to anything but what was sealed', async () => {
    const roll = rolls(20_261_124);
    // Lengths around the chunk's, where an end can be mistaken for a middle.
    const lengths = [0, 1, 100, 16_383, 16_384, 16_385, 32_768, 33_000];
    const sealed: Buffer[] = [];
    for (const length of lengths)
      sealed.push(
        await collect(
          encryptChunked(
            await chunkedKey(key, salt, context),
            (async function* () {
              yield Buffer.alloc(length, 5);
            })(),
          ),
        ),
      );
    const originals = new Set(sealed.map((one) => createHash('sha256').update(one).digest('hex')));
    const names = Object.keys(changes);
    const wanted = 100_000;
    const batch = 250;
    let refused = 0;
    for (let done = 0; refused < wanted; done += batch)
      await Promise.all(
        Array.from({ length: batch }, async (_, at) => {
          // Most are short, so that a hundred thousand are a matter of seconds.
          const original = sealed[roll(8) === 0 ? roll(sealed.length) : roll(3)]!;
          const name = names[(done + at) % names.length]!;
          const changed = changes[name]!(original, roll);
          // Some changes change nothing: a chunk that changes places with itself.
          if (originals.has(createHash('sha256').update(changed).digest('hex'))) return;
          const outcome = await opened(changed).then(
            () => `opened after ${name}`,
            (fault: unknown) => (fault instanceof Malformed ? 'refused' : `crashed: ${String(fault)}`),
          );
          if (outcome !== 'refused') throw new Error(outcome);
          refused += 1;
        }),
      );
    expect(refused).toBeGreaterThanOrEqual(wanted);
  }, 120_000);
});
