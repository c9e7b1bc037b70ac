import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'vite';
import { openStorage } from '../../backend/src/platform/storage.ts';
import { rate, type Figure } from './figure.ts';

/**
 * Sealing and uploading in a plain Chromium that drives itself: automation slows uploads down, so the page times
 * itself and posts what it found.
 */
export async function* sealingInChromium(): AsyncGenerator<Figure> {
  const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => spawnSync(path, ['--version']).status === 0,
  );
  if (!chromium) {
    yield { what: 'Chromium is not installed', value: 'skipped' };
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-bench-'));
  try {
    await build({
      configFile: false,
      root: join(import.meta.dirname, 'page'),
      logLevel: 'error',
      build: { outDir: join(folder, 'page'), target: 'es2022' },
      worker: { format: 'es' },
    });
    const found = await inBrowser(chromium, folder);
    yield { what: 'AES-256-GCM of WebCrypto, 256 KiB blocks', value: rate(found.raw) };
    yield {
      what: 'sealing in a worker',
      value: rate(found.seal),
      ratio: found.seal / found.raw,
      of: 'of the raw cipher',
    };
    yield {
      what: 'the same by age-encryption for JavaScript',
      value: rate(found.age),
      ratio: found.seal / found.age,
      of: 'times as fast is sealing (3 wanted)',
    };
    yield {
      what: 'AES-256-GCM of node-forge',
      value: rate(found.forge),
      ratio: found.seal / found.forge,
      of: 'times as fast is sealing (20 wanted)',
    };
    yield { what: 'plain upload of the same 1 GiB by the same page', value: rate(found.upload) };
    yield {
      what: 'sealing and upload',
      value: rate(found.sealAndUpload),
      ratio: found.sealAndUpload / found.upload,
      of: 'of plain upload (0.8 wanted; browser and server share these processors)',
    };
    if (found.smallPeak > 0)
      yield {
        what: 'most memory of the page while it seals and sends 128 MiB, then 1 GiB',
        value: `${found.smallPeak.toFixed(0)} and ${found.largePeak.toFixed(0)} MB`,
        ratio: found.largePeak / found.smallPeak,
        of: 'of the memory for eight times the bytes',
      };
    yield { what: 'plain upload of the same over a line of 1 Gbit/s', value: rate(found.lineUpload) };
    yield {
      what: 'sealing and upload over that line',
      value: rate(found.lineSealAndUpload),
      ratio: found.lineSealAndUpload / found.lineUpload,
      of: 'of plain upload (0.8 wanted)',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

type Found = Readonly<
  Record<
    | 'raw'
    | 'seal'
    | 'age'
    | 'forge'
    | 'upload'
    | 'sealAndUpload'
    | 'lineUpload'
    | 'lineSealAndUpload'
    | 'smallPeak'
    | 'largePeak',
    number
  >
>;

/** Bytes per millisecond of a line of 1 Gbit/s. */
const lineSpeed = 125_000;
/** When the line, shared by all requests, is free again. */
type Line = { free: number };

/** Takes what is sent no faster than the line would bring it: the sender is held up as by any full line. */
async function* throttled(request: AsyncIterable<Buffer>, line: Line): AsyncGenerator<Buffer> {
  for await (const bytes of request) {
    line.free = Math.max(line.free, performance.now()) + bytes.length / lineSpeed;
    // Timers count whole milliseconds: what is owed is waited for once it is some.
    if (line.free - performance.now() > 2) await pause(line.free - performance.now());
    yield bytes;
  }
}

async function inBrowser(chromium: string, folder: string): Promise<Found> {
  const vault = await openStorage(join(folder, 'vault'));
  return new Promise((done, fail) => {
    const page = join(folder, 'page');
    let browser: ChildProcess | undefined;
    const line: Line = { free: 0 };
    const memory = watchPages(() => browser?.pid);
    const assets = new Set(readdirSync(join(page, 'assets')));
    const server = createServer((request, response) => {
      const { url = '/', method } = request;
      if (url === '/peak') return response.end(String(memory.peak()));
      if (method === 'GET')
        return send(
          response,
          url === '/' ? 'index.html' : assets.has(url.replace('/assets/', '')) ? url.slice(1) : undefined,
        );
      if (url === '/piece') return void keep(request, response);
      if (url === '/piece/line') return void keep(throttled(request, line), response);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.end('{}');
        browser?.kill('SIGKILL');
        memory.stop();
        server.close();
        const text = Buffer.concat(chunks).toString();
        try {
          done(JSON.parse(text) as Found);
        } catch {
          fail(new Error(text));
        }
      });
    });
    /** The house's own way: hashed, written and synced before it is acknowledged; kept no longer than that. */
    const keep = async (request: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> => {
      const { sha256 } = await vault.put(request);
      response.end('{}');
      await vault.remove(sha256);
    };
    const send = (response: ServerResponse, name: string | undefined): void => {
      if (!name) {
        response.statusCode = 404;
        response.end();
        return;
      }
      response.setHeader('content-type', name.endsWith('.js') ? 'text/javascript' : 'text/html');
      response.end(readFileSync(join(page, name)));
    };
    server.listen(0, '127.0.0.1', () => {
      browser = start((server.address() as AddressInfo).port);
    });
    const start = (port: number) => {
      const started = spawn(
        chromium,
        [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-dev-shm-usage',
          '--disable-background-networking',
          '--no-first-run',
          `--user-data-dir=${join(folder, 'profile')}`,
          '--remote-debugging-port=0',
          `http://127.0.0.1:${port}/`,
        ],
        { stdio: 'ignore' },
      );
      started.on('exit', (code) => {
        if (code !== null && code !== 0) fail(new Error(`Chromium ended with ${code}`));
      });
      return started;
    };
    setTimeout(() => {
      browser?.kill('SIGKILL');
      server.close();
      fail(new Error('the page did not answer in time'));
    }, 400_000).unref();
  });
}

/** Most MB that a page of the browser held since it was last asked; 0 where the system does not tell. */
function watchPages(root: () => number | undefined): { readonly peak: () => number; readonly stop: () => void } {
  let most = 0;
  const look = () => {
    const all = processes();
    const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
    for (const { pid, megabytes } of all.filter(({ isPage }) => isPage))
      for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (at === root()) most = Math.max(most, megabytes);
  };
  const looking = setInterval(look, 100);
  return {
    peak: () => {
      look();
      const said = most;
      most = 0;
      return said;
    },
    stop: () => clearInterval(looking),
  };
}

function processes(): { pid: number; parent: number; isPage: boolean; megabytes: number }[] {
  if (!existsSync('/proc/self/status')) return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const number = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      const isPage = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('--type=renderer');
      return [{ pid: Number(name), parent: number('PPid'), isPage, megabytes: number('VmRSS') / 1000 }];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}
