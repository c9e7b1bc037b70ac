import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { signCheckpoint } from './checkpoint.ts';
import { leafName, leafOf, type EntryBody } from './leaf.ts';
import { emptyFrontier, grow, leafHash, proveConsistency, proveInclusion, rootOf, type Hash } from './merkle.ts';
import { signerKey, verifierKeyText } from './note.ts';
import { openWitnessed, parsePolicy, policyText } from './policy.ts';
import { receiptOf, verifyReceipt } from './receipt.ts';
import { bundleOf } from './tiles.ts';
import {
  acknowledge,
  answerCheckpoint,
  attest,
  checkpointRequest,
  openAcknowledgement,
  openAttestation,
  reachability,
} from './witness.ts';

const file = new URL('../../../vectors/log.json', import.meta.url);
const seed = (name: string) => sha256(bytesOf(`xinbiao vectors: ${name}`));
const time = 1_800_000_000;

/** A small log with two public entries and five sealed ones, whose last two came later, and three witnesses. */
async function made() {
  const log = signerKey('log.example/xinbiao', seed('log'));
  const witnesses = [1, 2, 3].map((nth) => signerKey(`witness-${nth}.example`, seed(`witness ${nth}`), 4));
  const entries = Array.from({ length: 7 }, (_, nth) => {
    const isPublic = nth === 0 || nth === 4;
    const body: EntryBody = {
      v: 1,
      t: isPublic ? 'tender.publish' : 'bid.receipt',
      s: 'lot-1',
      ts: `2026-11-24T01:30:0${nth}.000Z`,
      p: { nth },
    };
    const salt = isPublic ? null : toHex(seed(`salt ${nth}`));
    const leaf = leafOf(body, salt === null ? undefined : fromHex(salt));
    return { body, salt, leaf: toHex(leaf), hash: leafName(leaf) };
  });
  const trees = [5, 7].map((size) => {
    const nodes = new Map<string, Hash>();
    let frontier = emptyFrontier;
    for (const { hash } of entries.slice(0, size))
      frontier = grow(frontier, fromHex(hash), ({ level, index }, over) => nodes.set(`${level}/${index}`, over));
    const read = ({ level, index }: { level: number; index: number }) =>
      nodes.get(`${level}/${index}`) ?? leafHash(bytesOf(''));
    const root = rootOf(frontier);
    return { size, root, read, note: signCheckpoint({ size, root }, log) };
  });
  const [old, now] = trees;
  if (!old || !now) throw new Error('no trees');
  const growth = await proveConsistency(5, 7, now.read);
  const answers = witnesses.slice(0, 2).map((signer, nth) =>
    answerCheckpoint({
      body: checkpointRequest({ old: 5, proof: growth, note: now.note }),
      logs: [log],
      seen: { size: 5, root: toHex(old.root), note: old.note },
      signer,
      time: time + nth,
    }),
  );
  const cosigned = now.note + answers.map(({ body }) => body).join('');
  const [, sealed] = entries;
  const proof = await proveInclusion(1, 7, now.read);
  return {
    about: 'A small log of the protocol; see docs/protocol/04-log.md. Made with fixed seeds, frozen.',
    keys: {
      log: verifierKeyText(log),
      witnesses: witnesses.map(verifierKeyText),
      seeds: [log, ...witnesses].map((key) => toHex(key.seed)),
    },
    policy: policyText({
      logs: [{ key: log, url: 'https://log.example/api/log' }],
      witnesses: witnesses.map((key, nth) => ({ name: `w${nth + 1}`, key, url: `https://witness-${nth + 1}.example` })),
      threshold: 2,
    }),
    entries,
    bundle: toHex(bundleOf(entries.map(({ leaf }) => fromHex(leaf)))),
    roots: trees.map(({ size, root }) => ({ size, root: toHex(root) })),
    consistency: { from: 5, to: 7, proof: growth.map(toHex) },
    inclusion: { index: 1, size: 7, leaf: sealed?.hash, proof: proof.map(toHex) },
    checkpoint: now.note,
    request: checkpointRequest({ old: 5, proof: growth, note: now.note }),
    answers: answers.map(({ status, body }) => ({ status, body })),
    cosigned,
    receipt: receiptOf({
      index: 1,
      proof,
      checkpoint: cosigned,
      body: sealed?.body ?? ({} as EntryBody),
      salt: fromHex(sealed?.salt ?? ''),
    }),
    acknowledgement: acknowledge(toHex(sha256(bytesOf('envelope'))), witnesses[0] ?? log, time),
    attestation: attest(
      reachability({
        log: log.name,
        address: 'https://log.example/api/log',
        from: 1000,
        to: 1120,
        every: 10,
        probes: ([...'++---+??????+'] as const).map((mark, at) => ({
          at: 1000 + at * 10,
          state: mark === '+' ? 'up' : mark === '-' ? 'down' : 'unknown',
        })),
      }),
      witnesses[0] ?? log,
      time,
    ),
  };
}

test('makes byte for byte what was frozen', async () => {
  const fresh = JSON.parse(JSON.stringify(await made())) as Awaited<ReturnType<typeof made>>;
  if (process.env['XINBIAO_FREEZE'] === 'log') writeFileSync(file, `${JSON.stringify(fresh, undefined, 1)}\n`);
  expect(fresh).toEqual(JSON.parse(readFileSync(file, 'utf8')));
});

test('what was frozen is what its readers take', () => {
  const frozen = JSON.parse(readFileSync(file, 'utf8')) as Awaited<ReturnType<typeof made>>;
  const policy = parsePolicy(frozen.policy);
  const keys = [...policy.logs, ...policy.witnesses].map(({ key }) => key);
  expect(openWitnessed(frozen.cosigned, policy)).toMatchObject({
    quorum: true,
    cosigners: [{ time }, { time: time + 1 }],
  });
  expect(openWitnessed(frozen.checkpoint, policy).quorum).toBe(false);
  expect(verifyReceipt({ proof: frozen.receipt, verifierKeys: keys })).toMatchObject({
    ok: true,
    receipt: { index: 1, leaf: frozen.inclusion.leaf, body: { t: 'bid.receipt' } },
  });
  expect(openAcknowledgement(frozen.acknowledgement, keys).by).toHaveLength(1);
  expect(openAttestation(frozen.attestation, keys)).toMatchObject({
    unreachable: [{ from: 1020, to: 1040, before: 1010, after: 1050 }],
    unwatched: [{ from: 1050, to: 1120 }],
  });
  expect(frozen.entries.filter(({ salt }) => salt !== null).every(({ leaf }) => leaf.length === 182)).toBe(true);
});
