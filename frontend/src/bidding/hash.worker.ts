/** Hashes chosen files in the background, one after the other, so that sealing can begin at once when it is asked for. */
import '../app/trustedTypes.ts';
import { digestOf } from '@xinbiao/contracts/trust';
import { Changed, reading } from './reading.ts';

export type ToHashing = { readonly id: number; readonly name: string; readonly blob: Blob };
export type FromHashing = { readonly id: number } & (
  | { readonly read: number }
  | { readonly sha256: string }
  /** It cannot be read any more, or was changed since it was chosen. */
  | { readonly changed: true }
  | { readonly failed: string }
);

const say = (message: FromHashing) => self.postMessage(message);
let before: Promise<unknown> = Promise.resolve();

self.addEventListener('message', ({ data }: MessageEvent<ToHashing>) => {
  before = before.then(() => hash(data));
});

async function hash({ id, name, blob }: ToHashing): Promise<void> {
  let told = 0;
  try {
    const sha256 = await digestOf(reading(name, blob), (read) => {
      if (performance.now() - told < 200) return;
      told = performance.now();
      say({ id, read });
    });
    say({ id, sha256 });
  } catch (fault) {
    say(fault instanceof Changed ? { id, changed: true } : { id, failed: String(fault) });
  }
}
