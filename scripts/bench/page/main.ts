/** Starts the worker that measures, and posts what it found. */
const worker = new Worker(new URL('worker.ts', import.meta.url), { type: 'module' });
worker.addEventListener(
  'message',
  ({ data }: MessageEvent<unknown>) => void fetch('/found', { method: 'POST', body: JSON.stringify(data) }),
);
worker.addEventListener('error', ({ message }) => void fetch('/found', { method: 'POST', body: `page: ${message}` }));
