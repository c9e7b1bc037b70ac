import { Malformed } from '../canonical.ts';
import { equalBytes, sha256Hex } from '../hash.ts';
import { faultOfSigning, readSignature, signAs, type Form, type Signature } from '../pki/cms.ts';
import { checkParsed } from '../pki/check.ts';
import { subjectOf } from '../pki/name.ts';
import { oids } from '../pki/oids.ts';
import { toHex } from '../../kernel/bytes.ts';
import type { Bytes } from '../pki/index.ts';
import { longestAnswer, readAnswer, readInfo, readQuestion, writeAnswer, writeInfo, writeQuestion } from './form.ts';
import type {
  CheckedTimestamp,
  StampingAuthority,
  TimestampClaim,
  TimestampFault,
  TimestampQuestion,
  TimestampRefusal,
} from './timestamp.types.ts';

const form: Form = { type: oids.timestampInfo, inside: true };

/** Asks for a timestamp over a SHA-256 digest (RFC 3161 TimeStampReq), certificates included. */
export const timestampRequest = ({ digest, nonce }: { digest: Uint8Array; nonce: Uint8Array }): Bytes =>
  writeQuestion({
    hash: 'SHA-256',
    digest: new Uint8Array(digest),
    nonce: shortest(nonce),
    policy: undefined,
    wantsCertificates: true,
  });

/** A number has no leading zeros: what is asked must be what the token repeats. */
const shortest = (nonce: Uint8Array): Bytes => {
  const first = nonce.findIndex((byte) => byte !== 0);
  return new Uint8Array(first === -1 ? Uint8Array.of(0) : nonce.subarray(first));
};

/** Reads what an authority is asked; throws Malformed. */
export const readTimestampRequest = (der: Uint8Array): TimestampQuestion => readQuestion(der);

/** Signs that a digest existed at an instant; throws Malformed for a key that is not the certificate's. */
export async function issueTimestamp({
  question,
  authority,
  time,
  serial,
  policy,
  accuracyMilliseconds = null,
}: {
  question: TimestampQuestion;
  authority: StampingAuthority;
  time: Date;
  /** Never twice the same; big-endian. */
  serial: Uint8Array;
  policy: string;
  accuracyMilliseconds?: number | null;
}): Promise<Bytes> {
  const { hash, digest, nonce, wantsCertificates } = question;
  const info = writeInfo({
    time,
    hash,
    digest,
    nonce,
    policy,
    serial: toHex(serial),
    serialBytes: serial,
    accuracyMilliseconds,
  });
  const { certificate, chain, privateKey } = authority;
  return signAs(form, { content: info, certificate, chain, privateKey, signingTime: time, embed: wantsCertificates });
}

/** An authority's answer as it goes over the wire (TimeStampResp): a token, or why there is none. */
export const timestampResponse = writeAnswer;

/** The token out of an authority's answer. Never throws: what cannot be read is a refusal called `unreadable`. */
export function readTimestampResponse(
  der: Uint8Array,
): { readonly ok: true; readonly token: Bytes } | { readonly ok: false; readonly refused: TimestampRefusal } {
  try {
    const answer = readAnswer(der);
    return 'token' in answer ? { ok: true, token: answer.token } : { ok: false, refused: answer.refused };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, refused: 'unreadable' };
    throw error;
  }
}

/** What a token claims, unjudged; throws Malformed. */
export const readTimestamp = (token: Uint8Array): TimestampClaim => readToken(token).claim;

function readToken(token: Uint8Array): { signature: Signature; info: Bytes; claim: TimestampClaim } {
  if (token.length > longestAnswer) throw new Malformed('timestamp is too long');
  const signature = readSignature(token, form);
  if (!signature.content) throw new Malformed('timestamp');
  return { signature, info: signature.content, claim: readInfo(signature.content) };
}

/**
 * Does this token prove that the digest existed at the instant it names? The authority's certificate must be for
 * timestamps only, lead to a root, and be valid at that instant; with `now`, at the moment of receipt as well. With
 * `nonce` the token must answer this very question. Never throws for what a token holds; throws Malformed for roots
 * and revocation lists that cannot be read.
 */
export async function checkTimestamp({
  token,
  digest,
  nonce,
  roots,
  intermediates = [],
  crls = [],
  now,
}: {
  token: Uint8Array;
  digest: Uint8Array;
  nonce?: Uint8Array;
  roots: readonly Uint8Array[];
  intermediates?: readonly Uint8Array[];
  crls?: readonly Uint8Array[];
  now?: Date;
}): Promise<CheckedTimestamp | { readonly ok: false; readonly reason: TimestampFault }> {
  let read: ReturnType<typeof readToken>;
  let authority: string;
  try {
    read = readToken(token);
    authority = subjectOf(read.signature.signer.subject).commonName;
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, reason: 'timestamp.malformed' };
    throw error;
  }
  const { signature, info, claim } = read;
  if (claim.hash !== 'SHA-256' || !equalBytes(claim.digest, digest))
    return { ok: false, reason: 'timestamp.wrong-digest' };
  if (nonce !== undefined && (claim.nonce === undefined || !equalBytes(claim.nonce, shortest(nonce))))
    return { ok: false, reason: 'timestamp.wrong-nonce' };
  const made = await faultOfSigning(signature, info);
  if (made) return { ok: false, reason: made };
  const anchors = { roots, crls, intermediates: [...intermediates, ...signature.others] };
  for (const at of [claim.time, ...(now === undefined ? [] : [now])]) {
    const fault = await checkParsed(signature.signer, 'stamp', { ...anchors, at });
    if (fault) return { ok: false, reason: fault };
  }
  const { time, serial, accuracyMilliseconds } = claim;
  return { ok: true, time, authority, fingerprint: sha256Hex(signature.signer.der), serial, accuracyMilliseconds };
}
