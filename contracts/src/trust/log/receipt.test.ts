import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, canonicalBytes, Malformed } from '../canonical.ts';
import { sha256, sha256Hex } from '../hash.ts';
import { signCheckpoint } from './checkpoint.ts';
import { commitLeaf, leafName, leafOf, opensLeaf, parseLeaf, publicLeaf, type EntryBody } from './leaf.ts';
import { leafHash, proveInclusion, rootOfLeaves, type ReadSubtree } from './merkle.ts';
import { signerKey } from './note.ts';
import { parseProof, proofText, receiptOf, verifyReceipt } from './receipt.ts';

const log = signerKey('log.example/a', sha256(bytesOf('log')));
const salt = sha256(bytesOf('salt'));
const bid: EntryBody = {
  v: 1,
  t: 'bid.receipt',
  s: 'lot-1',
  ts: '2026-11-24T01:30:00.000Z',
  p: { manifest: sha256Hex(bytesOf('manifest')), seq: 1 },
};
const notice: EntryBody = { ...bid, t: 'tender.publish', p: { notice: sha256Hex(bytesOf('公告')) } };

const leaves = [publicLeaf(notice), commitLeaf(salt, bid), publicLeaf({ ...notice, t: 'tender.amend' })].map(leafHash);
const read: ReadSubtree = ({ level, index }) =>
  rootOfLeaves(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));

async function aReceipt(index: number, body: EntryBody, sealed?: Uint8Array): Promise<string> {
  const checkpoint = signCheckpoint({ size: leaves.length, root: rootOfLeaves(leaves) }, log);
  return receiptOf({ index, proof: await proveInclusion(index, leaves.length, read), checkpoint, body, salt: sealed });
}

test('shows the holder of a sealed entry that the log holds it, before anything is disclosed', async () => {
  const check = verifyReceipt({
    proof: await aReceipt(1, bid, salt),
    verifierKeys: [log],
    expectBody: { t: 'bid.receipt', p: bid.p },
  });
  expect(check).toMatchObject({
    ok: true,
    receipt: { index: 1, body: bid, checkpoint: { origin: log.name, size: 3 } },
  });
});

test('shows a public entry by its leaf hash, the name of a notice', async () => {
  const check = verifyReceipt({ proof: await aReceipt(0, notice), verifierKeys: [log] });
  expect(check).toMatchObject({ ok: true, receipt: { leaf: leafName(publicLeaf(notice)), salt: null } });
});

test('says what is wrong with a receipt that does not hold', async () => {
  const proof = await aReceipt(1, bid, salt);
  const reason = (given: Partial<Parameters<typeof verifyReceipt>[0]>) => {
    const check = verifyReceipt({ proof, verifierKeys: [log], ...given });
    return check.ok ? 'ok' : check.reason;
  };
  expect(reason({ verifierKeys: [] })).toBe('not-signed');
  expect(reason({ verifierKeys: [signerKey(log.name, sha256(bytesOf('forger')))] })).toBe('not-signed');
  expect(reason({ expectBody: { p: { manifest: 'another' } } })).toBe('another-entry');
  expect(reason({ proof: await aReceipt(1, { ...bid, ts: '2026-11-24T01:29:59.999Z' }, salt) })).toBe('not-included');
  expect(reason({ proof: await aReceipt(1, bid) })).toBe('not-included');
  expect(reason({ proof: proof.replace('index 1', 'index 01') })).toBe('malformed');
  expect(reason({ proof: proofText({ ...parseProof(proof), extra: null }) })).toBe('malformed');
});

test('refuses a receipt in which any character was changed', async () => {
  const proof = await aReceipt(1, bid, salt);
  fc.assert(
    fc.property(fc.nat(proof.length - 1), fc.integer({ min: 1, max: 127 }), (at, flip) => {
      const changed = proof.slice(0, at) + String.fromCharCode(proof.charCodeAt(at) ^ flip) + proof.slice(at + 1);
      expect(verifyReceipt({ proof: changed, verifierKeys: [log] }).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('writes a proof file that reads back the same', async () => {
  const proof = await aReceipt(2, { ...notice, t: 'tender.amend' });
  expect(proofText(parseProof(proof))).toBe(proof);
});

test('tells nothing in a sealed leaf: neither kind, scope nor time', () => {
  const leaf = commitLeaf(salt, bid);
  expect(Object.keys(JSON.parse(new TextDecoder().decode(leaf)))).toEqual(['c', 't', 'v']);
  expect(parseLeaf(leaf)).toMatchObject({ kind: 'commit' });
  expect(opensLeaf(leaf, salt, bid)).toBe(true);
  expect(opensLeaf(leaf, sha256(salt), bid)).toBe(false);
  expect(opensLeaf(leaf, salt, { ...bid, s: 'lot-2' })).toBe(false);
});

test('reads leaves strictly', () => {
  expect(parseLeaf(leafOf(notice))).toEqual({ kind: 'public', body: notice });
  const bad: unknown[] = [
    { ...notice, extra: 1 },
    { ...notice, v: 2 },
    { ...notice, t: 'commit' },
    { ...notice, ts: '2026-11-24T01:30:00Z' },
    { ...notice, p: [] },
    { v: 1, t: 'commit', c: 'AB'.repeat(32) },
    { v: 1, t: 'commit', c: 'ab'.repeat(32), ts: notice.ts },
    [],
    null,
    7,
  ];
  for (const value of bad) expect(() => parseLeaf(canonicalBytes(value))).toThrow(Malformed);
  expect(() => parseLeaf(bytesOf(`{"v":1,"t":"commit","c":"${'ab'.repeat(32)}"}`))).toThrow(Malformed);
  expect(() => publicLeaf({ ...notice, p: { text: '长'.repeat(22_000) } })).toThrow(Malformed);
});
