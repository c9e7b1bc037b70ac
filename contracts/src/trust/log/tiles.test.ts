import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, Malformed } from '../canonical.ts';
import { bundleOf, entriesOf, entryTiles, hashTiles, parseTilePath, tilePath } from './tiles.ts';

test('names tiles as tlog-tiles does', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
  expect(tilePath({ level: 'entries', index: 5, width: 112 })).toBe('tile/entries/005.p/112');
  expect(tilePath({ level: 1, index: 1000, width: 1 })).toBe('tile/1/x001/000.p/1');
});

test('lists the tiles of the tree of 70,000 entries that tlog-tiles describes', () => {
  const tiles = [...hashTiles(70_000)];
  const widths = (level: number) => tiles.filter((tile) => tile.level === level).map((tile) => tile.width);
  expect(widths(0)).toEqual([...Array.from({ length: 273 }, () => 256), 112]);
  expect(widths(1)).toEqual([256, 17]);
  expect(widths(2)).toEqual([1]);
  expect(tiles.length).toBe(277);
  expect([...hashTiles(256)].map(tilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1']);
  expect([...entryTiles(600)].map(tilePath)).toEqual(['tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/88']);
});

test('reads back every path it writes, and no other spelling', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.nat(63), fc.constant('entries' as const)),
      fc.nat(2 ** 40),
      fc.integer({ min: 1, max: 256 }),
      (level, index, width) => {
        expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width });
      },
    ),
  );
  for (const path of [
    'tile/00/000',
    'tile/0/0',
    'tile/0/x000/001',
    'tile/0/001.p/256',
    'tile/0/001.p/0',
    'tile/0/001.p/01',
    'tile/0/x001',
    'tile/64x/001',
    'tile/0/../001',
  ])
    expect(() => parseTilePath(path)).toThrow(Malformed);
});

test('packs entries and takes exactly them out again', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 20 }), (entries) => {
      const bundle = bundleOf(entries);
      expect(entriesOf(bundle, entries.length)).toEqual(entries);
      expect(() => entriesOf(bundle, entries.length + 1)).toThrow(Malformed);
      expect(() => entriesOf(new Uint8Array([...bundle, 0]), entries.length)).toThrow(Malformed);
    }),
  );
  expect(entriesOf(bundleOf([new Uint8Array(65_535)]), 1)[0]?.length).toBe(65_535);
  expect(() => bundleOf([new Uint8Array(65_536)])).toThrow(Malformed);
  expect(() => entriesOf(bytesOf('\u0000'), 1)).toThrow(Malformed);
});
