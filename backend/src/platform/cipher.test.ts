import { Malformed, suites, openChunked, chunkedKey, encryptChunked } from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { cipherOf } from './cipher.ts';

const bytes = (length: number) => new Uint8Array(randomBytes(length));

test('the server’s own cipher and the general one open what the other sealed, and nothing else', async () => {
  const own = cipherOf('XB1');
  if (!own) throw new Error('no cipher');
  const key = bytes(32);
  const [mine, general] = [await own(key), await suites.XB1.aead.key(key)];
  for (const length of [0, 1, 16, 16_384])
    for (const additional of [undefined, bytes(20)]) {
      const [nonce, plain] = [bytes(12), bytes(length)];
      const sealed = await mine.seal(nonce, plain, additional);
      expect(sealed).toEqual(await general.seal(nonce, plain, additional));
      expect(await mine.open(nonce, sealed, additional)).toEqual(plain);
      expect(await general.open(nonce, sealed, additional)).toEqual(plain);
      const changed = sealed.slice();
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      for (const bad of [changed, sealed.slice(1), sealed.slice(0, 15), new Uint8Array()])
        await expect(mine.open(nonce, bad, additional)).rejects.toThrow();
      if (additional) await expect(mine.open(nonce, sealed)).rejects.toThrow();
    }
  expect(cipherOf('XB1-SM')).toBeUndefined();
});

test('a part changed anywhere is as malformed under it as under the general one', async () => {
  const cipher = cipherOf('XB1');
  if (!cipher) throw new Error('no cipher');
  const suite = { ...suites.XB1, aead: { ...suites.XB1.aead, key: cipher } };
  const [key, salt, context, plain] = [bytes(32), bytes(24), bytes(10), bytes(40_000)];
  const parts: Uint8Array[] = [];
  for await (const part of encryptChunked(
    await chunkedKey(key, salt, context),
    (async function* () {
      yield plain;
    })(),
  ))
    parts.push(part.slice());
  const sealed = new Uint8Array(Buffer.concat(parts));
  const opened = async (given: Uint8Array<ArrayBuffer>) => {
    const read = (offset: number, length: number) => Promise.resolve(given.subarray(offset, offset + length));
    const reader = await openChunked({ key, context, suite, length: given.length, read });
    return reader.read(0, reader.length);
  };
  expect(await opened(sealed)).toEqual(plain);
  for (let at = 0; at < sealed.length; at += 997) {
    const changed = sealed.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(opened(changed)).rejects.toBeInstanceOf(Malformed);
  }
});
