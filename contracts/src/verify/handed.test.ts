import { expect, test } from 'vitest';
import { toHex } from '../kernel/bytes.ts';
import {
  bytesOf,
  canonical,
  commitLeaf,
  leafHash,
  proofText,
  proveInclusion,
  publicLeaf,
  receiptOf,
  rootOfLeaves,
  runChecks,
  sha256,
  sha256Hex,
  signCheckpoint,
  signerKey,
  textOf,
  verifierKeyText,
  worst,
  type EntryBody,
} from '../trust/index.ts';
import { auditHanded } from './handed.ts';
import type { VerifyEvidence } from './proof.ts';

const key = signerKey('log.example/handed', sha256(bytesOf('handed')));
const stranger = signerKey('log.example/handed', sha256(bytesOf('stranger')));
const lot = '01933f00-0000-7000-8000-000000000002';
const at = '2026-11-20T02:00:00.000Z';
const entry = (t: string, p: EntryBody['p'], s = lot): EntryBody => ({ v: 1, t, s, ts: at, p });
const salt = (nth: number) => sha256(bytesOf(`salt ${nth}`));
const sealed = (nth: number) => entry('bid.receipt', { manifest: String(nth).repeat(64), supersedes: null });

/** A log of these leaves, signed; `signer` is whoever claims to be the log. */
function aLog(leaves: readonly Uint8Array[], signer = key) {
  const hashes = leaves.map(leafHash);
  const size = hashes.length;
  const checkpoint = signCheckpoint({ size, root: rootOfLeaves(hashes) }, signer);
  const path = (index: number) =>
    proveInclusion(index, size, ({ level, index: place }) =>
      rootOfLeaves(hashes.slice(place * 2 ** level, (place + 1) * 2 ** level)),
    );
  return {
    checkpoint,
    receipt: async (index: number, body: EntryBody, own: Uint8Array) =>
      receiptOf({ index, proof: await path(index), checkpoint, body, salt: own }),
    shown: async (index: number): Promise<VerifyEvidence['entries'][number]> => ({
      index,
      leaf: toHex(hashes[index] ?? new Uint8Array()),
      text: textOf(leaves[index] ?? new Uint8Array()),
      proof: proofText({ extra: null, index, proof: await path(index), checkpoint }),
      act: null,
    }),
  };
}

const file = (over: Partial<VerifyEvidence>): string =>
  JSON.stringify({
    v: 'xinbiao/verify-evidence/v1',
    subject: 'https://house.example',
    verifierKeys: [verifierKeyText(key)],
    findings: [{ no: 402, id: 'close.receipts', outcome: 'broken', zh: '漏列', en: 'left out', entry: 2 }],
    statements: [],
    entries: [],
    ...over,
  } satisfies VerifyEvidence);

async function judged(text: string, keys = [key as Parameters<typeof auditHanded>[1][number]]) {
  const audit = auditHanded(text, keys);
  if (!audit) return undefined;
  const reports = [];
  for await (const report of runChecks(audit.view, audit.checks)) reports.push(report);
  return {
    outcome: worst(reports),
    broken: reports.filter(({ outcome }) => outcome === 'broken').map(({ number }) => number),
  };
}

const listed = (...receipts: readonly Uint8Array[]) =>
  canonical({
    v: 'xinbiao/close/v1',
    tenderId: '01933f00-0000-7000-8000-000000000001',
    lotId: lot,
    deadline: at,
    closedAt: at,
    heads: [],
    others: receipts.map((leaf, nth) => ({ leaf: toHex(leafHash(leaf)), salt: toHex(salt(nth)), type: 'bid.receipt' })),
    token: null,
  });

/** Two bids, then a close that lists these of them. */
async function closing(list: readonly number[], signer = key) {
  const bids = [0, 1].map((nth) => commitLeaf(salt(nth), sealed(nth)));
  const close = listed(...list.flatMap((nth) => bids[nth] ?? []));
  const log = aLog([...bids, publicLeaf(entry('tender.close', { document: sha256Hex(bytesOf(close)) }))], signer);
  return { close, receipt: await log.receipt(1, sealed(1), salt(1)), entries: [await log.shown(2)] };
}

test('a receipt from before a close that leaves it out is proof, and nobody else need be asked', async () => {
  const { close, receipt, entries } = await closing([0]);
  expect(await judged(file({ statements: [receipt, close], entries }))).toEqual({ outcome: 'broken', broken: [402] });
});

test('nothing is proven where the close lists it, is of another lot, is another text, or where a stranger signed', async () => {
  const fine = await closing([0, 1]);
  const proven = await closing([0]);
  const forged = await closing([0], stranger);
  for (const [why, given] of Object.entries({
    listed: { statements: [fine.receipt, fine.close], entries: fine.entries },
    'another text': { statements: [proven.receipt, fine.close], entries: proven.entries },
    'no text': { statements: [proven.receipt], entries: proven.entries },
    'no close': { statements: [proven.receipt, proven.close] },
    'a changed entry': {
      statements: [proven.receipt, proven.close],
      entries: proven.entries.map((one) => ({ ...one, text: one.text.replace(lot, lot.replace('2', '3')) })),
    },
    'no proof': {
      statements: [proven.receipt, proven.close],
      entries: proven.entries.map((one) => ({ ...one, proof: null })),
    },
    'a stranger': { statements: [forged.receipt, forged.close], entries: forged.entries },
    'only words': {},
  }))
    expect([why, await judged(file(given))]).toEqual([why, { outcome: 'unknown', broken: [] }]);
});

test('two checkpoints of one size, or two entries at one place, show a log that says different things', async () => {
  const [a, b] = [aLog([bytesOf('{}'), bytesOf('[]')]), aLog([bytesOf('{}'), bytesOf('""')])];
  expect(await judged(file({ statements: [a.checkpoint, b.checkpoint] }))).toEqual({
    outcome: 'broken',
    broken: [210],
  });
  const longer = aLog([bytesOf('{}'), bytesOf('""'), bytesOf('1')]);
  expect(await judged(file({ statements: [a.checkpoint, longer.checkpoint] }))).toEqual({
    outcome: 'unknown',
    broken: [],
  });
  expect(await judged(file({ entries: [await a.shown(1), await longer.shown(1)] }))).toEqual({
    outcome: 'broken',
    broken: [210],
  });
  expect(await judged(file({ entries: [await a.shown(0), await longer.shown(0)] }))).toEqual({
    outcome: 'unknown',
    broken: [],
  });
});

test('without a key of one’s own the file’s is used, and a file that is none is not taken for one', async () => {
  const { close, receipt, entries } = await closing([0]);
  const text = file({ statements: [receipt, close], entries });
  expect(await judged(text, [])).toEqual({ outcome: 'broken', broken: [402] });
  expect(await judged(text, [stranger])).toEqual({ outcome: 'unknown', broken: [] });
  for (const other of ['', 'null', '{}', '[1', receipt]) expect(await judged(other)).toBeUndefined();
});
