import {
  abandonEnvelope,
  finalizeEnvelope,
  handIn,
  openEnvelope,
  type ReceiptDoubt,
  partContents,
  type EnvelopeFolder,
  type SealingFacts,
  type StagePlan,
} from '@xinbiao/contracts/bidding';
import { toHex } from '@xinbiao/contracts/kernel';
import { readLogKey } from '@xinbiao/contracts/ledger';
import { tokensOf, type Asked } from '@xinbiao/contracts/timekeeping';
import {
  archiveLength,
  bytesOf,
  canonical,
  canonicalBytes,
  Malformed,
  paddedLength,
  pieceLengthFor,
  sealedLength,
} from '@xinbiao/contracts/trust';
import { computed, onBeforeUnmount, ref, shallowRef, type Ref } from 'vue';
import { call, type Said } from '../app/index.ts';
import { releaseHash } from '../app/release.ts';
import { BridgeSaysNo } from '../identity/bridge.ts';
import { NoKey, signBytes, type KeyLack } from '../identity/keys.ts';
import { askForStamps } from '../timekeeping/stamps.ts';
import { deleteEnvelope, stagesOf, writeEnvelope, type KeptEnvelope } from './bidStore.ts';
import type { DraftFile, SealedContents } from './offerDraft.ts';
import { useFileHashes, type FileHashes } from './fileHashes.ts';
import { Interrupted, pieceSender, presentPieces, Refused as PieceRefused } from './pieceSender.ts';
import { holdsKeysOf } from './usePreflight.ts';
import { Changed } from './reading.ts';
import type { FromWorker, JobPart, PartProgress, Stopped, ToWorker } from './sealing.messages.ts';

export type SealingPhase =
  | 'idle'
  /** Hashing the files, before anything is sealed. */
  | 'checking'
  | 'sealing'
  | 'paused'
  | 'offline'
  | 'signing'
  /** Authorities stamp the signature; whoever does not answer is left out. */
  | 'stamping'
  | 'handing'
  | 'done'
  /** These end an attempt; the bid handed in before, if any, still stands. */
  | 'fileChanged'
  | 'late'
  | 'refused'
  /** The platform says “taken” and proves nothing: not submitted. */
  | 'unproven'
  | 'signedOut'
  | 'noKey'
  /** The opening will need a key of the bidder's own, and it is not at hand: nothing was sealed. */
  | 'noGateKey'
  | 'failed';

/** The program that seals, as the manifest names it. */
const thisClient = async (): Promise<KeptEnvelope['client']> => ({
  bundleSha256: await releaseHash(),
  version: 'xinbiao-browser/1',
});

/** One piece length for the whole envelope, known before its context is. */
function pieceLengthOf(
  stages: StagePlan,
  contents: SealedContents,
  files: readonly { readonly name: string; readonly size: number }[],
): number {
  const ctxHash = '0'.repeat(64);
  const sized = files.map(({ name, size }) => ({ name, size, stream: () => new ReadableStream<Uint8Array>() }));
  return pieceLengthFor(
    partContents(stages, contents, sized).map(({ stage, name: part, content, files: own }) => {
      const bid = canonicalBytes({ v: 'xinbiao/bid/v1', ctxHash, stage, part, content });
      return sealedLength(paddedLength(part, archiveLength([{ name: 'bid.json', size: bid.length }, ...own])));
    }),
  );
}

/** Runs one sealing: hashes, seals and sends in a worker, signs in the page, hands in, keeps what a closed tab needs. */
export function useSealing({
  account,
  lang,
  now,
  hashes = useFileHashes(),
}: {
  readonly account: () => string;
  readonly lang: () => 'zh-CN' | 'en';
  /** The server's clock, for what is shown and kept. */ readonly now: () => number;
  /** Where files are hashed as soon as they are chosen. */
  readonly hashes?: FileHashes;
}) {
  const phase = ref<SealingPhase>('idle');
  const parts = shallowRef<readonly PartProgress[]>([]);
  const finishedAt: Ref<Record<string, number>> = ref({});
  const hashing = ref({ read: 0, size: 0 });
  const doubt = ref<ReceiptDoubt>();
  const stamps = shallowRef<readonly Asked[]>([]);
  const problems = shallowRef<readonly Said[]>([]);
  const changedFile = ref('');
  const lack = ref<KeyLack>();
  const kept = shallowRef<KeptEnvelope>();
  /** Bytes a second over the last ten seconds; 0 while nothing is known. */
  const rate = ref(0);
  let seen: { at: number; sent: number }[] = [];
  let worker: Worker | undefined;
  let wake: WakeLockSentinel | undefined;
  let blobs = new Map<string, Blob>();

  const size = computed(() => parts.value.reduce((sum, part) => sum + part.size, 0));
  const sent = computed(() => parts.value.reduce((sum, part) => sum + part.sent, 0));
  /** Told once enough has been sent to tell it from. */
  const secondsLeft = computed(() =>
    rate.value > 0 && sent.value > 4_000_000 ? Math.ceil((size.value - sent.value) / rate.value) : undefined,
  );
  const running = computed(() =>
    ['checking', 'sealing', 'paused', 'offline', 'signing', 'stamping', 'handing'].includes(phase.value),
  );

  const leaving = (event: BeforeUnloadEvent) => running.value && event.preventDefault();

  function end(): void {
    worker?.terminate();
    worker = undefined;
    void wake?.release().catch(() => undefined);
    wake = undefined;
    globalThis.removeEventListener('beforeunload', leaving);
  }
  onBeforeUnmount(end);

  function stoppedWith(stopped: Stopped): void {
    end();
    if (stopped.why === 'fileChanged') changedFile.value = stopped.file;
    if (stopped.why === 'refused') problems.value = stopped.refusals;
    if (stopped.why === 'failed') problems.value = [{ code: 'platform.fault', sentence: stopped.what }];
    phase.value = stopped.why;
  }

  const ask = (message: ToWorker) => worker?.postMessage(message);

  function start(hear: (said: FromWorker) => void): void {
    end();
    problems.value = [];
    lack.value = undefined;
    seen = [];
    rate.value = 0;
    worker = new Worker(new URL('./sealing.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => hear(data));
    worker.addEventListener('error', (event) => stoppedWith({ why: 'failed', what: event.message || 'worker' }));
    globalThis.addEventListener('beforeunload', leaving);
    void navigator.wakeLock
      ?.request('screen')
      .then((lock) => (wake = lock))
      .catch(() => undefined);
  }

  /** Hashes of all files of the bid; undefined where one cannot be read any more, or the attempt was given up meanwhile. */
  async function hashAll(): Promise<ReadonlyMap<string, string> | undefined> {
    phase.value = 'checking';
    problems.value = [];
    lack.value = undefined;
    globalThis.addEventListener('beforeunload', leaving);
    try {
      const files = [...blobs].map(([name, blob]) => ({ name, blob }));
      const found = await hashes.of(files, (progress) => (hashing.value = progress));
      return (phase.value as SealingPhase) === 'checking' ? found : undefined;
    } catch (fault) {
      if (!(fault instanceof Changed)) throw fault;
      stoppedWith({ why: 'fileChanged', file: fault.file });
      return undefined;
    }
  }

  function hear(said: FromWorker): void {
    if (said.say === 'progress') {
      for (const part of said.parts) if (part.done) finishedAt.value[part.name] ??= now();
      parts.value = said.parts;
      const at = performance.now();
      seen = [...seen.filter((one) => at - one.at < 10_000), { at, sent: sent.value }];
      const first = seen[0];
      rate.value =
        first !== undefined && at - first.at > 1_500
          ? Math.max(0, ((sent.value - first.sent) / (at - first.at)) * 1000)
          : rate.value;
    } else if (said.say === 'line') {
      if (said.line === 'down' && phase.value === 'sealing') phase.value = 'offline';
      else if (said.line === 'up' && phase.value === 'offline') phase.value = 'sealing';
    } else if (said.say === 'sealed') void telling(() => sealed(said.manifest, said.manifestHash))(undefined);
    else if (said.say === 'stopped') stoppedWith(said.stopped);
  }

  /** Seals a new bid. Gives up silently where an earlier press is still at work. */
  async function begin({
    facts,
    trust,
    contents,
    files,
    blobOf,
  }: {
    readonly facts: SealingFacts;
    /** Key of the log and its witnesses, as the notice that was checked names them. */
    readonly trust: { readonly logKey: string; readonly policy: string } | undefined;
    readonly contents: SealedContents;
    readonly files: readonly DraftFile[];
    readonly blobOf: (name: string) => Blob | undefined;
  }): Promise<void> {
    if (running.value) return;
    if (!(await holdsKeysOf(facts.gates))) {
      lack.value = 'noKey';
      phase.value = 'noGateKey';
      return;
    }
    blobs = new Map(files.flatMap(({ name }) => (blobOf(name) ? [[name, blobOf(name) as Blob]] : [])));
    const digests = await hashAll();
    if (!digests) return;
    const opened = await call(openEnvelope, {
      params: { lotId: facts.lotId },
      body: { pieceLength: pieceLengthOf(facts.stages, contents, files) as 8_388_608 },
    });
    if (!opened.ok) return refusedWith(opened);
    const { ctx, envelopeId, gates, pieceLength } = opened.value;
    // The server names the context; what it says must be what this page was shown and has checked.
    if (
      ctx.lotId !== facts.lotId ||
      ctx.tenderId !== facts.tenderId ||
      ctx.noticeHash !== facts.noticeHash ||
      ctx.keyringHash !== facts.keyringHash ||
      ctx.bidderCertSha256 !== facts.certificate?.fingerprint ||
      ctx.envelopeId !== envelopeId ||
      canonical(gates) !== canonical(facts.gates)
    )
      return stoppedWith({ why: 'failed', what: 'envelope context differs' });
    const envelope: KeptEnvelope = {
      envelopeId,
      tenderId: facts.tenderId,
      lotId: facts.lotId,
      lotNo: facts.lotNo,
      code: facts.code,
      title: facts.title,
      lotTitle: facts.lotTitle,
      deadline: facts.deadline,
      ctx,
      keyring: facts.keyring,
      stages: facts.stages,
      gates,
      dealSeed: toHex(crypto.getRandomValues(new Uint8Array(32))),
      pieceLength,
      client: await thisClient(),
      ...trust,
      contents,
      files: files.map(({ name, size: bytes, origin }) => ({
        name,
        size: bytes,
        origin,
        sha256: digests.get(name) ?? '',
      })),
      begunAt: new Date(now()).toISOString(),
    };
    await writeEnvelope(account(), envelope);
    sealOf(envelope);
  }

  /** Goes on with an envelope begun earlier; every file must still have the hash it had. */
  async function goOn({
    envelope,
    blobOf,
  }: {
    readonly envelope: KeptEnvelope;
    readonly blobOf: (name: string) => Blob | undefined;
  }): Promise<void> {
    if (running.value) return;
    kept.value = envelope;
    if (envelope.manifest !== undefined && envelope.manifestHash !== undefined)
      return sealed(envelope.manifest, envelope.manifestHash);
    blobs = new Map(envelope.files.flatMap(({ name }) => (blobOf(name) ? [[name, blobOf(name) as Blob]] : [])));
    const digests = await hashAll();
    if (!digests) return;
    const changed = envelope.files.find(({ name, sha256 }) => digests.get(name) !== sha256);
    if (changed) return stoppedWith({ why: 'fileChanged', file: changed.name });
    sealOf(envelope);
  }

  /** Hands in an envelope that was sealed elsewhere: sends the pieces that have not arrived, then what its signature needs. */
  async function takeIn({
    facts,
    folder,
  }: {
    readonly facts: SealingFacts;
    readonly folder: EnvelopeFolder;
  }): Promise<void> {
    if (running.value) return;
    const { manifest, manifestHash, text, signature, timestamps, pieces } = folder;
    const { ctx, client: sealer } = manifest;
    const envelope: KeptEnvelope & {
      readonly manifest: string;
      readonly manifestHash: string;
      readonly signature: string;
    } = {
      envelopeId: ctx.envelopeId,
      tenderId: facts.tenderId,
      lotId: facts.lotId,
      lotNo: facts.lotNo,
      code: facts.code,
      title: facts.title,
      lotTitle: facts.lotTitle,
      deadline: facts.deadline,
      ctx,
      keyring: facts.keyring,
      stages: facts.stages,
      gates: facts.gates,
      dealSeed: null,
      pieceLength: manifest.parts[0]?.pieceLength ?? 0,
      client: sealer,
      contents: null,
      files: [],
      begunAt: new Date(now()).toISOString(),
      manifest: text,
      manifestHash,
      signature,
      ...(timestamps.length > 0 ? { timestamps: [...timestamps] } : {}),
    };
    kept.value = envelope;
    finishedAt.value = {};
    problems.value = [];
    phase.value = 'sealing';
    globalThis.addEventListener('beforeunload', leaving);
    const line = { envelopeId: ctx.envelopeId, lang: lang() };
    const bySize = new Map(pieces.map((piece) => [piece.sha256, piece]));
    const progress = manifest.parts.map((part): PartProgress => ({
      name: part.name,
      size: part.length,
      sent: 0,
      piece: 0,
      pieces: part.pieces.length,
      done: false,
    }));
    try {
      const arrived = await patiently(() => presentPieces(line));
      const send = pieceSender(line);
      for (const [at, part] of manifest.parts.entries())
        for (const [index, sha256] of part.pieces.entries()) {
          const piece = bySize.get(sha256);
          if (!piece) continue;
          if (!arrived.has(sha256)) {
            const body = await piece.body();
            await patiently(() => send({ sha256, body, signal: new AbortController().signal }, () => undefined));
            arrived.add(sha256);
          }
          const before = progress[at];
          if (before)
            progress[at] = {
              ...before,
              piece: index + 1,
              sent: before.sent + piece.size,
              done: index + 1 === before.pieces,
            };
          hear({ say: 'progress', parts: [...progress] });
        }
    } catch (fault) {
      if (fault instanceof PieceRefused) return refusedWith(fault);
      if (fault instanceof Malformed)
        return stoppedWith({ why: 'fileChanged', file: fault.what.replace(/^folder: /, '') });
      throw fault;
    }
    await handInSigned(envelope);
  }

  /** Asks until it is answered; the page shows meanwhile that the connection is down. */
  async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1)
      try {
        const value = await attempt();
        if (phase.value === 'offline') phase.value = 'sealing';
        return value;
      } catch (fault) {
        if (!(fault instanceof Interrupted)) throw fault;
        phase.value = 'offline';
        await new Promise((resolve) => setTimeout(resolve, Math.min(15_000, 1_000 * 2 ** tries)));
      }
  }

  function sealOf(envelope: KeptEnvelope): void {
    const { contents, dealSeed } = envelope;
    if (contents === null || dealSeed === null)
      return stoppedWith({ why: 'failed', what: 'this envelope was sealed elsewhere' });
    kept.value = envelope;
    finishedAt.value = {};
    start(hear);
    phase.value = 'sealing';
    const jobParts: JobPart[] = stagesOf(envelope).flatMap(({ id: stage, parts: names }) =>
      names.map((name) => ({
        stage,
        name,
        content: name === 'price' ? contents.price : contents.technical,
        files:
          name === 'technical'
            ? envelope.files.flatMap(({ name: file, size: bytes, sha256 }) =>
                blobs.has(file) ? [{ name: file, size: bytes, sha256, blob: blobs.get(file) as Blob }] : [],
              )
            : [],
      })),
    );
    const { ctx, keyring, pieceLength } = envelope;
    ask({
      do: 'seal',
      job: {
        account: account(),
        lang: lang(),
        ctx,
        keyring,
        gates: envelope.gates ?? {},
        dealSeed,
        pieceLength,
        client: envelope.client,
        parts: jobParts,
      },
    });
  }

  /** All pieces have arrived: sign the manifest with the organisation's certificate and hand the bid in. */
  async function sealed(manifest: string, manifestHash: string): Promise<void> {
    let envelope = kept.value;
    if (envelope === undefined) return;
    worker?.terminate();
    worker = undefined;
    phase.value = 'signing';
    if (envelope.signature === undefined) {
      try {
        // The envelope was begun with one certificate, and only that one may sign it.
        const fingerprint = envelope.ctx.bidderCertSha256;
        const signature = toHex(await signBytes(bytesOf(manifest), { fingerprint }));
        envelope = { ...envelope, manifest, manifestHash, signature };
      } catch (fault) {
        if (!(fault instanceof NoKey) && !(fault instanceof BridgeSaysNo)) throw fault;
        await writeEnvelope(account(), (kept.value = { ...envelope, manifest, manifestHash }));
        end();
        lack.value = fault instanceof NoKey ? fault.lack : 'token';
        phase.value = 'noKey';
        return;
      }
      await writeEnvelope(account(), envelope);
      kept.value = envelope;
    }
    await handInSigned({ ...envelope, manifest, manifestHash, signature: envelope.signature ?? '' });
  }

  /** Asks for timestamps once and keeps them, then hands in; submitted is only what the log provably holds. */
  async function handInSigned(
    signed: KeptEnvelope & { readonly manifest: string; readonly manifestHash: string; readonly signature: string },
  ): Promise<void> {
    let envelope = signed;
    if (envelope.timestamps === undefined) {
      phase.value = 'stamping';
      stamps.value = await askForStamps(envelope.signature, new Date(envelope.deadline)).catch(() => []);
      envelope = { ...envelope, timestamps: tokensOf(stamps.value) };
      await writeEnvelope(account(), (kept.value = envelope));
    }
    phase.value = 'handing';
    const { envelopeId, manifest, manifestHash, signature } = envelope;
    const acknowledgements = envelope.evidence?.acknowledgements ?? [];
    const handed = await handIn({
      bid: { envelopeId, manifest, manifestHash, signature, timestamps: envelope.timestamps ?? [] },
      finalize: (timestamps) =>
        call(finalizeEnvelope, {
          params: { envelopeId },
          body: { manifest, signature, timestamps, acknowledgements },
        }),
      logKey: async () => envelope.logKey ?? (await logKeyShown()),
      now: () => new Date(now()),
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      told: (line) => (phase.value = line === 'down' ? 'offline' : 'handing'),
    });
    if (handed.outcome === 'refused') return refusedWith(handed);
    if (handed.outcome === 'unproven') {
      kept.value = { ...envelope, evidence: { ...handed.evidence, acknowledgements } };
      await writeEnvelope(account(), kept.value);
      end();
      doubt.value = handed.doubt;
      phase.value = 'unproven';
      return;
    }
    const { receipt, receivedAt } = handed.answer;
    kept.value = { ...envelope, receipt, receivedAt };
    await writeEnvelope(account(), kept.value);
    end();
    phase.value = 'done';
  }

  /** Where the notice names no key, the one that the platform shows is all there is. */
  async function logKeyShown(): Promise<string | undefined> {
    const key = await call(readLogKey);
    return key.ok ? key.value.verifierKey : undefined;
  }

  function refusedWith(answer: { readonly status: number; readonly refusals: readonly Said[] }): void {
    if (answer.status === 401) return stoppedWith({ why: 'signedOut' });
    if (answer.refusals.some(({ code }) => String(code) === 'bid.after-deadline')) return stoppedWith({ why: 'late' });
    stoppedWith({ why: 'refused', refusals: answer.refusals });
  }

  /** Whatever goes wrong is said on the page: a silent standstill before a deadline would be the worst answer. */
  const telling =
    <Given>(work: (given: Given) => Promise<void>) =>
    (given: Given): Promise<void> =>
      work(given).catch((fault: unknown) =>
        stoppedWith({
          why: 'failed',
          what: fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault),
        }),
      );

  return {
    phase,
    parts,
    finishedAt,
    hashing,
    problems,
    stamps,
    doubt,
    /** Keeps what witnesses signed beside the rest of the evidence. */
    async acknowledged(notes: readonly string[]): Promise<void> {
      const envelope = kept.value;
      if (envelope?.evidence === undefined) return;
      kept.value = { ...envelope, evidence: { ...envelope.evidence, acknowledgements: [...notes] } };
      await writeEnvelope(account(), kept.value);
    },
    changedFile,
    lack,
    kept,
    size,
    sent,
    rate,
    secondsLeft,
    running,
    begin: telling(begin),
    goOn: telling(goOn),
    takeIn: telling(takeIn),
    pause() {
      if (phase.value !== 'sealing' && phase.value !== 'offline') return;
      ask({ do: 'pause' });
      seen = [];
      rate.value = 0;
      phase.value = 'paused';
    },
    resume() {
      if (phase.value !== 'paused') return;
      ask({ do: 'resume' });
      phase.value = 'sealing';
    },
    /** Gives the attempt up; what was handed in before is untouched. */
    async cancel(): Promise<void> {
      end();
      const envelope = kept.value;
      kept.value = undefined;
      phase.value = 'idle';
      if (envelope === undefined || envelope.receipt !== undefined) return;
      await call(abandonEnvelope, { params: { envelopeId: envelope.envelopeId } });
      await deleteEnvelope(account(), envelope.envelopeId);
    },
    /** Back to before, keeping what has arrived. */
    rest(): void {
      end();
      phase.value = 'idle';
    },
  };
}
export type Sealing = ReturnType<typeof useSealing>;
