import {
  countersign,
  emptyFrontier,
  grow,
  leafHash,
  leafOf,
  policyText,
  proveInclusion,
  receiptOf,
  rootOf,
  signCheckpoint,
  signerKey,
  type EntryBody,
  type Hash,
} from '@xinbiao/contracts/trust';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import type { Figure } from './figure.ts';

const entries = 200_000;

/** A receipt of a log of so many entries, signed by the log and two witnesses, and the policy that asks for both. */
async function aReceipt(): Promise<{ receipt: string; policy: string }> {
  const key = (name: string, kind: 1 | 4 = 4) => signerKey(name, createHash('sha256').update(name).digest(), kind);
  const log = key('bench.example/log', 1);
  const witnesses = ['one.example', 'two.example', 'three.example'].map((name) => key(name));
  const body: EntryBody = {
    v: 1,
    t: 'bid.receipt',
    s: 'lot-1',
    ts: '2026-11-24T01:30:00.000Z',
    p: { manifest: 'ab'.repeat(32) },
  };
  const salt = new Uint8Array(32).fill(3);
  const nodes = new Map<string, Hash>();
  let frontier = emptyFrontier;
  for (let nth = 0; nth < entries; nth += 1)
    frontier = grow(
      frontier,
      nth === 77_777 ? leafHash(leafOf(body, salt)) : new Uint8Array(createHash('sha256').update(`${nth}`).digest()),
      ({ level, index }, hash) => nodes.set(`${level}/${index}`, hash),
    );
  const proof = await proveInclusion(77_777, entries, ({ level, index }) => {
    const hash = nodes.get(`${level}/${index}`);
    if (!hash) throw new Error('no such node');
    return hash;
  });
  let checkpoint = signCheckpoint({ size: entries, root: rootOf(frontier) }, log);
  for (const witness of witnesses.slice(0, 2)) checkpoint = countersign(checkpoint, witness, 1_800_000_000);
  return {
    receipt: receiptOf({ index: 77_777, proof, checkpoint, body, salt }),
    policy: policyText({
      logs: [{ key: log }],
      witnesses: witnesses.map((witness, nth) => ({ name: `w${nth}`, key: witness })),
      threshold: 2,
    }),
  };
}

/** A receipt checked by the code of the pages in a plain Chromium, the first time and after. */
export async function* receiptInChromium(): AsyncGenerator<Figure> {
  const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => spawnSync(path, ['--version']).status === 0,
  );
  if (!chromium) {
    yield { what: 'Chromium is not installed', value: 'skipped' };
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-bench-receipt-'));
  try {
    const root = join(import.meta.dirname, 'page');
    await build({
      configFile: false,
      root,
      logLevel: 'error',
      build: { outDir: join(folder, 'page'), target: 'es2022', rolldownOptions: { input: join(root, 'receipt.html') } },
    });
    const { first, middle } = await inBrowser(chromium, folder, JSON.stringify(await aReceipt()));
    yield {
      what: `a receipt of ${entries.toLocaleString('en')} entries in Chromium, first`,
      value: `${first.toFixed(1)} ms`,
    };
    yield {
      what: 'the same once the code is warm',
      value: `${middle.toFixed(1)} ms`,
      ratio: middle / first,
      of: 'of the first time',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

function inBrowser(chromium: string, folder: string, receipt: string): Promise<{ first: number; middle: number }> {
  return new Promise((done, fail) => {
    const page = join(folder, 'page');
    let browser: ChildProcess | undefined;
    const assets = new Set(readdirSync(join(page, 'assets')).map((name) => `/assets/${name}`));
    const server = createServer((request, response) => {
      const { url = '/', method } = request;
      if (method === 'GET') {
        if (url === '/receipt.json') response.setHeader('content-type', 'application/json').end(receipt);
        else if (url === '/' || assets.has(url)) {
          response.setHeader('content-type', url === '/' ? 'text/html' : 'text/javascript');
          response.end(readFileSync(join(page, url === '/' ? 'receipt.html' : url)));
        } else response.writeHead(404).end();
        return;
      }
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        response.end();
        end();
        try {
          done(JSON.parse(text) as { first: number; middle: number });
        } catch {
          fail(new Error(text));
        }
      });
    });
    const timer = setTimeout(() => {
      end();
      fail(new Error('the page did not answer in time'));
    }, 120_000);
    const end = (): void => {
      clearTimeout(timer);
      browser?.kill('SIGKILL');
      server.close();
      server.closeAllConnections();
    };
    server.listen(0, '127.0.0.1', () => {
      const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      browser = spawn(chromium, [...flags, `--user-data-dir=${join(folder, 'profile')}`, address], { stdio: 'ignore' });
    });
  });
}
