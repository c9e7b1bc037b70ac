/**
 * Seals in the bidder's own computer and sends as it goes: one piece is encrypted while others are on their way, so
 * memory stays flat whatever the size. What cannot be sent waits and is tried again; the page hears of it.
 */
import '../app/trustedTypes.ts';
import { fromHex } from '@xinbiao/contracts/kernel';
import {
  createDeal,
  sealEnvelope,
  sealPlan,
  textOf,
  type PartContent,
  type PartPlan,
  type SealedPiece,
} from '@xinbiao/contracts/trust';
import { listNoted, notePiece } from './bidStore.ts';
import { Interrupted, Refused, pieceSender, presentPieces, type Line } from './pieceSender.ts';
import { Changed, reading } from './reading.ts';
import { sealBeside } from './sealBeside.ts';
import { openStaging } from './staging.ts';
import type { FromWorker, JobPart, PartProgress, SealJob, Stopped, ToWorker } from './sealing.messages.ts';

const say = (message: FromWorker) => self.postMessage(message);
/** Pieces on their way at once. */
const inFlight = 3;

/** Shut while paused: nothing is read, sealed or sent. */
let gate: Promise<void> = Promise.resolve();
let openGate: () => void = () => undefined;
let paused = false;
let interrupt = new AbortController();

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.do === 'seal') void seal(data.job).catch(stop);
  else if (paused === (data.do === 'pause')) return;
  else if (data.do === 'pause') {
    paused = true;
    gate = new Promise((resolve) => (openGate = resolve));
    interrupt.abort();
  } else {
    paused = false;
    interrupt = new AbortController();
    openGate();
  }
});

function stop(fault: unknown): void {
  say({ say: 'stopped', stopped: stoppedBy(fault) });
}

function stoppedBy(fault: unknown): Stopped {
  if (fault instanceof Changed) return { why: 'fileChanged', file: fault.file };
  if (fault instanceof Refused) {
    if (fault.status === 401) return { why: 'signedOut' };
    if (fault.refusals.some(({ code }) => String(code) === 'bid.after-deadline')) return { why: 'late' };
    return { why: 'refused', refusals: fault.refusals };
  }
  return { why: 'failed', what: fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault) };
}

const contentOf = ({ stage, name, content, files }: JobPart): PartContent => ({
  stage,
  name,
  content,
  files: files.map(({ name: file, size, blob }) => ({
    name: file,
    size,
    stream: (from, to) => reading(file, blob.slice(from, to)),
  })),
});

function blobIn({ parts }: SealJob, { stage, name, file }: { stage: string; name: string; file: string }): Blob {
  const part = parts.find((one) => one.stage === stage && one.name === name);
  const found = part?.files.find((one) => one.name === file);
  if (!found) throw new Error('no such file');
  return found.blob;
}

async function seal(job: SealJob): Promise<void> {
  const deal = await createDeal({
    ctx: job.ctx,
    keyring: job.keyring,
    dealSeed: fromHex(job.dealSeed),
    stages: [...new Set(job.parts.map(({ stage }) => stage))],
    gates: job.gates,
  });
  const parts = job.parts.map(contentOf);
  const line: Line = { envelopeId: job.ctx.envelopeId, lang: job.lang };
  const told = progressOf(
    sealPlan({ deal, parts }).map(({ name, length, pieceCount }) => ({ name, size: length, pieces: pieceCount })),
  );
  const arrived = await untilSent(() => presentPieces(line));
  const noted = await listNoted(job.account, job.ctx.envelopeId);
  const send = pieceSender(line);
  const staging = await openStaging();

  async function deliver({ name }: PartPlan, { index, bytes, sha256 }: SealedPiece): Promise<void> {
    told.sealing(name, index + 1);
    if (arrived.has(sha256)) told.arrive(name, bytes.length);
    else {
      let counted = 0;
      const { body, sent } = await staging.stage(bytes);
      await untilSent(() =>
        send({ sha256, body, signal: interrupt.signal }, (now) => {
          told.arrive(name, now - counted);
          counted = now;
        }).catch((fault: unknown) => {
          told.arrive(name, -counted);
          counted = 0;
          throw fault;
        }),
      );
      sent();
    }
    await notePiece(job.account, { envelopeId: job.ctx.envelopeId, part: name, index, sha256 });
  }

  const { bytes, manifestHash } = await sealEnvelope(
    // The files were hashed when they were chosen, and a browser does not read one that was changed since.
    { deal, parts, client: job.client, pieceLength: job.pieceLength, hashFiles: false },
    {
      inFlight,
      deliver,
      reuse: true,
      beside: sealBeside(({ stage, name }, file) => blobIn(job, { stage, name, file })),
      pause: () => gate,
      arrived(plan) {
        const hashes: string[] = [];
        for (const { index, sha256 } of noted
          .filter(({ part: of }) => of === plan.name)
          .sort((a, b) => a.index - b.index))
          if (index === hashes.length && arrived.has(sha256)) hashes.push(sha256);
        told.arrive(plan.name, Math.min(plan.length, hashes.length * plan.pieceLength));
        return hashes;
      },
      finished: (plan) => told.finish(plan.name),
    },
  );
  await staging.end();
  say({ say: 'sealed', manifest: textOf(bytes), manifestHash });
}

/** Tries until it is done: a paused one waits for the gate, a lost connection for the network or the next try. */
async function untilSent<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    await gate;
    try {
      const value = await attempt();
      lineIs('up');
      return value;
    } catch (fault) {
      if (!(fault instanceof Interrupted)) throw fault;
      if (fault.why === 'paused') {
        tries = -1;
        continue;
      }
      lineIs('down');
      await networkOr(Math.min(15_000, 1_000 * 2 ** tries));
    }
  }
}

let lineNow: 'up' | 'down' = 'up';
function lineIs(line: 'up' | 'down'): void {
  if (line !== lineNow) say({ say: 'line', line });
  lineNow = line;
}

const networkOr = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      self.removeEventListener('online', go);
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    self.addEventListener('online', go);
  });

/** Keeps the figures and tells them a few times a second at most. */
function progressOf(parts: readonly { readonly name: string; readonly size: number; readonly pieces: number }[]) {
  const now = new Map<string, PartProgress>(
    parts.map((part) => [part.name, { ...part, sent: 0, piece: 0, done: false }]),
  );
  let last = 0;
  const change = (name: string, change: (part: PartProgress) => Partial<PartProgress>, always = false) => {
    const part = now.get(name);
    if (part) now.set(name, { ...part, ...change(part) });
    if (!always && performance.now() - last < 150) return;
    last = performance.now();
    say({ say: 'progress', parts: [...now.values()] });
  };
  return {
    arrive: (name: string, bytes: number) =>
      change(name, ({ sent, size }) => ({ sent: Math.max(0, Math.min(size, sent + bytes)) })),
    sealing: (name: string, piece: number) => change(name, () => ({ piece })),
    finish: (name: string) => change(name, ({ size }) => ({ sent: size, done: true }), true),
  };
}
