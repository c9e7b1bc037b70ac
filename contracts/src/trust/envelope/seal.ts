import { z } from 'zod';
import { Sha256Hex, toHex } from '../../kernel/bytes.ts';
import { Malformed, canonicalBytes } from '../canonical.ts';
import {
  chunk,
  chunkedHead,
  chunkedHeadLength,
  chunkedKey,
  encryptBatches,
  sealedChunk,
  sealedLength,
} from '../chunked.ts';
import { dealerOf, partContextOf, partKeyOf } from '../derive.ts';
import { labelledHash, sha256Hex } from '../hash.ts';
import { suites, type SuiteName } from '../suite.ts';
import { archiveLength, checkEntries, padme, writeArchive } from '../tar.ts';
import { hashing } from './digest.ts';
import { Keyring, LabelId, keyringHash } from './keyring.ts';
import { dealLock } from './lock.ts';
import { EnvelopeContext, Manifest, ctxHashOf, limits, manifestBytes, manifestHashOf, piecesRoot } from './manifest.ts';
import type {
  Deal,
  FileDigest,
  FileSource,
  Gates,
  PartContent,
  PartPlan,
  SealedPartSummary,
  SealedPiece,
  Sealing,
} from './types.ts';

/** The first file of every part: repeats what the part belongs to, then says what the bid says. */
export const BidDocument = z.strictObject({
  v: z.literal('xinbiao/bid/v1'),
  ctxHash: Sha256Hex,
  stage: LabelId,
  part: LabelId,
  content: z.json(),
});
export const bidName = 'bid.json';

/** Lengths that may leave the price part: steps wide enough that a price table's length says nothing. */
const priceStep = 64 * 1024;
export const paddedLength = (part: string, length: number): number =>
  part === 'price' ? Math.ceil(length / priceStep) * priceStep : padme(length);

/** The one piece length for parts of these ciphertext lengths: 8 MiB, doubled until there are at most 8,192 pieces. */
export function pieceLengthFor(lengths: readonly number[]): number {
  let pieceLength: number = limits.smallestPiece;
  const count = () => lengths.reduce((sum, length) => sum + Math.ceil(length / pieceLength), 0);
  while (count() > limits.pieces) pieceLength *= 2;
  return pieceLength;
}

/** Deals the keys of a new envelope: everything secret in it comes from `dealSeed`. Throws Malformed. */
export async function createDeal({
  ctx,
  keyring,
  dealSeed,
  stages = ['open'],
  gates = {},
}: {
  readonly ctx: EnvelopeContext;
  readonly keyring: Keyring;
  /** 32 random bytes, never used for another envelope. */
  readonly dealSeed: Uint8Array<ArrayBuffer>;
  /** In the order in which they open. */
  readonly stages?: readonly string[];
  /** Stages that open only with the bidder's own key; that certificate's key will be needed at the opening. */
  readonly gates?: Gates;
}): Promise<Deal> {
  if (!EnvelopeContext.safeParse(ctx).success || !Keyring.safeParse(keyring).success) throw new Malformed('deal');
  if (keyring.suite !== ctx.suite) throw new Malformed('deal: suites differ');
  if (keyringHash(keyring) !== ctx.keyringHash) throw new Malformed('deal: keyring is not that of the context');
  if (stages.length < 1 || stages.length > limits.stages || new Set(stages).size !== stages.length)
    throw new Malformed('deal: stages');
  if (stages.some((stage) => !LabelId.safeParse(stage).success)) throw new Malformed('deal: stages');
  if (Object.keys(gates).some((stage) => !stages.includes(stage))) throw new Malformed('deal: gate of no stage');
  const ctxHash = ctxHashOf(ctx);
  const dealer = dealerOf(dealSeed, ctxHash, suites[ctx.suite]);
  const dealt = await Promise.all(
    stages.map((stage) =>
      dealLock({ ctxHash, stage, keyring, dealer, gate: Object.hasOwn(gates, stage) ? gates[stage] : undefined }),
    ),
  );
  return {
    ctx,
    ctxHash,
    keyring,
    dealSeed,
    locks: dealt.map(({ lock }) => lock),
    gates,
    stageKeys: new Map(dealt.map(({ lock, stageKey }) => [lock.id, stageKey])),
  };
}

/** All sizes of an envelope before a byte is read; throws Malformed where a limit is passed. */
export function sealPlan({ deal, parts }: { readonly deal: Deal; readonly parts: readonly PartContent[] }): PartPlan[] {
  if (parts.length < 1 || parts.length > limits.parts) throw new Malformed('parts');
  if (new Set(parts.map(({ stage, name }) => `${stage}/${name}`)).size !== parts.length)
    throw new Malformed('parts: one occurs twice');
  const plain = parts.map((part) => layoutOf(deal, part).plainLength);
  const lengths = plain.map(sealedLength);
  if (lengths.some((length) => length > limits.partBytes)) throw new Malformed('part: too large');
  const pieceLength = pieceLengthFor(lengths);
  if (pieceLength > limits.largestPiece) throw new Malformed('parts: too large together');
  return parts.map(({ stage, name }, at) => {
    const length = lengths[at] ?? 0;
    return {
      stage,
      name,
      plainLength: plain[at] ?? 0,
      length,
      pieceLength,
      pieceCount: Math.ceil(length / pieceLength),
    };
  });
}

interface Layout {
  readonly bid: Uint8Array<ArrayBuffer>;
  readonly plainLength: number;
  /** Names bid.json's content and every file's name and size. */
  readonly hash: string;
}

function layoutOf(deal: Deal, { stage, name, content, files }: PartContent): Layout {
  if (!deal.stageKeys.has(stage) || !LabelId.safeParse(name).success) throw new Malformed('part');
  const bid = canonicalBytes({ v: 'xinbiao/bid/v1', ctxHash: deal.ctxHash, stage, part: name, content });
  if (bid.length > limits.bidBytes) throw new Malformed('bid.json: too large');
  const all = [{ name: bidName, size: bid.length }, ...files];
  checkEntries(all);
  return {
    bid,
    plainLength: paddedLength(name, archiveLength(all)),
    hash: labelledHash('xinbiao/v1/layout\n', {
      bid: sha256Hex(bid),
      files: files.map(({ name: file, size }) => ({ name: file, size })),
    }),
  };
}

// oxlint-disable-next-line require-await
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/**
 * All that sealing the pieces of one part takes, its key included and nothing else of the deal: it can be handed to
 * another thread, and never leaves the bidder's program.
 */
export interface PartJob {
  readonly plan: PartPlan;
  readonly suite: SuiteName;
  readonly key: Uint8Array<ArrayBuffer>;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly context: Uint8Array<ArrayBuffer>;
  /** What bid.json holds; the files follow it. */
  readonly bid: Uint8Array<ArrayBuffer>;
}

/** The job and head of a part as planned; throws Malformed where the part is another. */
export function partJobOf({
  deal,
  plan,
  part,
}: {
  readonly deal: Deal;
  readonly plan: PartPlan;
  readonly part: PartContent;
}): PartJob & { readonly head: string } {
  const layout = layoutOf(deal, part);
  const stageKey = deal.stageKeys.get(part.stage);
  if (!stageKey || plan.stage !== part.stage || plan.name !== part.name || plan.plainLength !== layout.plainLength)
    throw new Malformed('part: not as planned');
  const suite = suites[deal.ctx.suite];
  const key = partKeyOf(stageKey, deal.ctxHash, part.stage, part.name, suite);
  const salt = dealerOf(deal.dealSeed, deal.ctxHash, suite).headSalt(part.stage, part.name, layout.hash);
  const context = partContextOf(deal.ctxHash, part.stage, part.name);
  const head = toHex(chunkedHead(key, salt, context, suite));
  return { plan, suite: deal.ctx.suite, key, salt, context, bid: layout.bid, head };
}

/** Which pieces of a part, from one up to and without another, and how. */
export interface PieceRange {
  readonly from?: number;
  readonly to?: number;
  /** Buffers of pieces that are done with, to be written over; fresh memory costs a browser as much as the cipher. */
  readonly spare?: Uint8Array<ArrayBuffer>[] | undefined;
  /** Frees the memory of chunks that are done with; a collector would come by too late. */
  readonly letGo?: (buffers: ArrayBuffer[]) => void;
}

/**
 * Seals pieces of a part, the same bytes wherever it begins: safe only while the files are the same as when any
 * piece of it was sealed before (`digestOf`).
 */
export async function* sealPieces(
  { plan, suite, key, salt, context, bid }: PartJob,
  files: readonly FileSource[],
  { from = 0, to = plan.pieceCount, spare, letGo }: PieceRange = {},
): AsyncGenerator<SealedPiece, void, undefined> {
  if (from < 0 || from >= to || to > plan.pieceCount) throw new RangeError('no such piece');
  const start = from * plan.pieceLength;
  const firstChunk = start === 0 ? undefined : Math.floor((start - chunkedHeadLength) / sealedChunk);
  // The last piece has the chunk that ends the message; any other ends within a chunk, or with one.
  const toChunk =
    to === plan.pieceCount ? undefined : Math.ceil((to * plan.pieceLength - chunkedHeadLength) / sealedChunk);
  const plain = writeArchive(
    [{ name: bidName, size: bid.length, stream: (at) => once(bid.subarray(at)) }, ...files],
    plan.plainLength,
    {
      from: (firstChunk ?? 0) * chunk,
      ...(toChunk === undefined ? {} : { to: toChunk * chunk }),
    },
  );
  const sealed = encryptBatches(await chunkedKey(key, salt, context, suites[suite]), plain, firstChunk, toChunk);
  const given = firstChunk === undefined ? 0 : chunkedHeadLength + firstChunk * sealedChunk;
  yield* cutPieces(sealed, { plan, from, to, skip: start - given, spare, letGo });
}

/** Seals a single piece of a part. */
export async function sealPiece(
  job: PartJob,
  files: readonly FileSource[],
  index: number,
  { spare, letGo }: { readonly spare?: Uint8Array<ArrayBuffer> | undefined } & Pick<PieceRange, 'letGo'> = {},
): Promise<SealedPiece> {
  const range = { from: index, to: index + 1, ...(spare && { spare: [spare] }), ...(letGo && { letGo }) };
  for await (const piece of sealPieces(job, files, range)) return piece;
  throw new RangeError('no such piece');
}

/** Seals one part as its pieces are asked for. `fromPiece` goes on where an upload stopped, with the same bytes. */
export function sealPart({
  deal,
  plan,
  part,
  fromPiece = 0,
  hashFiles = true,
  spare,
}: {
  readonly deal: Deal;
  readonly plan: PartPlan;
  readonly part: PartContent;
  readonly fromPiece?: number;
  /** Keep SHA-256 of each file, for the recovery file. */
  readonly hashFiles?: boolean;
  readonly spare?: Uint8Array<ArrayBuffer>[] | undefined;
}): Sealing {
  const { head, ...job } = partJobOf({ deal, plan, part });
  if (fromPiece < 0 || fromPiece >= plan.pieceCount) throw new RangeError('no such piece');
  const digests: FileDigest[] = [];
  const files = hashFiles ? part.files.map((file) => hashing(file, (digest) => digests.push(digest))) : part.files;
  return {
    plan,
    head,
    digests,
    [Symbol.asyncIterator]: () => sealPieces(job, files, { from: fromPiece, spare }),
  };
}

interface Cut {
  readonly plan: PartPlan;
  readonly from: number;
  readonly to: number;
  /** Bytes of ciphertext before the first piece. */
  readonly skip: number;
  readonly spare: Uint8Array<ArrayBuffer>[] | undefined;
  readonly letGo: PieceRange['letGo'] | undefined;
}

/** Cuts ciphertext into pieces; a piece is hashed while the next one fills. */
async function* cutPieces(
  sealed: AsyncIterable<readonly Uint8Array<ArrayBuffer>[]>,
  { plan, from: first, to, skip, spare = [], letGo = transferred }: Cut,
): AsyncGenerator<SealedPiece, void, undefined> {
  const lengthOf = (index: number): number => Math.min(plan.pieceLength, plan.length - index * plan.pieceLength);
  let index = first;
  const begun = (): Uint8Array<ArrayBuffer> => {
    const length = index < to ? lengthOf(index) : 0;
    const old = length > 0 ? spare.pop() : undefined;
    return old && old.buffer.byteLength >= length ? new Uint8Array(old.buffer, 0, length) : new Uint8Array(length);
  };
  let piece = begun();
  let filled = 0;
  let toSkip = skip;
  let waiting: Promise<SealedPiece> | undefined;
  for await (const batch of sealed) {
    for (const bytes of batch) {
      let from = Math.min(toSkip, bytes.length);
      toSkip -= from;
      while (from < bytes.length) {
        const take = Math.min(bytes.length - from, piece.length - filled);
        // What the next piece begins with is sealed with it.
        if (take === 0 && to < plan.pieceCount) break;
        if (take === 0) throw new Malformed('part: longer than planned');
        piece.set(bytes.subarray(from, from + take), filled);
        from += take;
        filled += take;
        if (filled < piece.length) continue;
        const before = waiting;
        waiting = hashed(index, piece);
        if (before) yield await before;
        index += 1;
        piece = begun();
        filled = 0;
      }
    }
    letGo(batch.map(({ buffer }) => buffer));
  }
  if (waiting) yield await waiting;
  if (index !== to) throw new Malformed('part: shorter than planned');
}

/** Where nothing better is known; older browsers wait for their collector. */
function transferred(buffers: ArrayBuffer[]): void {
  if ('transfer' in ArrayBuffer.prototype) for (const buffer of buffers) buffer.transfer(0);
}

async function hashed(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<SealedPiece> {
  return { index, bytes, sha256: toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))) };
}

/** Writes the manifest that the bidder signs; throws Malformed when a part is not whole or a limit is passed. */
export function finishManifest({
  deal,
  parts,
  client,
}: {
  readonly deal: Deal;
  readonly parts: readonly SealedPartSummary[];
  readonly client: Manifest['client'];
}): { manifest: Manifest; bytes: Uint8Array<ArrayBuffer>; manifestHash: string } {
  const read = Manifest.safeParse({
    v: 'xinbiao/manifest/v1',
    ctx: deal.ctx,
    ctxHash: deal.ctxHash,
    stages: deal.locks,
    parts: parts.map(({ plan, head, pieces }) => {
      if (pieces.length !== plan.pieceCount) throw new Malformed('part: pieces are missing');
      return {
        stage: plan.stage,
        name: plan.name,
        length: plan.length,
        pieceLength: plan.pieceLength,
        pieces,
        root: piecesRoot(pieces),
        head,
      };
    }),
    client,
  });
  if (!read.success) throw new Malformed('manifest');
  const bytes = manifestBytes(read.data);
  if (bytes.length > limits.manifestBytes) throw new Malformed('manifest: too large');
  return { manifest: read.data, bytes, manifestHash: manifestHashOf(read.data) };
}
