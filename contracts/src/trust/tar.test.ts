import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Malformed, bytesOf } from './canonical.ts';
import { joined } from './hash.ts';
import {
  archiveLength,
  checkEntries,
  isArchiveName,
  padme,
  readArchive,
  writeArchive,
  type ArchiveFile,
} from './tar.ts';

const file = (name: string, content: Uint8Array | string): ArchiveFile => {
  const bytes = typeof content === 'string' ? bytesOf(content) : content;
  return {
    name,
    size: bytes.length,
    async *stream(from) {
      for (let at = from; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700);
    },
  };
};
const written = async (files: readonly ArchiveFile[], range: { from?: number; to?: number } = {}) => {
  const parts: Uint8Array[] = [];
  for await (const part of writeArchive(files, padme(archiveLength(files)), range)) parts.push(part.slice());
  return joined(...parts);
};
const list = (bytes: Uint8Array) =>
  readArchive((offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)), bytes.length);
const some = [
  file('bid.json', '{}'),
  file('技术方案/第一章：总体设计.pdf', 'x'.repeat(1_500)),
  file('empty.txt', ''),
  file(`${'long/'.repeat(30)}name.txt`, 'y'.repeat(512)),
];

test('tar opens the archive, Chinese and long names included', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  writeFileSync(join(folder, 'part.tar'), await written(some));
  execFileSync('tar', ['-xf', 'part.tar'], { cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  for (const { name, size } of some) expect(readFileSync(join(folder, name)).length).toBe(size);
  rmSync(folder, { recursive: true });
});

test('what was written is read back, and begins and ends anywhere', async () => {
  const whole = await written(some);
  const { members } = await list(whole);
  expect(members.map(({ name, size }) => ({ name, size }))).toEqual(some.map(({ name, size }) => ({ name, size })));
  for (const from of [1, 511, 512, 514, 3_000, whole.length - 1, whole.length])
    expect(Buffer.from(await written(some, { from })).equals(whole.subarray(from))).toBe(true);
  const edges = [0, 1, 512, 514, 1_536, 3_000, 3_571, 4_096, whole.length - 1_025, whole.length - 1, whole.length];
  for (const from of edges)
    for (const to of edges.filter((edge) => edge >= from))
      expect(Buffer.from(await written(some, { from, to })).equals(whole.subarray(from, to))).toBe(true);
});

test('a file of eight gibibytes or more gets its size from a pax record', async () => {
  const size = 9 * 2 ** 30;
  const stops = (async () => {
    for await (const bytes of writeArchive(
      [{ name: 'big.bin', size, async *stream() {} }],
      archiveLength([{ name: 'big.bin', size }]),
    )) {
      const { members } = await readArchive(
        (offset, length) => Promise.resolve(offset === 0 ? bytes.subarray(0, length) : new Uint8Array(length)),
        size + 4_096,
      );
      expect(members[0]).toMatchObject({ name: 'big.bin', size });
    }
  })();
  await expect(stops).rejects.toThrow('shrank');
});

test.each([
  '',
  '/etc/passwd',
  '../up',
  'a/../b',
  './a',
  'a//b',
  'a/',
  'C:/x',
  'a\\b',
  'a\nb',
  'a\u202Egpj.exe',
  'zero\u200Bwidth',
  'dot.',
  'space ',
  'e\u0301',
  'x'.repeat(256),
  '\uD800',
])('the name %j is refused', (name) => {
  expect(isArchiveName(name)).toBe(false);
  expect(() => checkEntries([{ name, size: 0 }])).toThrow(Malformed);
});

test.each([[['a', 'a']], [['A.pdf', 'a.PDF']], [['a', 'a/b']], [['ＡＢ', 'ab']]])(
  'names that are one file on some disk are refused: %j',
  (names) => {
    expect(() => checkEntries(names.map((name) => ({ name, size: 0 })))).toThrow(Malformed);
  },
);

test('more than ten thousand files are refused', () => {
  expect(() => checkEntries(Array.from({ length: 10_001 }, (_, at) => ({ name: `f${at}`, size: 0 })))).toThrow(
    'too many',
  );
});

test('a file that grew or shrank while it was read stops the sealing', async () => {
  await expect(written([{ ...file('a', 'four'), size: 3 }])).rejects.toThrow('grew');
  await expect(written([{ ...file('a', 'four'), size: 5 }])).rejects.toThrow('shrank');
});

test('a header changed in any byte is refused, or is the one encoding of another name', async () => {
  const whole = await written(some);
  const { members, end } = await list(whole);
  const inHeaders = Array.from({ length: end + 1_024 }, (_, at) => at).filter(
    (at) => !members.some(({ offset, size }) => at >= offset && at < offset + Math.ceil(size / 512) * 512),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...inHeaders), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ mask;
      const read = await list(changed).catch((error: unknown) => error);
      if (read instanceof Malformed) return;
      const renamed = (read as Awaited<ReturnType<typeof list>>).members.map((member, index) => ({
        ...some[index]!,
        name: member.name,
      }));
      expect(renamed.map(({ name }) => name)).not.toEqual(some.map(({ name }) => name));
      expect(Buffer.from(await written(renamed)).equals(changed)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('random bytes and archives of other programs never crash the reader', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4_096 }), async (bytes) => {
      await list(bytes).then(
        ({ members }) => expect(members).toEqual([]),
        (error: unknown) => expect(error).toBeInstanceOf(Malformed),
      );
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  execFileSync('bash', ['-c', 'ln -s /etc/passwd link; mkdir d; echo a > d/f; tar -cf a.tar link d'], { cwd: folder });
  await expect(list(new Uint8Array(readFileSync(join(folder, 'a.tar'))))).rejects.toBeInstanceOf(Malformed);
  rmSync(folder, { recursive: true });
});

test('padding grows a length by at most an eighth, in steps of a block, and is stable', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8_192, max: 2 ** 36 }), (length) => {
      const padded = padme(length);
      expect(padded % 512).toBe(0);
      expect(padded).toBeGreaterThanOrEqual(length);
      expect(padded).toBeLessThanOrEqual(length * 1.125);
      expect(padme(padded)).toBe(padded);
    }),
  );
});
