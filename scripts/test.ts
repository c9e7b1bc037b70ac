import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/*
 * `npm test`: brings what the tests need, then runs the suites one after another: the contracts, the back end on
 * the embedded database and again on MariaDB, the attacks, and the walks through a real browser. What is missing and cannot be
 * brought is said in one line; with CI=true it is a failure.
 */

const strict = process.env['CI'] === 'true';
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-suite-'));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

type Count = { passed: number; failed: number; skipped: number };
const total: Count = { passed: 0, failed: 0, skipped: 0 };

const has = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;

/** Debian as root: the packages the tests use are fetched once. Elsewhere people install them themselves. */
function bring(command: string, packages: readonly string[]): boolean {
  if (has(command)) return true;
  if (process.getuid?.() !== 0 || !has('apt-get')) return false;
  say(`installing ${packages.join(' ')} for the tests …`);
  const quiet = {
    stdio: ['ignore', 'ignore', 'inherit'] as ('ignore' | 'inherit')[],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
  return has(command);
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
      .once('error', fail)
      .listen(0, '127.0.0.1', () => {
        const address = probe.address();
        probe.close(() => {
          done(typeof address === 'object' && address !== null ? address.port : 0);
        });
      });
  });
}

/** A MariaDB of our own on loopback, gone when the suites are done. */
async function startMariaDb(): Promise<{ url: string; stop: () => Promise<void> } | undefined> {
  if (!bring('mariadbd', ['mariadb-server', 'mariadb-client'])) return undefined;
  const place = join(folder, 'mariadb');
  const port = await freePort();
  const installed = spawnSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      '--user=root',
      `--datadir=${place}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    { encoding: 'utf8' },
  );
  if (installed.status !== 0) return undefined;
  const init = join(folder, 'init.sql');
  writeFileSync(
    init,
    "CREATE USER IF NOT EXISTS 'house'@'127.0.0.1' IDENTIFIED BY 'house';\nGRANT ALL ON *.* TO 'house'@'127.0.0.1';\n",
  );
  const server: ChildProcess = spawn(
    'mariadbd',
    [
      '--no-defaults',
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
      `--datadir=${place}`,
      `--socket=${folder}/m.sock`,
      `--pid-file=${folder}/m.pid`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_bin',
      '--innodb-buffer-pool-size=256M',
      '--innodb-flush-log-at-trx-commit=1',
      '--skip-log-bin',
      '--skip-name-resolve',
      '--max-connections=300',
      `--log-error=${folder}/m.err`,
      `--init-file=${init}`,
    ],
    { stdio: 'ignore' },
  );
  for (let tries = 0; tries < 300; tries += 1) {
    if (
      spawnSync('mariadb-admin', ['--no-defaults', '-uhouse', '-phouse', '-h127.0.0.1', `-P${port}`, 'ping'], {
        stdio: 'ignore',
      }).status === 0
    )
      return {
        url: `mysql://house:house@127.0.0.1:${port}`,
        stop: () =>
          new Promise((done) => {
            server.once('exit', () => {
              done();
            });
            server.kill('SIGTERM');
          }),
      };
    await pause(100);
  }
  server.kill('SIGKILL');
  return undefined;
}

async function suite(name: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  say(`\n== ${name}`);
  const report = join(folder, `${name.replace(/\W+/g, '-')}.json`);
  const child = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ],
    { stdio: 'inherit', env: { ...process.env, ...env } },
  );
  const code = await new Promise<number>((done) => {
    child.on('exit', (status) => {
      done(status ?? 1);
    });
  });
  if (!existsSync(report)) {
    total.failed += 1;
    return;
  }
  const counted = JSON.parse(readFileSync(report, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
  };
  total.passed += counted.numPassedTests;
  // A file that does not even load has no failed test of its own.
  total.failed += Math.max(counted.numFailedTests, code === 0 ? 0 : 1);
  total.skipped += counted.numPendingTests + counted.numTodoTests;
}

function missing(what: string): void {
  say(`${strict ? 'FAILED' : 'skipped'}: ${what}`);
  if (strict) total.failed += 1;
  else total.skipped += 1;
}

const chromium = bring('chromium', ['chromium', 'fonts-noto-cjk']);
if (!bring('openssl', ['openssl'])) missing('checks against openssl, which is not installed');
if (!bring('pdftoppm', ['poppler-utils'])) missing('checks of papers by pixels, for which poppler-utils is needed');
if (!bring('python3', ['python3'])) missing('the second verifier, for which python3 is needed');
if (!bring('strace', ['strace'])) missing('faults of the disk at every call, for which strace is needed');
if (!bring('softhsm2-util', ['softhsm2']) || !bring('pkcs11-tool', ['opensc']))
  missing('the key bridge on a token, for which softhsm2 and opensc are needed');
// A place whose clocks change, far from the tender's: nothing may notice.
const awkward = { TZ: 'America/St_Johns' };
await suite('contracts', ['--project', 'contracts'], awkward);
await suite('front end', ['--project', 'frontend'], awkward);
await suite('back end on SQLite', ['--project', 'backend'], awkward);
// `npm run attacks` kills five hundred times; here fewer, for time.
await suite('attacks', ['--project', 'attacks'], { XINBIAO_KILLS: '120' });
const mariadb = await startMariaDb();
if (mariadb) {
  await suite(
    'back end on MariaDB',
    ['--project', 'backend', '--exclude', 'backend/src/platform/pdf/**', '--exclude', 'scripts/**'],
    { ...awkward, XINBIAO_TEST_MARIADB: mariadb.url },
  );
  await mariadb.stop();
} else missing('the back end on MariaDB, which is not installed');
if (chromium) await suite('walks in Chromium', ['--project', 'walks']);
else missing('the walks in Chromium, which is not installed');

rmSync(folder, { recursive: true, force: true });
say(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed > 0 ? 1 : 0);
