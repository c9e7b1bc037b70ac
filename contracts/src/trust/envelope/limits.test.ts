import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Malformed, bytesOf, canonical, canonicalBytes, parseCanonical } from '../canonical.ts';
import { sealedLength } from '../chunked.ts';
import { archiveLength, archiveLimits, checkEntries, padme } from '../tar.ts';
import { checkManifest } from './check.ts';
import { aBid, aContext, aFile, aGroup, aKeyring, checked, type ExampleBid } from './example.ts';
import { Keyring } from './keyring.ts';
import { limits, Manifest, manifestBytes } from './manifest.ts';
import { createDeal, paddedLength, pieceLengthFor, sealPlan } from './seal.ts';
import type { FileSource, PartContent } from './types.ts';

let keyring: Keyring;
let bid: ExampleBid;
beforeAll(async () => {
  keyring = aKeyring([await aGroup('purchaser', 1, 2), await aGroup('independent', 1, 1)]);
  bid = await aBid(keyring, [{ stage: 'open', name: 'price', content: {}, files: [] }]);
});

/** A file that says its size and is never read: plans are made before a byte is. */
const saying = (name: string, size: number): FileSource => ({ name, size, stream: () => new ReadableStream() });
const deal = (stages = ['open']) =>
  createDeal({ ctx: aContext(keyring), keyring, dealSeed: new Uint8Array(32), stages });
const part = (over: Partial<PartContent> = {}): PartContent => ({
  stage: 'open',
  name: 'technical',
  content: {},
  files: [],
  ...over,
});
const plans = async (parts: readonly PartContent[], stages?: string[]) => sealPlan({ deal: await deal(stages), parts });

// ---- padding -----------------------------------------------------------------------------------------------------

test('padding grows a length by at most 12 %, never shrinks it, keeps order, and is found again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 42 }), fc.integer({ min: 1, max: 2 ** 42 }), (a, b) => {
      const padded = padme(a);
      expect(padded).toBeGreaterThanOrEqual(a);
      expect(padded % 512).toBe(0);
      if (a >= 8_192) expect(padded).toBeLessThanOrEqual(a * 1.12);
      // Blocks of 512 bytes weigh more in a small archive.
      else expect(padded - a).toBeLessThan(1_024);
      expect(padme(padded)).toBe(padded);
      if (a <= b) expect(padded).toBeLessThanOrEqual(padme(b));
    }),
    { numRuns: 2_000 },
  );
});

test('a padded length tells few bits: from a megabyte to a terabyte there are fewer than nine hundred of them', () => {
  const seen = new Set<number>();
  for (let length = 2 ** 20; length < 2 ** 40;) {
    const padded = padme(length);
    seen.add(padded);
    length = padded + 1;
  }
  expect(seen.size).toBeLessThan(900);
});

test('a price part is a whole number of 64 KiB, whatever it says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (length) => {
      const padded = paddedLength('price', length);
      expect(padded % 65_536).toBe(0);
      expect(padded - length).toBeLessThan(65_536);
      expect(padded).toBeGreaterThanOrEqual(length);
    }),
  );
});

test('a manifest with a length that no padded archive has is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000_000 }), (plain) => {
      const manifest = structuredClone(bid.manifest);
      manifest.parts[0]!.length = sealedLength(plain);
      const result = checked(bid, manifestBytes(manifest));
      const wrong = !result.ok && result.faults.some(({ code }) => code === 'part.wrong-length');
      expect(wrong).toBe(plain % 65_536 !== 0);
    }),
  );
});

// ---- limits, at and beyond ------------------------------------------------------------------------------------------

test('ten thousand files may be sealed, bid.json among them, and not one more', async () => {
  const files = (count: number) => Array.from({ length: count }, (_, at) => saying(`f${at}`, 1));
  const [plan] = await plans([part({ files: files(archiveLimits.files - 1) })]);
  expect(plan!.plainLength).toBeGreaterThan(archiveLimits.files * 1_024);
  await expect(plans([part({ files: files(archiveLimits.files) })])).rejects.toEqual(
    new Malformed('archive: too many files'),
  );
});

test('a name has at most 255 bytes', () => {
  expect(() => checkEntries([{ name: 'x'.repeat(255), size: 0 }])).not.toThrow();
  expect(() => checkEntries([{ name: 'x'.repeat(256), size: 0 }])).toThrow(Malformed);
  expect(() => checkEntries([{ name: '招'.repeat(85), size: 0 }])).not.toThrow();
  expect(() => checkEntries([{ name: `${'招'.repeat(85)}x`, size: 0 }])).toThrow(Malformed);
});

test('bid.json has at most a mebibyte', async () => {
  const frame = canonicalBytes({
    v: 'xinbiao/bid/v1',
    ctxHash: '0'.repeat(64),
    stage: 'open',
    part: 'technical',
    content: '',
  }).length;
  const content = (length: number) => 'x'.repeat(length - frame);
  expect((await plans([part({ content: content(limits.bidBytes) })])).length).toBe(1);
  await expect(plans([part({ content: content(limits.bidBytes + 1) })])).rejects.toEqual(
    new Malformed('bid.json: too large'),
  );
});

test('a part has at most 64 GiB of ciphertext', async () => {
  // The longest padded archive whose ciphertext still fits.
  let plain = limits.partBytes;
  while (sealedLength(padme(plain)) > limits.partBytes) plain -= 2 ** 28;
  const overhead = archiveLength([
    { name: 'bid.json', size: 512 },
    { name: 'f', size: 2 ** 36 },
  ]);
  const [plan] = await plans([part({ files: [saying('f', plain - (overhead - 2 ** 36))] })]);
  expect(plan!.length).toBeLessThanOrEqual(limits.partBytes);
  await expect(plans([part({ files: [saying('f', limits.partBytes)] })])).rejects.toEqual(
    new Malformed('part: too large'),
  );
});

test('all parts together have at most 8,192 pieces of at most 64 MiB', async () => {
  const large = (count: number) =>
    Array.from({ length: count }, (_, at) => part({ name: `p${at}`, files: [saying('f', 60 * 2 ** 30)] }));
  const fitting = await plans(large(8));
  expect(fitting[0]!.pieceLength).toBe(limits.largestPiece);
  expect(fitting.reduce((sum, { pieceCount }) => sum + pieceCount, 0)).toBeLessThanOrEqual(limits.pieces);
  await expect(plans(large(9))).rejects.toEqual(new Malformed('parts: too large together'));
  expect(pieceLengthFor([8_192 * limits.smallestPiece])).toBe(limits.smallestPiece);
  expect(pieceLengthFor([8_192 * limits.smallestPiece + 1])).toBe(2 * limits.smallestPiece);
});

test('an envelope has from one to sixty-four parts, each once', async () => {
  const several = (count: number) => Array.from({ length: count }, (_, at) => part({ name: `p${at}` }));
  expect((await plans(several(64))).length).toBe(64);
  for (const parts of [several(65), [], [part(), part()]]) await expect(plans(parts)).rejects.toBeInstanceOf(Malformed);
  await expect(plans([part({ stage: 'later' })])).rejects.toBeInstanceOf(Malformed);
  await expect(plans([part({ name: 'A/B' })])).rejects.toBeInstanceOf(Malformed);
});

test('a manifest has at most a mebibyte, whatever is in it', () => {
  for (const [length, code] of [
    [limits.manifestBytes, 'manifest.not-canonical'],
    [limits.manifestBytes + 1, 'manifest.too-large'],
  ] as const) {
    const result = checkManifest({ bytes: new Uint8Array(length).fill(0x20), expect: bid.expect });
    expect(result.ok ? '' : result.faults[0]?.code).toBe(code);
  }
  // The largest that pieces can make it fits: 8,192 hashes and a full keyring.
  const most = structuredClone(bid.manifest);
  most.parts[0]!.pieces = Array.from({ length: limits.pieces }, () => '0'.repeat(64));
  expect(manifestBytes(most).length).toBeLessThan(limits.manifestBytes);
});

test('every bound of the manifest’s form holds at its edge and not beyond', () => {
  const fits = (change: (manifest: Manifest) => void): boolean => {
    const manifest = structuredClone(bid.manifest);
    change(manifest);
    return Manifest.safeParse(manifest).success;
  };
  const share = () => structuredClone(bid.manifest.stages[0]!.groups[0]!.shares[0]!);
  const pairs: [string, (manifest: Manifest) => void, (manifest: Manifest) => void][] = [
    ['stages', (m) => (m.stages = fill(m.stages[0]!, 4)), (m) => (m.stages = fill(m.stages[0]!, 5))],
    ['groups', (m) => (m.stages[0]!.groups = fill(m.stages[0]!.groups[0]!, 8)), (m) => (m.stages[0]!.groups = fill(m.stages[0]!.groups[0]!, 9))],
    ['shares', (m) => (m.stages[0]!.groups[0]!.shares = fill(share(), 16)), (m) => (m.stages[0]!.groups[0]!.shares = fill(share(), 17))],
    ['commitments', (m) => (m.stages[0]!.groups[0]!.A = fill(`02${'11'.repeat(32)}`, 16)), (m) => (m.stages[0]!.groups[0]!.A = fill(`02${'11'.repeat(32)}`, 17))],
    ['wrap', (m) => (m.stages[0]!.groups[0]!.shares[0]!.wrap = '00'.repeat(limits.wrapBytes)), (m) => (m.stages[0]!.groups[0]!.shares[0]!.wrap = '00'.repeat(limits.wrapBytes + 1))],
    ['parts', (m) => (m.parts = fill(m.parts[0]!, 64)), (m) => (m.parts = fill(m.parts[0]!, 65))],
    ['pieces', (m) => (m.parts[0]!.pieces = fill('00'.repeat(32), 8_192)), (m) => (m.parts[0]!.pieces = fill('00'.repeat(32), 8_193))],
    ['part', (m) => (m.parts[0]!.length = limits.partBytes), (m) => (m.parts[0]!.length = limits.partBytes + 1)],
    ['piece', (m) => (m.parts[0]!.pieceLength = limits.largestPiece), (m) => (m.parts[0]!.pieceLength = limits.largestPiece + 1)],
    ['seq', (m) => (m.ctx.seq = 1_000_000), (m) => (m.ctx.seq = 1_000_001)],
    ['seq', (m) => (m.ctx.seq = 1), (m) => (m.ctx.seq = 0)],
    ['version', (m) => (m.client.version = 'v'.repeat(64)), (m) => (m.client.version = 'v'.repeat(65))],
    ['label', (m) => (m.parts[0]!.name = `a${'b'.repeat(31)}`), (m) => (m.parts[0]!.name = `a${'b'.repeat(32)}`)],
    ['x', (m) => (m.stages[0]!.groups[0]!.shares[0]!.x = 16), (m) => (m.stages[0]!.groups[0]!.shares[0]!.x = 17)],
  ]; // prettier-ignore
  for (const [, at, beyond] of pairs) expect([fits(at), fits(beyond)]).toEqual([true, false]);
});
const fill = <T>(value: T, count: number): T[] => Array.from({ length: count }, () => structuredClone(value));

test('a keyring has at most sixteen officers in at most eight groups', async () => {
  const groups = await Promise.all(Array.from({ length: 9 }, (_, at) => aGroup(`g${at}`, 1, at < 8 ? 2 : 1)));
  expect(Keyring.safeParse(aKeyring(groups.slice(0, 8))).success).toBe(true);
  expect(Keyring.safeParse(aKeyring(groups)).success).toBe(false);
  expect(Keyring.safeParse(aKeyring([await aGroup('a', 2, 16)])).success).toBe(true);
  expect(Keyring.safeParse(aKeyring([await aGroup('a', 2, 17)])).success).toBe(false);
  expect(Keyring.safeParse(aKeyring([...groups.slice(0, 7), await aGroup('b', 1, 3)])).success).toBe(false);
});

// ---- one reading only --------------------------------------------------------------------------------------------------

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('e\u0301', '\u212b', '\ud800', 'a\u0000b', '__proto__', 'é', '\ufeff', '\u2028'),
);
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 2 ** 53 - 1, -(2 ** 53 - 1)),
    fc.integer(),
    texts,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(texts, tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('what is written is what is read, and there is one way to write it', () => {
  fc.assert(
    fc.property(values, (value) => {
      let text: string;
      try {
        text = canonical(value);
      } catch (fault) {
        // Unusual text is refused when it is written, too.
        expect(fault).toBeInstanceOf(Malformed);
        return;
      }
      expect(parseCanonical(text)).toEqual(JSON.parse(text));
      expect(canonical(parseCanonical(text))).toBe(text);
      // Any other order or spacing of the same value is refused.
      for (const other of [` ${text}`, `${text}\n`, JSON.stringify(JSON.parse(text), null, 1), reversed(text)])
        if (other !== text) expect(() => parseCanonical(other)).toThrow(Malformed);
    }),
    { numRuns: 1_000 },
  );
});
const reversed = (text: string): string =>
  JSON.stringify(JSON.parse(text), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toReversed())
      : value,
  );

test('no bytes are read in two ways: whatever is not canonical is refused, and nothing crashes', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"a":1', '1', '1.0', '1e2', '-0', 'null', ' ', '\n', '"\\u0041"', '"\\/"', '"é"', '"e\u0301"', '9007199254740993', '\ufeff', '"\\ud800"', '0x1', 'NaN'); // prettier-ignore
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (some) => {
      const text = some.join('');
      try {
        expect(canonical(parseCanonical(text))).toBe(text);
      } catch (fault) {
        expect(fault).toBeInstanceOf(Malformed);
      }
    }),
    { numRuns: 3_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        parseCanonical(bytes);
      } catch (fault) {
        expect(fault).toBeInstanceOf(Malformed);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a manifest written in any other way than the one is refused as that', () => {
  const text = canonical(bid.manifest);
  const twists: ((text: string) => string)[] = [
    (one) => one.replace('"seq":1', '"seq":1.0'),
    (one) => one.replace('"seq":1', '"seq":1e0'),
    (one) => one.replace('"seq":1', '"seq":9007199254740993'),
    (one) => one.replace('"seq":1', '"seq":1,"seq":1'),
    (one) => one.replace('"seq":1', '"seq" :1'),
    (one) => one.replace('"xinbiao/manifest/v1"', '"xinbiao\\/manifest/v1"'),
    (one) => one.replace('"xinbiao/manifest/v1"', '"\\u0078inbiao/manifest/v1"'),
    (one) => one.replace('"version":"test"', '"version":"e\u0301"'),
    (one) => one.replace('"version":"test"', '"version":"\\ud800"'),
    (one) => `\ufeff${one}`,
    (one) => `${one} `,
    reversed,
  ];
  for (const twist of twists) {
    const twisted = twist(text);
    expect(twisted).not.toBe(text);
    const result = checkManifest({ bytes: bytesOf(twisted), expect: bid.expect });
    expect(result.ok ? [] : result.faults.map(({ code }) => code)).toEqual(['manifest.not-canonical']);
  }
});

test('a file in an envelope may be empty', async () => {
  const [plan] = await plans([part({ files: [aFile('空.txt', new Uint8Array())] })]);
  expect(plan!.pieceCount).toBe(1);
});
