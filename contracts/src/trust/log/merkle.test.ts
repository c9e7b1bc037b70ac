import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import {
  emptyFrontier,
  emptyRoot,
  frontierOf,
  grow,
  leafHash,
  nodeHash,
  proveConsistency,
  proveInclusion,
  provesConsistency,
  provesInclusion,
  rootOf,
  rootOfLeaves,
  type Hash,
  type ReadSubtree,
} from './merkle.ts';
import { hashesOf, hashTiles, nodesFromTiles, rootOfTile, tilePath } from './tiles.ts';

/** The eight leaves and the roots that Certificate Transparency's own tests use for RFC 6962. */
const ctLeaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map(fromHex);
const ctRoots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** RFC 6962 §2.1 as it is written, to compare with. */
function plainRoot(leaves: readonly Hash[]): Hash {
  const [only] = leaves;
  if (!only) return sha256(new Uint8Array());
  if (leaves.length === 1) return only;
  let part = 1;
  while (part * 2 < leaves.length) part *= 2;
  return nodeHash(plainRoot(leaves.slice(0, part)), plainRoot(leaves.slice(part)));
}

const someLeaves = (count: number): Hash[] => Array.from({ length: count }, (_, at) => leafHash(bytesOf(`leaf ${at}`)));

function stored(leaves: readonly Hash[]): ReadSubtree {
  const nodes = new Map<string, Hash>();
  let frontier = emptyFrontier;
  for (const leaf of leaves)
    frontier = grow(frontier, leaf, ({ level, index }, hash) => nodes.set(`${level}/${index}`, hash));
  return ({ level, index }) => {
    const hash = nodes.get(`${level}/${index}`);
    if (!hash) throw new Error(`no node ${level}/${index}`);
    return hash;
  };
}

test('gives the roots that Certificate Transparency gives', () => {
  expect(toHex(emptyRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  ctRoots.forEach((root, at) => expect(toHex(rootOfLeaves(ctLeaves.slice(0, at + 1).map(leafHash)))).toBe(root));
});

test('grows to the root that RFC 6962 defines, for every size up to 70', () => {
  const leaves = someLeaves(70);
  let frontier = emptyFrontier;
  leaves.forEach((leaf, at) => {
    frontier = grow(frontier, leaf);
    expect(toHex(rootOf(frontier))).toBe(toHex(plainRoot(leaves.slice(0, at + 1))));
  });
});

test('proves every leaf of every small tree, and no other leaf, place, size or root', async () => {
  const leaves = someLeaves(33);
  const read = stored(leaves);
  for (let size = 1; size <= leaves.length; size += 1) {
    const root = plainRoot(leaves.slice(0, size));
    for (let index = 0; index < size; index += 1) {
      const proof = await proveInclusion(index, size, read);
      const leaf = leaves[index] ?? emptyRoot();
      const claim = { index, size, leaf, proof, root };
      expect(provesInclusion(claim)).toBe(true);
      expect(provesInclusion({ ...claim, leaf: emptyRoot() })).toBe(false);
      expect(provesInclusion({ ...claim, root: emptyRoot() })).toBe(false);
      expect(provesInclusion({ ...claim, proof: [...proof, emptyRoot()] })).toBe(false);
      if (proof.length > 0) expect(provesInclusion({ ...claim, proof: proof.slice(1) })).toBe(false);
      for (let other = 0; other < size; other += 1)
        if (other !== index) expect(provesInclusion({ ...claim, index: other })).toBe(false);
    }
  }
});

test('proves every small tree to be the beginning of every later one, and nothing else', async () => {
  const leaves = someLeaves(33);
  const read = stored(leaves);
  for (let newSize = 0; newSize <= leaves.length; newSize += 1) {
    const newRoot = plainRoot(leaves.slice(0, newSize));
    for (let oldSize = 0; oldSize <= newSize; oldSize += 1) {
      const oldRoot = plainRoot(leaves.slice(0, oldSize));
      const claim = { oldSize, newSize, oldRoot, newRoot, proof: await proveConsistency(oldSize, newSize, read) };
      expect(provesConsistency(claim)).toBe(true);
      const otherRoot = leafHash(bytesOf('another tree'));
      expect(provesConsistency({ ...claim, oldRoot: otherRoot })).toBe(false);
      if (oldSize > 0) expect(provesConsistency({ ...claim, newRoot: otherRoot })).toBe(false);
      expect(provesConsistency({ ...claim, proof: [...claim.proof, otherRoot] })).toBe(false);
      if (claim.proof.length > 0) expect(provesConsistency({ ...claim, proof: claim.proof.slice(0, -1) })).toBe(false);
    }
  }
});

test('refuses a proof of inclusion in which any byte was flipped', async () => {
  const leaves = someLeaves(300);
  const read = stored(leaves);
  const root = plainRoot(leaves);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(299),
      fc.nat(),
      fc.nat(31),
      fc.integer({ min: 1, max: 255 }),
      async (index, which, at, flip) => {
        const proof = await proveInclusion(index, 300, read);
        const leaf = leaves[index] ?? emptyRoot();
        expect(provesInclusion({ index, size: 300, leaf, proof, root })).toBe(true);
        const altered = proof.map((hash) => hash.slice());
        const chosen = altered[which % altered.length];
        if (chosen) chosen[at] = (chosen[at] ?? 0) ^ flip;
        expect(provesInclusion({ index, size: 300, leaf, proof: altered, root })).toBe(false);
      },
    ),
    { numRuns: 60 },
  );
});

test('proves from published tiles alone, across the edges of tiles', async () => {
  const size = 66_000;
  const leaves = someLeaves(size);
  const read = stored(leaves);
  const root = rootOfLeaves(leaves);
  const published = new Map<string, Uint8Array>();
  for (const tile of hashTiles(size)) {
    const hashes = Array.from({ length: tile.width }, (_, at) =>
      read({ level: Number(tile.level) * 8, index: tile.index * 256 + at }),
    );
    published.set(
      tilePath(tile),
      new Uint8Array((await Promise.all(hashes.map(async (hash) => hash))).flatMap((hash) => [...hash])),
    );
  }
  const nodes = nodesFromTiles(size, async (tile) =>
    hashesOf(published.get(tilePath(tile)) ?? new Uint8Array(), tile.width),
  );
  for (const index of [0, 1, 255, 256, 65_535, 65_536, 65_999]) {
    const proof = await proveInclusion(index, size, nodes);
    expect(provesInclusion({ index, size, leaf: leaves[index] ?? emptyRoot(), proof, root })).toBe(true);
  }
  for (const oldSize of [1, 255, 256, 257, 65_536, 65_537]) {
    const proof = await proveConsistency(oldSize, size, nodes);
    expect(
      provesConsistency({
        oldSize,
        newSize: size,
        oldRoot: rootOfLeaves(leaves.slice(0, oldSize)),
        newRoot: root,
        proof,
      }),
    ).toBe(true);
  }
  expect(toHex(rootOf(await frontierOf(size, nodes)))).toBe(toHex(root));
  expect(toHex(rootOfTile(leaves.slice(0, 256)))).toBe(toHex(await read({ level: 8, index: 0 })));
});
