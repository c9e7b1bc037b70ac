import { fromHex, toHex } from '../../kernel/bytes.ts';
import { Malformed } from '../canonical.ts';
import { equalBytes } from '../hash.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { openCheckpoint, parseCheckpoint, parseCount, type SignedCheckpoint } from './checkpoint.ts';
import { emptyRoot, provesConsistency } from './merkle.ts';
import { countersign, parseNote, signersOf, signNote, type SignerKey, type VerifierKey } from './note.ts';

/*
 * A witness (c2sp.org/tlog-witness): whoever remembers the newest tree of a log and signs only what that tree has
 * grown into. The decisions are here; where they are kept and who may ask is the affair of whoever runs one.
 */

/** The newest tree of a log that a witness has cosigned, with the log's own signed words about it. */
export type Seen = { readonly size: number; readonly root: string; readonly note: string };

/** What a log asks of a witness: a checkpoint, and the proof that it grew out of the tree of the old size. */
export type CheckpointRequest = {
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
};

const maxRequestLength = 100_000;

/** The body of a request to cosign. */
export const checkpointRequest = ({ old, proof, note }: CheckpointRequest): string =>
  `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`;

/** Reads a request to cosign; throws Malformed. */
export function parseCheckpointRequest(body: string): CheckpointRequest {
  const parting = body.indexOf('\n\n');
  if (body.length > maxRequestLength || parting < 0) throw new Malformed('request to cosign');
  const [first = '', ...lines] = body.slice(0, parting).split('\n');
  if (!first.startsWith('old ') || lines.length > 63) throw new Malformed('request to cosign');
  const proof = lines.map(fromBase64);
  if (proof.some((hash) => hash.length !== 32)) throw new Malformed('request to cosign');
  return { old: parseCount(first.slice(4)), proof, note: body.slice(parting + 2) };
}

/** The origin that a request is about, for finding what is remembered of it; undefined where it cannot be read. */
export function originOfRequest(body: string): string | undefined {
  try {
    return parseCheckpoint(parseNote(parseCheckpointRequest(body).note).text).origin;
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

/** What a witness answers, as HTTP says it. `next` must be kept durably before the answer is given. */
export type WitnessAnswer = {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
  readonly body: string;
  readonly next?: Seen;
  /** A checkpoint that the log has signed and that does not follow from what is remembered. */
  readonly contradicts?: string;
};

const say = (status: WitnessAnswer['status'], body: string): WitnessAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});

/**
 * Decides about a request to cosign. `seen` is what the witness has kept of this log, nothing at the first time;
 * between reading it and keeping `next` nothing else may be kept.
 */
export function answerCheckpoint(given: {
  readonly body: string;
  readonly logs: readonly VerifierKey[];
  readonly seen: Seen | undefined;
  readonly signer: SignerKey;
  /** Seconds since 1970. */
  readonly time: number;
}): WitnessAnswer {
  const { logs, seen, signer, time } = given;
  let request: CheckpointRequest;
  let checkpoint: SignedCheckpoint;
  try {
    request = parseCheckpointRequest(given.body);
    const { origin } = parseCheckpoint(parseNote(request.note).text);
    const known = logs.filter(({ name, kind }) => name === origin && kind === 1);
    if (known.length === 0) return say(404, 'this log is not known here');
    const opened = opens(request.note, known);
    if (!opened) return say(403, 'not signed by the log');
    checkpoint = opened;
  } catch (fault) {
    if (fault instanceof Malformed) return say(400, `cannot be read: ${fault.message}`);
    throw fault;
  }
  if (request.old > checkpoint.size) return say(400, 'the old size is above the new');
  const size = seen?.size ?? 0;
  const root = seen ? fromHex(seen.root) : emptyRoot();
  const own: WitnessAnswer = { status: 409, type: 'text/x.tlog.size', body: `${size}\n` };
  if (request.old !== size) return own;
  if (checkpoint.size === size && !equalBytes(checkpoint.root, root)) return { ...own, contradicts: request.note };
  const { proof } = request;
  if (!provesConsistency({ oldSize: size, oldRoot: root, newSize: checkpoint.size, newRoot: checkpoint.root, proof }))
    return { ...say(422, 'the tree did not grow out of the one remembered here'), contradicts: request.note };
  const bare = `${parseNote(request.note).text}\n`;
  return {
    status: 200,
    type: 'text/plain; charset=utf-8',
    // Only this witness's own line goes back, whoever else has signed.
    body: countersign(request.note, signer, time).slice(request.note.length),
    next: {
      size: checkpoint.size,
      root: toHex(checkpoint.root),
      note: bare + ownLines(request.note, checkpoint),
    },
  };
}

function opens(note: string, keys: readonly VerifierKey[]): SignedCheckpoint | undefined {
  try {
    return openCheckpoint(note, keys);
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

/** The log's own signature lines, as they stood. */
function ownLines(note: string, { origin }: SignedCheckpoint): string {
  const lines = note.slice(note.lastIndexOf('\n\n') + 2);
  return lines
    .split('\n')
    .filter((line) => line.startsWith(`— ${origin} `))
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * Adds to a checkpoint the lines that a witness answered with, as far as they are that witness's and hold; throws
 * Malformed where none is.
 */
export function joinCosignature(note: string, answered: string, witness: VerifierKey): { line: string; time: number } {
  for (const line of answered.split('\n')) {
    if (!line.startsWith(`— ${witness.name} `)) continue;
    const { text } = parseNote(note);
    const parsed = parseNote(`${text}\n${line}\n`);
    if (parsed.signatures[0]?.id !== witness.id) continue;
    const [signed] = signersOf(parsed, [witness]);
    if (signed?.time != null) return { line: `${line}\n`, time: signed.time };
  }
  throw new Malformed('cosignature');
}

/* A witness also takes a hash: proof that whatever has this hash was there at that time. */

const dropBoxLine = 'xinbiao/drop-box/v1';
const reachabilityLine = 'xinbiao/reachability/v1';
/** Lines that no log may have for its origin, or what a witness signs of them would look like a tree. */
const reserved = [dropBoxLine, reachabilityLine];
/** May a witness vouch for a log of this name? */
export const isOrigin = (name: string): boolean => !reserved.includes(name);

/** Acknowledges a SHA-256: a signed note that says when the witness was shown it. */
export function acknowledge(hash: string, signer: SignerKey, time: number): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new Malformed('hash');
  return signNote(`${dropBoxLine}\nhash ${hash}\n`, signer, time);
}

export type Acknowledgement = { readonly hash: string; readonly by: readonly { key: VerifierKey; time: number }[] };

/** Opens an acknowledgement for somebody who trusts these witnesses; throws Malformed where none of them signed. */
export function openAcknowledgement(note: string, witnesses: readonly VerifierKey[]): Acknowledgement {
  const parsed = parseNote(note);
  const hash = /^xinbiao\/drop-box\/v1\nhash ([0-9a-f]{64})\n$/.exec(parsed.text)?.[1];
  if (hash === undefined) throw new Malformed('acknowledgement');
  return { hash, by: signedBy(parsed, witnesses) };
}

function signedBy(note: ReturnType<typeof parseNote>, witnesses: readonly VerifierKey[]) {
  const by = signersOf(note, witnesses).flatMap(({ key, time }) => (time === null ? [] : [{ key, time }]));
  if (by.length === 0) throw new Malformed('not signed by a witness one trusts');
  return by;
}

/* And it watches whether the log answers. */

/** One look: `up` means the log gave a checkpoint that it had signed; `unknown`, that the witness itself was cut off. */
export type Probe = { readonly at: number; readonly state: 'up' | 'down' | 'unknown' };

/** What a witness saw of a log's answering between two moments; all times are seconds since 1970. */
export type Reachability = {
  readonly log: string;
  readonly address: string;
  readonly from: number;
  readonly to: number;
  /** How often it looks. */
  readonly every: number;
  readonly probes: number;
  readonly answered: number;
  /** Stretches in which every look failed, from the first that did to the last, and the looks around them that did not. */
  readonly unreachable: readonly {
    readonly from: number;
    readonly to: number;
    readonly before: number | null;
    readonly after: number | null;
  }[];
  /** Stretches in which it did not look, or could not: it says nothing about them. */
  readonly unwatched: readonly { readonly from: number; readonly to: number }[];
};

/** Sums up looks, in the order of their times, into what may be said about a stretch of time. */
export function reachability(given: {
  readonly log: string;
  readonly address: string;
  readonly from: number;
  readonly to: number;
  readonly every: number;
  readonly probes: readonly Probe[];
}): Reachability {
  const { log, address, from, to, every } = given;
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to))
    throw new Malformed('stretch of time');
  const looks = given.probes.filter(({ state }) => state !== 'unknown');
  const inside = looks.filter(({ at }) => at >= from && at <= to);
  const unwatched: { from: number; to: number }[] = [];
  const unreachable: { from: number; to: number; before: number | null; after: number | null }[] = [];
  let last = from;
  let run: { from: number; to: number } | undefined;
  const end = (): void => {
    if (!run) return;
    const { from: first, to: final } = run;
    unreachable.push({
      ...run,
      before: looks.findLast(({ at, state }) => state === 'up' && at < first)?.at ?? null,
      after: looks.find(({ at, state }) => state === 'up' && at > final)?.at ?? null,
    });
    run = undefined;
  };
  const pass = (at: number): void => {
    if (at - last > 2 * every) {
      end();
      unwatched.push({ from: last, to: at });
    }
    last = at;
  };
  for (const { at, state } of inside) {
    pass(at);
    if (state === 'up') end();
    else run = { from: run?.from ?? at, to: at };
  }
  pass(to);
  end();
  const answered = inside.filter(({ state }) => state === 'up').length;
  return { log, address, from, to, every, probes: inside.length, answered, unreachable, unwatched };
}

/** Signs what a witness saw; the note says nothing that was not looked at. */
export function attest(seen: Reachability, signer: SignerKey, time: number): string {
  const lines = [
    reachabilityLine,
    `log ${seen.log}`,
    `address ${seen.address}`,
    `from ${seen.from}`,
    `to ${seen.to}`,
    `every ${seen.every}`,
    `probes ${seen.probes}`,
    `answered ${seen.answered}`,
    ...seen.unreachable.map(
      ({ from, to, before, after }) => `unreachable ${from} ${to} ${before ?? '-'} ${after ?? '-'}`,
    ),
    ...seen.unwatched.map(({ from, to }) => `unwatched ${from} ${to}`),
  ];
  return signNote(`${lines.join('\n')}\n`, signer, time);
}

export type Attestation = Reachability & { readonly by: readonly { key: VerifierKey; time: number }[] };

/** Opens an attestation for somebody who trusts these witnesses; throws Malformed. */
export function openAttestation(note: string, witnesses: readonly VerifierKey[]): Attestation {
  const parsed = parseNote(note);
  const lines = parsed.text.slice(0, -1).split('\n');
  if (lines.shift() !== reachabilityLine) throw new Malformed('attestation');
  const word = (name: string): string => {
    const line = lines.shift() ?? '';
    if (!line.startsWith(`${name} `)) throw new Malformed('attestation');
    return line.slice(name.length + 1);
  };
  const count = (name: string): number => parseCount(word(name));
  const head = {
    log: word('log'),
    address: word('address'),
    from: count('from'),
    to: count('to'),
    every: count('every'),
    probes: count('probes'),
    answered: count('answered'),
  };
  const stretches = (name: string, length: number): string[][] => {
    const others = lines.findIndex((line) => !line.startsWith(`${name} `));
    const found = lines.splice(0, others < 0 ? lines.length : others).map((line) => line.split(' ').slice(1));
    if (found.some((words) => words.length !== length)) throw new Malformed('attestation');
    return found;
  };
  const moment = (text = ''): number | null => (text === '-' ? null : parseCount(text));
  const unreachable = stretches('unreachable', 4).map(([from = '', to = '', before, after]) => ({
    from: parseCount(from),
    to: parseCount(to),
    before: moment(before),
    after: moment(after),
  }));
  const unwatched = stretches('unwatched', 2).map(([from = '', to = '']) => ({
    from: parseCount(from),
    to: parseCount(to),
  }));
  if (lines.length > 0) throw new Malformed('attestation');
  const all = [...unreachable, ...unwatched];
  if (head.from >= head.to || all.some(({ from, to }) => from > to || from < head.from || to > head.to))
    throw new Malformed('attestation');
  return { ...head, unreachable, unwatched, by: signedBy(parsed, witnesses) };
}
