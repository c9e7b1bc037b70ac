import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/* The server as people run it: a process of its own, which a test may kill. */

export type ServerProcess = {
  readonly pid: number;
  /** Ends it and waits until it is gone. */
  readonly end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>;
  /** What it wrote to standard error: incidents, and nothing else. */
  readonly complaints: () => string;
};

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** What `npm start` and `npm run serve` tell Node. */
const flags = JSON.parse(
  readFileSync(new URL('../../../scripts/server-flags.json', import.meta.url), 'utf8'),
) as readonly string[];

/** Starts the server and waits until it answers; throws with what it complained of where it does not come up. */
export async function startServer(env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, [...flags, main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XINBIAO_PAGES: 'off', ...env },
  });
  let complaints = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    complaints += bytes.toString();
  });
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes('answers at')) resolve();
    });
    child.once('close', (code) => {
      reject(new Error(`the server ended with ${code}: ${complaints}`));
    });
  });
  return {
    pid: child.pid ?? 0,
    end: async (signal) => {
      child.kill(signal);
      await gone;
    },
    complaints: () => complaints,
  };
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as AddressInfo;
        probe.close(() => {
          resolve(port);
        });
      });
  });
}

/** The most memory that a process ever had resident, in MB; undefined where the system does not tell. */
export function mostMemory(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}
