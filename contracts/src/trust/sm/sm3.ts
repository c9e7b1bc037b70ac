/* oxlint-disable no-non-null-assertion -- indices are bounded by the tables, and a check in every round would halve the speed */
import { HashMD } from '@noble/hashes/_md.js';
import { createHasher, type CHash } from '@noble/hashes/utils.js';

const rotl = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** T_j rotated by j: the standard rotates it anew in each round. */
const constants = Int32Array.from({ length: 64 }, (_, round) => rotl(round < 16 ? 0x79cc4519 : 0x7a879d8a, round % 32));
const words = new Int32Array(68);

/** GB/T 32905-2016. Only the compression is ours; padding and streaming are those of the library's other hashes. */
class Sm3 extends HashMD<Sm3> {
  private readonly state = Int32Array.of(
    0x7380166f,
    0x4914b2b9,
    0x172442d7,
    0xda8a0600,
    0xa96f30bc,
    0x163138aa,
    0xe38dee4d,
    0xb0fb0e4e,
  );

  constructor() {
    super(64, 32, 8, false);
  }

  protected get(): number[] {
    return [...this.state];
  }

  protected set(...state: number[]): void {
    this.state.set(state);
  }

  _cloneInto(to: Sm3 = new Sm3()): Sm3 {
    to.set(...this.get());
    return this._cloneIntoMeta(to);
  }

  protected process(view: DataView, offset: number): void {
    const w = words;
    for (let at = 0; at < 16; at += 1) w[at] = view.getInt32(offset + 4 * at);
    for (let at = 16; at < 68; at += 1) {
      const mixed = w[at - 16]! ^ w[at - 9]! ^ rotl(w[at - 3]!, 15);
      w[at] = mixed ^ rotl(mixed, 15) ^ rotl(mixed, 23) ^ rotl(w[at - 13]!, 7) ^ w[at - 6]!;
    }
    const [a0, b0, c0, d0, e0, f0, g0, h0] = this.state as unknown as State;
    let [a, b, c, d, e, f, g, h] = [a0, b0, c0, d0, e0, f0, g0, h0];
    for (let round = 0; round < 64; round += 1) {
      const turned = rotl(a, 12);
      const ss1 = rotl((turned + e + constants[round]!) | 0, 7);
      const early = round < 16;
      const ff = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = early ? e ^ f ^ g : (e & f) | (~e & g);
      const tt1 = (ff + d + (ss1 ^ turned) + (w[round]! ^ w[round + 4]!)) | 0;
      const tt2 = (gg + h + ss1 + w[round]!) | 0;
      d = c;
      c = rotl(b, 9);
      b = a;
      a = tt1;
      h = g;
      g = rotl(f, 19);
      f = e;
      e = tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17);
    }
    this.set(a0 ^ a, b0 ^ b, c0 ^ c, d0 ^ d, e0 ^ e, f0 ^ f, g0 ^ g, h0 ^ h);
  }

  protected roundClean(): void {
    words.fill(0);
  }

  destroy(): void {
    this.destroyed = true;
    this.state.fill(0);
    this.buffer.fill(0);
  }
}
type State = readonly [number, number, number, number, number, number, number, number];

/** The hash SM3 (GB/T 32905), 32 bytes. */
export const sm3: CHash<Sm3> = createHasher(() => new Sm3());
