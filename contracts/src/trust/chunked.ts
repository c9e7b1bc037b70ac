import { Malformed, bytesOf } from './canonical.ts';
import { equalBytes, joined } from './hash.ts';
import { xb1, type Aead, type Suite } from './suite.ts';

/**
 * C2SP chunked-encryption (c2sp.org/chunked-encryption) with HKDF-Expand-SHA-512 and AES-256-GCM: a salt, a key
 * commitment, then chunks of 16 KiB of which only the last is shorter. Streams both ways and reads anywhere. The
 * national suite keeps the layout and puts its own expansion and cipher into it.
 */
export const chunk = 16_384;
const tag = 16;
export const sealedChunk = chunk + tag;
export const chunkedHeadLength = 56;
/**
 * Chunks that WebCrypto has at once: many enough to keep its threads busy, and few enough that their memory is used
 * again while a processor still has it at hand.
 */
const toSeal = { batch: 8, inFlight: 2 } as const;
const batch = 32;
const batchesInFlight = 3;
const mostChunks = 2 ** 38;

type Bytes = Uint8Array<ArrayBuffer>;
type Source = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** A key made for one message: derived from an input key, a salt and a context. */
export interface ChunkedKey {
  /** Salt and commitment: the first 56 bytes of the ciphertext. */
  readonly head: Bytes;
  readonly aead: Aead;
  readonly baseNonce: Bytes;
}

/** Bytes of ciphertext for a message of that many bytes. */
export const sealedLength = (plain: number): number =>
  chunkedHeadLength + plain + tag * (Math.floor(plain / chunk) + 1);

/** Bytes of the message in a ciphertext of that many bytes; undefined when no message has such a ciphertext. */
export function plainLength(sealed: number): number | undefined {
  const body = sealed - chunkedHeadLength;
  if (!Number.isSafeInteger(sealed) || body < tag) return undefined;
  const full = Math.floor(body / sealedChunk);
  const last = body - full * sealedChunk;
  return last < tag || full >= mostChunks ? undefined : full * chunk + last - tag;
}

/** Salt ‖ commitment without importing a key. */
export function chunkedHead(key: Uint8Array, salt: Uint8Array, context: Uint8Array, suite: Suite = xb1): Bytes {
  return joined(salt, materialOf(key, salt, context, suite).commitment);
}

export async function chunkedKey(
  key: Uint8Array,
  salt: Uint8Array,
  context: Uint8Array,
  suite: Suite = xb1,
): Promise<ChunkedKey> {
  const { cipher, baseNonce, commitment } = materialOf(key, salt, context, suite);
  return { head: joined(salt, commitment), aead: await suite.aead.key(cipher), baseNonce };
}

/** What is expanded for one message: the cipher's key, the nonce that chunks count from, and 32 bytes that commit to both. */
function materialOf(
  key: Uint8Array,
  salt: Uint8Array,
  context: Uint8Array,
  { expand, aead }: Suite,
): { readonly cipher: Bytes; readonly baseNonce: Bytes; readonly commitment: Bytes } {
  if (key.length !== 32) throw new Malformed('chunked: key length');
  if (salt.length !== 24) throw new Malformed('chunked: salt length');
  const end = aead.keyLength + 12;
  const material = expand(key, joined(bytesOf(aead.label), Uint8Array.of(0), salt, context), end + 32);
  return {
    cipher: material.slice(0, aead.keyLength),
    baseNonce: material.slice(aead.keyLength, end),
    commitment: material.slice(end),
  };
}

/**
 * Encrypts a message as it comes. With `firstChunk` the source begins at that chunk of the message and no head is
 * given, so that an interrupted upload goes on with the very same bytes. A source may use its buffer again: the
 * cipher takes its copy when it is called.
 */
export async function* encryptChunked(
  key: ChunkedKey,
  source: Source,
  firstChunk?: number,
): AsyncGenerator<Bytes, void, undefined> {
  for await (const chunks of encryptBatches(key, source, firstChunk)) yield* chunks;
}

/**
 * The same ciphertext, many chunks at a time: with one wait for each chunk, waiting would cost more than the cipher.
 * With `toChunk` the source ends before that chunk of the message, and only whole chunks are given.
 */
export async function* encryptBatches(
  key: ChunkedKey,
  source: Source,
  firstChunk?: number,
  toChunk?: number,
): AsyncGenerator<readonly Bytes[], void, undefined> {
  // Whoever takes a batch may detach what is in it.
  if (firstChunk === undefined) yield [key.head.slice()];
  let at = firstChunk ?? 0;
  const inFlight: Promise<Bytes[]>[] = [];
  let batch: Promise<Bytes>[] = [];
  const begin = (plain: Bytes): void => {
    batch.push(encryptChunk(key, at, plain));
    at += 1;
    if (batch.length >= toSeal.batch) close();
  };
  const close = (): void => {
    const whole = Promise.all(batch);
    // Awaited below in order; a failure must not be reported as unhandled before its turn.
    whole.catch(() => undefined);
    inFlight.push(whole);
    batch = [];
  };
  const rest = new Uint8Array(chunk);
  let filled = 0;
  /** Takes at most one chunk from a place on; gives how many bytes it took. */
  const take = (bytes: Uint8Array, from: number): number => {
    if (filled === 0 && bytes.length - from >= chunk) {
      begin(bytes.subarray(from, from + chunk) as Bytes);
      return chunk;
    }
    const count = Math.min(bytes.length - from, chunk - filled);
    rest.set(bytes.subarray(from, from + count), filled);
    filled += count;
    if (filled < chunk) return count;
    begin(rest);
    filled = 0;
    return count;
  };
  try {
    for await (const bytes of iterate(source))
      for (let from = 0; from < bytes.length;) {
        from += take(bytes, from);
        const next = inFlight.length >= toSeal.inFlight ? inFlight.shift() : undefined;
        if (next) yield await next;
      }
    // The last chunk is shorter than all others, perhaps empty: that is how the end is known.
    if (toChunk === undefined) begin(rest.slice(0, filled));
    else if (at !== toChunk || filled > 0) throw new Malformed('chunked: not the chunks asked for');
    close();
    for (let next = inFlight.shift(); next; next = inFlight.shift()) yield await next;
  } finally {
    await Promise.allSettled([...inFlight, ...batch]);
  }
}

const encryptChunk = async ({ aead, baseNonce }: ChunkedKey, index: number, plain: Bytes): Promise<Bytes> =>
  aead.seal(nonceOf(baseNonce, index), plain);

/** Reads a ReadableStream or an iterable alike; not every browser iterates streams. */
export async function* iterate(source: Source): AsyncGenerator<Uint8Array, void, undefined> {
  if (!('getReader' in source)) return yield* source;
  const reader = source.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    finished = true;
  } finally {
    if (!finished) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

function nonceOf(base: Bytes, index: number): Bytes {
  if (index >= mostChunks) throw new Malformed('chunked: too long');
  const nonce = base.slice();
  let rest = index;
  for (let at = 11; rest > 0; at -= 1) {
    nonce[at] = (nonce[at] ?? 0) ^ (rest % 256);
    rest = Math.floor(rest / 256);
  }
  return nonce;
}

/** A ciphertext whose head and end were authenticated; gives only authenticated bytes. */
export interface ChunkedReader {
  /** Bytes of the message. */
  readonly length: number;
  read(offset: number, length: number): Promise<Bytes>;
  stream(from?: number, to?: number): AsyncGenerator<Bytes, void, undefined>;
}

export interface ChunkedCiphertext {
  readonly key: Uint8Array;
  readonly context: Uint8Array;
  readonly suite?: Suite;
  /** Bytes of ciphertext. */
  readonly length: number;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** Opens a ciphertext: the key must be the committed one and the end must be the end. Throws Malformed. */
export async function openChunked({
  key,
  context,
  suite = xb1,
  length,
  read,
}: ChunkedCiphertext): Promise<ChunkedReader> {
  const plain = plainLength(length);
  if (plain === undefined) throw new Malformed('chunked: length');
  const exactly = async (offset: number, count: number): Promise<Bytes> => {
    const bytes = await read(offset, count);
    if (bytes.length !== count) throw new Malformed('chunked: truncated');
    return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
  };
  const head = await exactly(0, chunkedHeadLength);
  const { aead, baseNonce, head: committed } = await chunkedKey(key, head.subarray(0, 24), context, suite);
  if (!equalBytes(head, committed)) throw new Malformed('chunked: key commitment');

  const lastChunk = Math.floor(plain / chunk);
  /** Decrypts whole chunks from..to (inclusive). */
  const decrypt = async (from: number, to: number): Promise<Bytes> => {
    const start = chunkedHeadLength + from * sealedChunk;
    const end = Math.min(chunkedHeadLength + (to + 1) * sealedChunk, length);
    const sealed = await exactly(start, end - start);
    const count = to - from + 1;
    const out = new Uint8Array(sealed.length - count * tag);
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const iv = nonceOf(baseNonce, from + index);
        const bytes = sealed.subarray(index * sealedChunk, (index + 1) * sealedChunk);
        const opened = await aead.open(iv, bytes).catch(() => {
          throw new Malformed('chunked: not authentic');
        });
        out.set(opened, index * chunk);
      }),
    );
    return out;
  };
  await decrypt(lastChunk, lastChunk);

  async function* stream(from = 0, to = plain ?? 0): AsyncGenerator<Bytes, void, undefined> {
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from || to > (plain ?? 0))
      throw new RangeError('outside the message');
    if (from === to) return;
    const inFlight: { first: number; bytes: Promise<Bytes> }[] = [];
    const end = Math.floor((to - 1) / chunk);
    const cut = async ({ first, bytes }: { first: number; bytes: Promise<Bytes> }): Promise<Bytes> =>
      (await bytes).subarray(Math.max(0, from - first * chunk), to - first * chunk);
    try {
      for (let at = Math.floor(from / chunk); at <= end; at += batch) {
        const bytes = decrypt(at, Math.min(at + batch - 1, end));
        // Awaited below in order; a failure must not be reported as unhandled before its turn.
        bytes.catch(() => undefined);
        inFlight.push({ first: at, bytes });
        if (inFlight.length <= batchesInFlight) continue;
        const next = inFlight.shift();
        if (next) yield await cut(next);
      }
      for (let next = inFlight.shift(); next; next = inFlight.shift()) yield await cut(next);
    } finally {
      await Promise.allSettled(inFlight.map(({ bytes }) => bytes));
    }
  }
  return {
    length: plain,
    stream,
    read: async (offset, count) => {
      const out = new Uint8Array(count);
      let filled = 0;
      for await (const bytes of stream(offset, offset + count)) {
        out.set(bytes, filled);
        filled += bytes.length;
      }
      return out;
    },
  };
}
