import { Malformed } from '../canonical.ts';
import { toHex } from '../../kernel/bytes.ts';
import { hashOf } from '../pki/algorithms.ts';
import {
  bitString,
  bitStringOf,
  expect,
  Fields,
  isTag,
  nothing,
  octetString,
  oid,
  oidOf,
  readDer,
  sequence,
  smallInteger,
  smallIntegerOf,
  tags,
  unsigned,
  unsignedOf,
  utf8String,
  write,
  booleanOf,
  type Node,
} from '../pki/der.ts';
import { oids } from '../pki/oids.ts';
import type { Bytes } from '../pki/index.ts';
import type { ImprintHash, TimestampClaim, TimestampQuestion, TimestampRefusal } from './timestamp.types.ts';

/** Longest question and answer that are read. Authorities with long chains stay far below. */
export const longestQuestion = 1024;
export const longestAnswer = 32_768;
const longestNonce = 32;

const imprintOids: Readonly<Record<ImprintHash, string>> = {
  'SHA-256': oids.sha256,
  'SHA-384': oids.sha384,
  'SHA-512': oids.sha512,
};
const digestBytes: Readonly<Record<ImprintHash, number>> = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 };

/** The imprint is over a digest this protocol does not rely on. */
export class OtherDigest extends Malformed {}

export const imprintOf = (hash: ImprintHash, digest: Uint8Array): Bytes => {
  if (digest.length !== digestBytes[hash]) throw new Malformed('digest length');
  return sequence(sequence(oid(imprintOids[hash]), nothing()), octetString(digest));
};

function readImprint(node: Node): { hash: ImprintHash; digest: Bytes } {
  const fields = new Fields(node, 'imprint');
  const hash = hashOf(fields.take(tags.sequence));
  const digest = fields.take(tags.octetString).content;
  fields.done();
  if (hash === undefined || hash === 'SHA-1' || hash === 'SM3') throw new OtherDigest('imprint');
  if (digest.length !== digestBytes[hash]) throw new Malformed('imprint');
  return { hash, digest };
}

function readNonce(node: Node | undefined): Bytes | undefined {
  const nonce = node && unsignedOf(node, 'nonce');
  if (nonce && nonce.length > longestNonce) throw new Malformed('nonce');
  return nonce;
}

export function writeQuestion({ hash, digest, nonce, policy, wantsCertificates }: TimestampQuestion): Bytes {
  return sequence(
    smallInteger(1),
    imprintOf(hash, digest),
    ...(policy === undefined ? [] : [oid(policy)]),
    ...(nonce === undefined ? [] : [unsigned(nonce)]),
    ...(wantsCertificates ? [write(tags.boolean, Uint8Array.of(0xff))] : []),
  );
}

export function readQuestion(der: Uint8Array): TimestampQuestion {
  const fields = new Fields(readDer(der, longestQuestion), 'timestamp request');
  if (smallIntegerOf(fields.take(tags.integer)) !== 1) throw new Malformed('timestamp request version');
  const imprint = readImprint(fields.take(tags.sequence));
  const policy = fields.maybe(tags.oid);
  const nonce = readNonce(fields.maybe(tags.integer));
  const wants = fields.maybe(tags.boolean);
  // DER leaves a default out: FALSE that is written is another encoding of the same question.
  if (wants && !booleanOf(wants)) throw new Malformed('timestamp request');
  fields.done();
  return { ...imprint, nonce, policy: policy && oidOf(policy), wantsCertificates: wants !== undefined };
}

/** GeneralizedTime as RFC 3161 wants it: UTC, a fraction only where there is one, and no trailing zeros. */
export function writeInstant(at: Date): Bytes {
  const year = at.getUTCFullYear();
  if (!(year >= 1950 && year <= 9999)) throw new RangeError('year outside of what a timestamp can say');
  const [whole = '', fraction = ''] = at.toISOString().replace('Z', '').replaceAll(/[-:T]/g, '').split('.');
  const rest = fraction.replace(/0+$/, '');
  return write(tags.generalizedTime, new TextEncoder().encode(`${whole}${rest === '' ? '' : `.${rest}`}Z`));
}

/** Finer than a millisecond is cut off, so that an instant is never later than the authority said. */
function readInstant(node: Node): Date {
  const text = String.fromCharCode(...expect(node, tags.generalizedTime, 'instant').content.subarray(0, 40));
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/.exec(text)?.slice(1);
  if (!parts) throw new Malformed('instant');
  const [year, month, day, hour, minute, second, fraction = ''] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const at = new Date(iso);
  if (Number.isNaN(at.getTime()) || at.toISOString() !== iso) throw new Malformed('instant');
  return at;
}

/** Seconds, milliseconds and microseconds, together in milliseconds, rounded up. */
function readAccuracy(node: Node): number {
  const fields = new Fields(node, 'accuracy');
  const seconds = fields.maybe(tags.integer);
  const [millis, micros] = [fields.maybe(0x80), fields.maybe(0x81)].map((part) => {
    if (!part) return 0;
    const value = smallIntegerOf({ ...part, tag: tags.integer }, 'accuracy');
    if (value < 1 || value > 999) throw new Malformed('accuracy');
    return value;
  });
  fields.done();
  return (seconds ? smallIntegerOf(seconds, 'accuracy') * 1000 : 0) + (millis ?? 0) + Math.ceil((micros ?? 0) / 1000);
}

export function writeInfo(claim: TimestampClaim & { readonly serialBytes: Uint8Array }): Bytes {
  const { policy, hash, digest, serialBytes, time, accuracyMilliseconds: off, nonce } = claim;
  const seconds = Math.floor((off ?? 0) / 1000);
  const millis = (off ?? 0) % 1000;
  return sequence(
    smallInteger(1),
    oid(policy),
    imprintOf(hash, digest),
    unsigned(serialBytes),
    writeInstant(time),
    ...(off === null || off === 0
      ? []
      : [
          sequence(
            ...(seconds > 0 ? [smallInteger(seconds)] : []),
            ...(millis > 0 ? [write(0x80, valueOf(smallInteger(millis)))] : []),
          ),
        ]),
    ...(nonce === undefined ? [] : [unsigned(nonce)]),
  );
}

const valueOf = (der: Uint8Array): Uint8Array => readDer(der).content;

/** Reads what a token says (TSTInfo); throws Malformed. Whether to believe it is judged elsewhere. */
export function readInfo(der: Uint8Array): TimestampClaim {
  const fields = new Fields(readDer(der, longestAnswer), 'timestamp');
  if (smallIntegerOf(fields.take(tags.integer)) !== 1) throw new Malformed('timestamp version');
  const policy = oidOf(fields.take(tags.oid));
  const imprint = readImprint(fields.take(tags.sequence));
  const serial = unsignedOf(fields.take(tags.integer), 'timestamp serial');
  if (serial.length > 21) throw new Malformed('timestamp serial');
  const time = readInstant(fields.take(tags.generalizedTime));
  const accuracy = fields.maybe(tags.sequence);
  const ordering = fields.maybe(tags.boolean);
  if (ordering && !booleanOf(ordering)) throw new Malformed('timestamp');
  const nonce = readNonce(fields.maybe(tags.integer));
  fields.maybe(0xa0); // the authority's name as it calls itself: its certificate says more
  if (fields.maybe(0xa1)) throw new Malformed('timestamp extensions'); // RFC 3161 §2.4.2: what is not understood is not accepted
  fields.done();
  return {
    ...imprint,
    policy,
    serial: toHex(serial),
    time,
    accuracyMilliseconds: accuracy ? readAccuracy(accuracy) : null,
    nonce,
  };
}

const failures: Readonly<Record<Exclude<TimestampRefusal, 'refused' | 'unreadable'>, number>> = {
  badAlg: 0, badRequest: 2, badDataFormat: 5, timeNotAvailable: 14, unacceptedPolicy: 15, unacceptedExtension: 16,
  addInfoNotAvailable: 17, systemFailure: 25,
}; // prettier-ignore

export function writeAnswer(
  answer: { readonly token: Uint8Array } | { readonly refused: keyof typeof failures; readonly text?: string },
): Bytes {
  if ('token' in answer) return sequence(sequence(smallInteger(0)), answer.token);
  const bit = failures[answer.refused];
  const bytes = new Uint8Array((bit >> 3) + 1);
  bytes[bit >> 3] = 0x80 >> (bit & 7);
  return sequence(
    sequence(
      smallInteger(2),
      ...(answer.text === undefined ? [] : [sequence(utf8String(answer.text))]),
      bitString(bytes, 7 - (bit & 7)),
    ),
  );
}

/** The token of an answer, or why there is none; throws Malformed for what is no answer. */
export function readAnswer(der: Uint8Array): { readonly token: Bytes } | { readonly refused: TimestampRefusal } {
  const fields = new Fields(readDer(der, longestAnswer), 'timestamp answer');
  const status = new Fields(fields.take(tags.sequence), 'timestamp answer');
  const code = smallIntegerOf(status.take(tags.integer));
  status.maybe(tags.sequence); // words for people, in no language one could rely on
  const failure = status.maybe(tags.bitString);
  status.done();
  const token = fields.maybe(tags.sequence);
  fields.done();
  if (code <= 1) {
    if (!isTag(token, tags.sequence) || failure) throw new Malformed('timestamp answer');
    return { token: token.der };
  }
  if (token) throw new Malformed('timestamp answer');
  const { bytes } = failure ? bitStringOf(failure) : { bytes: new Uint8Array() };
  const said = Object.entries(failures).find(([, bit]) => (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1);
  return { refused: (said?.[0] as TimestampRefusal | undefined) ?? 'refused' };
}
