import { Malformed } from '../canonical.ts';
import { equalBytes, sha256 } from '../hash.ts';

/** A SHA-256 hash in the tree of RFC 6962. */
export type Hash = Uint8Array<ArrayBuffer>;

/** The hash of a leaf; a leaf can never be mistaken for a node. */
export function leafHash(leaf: Uint8Array): Hash {
  const bytes = new Uint8Array(leaf.length + 1);
  bytes.set(leaf, 1);
  return sha256(bytes);
}
export function nodeHash(left: Uint8Array, right: Uint8Array): Hash {
  const bytes = new Uint8Array(1 + left.length + right.length);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + left.length);
  return sha256(bytes);
}
/** The root of a log without entries. */
export const emptyRoot = (): Hash => sha256(new Uint8Array());

/** A perfect subtree: it stands over the leaves `index·2^level` up to, not including, `(index+1)·2^level`. */
export type Subtree = { readonly level: number; readonly index: number };

/** What one must remember of a tree in order to go on: the roots of its perfect subtrees, the largest first. */
export type Frontier = { readonly size: number; readonly roots: readonly Hash[] };
export const emptyFrontier: Frontier = { size: 0, roots: [] };

/** Adds one leaf, and names every perfect subtree that it completes, the leaf itself first. */
export function grow(frontier: Frontier, leaf: Hash, complete?: (node: Subtree, hash: Hash) => void): Frontier {
  const roots = [...frontier.roots];
  let node: Subtree = { level: 0, index: frontier.size };
  let hash = leaf;
  complete?.(node, hash);
  while (node.index % 2 === 1) {
    const left = roots.pop();
    if (!left) throw new Malformed('frontier');
    hash = nodeHash(left, hash);
    node = { level: node.level + 1, index: (node.index - 1) / 2 };
    complete?.(node, hash);
  }
  roots.push(hash);
  return { size: frontier.size + 1, roots };
}

/** The root of the tree that a frontier stands for. */
export function rootOf(frontier: Frontier): Hash {
  const [smallest, ...others] = [...frontier.roots].reverse();
  return smallest ? others.reduce((right, left) => nodeHash(left, right), smallest) : emptyRoot();
}

/** The root over leaf hashes, all at once. */
export const rootOfLeaves = (leaves: Iterable<Hash>): Hash => {
  let frontier = emptyFrontier;
  for (const leaf of leaves) frontier = grow(frontier, leaf);
  return rootOf(frontier);
};

/** Gives the hash of a perfect subtree of the tree. */
export type ReadSubtree = (node: Subtree) => Hash | Promise<Hash>;

type Span = readonly [from: number, to: number];

/** The largest power of two below n: where RFC 6962 parts a tree of n leaves. */
function partOf(n: number): number {
  let part = 1;
  while (part * 2 < n) part *= 2;
  return part;
}

/** The perfect subtrees that make up a span of a tree, left to right. */
export function nodesOf([from, to]: Span): Subtree[] {
  const nodes: Subtree[] = [];
  let at = from;
  while (at < to) {
    let level = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= to) {
      width *= 2;
      level += 1;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

async function hashOf(span: Span, read: ReadSubtree): Promise<Hash> {
  const hashes = await Promise.all(nodesOf(span).map(async (node) => read(node)));
  const last = hashes.pop();
  if (!last) return emptyRoot();
  return hashes.reduceRight((right, left) => nodeHash(left, right), last);
}

/** Rebuilds the frontier of a tree of a given size from its stored subtrees. */
export async function frontierOf(size: number, read: ReadSubtree): Promise<Frontier> {
  return { size, roots: await Promise.all(nodesOf([0, size]).map(async (node) => read(node))) };
}

/** Proof that a leaf is in a tree: one sibling a level, the leaf's own first. */
export async function proveInclusion(index: number, size: number, read: ReadSubtree): Promise<Hash[]> {
  if (!isCount(index) || !isCount(size) || index >= size) throw new RangeError('no such leaf in this tree');
  const siblings: Span[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + partOf(to - from);
    if (index < middle) {
      siblings.unshift([middle, to]);
      to = middle;
    } else {
      siblings.unshift([from, middle]);
      from = middle;
    }
  }
  return Promise.all(siblings.map((span) => hashOf(span, read)));
}

/** Does the proof show that this leaf stands at this place under this root? */
export function provesInclusion(claim: {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  if (!isCount(claim.index) || !isCount(claim.size) || claim.index >= claim.size) return false;
  if (![claim.leaf, claim.root, ...claim.proof].every(isHash)) return false;
  let place = claim.index;
  let last = claim.size - 1;
  let hash = claim.leaf;
  for (const sibling of claim.proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else hash = nodeHash(hash, sibling);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && equalBytes(hash, claim.root);
}

/** Proof that a smaller tree is the beginning of a larger one. */
export async function proveConsistency(oldSize: number, newSize: number, read: ReadSubtree): Promise<Hash[]> {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) throw new RangeError('not an earlier tree');
  if (oldSize === 0 || oldSize === newSize) return [];
  const spans: Span[] = [];
  let [from, to] = [0, newSize];
  let whole = true;
  while (oldSize !== to) {
    const middle = from + partOf(to - from);
    if (oldSize <= middle) {
      spans.unshift([middle, to]);
      to = middle;
    } else {
      spans.unshift([from, middle]);
      from = middle;
      whole = false;
    }
  }
  // The old tree's own root is what the verifier already holds; any other start must be given.
  if (!whole) spans.unshift([from, to]);
  return Promise.all(spans.map((span) => hashOf(span, read)));
}

/** Does the proof show that the new tree only added to the old one? */
export function provesConsistency(claim: {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { oldSize, newSize, oldRoot, newRoot } = claim;
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) return false;
  if (![oldRoot, newRoot, ...claim.proof].every(isHash)) return false;
  if (oldSize === newSize) return claim.proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return claim.proof.length === 0 && equalBytes(oldRoot, emptyRoot());
  let place = oldSize - 1;
  let last = newSize - 1;
  while (place % 2 === 1) [place, last] = [half(place), half(last)];
  const path = [...claim.proof];
  // A power of two: the old root itself is the first node of the path.
  const start = place === 0 ? oldRoot : path.shift();
  if (!start) return false;
  let [old, fresh] = [start, start];
  for (const sibling of path) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      old = nodeHash(sibling, old);
      fresh = nodeHash(sibling, fresh);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else fresh = nodeHash(fresh, sibling);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && equalBytes(old, oldRoot) && equalBytes(fresh, newRoot);
}

const half = (n: number): number => Math.floor(n / 2);
const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const isHash = (bytes: Uint8Array): boolean => bytes.length === 32;
