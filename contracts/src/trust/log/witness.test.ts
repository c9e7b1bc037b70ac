import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../kernel/bytes.ts';
import { bytesOf, Malformed } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import { emptyFrontier, grow, leafHash, proveConsistency, rootOf, rootOfLeaves, type Hash } from './merkle.ts';
import { countersign, parseNote, signerKey } from './note.ts';
import {
  acknowledge,
  answerCheckpoint,
  attest,
  checkpointRequest,
  isOrigin,
  joinCosignature,
  openAcknowledgement,
  openAttestation,
  originOfRequest,
  parseCheckpointRequest,
  reachability,
  type Probe,
  type Seen,
} from './witness.ts';

const log = signerKey('log.example/a', sha256(bytesOf('log')));
const stranger = signerKey('log.example/b', sha256(bytesOf('stranger')));
const signer = signerKey('witness.example', sha256(bytesOf('witness')), 4);
const time = 1_800_000_000;

/** A log of so many leaves, whose last ones another hand wrote if `fork` is given. */
function aLog(size: number, fork = '') {
  const leaves = Array.from({ length: size }, (_, at) => leafHash(bytesOf(`${at}${at >= 5 ? fork : ''}`)));
  const nodes = new Map<string, Hash>();
  let frontier = emptyFrontier;
  for (const leaf of leaves)
    frontier = grow(frontier, leaf, ({ level, index }, hash) => nodes.set(`${level}/${index}`, hash));
  return {
    root: rootOf(frontier),
    note: signCheckpoint({ size, root: rootOfLeaves(leaves) }, log),
    proof: (old: number) =>
      proveConsistency(old, size, ({ level, index }) => nodes.get(`${level}/${index}`) ?? new Uint8Array(32)),
  };
}
const seenOf = (size: number): Seen => {
  const { root, note } = aLog(size);
  return { size, root: toHex(root), note };
};
const ask = (body: string, seen?: Seen) => answerCheckpoint({ body, logs: [log], seen, signer, time });
const request = async (old: number, size: number, fork?: string) => {
  const { note, proof } = aLog(size, fork);
  return checkpointRequest({ old, proof: await proof(old), note });
};

test('cosigns a first tree, and what it grows into', async () => {
  const first = ask(await request(0, 6));
  expect(first.status).toBe(200);
  const second = ask(await request(6, 11), first.next);
  expect([second.status, second.next?.size]).toEqual([200, 11]);
  const { note } = aLog(11);
  const { line, time: when } = joinCosignature(note, second.body, signer);
  expect(when).toBe(time);
  expect(openCheckpoint(note + line, [log, signer]).signed.map(({ key }) => key.name)).toEqual([log.name, signer.name]);
  expect(openCheckpoint(second.next?.note ?? '', [log]).size).toBe(11);
});

test('says its own size where the asker thinks of another', async () => {
  const answer = ask(await request(3, 11), seenOf(6));
  expect([answer.status, answer.body, answer.type]).toEqual([409, '6\n', 'text/x.tlog.size']);
  expect(ask(await request(6, 8)).status).toBe(409);
});

test('cosigns no fork, be it of the same size or a larger one, and keeps what contradicts', async () => {
  const seen = seenOf(8);
  const same = ask(await request(8, 8, 'x'), seen);
  expect([same.status, same.next, same.contradicts]).toEqual([409, undefined, aLog(8, 'x').note]);
  const larger = ask(await request(8, 12, 'x'), seen);
  expect([larger.status, larger.next, larger.contradicts]).toEqual([422, undefined, aLog(12, 'x').note]);
  expect(ask(checkpointRequest({ old: 8, proof: [], note: aLog(12).note }), seen).status).toBe(422);
});

test('cosigns the same tree again, later', async () => {
  const again = answerCheckpoint({ body: await request(8, 8), logs: [log], seen: seenOf(8), signer, time: time + 60 });
  expect(again.status).toBe(200);
  expect(joinCosignature(aLog(8).note, again.body, signer).time).toBe(time + 60);
});

test('tells strangers apart from those who sign badly, and both from nonsense', async () => {
  const { note } = aLog(6);
  expect(ask(checkpointRequest({ old: 0, proof: [], note: note.replaceAll(log.name, stranger.name) })).status).toBe(
    404,
  );
  expect(ask(checkpointRequest({ old: 0, proof: [], note: countersign(note, signer, 1) })).status).toBe(200);
  const forged = signCheckpoint({ size: 6, root: aLog(6).root }, signerKey(log.name, sha256(bytesOf('forger'))));
  expect(ask(checkpointRequest({ old: 0, proof: [], note: forged })).status).toBe(403);
  expect(ask(await request(0, 6).then((body) => body.replace('old 0', 'old 7'))).status).toBe(400);
  for (const body of ['', 'old 0\n', 'old 00\n\n', `old 0\nAAAA\n\n${note}`, `new 0\n\n${note}`, 'x'.repeat(200_000)])
    expect(ask(body).status).toBe(400);
  expect(originOfRequest(await request(0, 6))).toBe(log.name);
  expect(originOfRequest('old 0\n\nrubbish')).toBeUndefined();
});

test('reads back every request it writes', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(fc.nat(), fc.array(hash, { maxLength: 63 }), (old, proof) => {
      const given = { old, proof, note: aLog(6).note };
      expect(parseCheckpointRequest(checkpointRequest(given))).toEqual({
        ...given,
        proof: proof.map((one) => new Uint8Array(one)),
      });
    }),
    { numRuns: 30 },
  );
});

test('takes no signature of anybody else for the one of a witness', async () => {
  const { note } = aLog(6);
  const other = signerKey('other.example', sha256(bytesOf('other')), 4);
  const { body } = answerCheckpoint({ body: await request(0, 6), logs: [log], seen: undefined, signer: other, time });
  expect(() => joinCosignature(note, body, signer)).toThrow(Malformed);
  expect(() => joinCosignature(aLog(7).note, ask(checkpointRequest({ old: 0, proof: [], note })).body, signer)).toThrow(
    Malformed,
  );
});

test('acknowledges a hash with a time, and what it signs is no checkpoint of anybody', () => {
  const hash = toHex(sha256(bytesOf('envelope')));
  const note = acknowledge(hash, signer, time);
  expect(openAcknowledgement(note, [signer])).toMatchObject({ hash, by: [{ time }] });
  expect(() =>
    openAcknowledgement(
      note.replace(
        hash,
        hash.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      ),
      [signer],
    ),
  ).toThrow(Malformed);
  expect(() => openAcknowledgement(note, [])).toThrow(Malformed);
  expect(() => acknowledge('AB', signer, time)).toThrow(Malformed);
  expect(() => parseCheckpoint(parseNote(note).text)).toThrow(Malformed);
  expect(['xinbiao/drop-box/v1', 'xinbiao/reachability/v1', log.name].map(isOrigin)).toEqual([false, false, true]);
});

const looks = (text: string, every = 10): Probe[] =>
  [...text].flatMap((mark, at) =>
    mark === ' ' ? [] : [{ at: 1000 + at * every, state: mark === '+' ? 'up' : mark === '-' ? 'down' : 'unknown' }],
  );
const sum = (text: string, from = 1000, to = 1000 + (text.length - 1) * 10) =>
  reachability({ log: log.name, address: 'https://log.example', from, to, every: 10, probes: looks(text) });

test('says from when to when a log did not answer, and when it last and first did', () => {
  expect(sum('++---++')).toMatchObject({
    probes: 7,
    answered: 4,
    unreachable: [{ from: 1020, to: 1040, before: 1010, after: 1050 }],
    unwatched: [],
  });
  expect(sum('---').unreachable).toEqual([{ from: 1000, to: 1020, before: null, after: null }]);
});

test('says nothing about the time in which it did not look itself', () => {
  const seen = sum('+--    --+');
  expect(seen.unreachable).toEqual([
    { from: 1010, to: 1020, before: 1000, after: 1090 },
    { from: 1070, to: 1080, before: 1000, after: 1090 },
  ]);
  expect(seen.unwatched).toEqual([{ from: 1020, to: 1070 }]);
  expect(sum('+????+').unwatched).toEqual([{ from: 1000, to: 1050 }]);
  expect(sum('', 0, 100)).toMatchObject({ probes: 0, unreachable: [], unwatched: [{ from: 0, to: 100 }] });
});

test('signs what it saw so that it reads back the same, and refuses any other form', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('+', '-', '?', ' '), minLength: 2, maxLength: 40 }), (text) => {
      const seen = sum(text);
      const { by, ...read } = openAttestation(attest(seen, signer, time), [signer]);
      expect(read).toEqual(seen);
      expect(by.map(({ key }) => key.name)).toEqual([signer.name]);
      for (const { from, to } of seen.unreachable)
        expect(looks(text).some(({ at, state }) => state === 'up' && at >= from && at <= to)).toBe(false);
    }),
  );
  expect(() => openAttestation(acknowledge('ab'.repeat(32), signer, time), [signer])).toThrow(Malformed);
});
