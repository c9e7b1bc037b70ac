import { readFile } from '@xinbiao/contracts/house';
import { computed, onBeforeUnmount, ref, type ComputedRef, type Ref } from 'vue';
import type { Upload } from 'tus-js-client';
import { call } from './api.ts';
import { useSession } from './session.store.ts';

/** A file that the platform keeps; stages attach it by id. */
export type StoredFile = { readonly id: string; readonly name: string; readonly size: number; readonly sha256: string };

/** One file on its way. waiting: the connection is lost, it goes on by itself. */
export type Sending = {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  sent: number;
  state: 'sending' | 'waiting' | 'paused' | 'done' | 'failed';
  /** Why it failed: the server's code, or `network`. */
  problem?: string;
  stored?: StoredFile;
};

export type Uploads = {
  readonly files: Ref<Sending[]>;
  /** Those that are safely stored. */
  readonly stored: ComputedRef<StoredFile[]>;
  /** Something is still on its way. */
  readonly busy: ComputedRef<boolean>;
  readonly add: (files: readonly File[]) => void;
  readonly pause: (key: string) => void;
  readonly resume: (key: string) => void;
  /** Forgets a file here; what was already sent is cleared away by the server. */
  readonly remove: (key: string) => void;
};

const megabyte = 1024 * 1024;

/**
 * Sends files to the platform in pieces; a lost connection or a closed page costs only the last piece, because the
 * same file chosen again goes on where it stopped. `then` hears of each file once it is safely stored.
 */
export function useUploads(then?: (file: StoredFile) => void): Uploads {
  const files = ref<Sending[]>([]);
  const running = new Map<string, Upload>();
  const sources = new Map<string, File>();
  let counter = 0;

  const find = (key: string) => files.value.find((file) => file.key === key);
  const set = (key: string, change: Partial<Sending>) => {
    const file = find(key);
    if (file) Object.assign(file, change);
  };

  async function begin(key: string): Promise<void> {
    const source = sources.get(key);
    if (!source) return;
    const { Upload } = await import('tus-js-client');
    const owner = useSession().me?.id ?? '';
    const upload = new Upload(source, {
      endpoint: '/api/files',
      chunkSize: 8 * megabyte,
      // Waits longer and longer, about ten minutes in all, before it gives up by itself.
      retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000, 30_000, 60_000, 60_000, 120_000, 120_000, 180_000],
      metadata: { filename: source.name.normalize('NFC'), filetype: source.type },
      headers: { 'x-xinbiao': '1' },
      removeFingerprintOnSuccess: true,
      // Another account on this computer must not find this upload.
      fingerprint: async (file) => ['xinbiao-upload', owner, file.name, file.size, file.lastModified].join('/'),
      onProgress: (sent) => set(key, { sent, state: find(key)?.state === 'paused' ? 'paused' : 'sending' }),
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        const worthIt = status === 0 || status === 409 || status === 423 || status >= 500;
        if (worthIt) set(key, { state: 'waiting' });
        return worthIt;
      },
      onError: (error) => {
        const response = 'originalResponse' in error ? error.originalResponse : null;
        const body = response?.getBody().trim() ?? '';
        set(key, {
          state: 'failed',
          problem:
            response === null ? 'network' : /^[a-z]+\.[a-z-]+$/.test(body) ? body : `http.${response.getStatus()}`,
        });
      },
      onSuccess: () => void finish(key, upload.url ?? ''),
    });
    running.set(key, upload);
    const [previous] = await upload.findPreviousUploads();
    if (previous) upload.resumeFromPreviousUpload(previous);
    // Paused or removed while the file was being looked at.
    if (find(key)?.state === 'sending') upload.start();
  }

  async function finish(key: string, url: string): Promise<void> {
    const fileId = url.split('/').at(-1) ?? '';
    const answer = await call(readFile, { params: { fileId } });
    if (!answer.ok) return set(key, { state: 'failed', problem: answer.refusals[0]?.code ?? 'network' });
    set(key, { state: 'done', sent: answer.value.size, stored: answer.value });
    then?.(answer.value);
  }

  onBeforeUnmount(() => {
    for (const upload of running.values()) void upload.abort();
  });

  return {
    files,
    stored: computed(() => files.value.flatMap(({ stored }) => (stored ? [stored] : []))),
    busy: computed(() => files.value.some(({ state }) => state === 'sending' || state === 'waiting')),
    add(chosen) {
      for (const file of chosen) {
        counter += 1;
        const key = `${counter}`;
        sources.set(key, file);
        files.value.push({ key, name: file.name, size: file.size, sent: 0, state: 'sending' });
        void begin(key);
      }
    },
    pause(key) {
      set(key, { state: 'paused' });
      void running.get(key)?.abort();
    },
    resume(key) {
      set(key, { state: 'sending' });
      const upload = running.get(key);
      if (upload) upload.start();
      else void begin(key);
    },
    remove(key) {
      const upload = running.get(key);
      if (upload && find(key)?.state !== 'done') void upload.abort(true).catch(() => undefined);
      running.delete(key);
      sources.delete(key);
      files.value = files.value.filter((file) => file.key !== key);
    },
  };
}
