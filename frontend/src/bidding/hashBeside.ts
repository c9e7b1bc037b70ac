type Hashed = { readonly digest: ArrayBuffer; readonly bytes: Uint8Array<ArrayBuffer> };

/**
 * SHA-256 in a worker of its own: there and back the bytes only change hands. Until that worker has answered, and
 * where there can be none, hashing happens here.
 */
export function hashBeside(): (bytes: Uint8Array<ArrayBuffer>) => Promise<Hashed> {
  const waiting: ((hashed: Hashed) => void)[] = [];
  let worker: Worker | undefined;
  try {
    const beside = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' });
    beside.addEventListener('message', ({ data }: MessageEvent<'ready' | Hashed>) => {
      if (data === 'ready') worker = beside;
      else waiting.shift()?.(data);
    });
  } catch {
    // Not every browser lets a worker start another.
  }
  return async (bytes) => {
    if (!worker) return { digest: await crypto.subtle.digest('SHA-256', bytes), bytes };
    const hashed = new Promise<Hashed>((resolve) => waiting.push(resolve));
    worker.postMessage(bytes, [bytes.buffer]);
    return hashed;
  };
}
