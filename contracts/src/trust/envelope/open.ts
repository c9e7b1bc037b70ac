import { toHex } from '../../kernel/bytes.ts';
import { Malformed, parseCanonical } from '../canonical.ts';
import { openChunked, type ChunkedReader } from '../chunked.ts';
import { partContextOf } from '../derive.ts';
import { suites, type Suite } from '../suite.ts';
import { readArchive, type ArchiveMember } from '../tar.ts';
import { checkPiece, pieceSize } from './check.ts';
import { limits, type Manifest, type SealedPart } from './manifest.ts';
import { BidDocument, bidName, paddedLength } from './seal.ts';
import { EnvelopeFault, type Json, type OpenedFile, type OpenedPart, type OpeningFault, type ReadAt } from './types.ts';

/**
 * Opens one part with its own key, which is all the public needs for a published part. Only authenticated bytes
 * ever come out. Throws EnvelopeFault, which names who is at fault.
 */
export async function openPart({
  manifest,
  stage,
  part: name,
  partKey,
  read,
  cipher,
}: {
  readonly manifest: Pick<Manifest, 'ctxHash' | 'parts'> & { readonly ctx: Pick<Manifest['ctx'], 'suite'> };
  readonly stage: string;
  readonly part: string;
  readonly partKey: Uint8Array;
  readonly read: ReadAt;
  /** The suite's cipher by other means, where there are faster ones than everywhere. */
  readonly cipher?: Suite['aead']['key'] | undefined;
}): Promise<OpenedPart> {
  const fault = (code: OpeningFault['code'], party: OpeningFault['party'] = 'bidder'): EnvelopeFault =>
    new EnvelopeFault({ code, party, stage, part: name });
  const part = manifest.parts.find((one) => one.stage === stage && one.name === name);
  if (!part) throw fault('part.unknown', 'platform');
  if (toHex(await read(0, limits.headBytes)) !== part.head) throw fault('piece.differs', 'platform');

  /** What cannot be decrypted and what was archived wrongly are both the bidder's, what is not there the platform's. */
  const naming = (error: unknown): unknown => {
    if (!(error instanceof Malformed)) return error;
    if (error.what === 'chunked: truncated') return fault('piece.differs', 'platform');
    if (error.what === 'chunked: key commitment') return fault('part.wrong-key');
    return fault(error.what.startsWith('chunked') ? 'part.not-authentic' : 'part.bad-archive');
  };
  const suite = suites[manifest.ctx.suite];
  let reader: ChunkedReader;
  try {
    reader = await openChunked({
      key: partKey,
      context: partContextOf(manifest.ctxHash, stage, name),
      suite: cipher ? { ...suite, aead: { ...suite.aead, key: cipher } } : suite,
      length: part.length,
      read,
    });
  } catch (error) {
    throw naming(error);
  }

  try {
    const { members, end } = await readArchive((offset, length) => reader.read(offset, length), reader.length);
    const [first, ...rest] = members;
    if (first?.name !== bidName || first.size > limits.bidBytes || paddedLength(name, end + 1_024) !== reader.length)
      throw fault('part.bad-archive');
    const bid = BidDocument.safeParse(parseCanonical(await reader.read(first.offset, first.size)));
    if (!bid.success) throw fault('part.bad-archive');
    if (bid.data.ctxHash !== manifest.ctxHash || bid.data.stage !== stage || bid.data.part !== name)
      throw fault('part.wrong-context');
    return {
      content: bid.data.content as Json,
      files: rest.map((member) => openedFile(reader, member, naming)),
      verify: () =>
        verify(reader, { members, end }).catch((error: unknown) => {
          throw naming(error);
        }),
    };
  } catch (error) {
    throw naming(error);
  }
}

function openedFile(
  reader: ChunkedReader,
  { name, size, offset: start }: ArchiveMember,
  naming: (error: unknown) => unknown,
): OpenedFile {
  return {
    name,
    size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) throw new RangeError('outside the file');
      return reader.read(start + offset, length).catch((error: unknown) => {
        throw naming(error);
      });
    },
    async *stream() {
      try {
        yield* reader.stream(start, start + size);
      } catch (error) {
        throw naming(error);
      }
    },
  };
}

/** Everything once: every chunk is authentic, and what lies between and after the files is zero. */
async function verify(
  reader: ChunkedReader,
  { members, end }: { readonly members: readonly ArchiveMember[]; readonly end: number },
): Promise<void> {
  const gaps = [
    ...members.map(({ offset, size }) => ({ from: offset + size, to: Math.ceil((offset + size) / 512) * 512 })),
    { from: end, to: reader.length },
  ];
  let at = 0;
  let gap = 0;
  for await (const bytes of reader.stream()) {
    for (let next = gaps[gap]; next && next.from < at + bytes.length; next = gaps[gap]) {
      if (bytes.subarray(Math.max(0, next.from - at), next.to - at).some((byte) => byte !== 0))
        throw new Malformed('archive: padding');
      if (next.to > at + bytes.length) break;
      gap += 1;
    }
    at += bytes.length;
  }
}

/** A part's ciphertext by position from its pieces, each checked against the manifest when it is first needed. */
export function readPieces({
  part,
  fetchPiece,
}: {
  readonly part: SealedPart;
  readonly fetchPiece: (index: number) => Promise<Uint8Array<ArrayBuffer>>;
}): ReadAt {
  /** The last two pieces: reading in order touches at most two at once. */
  const kept = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  const pieceAt = (index: number): Promise<Uint8Array<ArrayBuffer>> => {
    const piece =
      kept.get(index) ??
      fetchPiece(index).then(async (bytes) => {
        if (!(await checkPiece(part, index, bytes)))
          throw new EnvelopeFault({
            code: 'piece.differs',
            party: 'platform',
            stage: part.stage,
            part: part.name,
            piece: index,
          });
        return bytes;
      });
    kept.delete(index);
    kept.set(index, piece);
    // A piece that failed to arrive is asked for again next time.
    piece.catch(() => kept.delete(index));
    for (const oldest of kept.keys()) if (kept.size > 2) kept.delete(oldest);
    return piece;
  };
  return async (offset, length) => {
    const first = Math.floor(offset / part.pieceLength);
    const start = offset - first * part.pieceLength;
    if (start + length <= pieceSize(part, first)) return (await pieceAt(first)).subarray(start, start + length);
    const out = new Uint8Array(Math.max(0, Math.min(length, part.length - offset)));
    for (let filled = 0; filled < out.length;) {
      const index = Math.floor((offset + filled) / part.pieceLength);
      const from = offset + filled - index * part.pieceLength;
      const bytes = (await pieceAt(index)).subarray(from, from + out.length - filled);
      out.set(bytes, filled);
      filled += bytes.length;
    }
    return out;
  };
}
