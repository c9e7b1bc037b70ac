/* oxlint-disable no-non-null-assertion -- indices are bounded by the tables, and a check in every round would halve the speed */
import { Malformed } from '../canonical.ts';
import { equalBytes } from '../hash.ts';

/**
 * SM4 (GB/T 32907) in Galois/counter mode: AEAD_SM4_GCM of RFC 8998. WebCrypto has none of it, so it is written
 * here, for speed with tables: 32 KiB of them for a key, thrown away with it.
 */
type Bytes = Uint8Array<ArrayBuffer>;

const sbox = Uint8Array.from(
  (
    'd690e9fecce13db716b614c228fb2c052b679a762abe04c3aa441326498606999c4250f491ef987a33540b43edcfac62' +
    'e4b31ca9c908e89580df94fa758f3fa64707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35' +
    '1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89eeabf8ad240c738b5a3f7f2cef96115a1' +
    'e0ae5da49b341a55ad933230f58cb1e31df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51' +
    '8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b08969974a0c96777e65b9f109c56ec684' +
    '18f07dec3adc4d2079ee5f3ed7cb3948'
  ).match(/../g) ?? [],
  (pair) => Number.parseInt(pair, 16),
);

const rotl = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** τ and L of a round in one look-up for each byte of the word. */
const rounds = [0, 1, 2, 3].map((byte) =>
  Int32Array.from({ length: 256 }, (_, at) => {
    const word = (sbox[at] ?? 0) << (24 - 8 * byte);
    return word ^ rotl(word, 2) ^ rotl(word, 10) ^ rotl(word, 18) ^ rotl(word, 24);
  }),
);
const [t0, t1, t2, t3] = rounds as [Int32Array, Int32Array, Int32Array, Int32Array];

function roundKeys(key: Uint8Array): Int32Array {
  if (key.length !== 16) throw new Malformed('sm4: key length');
  const view = new DataView(key.buffer, key.byteOffset, 16);
  const k = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc].map((family, at) => view.getInt32(4 * at) ^ family);
  return Int32Array.from({ length: 32 }, (_, round) => {
    let constant = 0;
    for (let at = 0; at < 4; at += 1) constant = (constant << 8) | (((4 * round + at) * 7) & 0xff);
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = k.slice(round);
    const mixed = k1 ^ k2 ^ k3 ^ constant;
    const turned =
      ((sbox[mixed >>> 24] ?? 0) << 24) |
      ((sbox[(mixed >>> 16) & 255] ?? 0) << 16) |
      ((sbox[(mixed >>> 8) & 255] ?? 0) << 8) |
      (sbox[mixed & 255] ?? 0);
    const next = k0 ^ turned ^ rotl(turned, 13) ^ rotl(turned, 23);
    k.push(next);
    return next;
  });
}

/** One block: four words in, four words out (reversed, as the standard has it), into `out`. */
function encryptBlock(rk: Int32Array, block: Int32Array, out: Int32Array): void {
  let a = block[0]!;
  let b = block[1]!;
  let c = block[2]!;
  let d = block[3]!;
  let mixed = 0;
  for (let round = 0; round < 32; round += 4) {
    mixed = b ^ c ^ d ^ rk[round]!;
    a ^= t0[mixed >>> 24]! ^ t1[(mixed >>> 16) & 255]! ^ t2[(mixed >>> 8) & 255]! ^ t3[mixed & 255]!;
    mixed = c ^ d ^ a ^ rk[round + 1]!;
    b ^= t0[mixed >>> 24]! ^ t1[(mixed >>> 16) & 255]! ^ t2[(mixed >>> 8) & 255]! ^ t3[mixed & 255]!;
    mixed = d ^ a ^ b ^ rk[round + 2]!;
    c ^= t0[mixed >>> 24]! ^ t1[(mixed >>> 16) & 255]! ^ t2[(mixed >>> 8) & 255]! ^ t3[mixed & 255]!;
    mixed = a ^ b ^ c ^ rk[round + 3]!;
    d ^= t0[mixed >>> 24]! ^ t1[(mixed >>> 16) & 255]! ^ t2[(mixed >>> 8) & 255]! ^ t3[mixed & 255]!;
  }
  out[0] = d;
  out[1] = c;
  out[2] = b;
  out[3] = a;
}

/** For each value of a byte eight bits of overflow leave behind when a product is shifted by a byte. */
const overflow = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = 0;
  for (let bit = 0; bit < 8; bit += 1) if ((byte >> bit) & 1) value ^= 0xe1000000 >>> (7 - bit);
  return value;
});

/** H times every byte, so that a block costs sixteen look-ups. Each entry is four words. */
function hashTable(h: Int32Array): Int32Array {
  const table = new Int32Array(256 * 4);
  let [a = 0, b = 0, c = 0, d = 0] = h;
  for (let bit = 128; bit > 0; bit >>= 1) {
    table.set([a, b, c, d], 4 * bit);
    const carry = d & 1;
    d = (d >>> 1) | (c << 31);
    c = (c >>> 1) | (b << 31);
    b = (b >>> 1) | (a << 31);
    a = (a >>> 1) ^ (carry ? 0xe1000000 : 0);
  }
  for (let bit = 2; bit < 256; bit <<= 1)
    for (let rest = 1; rest < bit; rest += 1)
      for (let word = 0; word < 4; word += 1)
        table[4 * (bit + rest) + word] = table[4 * bit + word]! ^ table[4 * rest + word]!;
  return table;
}

/** A key of AEAD_SM4_GCM, ready to seal and open many messages, each under a nonce of its own. */
export interface Sm4Key {
  /** Ciphertext ‖ 16 bytes of tag. */
  seal(nonce: Uint8Array, plain: Uint8Array, additional?: Uint8Array): Bytes;
  /** The message; throws Malformed for anything but what `seal` made. */
  open(nonce: Uint8Array, sealed: Uint8Array, additional?: Uint8Array): Bytes;
}

export function sm4Key(key: Uint8Array): Sm4Key {
  const rk = roundKeys(key);
  const h = new Int32Array(4);
  encryptBlock(rk, new Int32Array(4), h);
  const table = hashTable(h);

  /** y = (y ⊕ block) · H, by bytes from the last to the first (Shoup's method). */
  const absorb = (y: Int32Array, w0: number, w1: number, w2: number, w3: number): void => {
    const x0 = y[0]! ^ w0;
    const x1 = y[1]! ^ w1;
    const x2 = y[2]! ^ w2;
    const x3 = y[3]! ^ w3;
    let at = 4 * (x3 & 255);
    let a = table[at]!;
    let b = table[at + 1]!;
    let c = table[at + 2]!;
    let d = table[at + 3]!;
    for (let byte = 1; byte < 16; byte += 1) {
      const word = byte < 4 ? x3 : byte < 8 ? x2 : byte < 12 ? x1 : x0;
      at = 4 * ((word >>> (8 * (byte & 3))) & 255);
      const lost = overflow[d & 255]!;
      d = ((d >>> 8) | (c << 24)) ^ table[at + 3]!;
      c = ((c >>> 8) | (b << 24)) ^ table[at + 2]!;
      b = ((b >>> 8) | (a << 24)) ^ table[at + 1]!;
      a = (a >>> 8) ^ lost ^ table[at]!;
    }
    y[0] = a;
    y[1] = b;
    y[2] = c;
    y[3] = d;
  };
  const absorbAll = (y: Int32Array, bytes: Uint8Array): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    for (; at + 16 <= bytes.length; at += 16)
      absorb(y, view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12));
    if (at === bytes.length) return;
    const last = new Uint8Array(16);
    last.set(bytes.subarray(at));
    absorbAll(y, last);
  };
  /** Counter mode from counter 2 on; encrypts and decrypts alike. */
  const counterMode = (counter: Int32Array, input: Uint8Array, out: Uint8Array): void => {
    const stream = new Int32Array(4);
    const [from, to] = [new DataView(input.buffer, input.byteOffset), new DataView(out.buffer, out.byteOffset)];
    let at = 0;
    for (; at + 16 <= input.length; at += 16) {
      counter[3] = (counter[3]! + 1) | 0;
      encryptBlock(rk, counter, stream);
      to.setInt32(at, from.getInt32(at) ^ stream[0]!);
      to.setInt32(at + 4, from.getInt32(at + 4) ^ stream[1]!);
      to.setInt32(at + 8, from.getInt32(at + 8) ^ stream[2]!);
      to.setInt32(at + 12, from.getInt32(at + 12) ^ stream[3]!);
    }
    if (at === input.length) return;
    counter[3] = (counter[3]! + 1) | 0;
    encryptBlock(rk, counter, stream);
    for (let rest = 0; at < input.length; at += 1, rest += 1)
      out[at] = input[at]! ^ ((stream[rest >> 2]! >>> (24 - 8 * (rest & 3))) & 255);
  };
  const start = (nonce: Uint8Array): Int32Array => {
    if (nonce.length !== 12) throw new Malformed('sm4: nonce length');
    const view = new DataView(nonce.buffer, nonce.byteOffset, 12);
    return Int32Array.of(view.getInt32(0), view.getInt32(4), view.getInt32(8), 1);
  };
  const tagOf = (counter: Int32Array, sealed: Uint8Array, additional: Uint8Array): Bytes => {
    const y = new Int32Array(4);
    absorbAll(y, additional);
    absorbAll(y, sealed);
    const bits = [additional.length, sealed.length].flatMap((length) => [Math.floor(length / 2 ** 29), length << 3]);
    absorb(y, bits[0]!, bits[1]!, bits[2]!, bits[3]!);
    const mask = new Int32Array(4);
    encryptBlock(rk, counter, mask);
    const tag = new Uint8Array(16);
    const view = new DataView(tag.buffer);
    for (let word = 0; word < 4; word += 1) view.setInt32(4 * word, y[word]! ^ mask[word]!);
    return tag;
  };
  const none = new Uint8Array();
  return {
    seal(nonce, plain, additional = none) {
      const out = new Uint8Array(plain.length + 16);
      const sealed = out.subarray(0, plain.length);
      counterMode(start(nonce), plain, sealed);
      out.set(tagOf(start(nonce), sealed, additional), plain.length);
      return out;
    },
    open(nonce, given, additional = none) {
      if (given.length < 16) throw new Malformed('sm4: not authentic');
      const sealed = given.subarray(0, given.length - 16);
      if (!equalBytes(tagOf(start(nonce), sealed, additional), given.subarray(given.length - 16)))
        throw new Malformed('sm4: not authentic');
      const out = new Uint8Array(sealed.length);
      counterMode(start(nonce), sealed, out);
      return out;
    },
  };
}

/** One block of SM4 alone, for checking against other programs. */
export function sm4Block(key: Uint8Array, block: Uint8Array): Bytes {
  if (block.length !== 16) throw new Malformed('sm4: block length');
  const view = new DataView(block.buffer, block.byteOffset, 16);
  const out = new Int32Array(4);
  encryptBlock(
    roundKeys(key),
    Int32Array.of(view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)),
    out,
  );
  const bytes = new Uint8Array(16);
  const to = new DataView(bytes.buffer);
  for (let word = 0; word < 4; word += 1) to.setInt32(4 * word, out[word]!);
  return bytes;
}
