import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { StepStore } from './step-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'xinbiao-steps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('goes on from the last step only, and only to something larger', () => {
  const store = new StepStore(join(folder, 'one'));
  expect(store.read()).toBeUndefined();
  expect(store.compareAndSet(5, { size: 6, text: 'x' })).toBe(false);
  expect(store.compareAndSet(undefined, { size: 0, text: 'nothing\nyet' })).toBe(true);
  expect(store.compareAndSet(undefined, { size: 4, text: 'again' })).toBe(false);
  expect(store.compareAndSet(0, { size: 7, text: 'seven' })).toBe(true);
  expect(store.compareAndSet(0, { size: 8, text: 'beside' })).toBe(false);
  expect(store.compareAndSet(7, { size: 7, text: 'other' })).toBe(false);
  expect(store.compareAndSet(7, { size: 6, text: 'back' })).toBe(false);
  expect(new StepStore(join(folder, 'one')).read()).toEqual({ size: 7, text: 'seven' });
});

test('keeps no more than it needs', () => {
  const store = new StepStore(join(folder, 'many'));
  for (let size = 0; size < 100; size += 1)
    expect(store.compareAndSet(size === 0 ? undefined : size - 1, { size, text: String(size) })).toBe(true);
  expect(store.read()).toEqual({ size: 99, text: '99' });
  expect(store.compareAndSet(3, { size: 120, text: 'far behind' })).toBe(false);
});

test('lets one of several programs take each step', async () => {
  const place = join(folder, 'raced');
  const code = `import { StepStore } from ${JSON.stringify(fileURLToPath(new URL('step-store.ts', import.meta.url)))};
const store = new StepStore(${JSON.stringify(place)});
let won = 0;
for (;;) {
  const last = store.read();
  if (last && last.size >= 300) break;
  if (store.compareAndSet(last?.size, { size: (last?.size ?? 0) + 1, text: 'x' })) won += 1;
}
process.stdout.write(String(won));`;
  const won = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (bytes: Buffer) => {
        said += bytes.toString();
      });
      await once(child, 'close');
      return Number(said);
    }),
  );
  expect(won.reduce((sum, count) => sum + count, 0)).toBe(300);
});
