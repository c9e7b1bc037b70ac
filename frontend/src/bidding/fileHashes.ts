import { onBeforeUnmount } from 'vue';
import type { FromHashing, ToHashing } from './hash.worker.ts';
import { Changed } from './reading.ts';

type Asked = {
  readonly name: string;
  readonly blob: Blob;
  read: number;
  readonly done: (sha256: string) => void;
  readonly fail: (fault: unknown) => void;
  readonly sha256: Promise<string>;
};
type Named = { readonly name: string; readonly blob: Blob };

/** SHA-256 of chosen files: begun when a file is chosen, asked for when it is sealed. A blob is hashed once. */
export function useFileHashes() {
  const known = new WeakMap<Blob, Asked>();
  const asked = new Map<number, Asked>();
  let worker: Worker | undefined;

  function working(): Worker {
    if (worker) return worker;
    worker = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromHashing>) => hear(data));
    worker.addEventListener('error', ({ message }) => {
      end();
      for (const id of asked.keys()) giveUp(id, new Error(message || 'worker'));
    });
    return worker;
  }

  function hear(said: FromHashing): void {
    const one = asked.get(said.id);
    if (!one) return;
    if ('read' in said) one.read = said.read;
    else if ('sha256' in said) {
      one.read = one.blob.size;
      asked.delete(said.id);
      one.done(said.sha256);
    } else giveUp(said.id, 'changed' in said ? new Changed(one.name) : new Error(said.failed));
  }

  /** A failure is not kept: the next time it is tried again. */
  function giveUp(id: number, fault: Error): void {
    const one = asked.get(id);
    if (!one) return;
    asked.delete(id);
    known.delete(one.blob);
    one.fail(fault);
  }

  function begin({ name, blob }: Named): Asked {
    const before = known.get(blob);
    if (before) return before;
    let done: Asked['done'] = () => undefined;
    let fail: Asked['fail'] = () => undefined;
    const sha256 = new Promise<string>((resolve, reject) => ([done, fail] = [resolve, reject]));
    // Nobody may be waiting yet.
    sha256.catch(() => undefined);
    const one: Asked = { name, blob, read: 0, done, fail, sha256 };
    known.set(blob, one);
    count += 1;
    asked.set(count, one);
    const message: ToHashing = { id: count, name, blob };
    working().postMessage(message);
    return one;
  }
  let count = 0;

  function end(): void {
    worker?.terminate();
    worker = undefined;
  }
  onBeforeUnmount(end);

  return {
    begin: (file: Named): void => void begin(file),
    /** Hashes by name; throws `Changed` for a file that is not what it was. `told` hears how far it is. */
    async of(
      files: readonly Named[],
      told: (progress: { readonly read: number; readonly size: number }) => void,
    ): Promise<ReadonlyMap<string, string>> {
      const all = files.map(begin);
      const size = files.reduce((sum, { blob }) => sum + blob.size, 0);
      const tell = () => told({ read: all.reduce((sum, { read }) => sum + read, 0), size });
      tell();
      const ticking = setInterval(tell, 200);
      try {
        const found = await Promise.all(all.map(({ sha256 }) => sha256));
        return new Map(files.map(({ name }, at) => [name, found[at] ?? '']));
      } finally {
        clearInterval(ticking);
      }
    },
  };
}
export type FileHashes = ReturnType<typeof useFileHashes>;
