import { afterEach, expect, test, vi } from 'vitest';
import { Changed } from './reading.ts';

vi.mock('vue', async (original) => ({ ...(await original<object>()), onBeforeUnmount: () => undefined }));
const { useFileHashes } = await import('./fileHashes.ts');

/** A worker that this test speaks for. */
class SaidWorker {
  static all: SaidWorker[] = [];
  readonly asked: { id: number; name: string }[] = [];
  readonly #listen = new Map<string, (event: object) => void>();
  constructor() {
    SaidWorker.all.push(this);
  }
  addEventListener(kind: string, listen: (event: object) => void): void {
    this.#listen.set(kind, listen);
  }
  postMessage(message: { id: number; name: string }): void {
    this.asked.push(message);
  }
  say(kind: 'message' | 'error', event: object): void {
    this.#listen.get(kind)?.(event);
  }
  terminate(): void {
    SaidWorker.all.splice(SaidWorker.all.indexOf(this), 1);
  }
}
vi.stubGlobal('Worker', SaidWorker);
afterEach(() => {
  SaidWorker.all = [];
});
const files = ['甲.pdf', '乙.pdf', '丙.pdf'].map((name) => ({ name, blob: new Blob([name]) }));
const quiet = () => undefined;

test('a worker that dies fails every file that waited for it, and each is hashed anew', async () => {
  const hashes = useFileHashes();
  const each = files.map((file) => hashes.of([file], quiet));
  SaidWorker.all[0]!.say('error', { message: 'out of memory' });
  expect((await Promise.allSettled(each)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  const again = hashes.of(files, quiet);
  expect(SaidWorker.all[0]!.asked.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
  for (const { id, name } of SaidWorker.all[0]!.asked)
    SaidWorker.all[0]!.say('message', { data: { id, sha256: `of ${name}` } });
  expect([...(await again)]).toEqual(files.map(({ name }) => [name, `of ${name}`]));
});

test('a file is hashed once, however often it is asked for, and one that changed is named', async () => {
  const hashes = useFileHashes();
  hashes.begin(files[0]!);
  const asked = hashes.of(files.slice(0, 2), quiet);
  const [worker] = SaidWorker.all;
  expect(worker!.asked).toHaveLength(2);
  worker!.say('message', { data: { id: worker!.asked[1]!.id, changed: true } });
  await expect(asked).rejects.toMatchObject({ file: '乙.pdf' });
  await expect(asked).rejects.toBeInstanceOf(Changed);
});
