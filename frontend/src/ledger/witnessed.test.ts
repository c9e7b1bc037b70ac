import {
  countersign,
  leafHash,
  leafOf,
  policyText,
  receiptOf,
  signCheckpoint,
  signerKey,
  verifierKeyText,
  type EntryBody,
} from '@xinbiao/contracts/trust';
import { toHex } from '@xinbiao/contracts/kernel';
import { afterEach, expect, test, vi } from 'vitest';
import { trustOf, witnessed } from './witnessed.ts';

const key = (name: string, nth: number, kind: 1 | 4 = 4) => signerKey(name, new Uint8Array(32).fill(nth), kind);
const log = key('log.example', 9, 1);
const [one, two, three] = [key('one.example', 1), key('two.example', 2), key('three.example', 3)];
const policy = policyText({
  logs: [{ key: log }],
  witnesses: [one, two, three].map((witness, at) => ({ name: `w${at}`, key: witness })),
  threshold: 2,
});
const trust = { logKey: verifierKeyText(log), policy };
const body: EntryBody = { v: 1, t: 'tender.publish', s: 'lot-1', ts: '2026-11-24T01:30:00.000Z', p: {} };
const root = leafHash(leafOf(body));
const leaf = toHex(root);
const bare = signCheckpoint({ size: 1, root }, log);
const seenBy = (...witnesses: (typeof one)[]) =>
  witnesses.reduce((note, witness) => countersign(note, witness, 5), bare);
const ask = (checkpoint: string, given = trust) => witnessed({ trust: given, index: 0, leaf, checkpoint });
const receipt = (checkpoint: string) => receiptOf({ index: 0, proof: [], checkpoint, body });
const serve = (text?: string) =>
  vi.stubGlobal('fetch', async () =>
    text === undefined ? Response.json({ refusals: [] }, { status: 404 }) : new Response(text),
  );
vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
afterEach(() => serve());

test('believes a checkpoint that as many witnesses have signed as the notice asks for', async () => {
  expect(await ask(seenBy(one, three))).toBe('holds');
});

test('does not believe one that too few have seen, unless they saw the entry in an earlier tree', async () => {
  serve();
  expect(await ask(seenBy(one))).toBe('unknown');
  serve(receipt(seenBy(two)));
  expect(await ask(bare)).toBe('unknown');
  serve(receipt(seenBy(two, three)));
  expect(await ask(bare)).toBe('holds');
});

test('takes no receipt of another entry for it', async () => {
  const other = { ...body, t: 'tender.cancel' };
  const tree = leafHash(leafOf(other));
  const note = [one, two].reduce(
    (text, witness) => countersign(text, witness, 5),
    signCheckpoint({ size: 1, root: tree }, log),
  );
  serve(receiptOf({ index: 0, proof: [], checkpoint: note, body: other }));
  expect(await ask(bare)).toBe('unknown');
});

test('goes by the log that the notice names and no other', async () => {
  const other = key('log.example', 8, 1);
  expect(await ask(signCheckpoint({ size: 1, root }, other))).toBe('broken');
  expect(await ask(seenBy(one, two), { ...trust, logKey: verifierKeyText(other) })).toBe('broken');
  expect(await ask(seenBy(one, two), { ...trust, policy: 'trust me\n' })).toBe('broken');
});

test('reads what a notice says, and nothing from notices that are older than that', () => {
  expect(trustOf({ trust })).toEqual(trust);
  expect(trustOf({})).toBeUndefined();
  expect(() => trustOf({ trust: { logKey: 1 } })).toThrow();
});
