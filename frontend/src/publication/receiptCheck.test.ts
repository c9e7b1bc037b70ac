import { toHex } from '@xinbiao/contracts/kernel';
import {
  commitLeaf,
  leafHash,
  proveConsistency,
  proveInclusion,
  publicLeaf,
  receiptOf,
  rootOfLeaves,
  signCheckpoint,
  signerKey,
  verifierKeyText,
  type EntryBody,
  type Hash,
  type Subtree,
} from '@xinbiao/contracts/trust';
import { afterEach, expect, test, vi } from 'vitest';
import { checkReceipt } from './receiptCheck.ts';

const key = signerKey('log.test', new Uint8Array(32).fill(3));
const stranger = signerKey('log.test', new Uint8Array(32).fill(4));
const salt = new Uint8Array(32).fill(9);
const bodyOf = (n: number, word = 'a'): EntryBody => ({
  v: 1,
  t: 'bid.receipt',
  s: 'lot',
  ts: '2026-11-24T01:00:00.000Z',
  p: { n, word },
});
const readFrom =
  (hashes: readonly Hash[]) =>
  ({ level, index }: Subtree) =>
    rootOfLeaves(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level));
const leaves = (count: number, word?: string) =>
  Array.from({ length: count }, (_, n) =>
    leafHash(n === 5 ? commitLeaf(salt, bodyOf(n)) : publicLeaf(bodyOf(n, word))),
  );
const checkpoint = (hashes: readonly Hash[]) =>
  signCheckpoint({ size: hashes.length, root: rootOfLeaves(hashes) }, key);

/** A receipt of the sealed entry 5, given when the log had 7 entries. */
async function aReceipt(): Promise<string> {
  const then = leaves(7);
  return receiptOf({
    index: 5,
    proof: await proveInclusion(5, 7, readFrom(then)),
    checkpoint: checkpoint(then),
    body: bodyOf(5),
    salt,
  });
}

/** The platform's log as it is today, behind the page's own fetch. */
function platformShows(today: readonly Hash[] | undefined): string[] {
  const asked: string[] = [];
  vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    if (today === undefined) throw new TypeError('offline');
    if (url.startsWith('/api/log/checkpoint')) return new Response(checkpoint(today));
    if (url.startsWith('/api/log/key'))
      return Response.json({ origin: 'log.test', verifierKey: verifierKeyText(key), witnesses: [] });
    const from = Number(new URL(url, 'http://house').searchParams.get('from'));
    return Response.json({
      from,
      to: today.length,
      proof: (await proveConsistency(from, today.length, readFrom(today))).map(toHex),
    });
  });
  return asked;
}
afterEach(() => vi.unstubAllGlobals());
const outcomes = async (text: string, keys = [key]) => {
  const { outcome, steps } = await checkReceipt(text, keys);
  return [outcome, ...steps.map((step) => `${step.name}:${step.outcome}`)];
};

test('a good receipt holds, and nothing about it is told to the platform', async () => {
  const asked = platformShows(leaves(20));
  expect(await outcomes(await aReceipt())).toEqual([
    'holds',
    'form:holds',
    'signature:holds',
    'included:holds',
    'grown:holds',
    'witness:unknown',
  ]);
  expect(asked.filter((url) => !/^\/api\/log\/(checkpoint|proof\/consistency\?from=7&to=20)$/.test(url))).toEqual([]);
});

test('a receipt holds without a network: only today’s log stays open', async () => {
  platformShows(undefined);
  expect(await outcomes(await aReceipt())).toEqual([
    'holds',
    'form:holds',
    'signature:holds',
    'included:holds',
    'grown:unknown',
    'witness:unknown',
  ]);
});

test('a history that was rewritten since is found', async () => {
  platformShows(leaves(20, 'rewritten'));
  expect(await outcomes(await aReceipt())).toEqual([
    'broken',
    'form:holds',
    'signature:holds',
    'included:holds',
    'grown:broken',
    'witness:unknown',
  ]);
});

test('another key, another entry and another file are told apart', async () => {
  platformShows(leaves(20));
  const receipt = await aReceipt();
  expect(await outcomes(receipt, [stranger])).toEqual(['broken', 'form:holds', 'signature:broken']);
  expect(await outcomes(receipt.replace('index 5', 'index 4'))).toEqual([
    'broken',
    'form:holds',
    'signature:holds',
    'included:broken',
  ]);
  expect(await outcomes('a letter')).toEqual(['broken', 'form:broken']);
  expect(await outcomes(receipt, [])).toEqual(['unknown', 'form:holds', 'signature:unknown']);
});
