import fc from 'fast-check';
import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { fromHex } from '../../kernel/bytes.ts';
import { bytesOf, Malformed } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import {
  countersign,
  parseNote,
  parseSignerKey,
  parseVerifierKey,
  signerKey,
  signerKeyText,
  signersOf,
  signNote,
  verifierKeyText,
} from './note.ts';

const log = signerKey('log.example/a', sha256(bytesOf('log')));
const witness = signerKey('witness.example', sha256(bytesOf('witness')), 4);
const root = sha256(bytesOf('root'));

/** The example that golang.org/x/mod/sumdb/note gives in its documentation. */
const goNote =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const goKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const goSecret = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';

test('opens and makes the very note that the Go reference code makes', () => {
  const key = parseVerifierKey(goKey);
  expect(signersOf(parseNote(goNote), [key])).toEqual([{ key, time: null }]);
  expect(signNote(parseNote(goNote).text, parseSignerKey(goSecret))).toBe(goNote);
});

test('signs what OpenSSL verifies', () => {
  const note = signCheckpoint({ size: 7, root }, log);
  const { text, signatures } = parseNote(note);
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), log.key]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  expect(verify(null, Buffer.from(text), key, signatures[0]?.bytes ?? new Uint8Array())).toBe(true);
});

test('keeps keys through their text', () => {
  expect(parseVerifierKey(verifierKeyText(log)).key).toEqual(log.key);
  expect(verifierKeyText(parseSignerKey(signerKeyText(witness)))).toBe(verifierKeyText(witness));
  expect(() => parseVerifierKey(verifierKeyText(log).replace('/a', '/b'))).toThrow(Malformed);
});

test('opens a checkpoint of the log, and says when the witness saw it', () => {
  const note = countersign(signCheckpoint({ size: 7, root }, log), witness, 1_800_000_000);
  const opened = openCheckpoint(note, [log, witness]);
  expect([opened.origin, opened.size, opened.root]).toEqual([log.name, 7, root]);
  expect(opened.signed.map(({ key, time }) => [key.name, time])).toEqual([
    [log.name, null],
    [witness.name, 1_800_000_000],
  ]);
});

test('does not take a witness or another log for the log', () => {
  const note = countersign(signCheckpoint({ size: 7, root }, log), witness, 1_800_000_000);
  expect(() => openCheckpoint(note, [witness])).toThrow(Malformed);
  const other = signerKey('log.example/b', sha256(bytesOf('other')));
  expect(() => openCheckpoint(signNote(`${log.name}\n7\n${toBase64(root)}\n`, other), [log, other])).toThrow(Malformed);
});

test('refuses a checkpoint in which any character was changed', () => {
  const note = signCheckpoint({ size: 7, root }, log);
  fc.assert(
    fc.property(fc.nat(note.length - 1), fc.integer({ min: 1, max: 127 }), (at, flip) => {
      const changed = note.slice(0, at) + String.fromCharCode(note.charCodeAt(at) ^ flip) + note.slice(at + 1);
      expect(() => openCheckpoint(changed, [log])).toThrow(Malformed);
    }),
    { numRuns: 300 },
  );
});

test('has one spelling for everything it reads', () => {
  const good = `${log.name}\n7\n${toBase64(root)}\n`;
  expect(parseCheckpoint(good).size).toBe(7);
  for (const bad of [
    good.replace('\n7', '\n07'),
    good.replace('\n7', '\n+7'),
    good.replace('\n7', '\n7 '),
    good.slice(0, -1),
    `${good}\n`,
    good.replace('\n7', '\n9007199254740993'),
  ])
    expect(() => parseCheckpoint(bad)).toThrow(Malformed);
  expect(fromBase64('/w==')).toEqual(fromHex('ff'));
  for (const bad of ['/w', '/x==', '/w== ', '_w==', '/w==\n']) expect(() => fromBase64(bad)).toThrow(Malformed);
});

test('never fails on foreign text otherwise than by calling it malformed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const read of [parseNote, parseCheckpoint, parseVerifierKey, parseSignerKey, fromBase64])
        try {
          read(text);
        } catch (fault) {
          expect(fault).toBeInstanceOf(Malformed);
        }
    }),
  );
});
