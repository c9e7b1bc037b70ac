// Plain JavaScript for whatever Node is on the machine: brings the packages, and with them the Node that runs the rest.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const hostMajor = Number(process.versions.node.split('.')[0]);

const say = (text) => process.stderr.write(`${text}\n`);

function fail(text) {
  say(text);
  process.exit(1);
}

const digestOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)));
  return hash.digest('hex');
};

/** Installs exactly what the lock file says, unless that is what is there. */
export function ensureInstalled() {
  if (hostMajor < 20)
    fail(`Xinbiao needs Node 20 or newer; this is ${process.versions.node}. 需要 Node 20 或更新版本。`);
  const stamp = join(root, 'node_modules', '.xinbiao-installed');
  // The lock file repeats what every package.json wants; new commands in one are no reason to install again.
  const wanted = digestOf(['package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing packages, once · 首次安装依赖…');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const done = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) fail('The packages could not be installed; see above. 依赖安装失败，原因见上。');
  writeFileSync(stamp, wanted);
}

/** Node 24: the one that npm brought on Linux, else the machine's own. */
export function nodeBinary() {
  const brought = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(brought)) {
    try {
      execFileSync(brought, ['--version'], { stdio: 'ignore' });
      return brought;
    } catch {
      // Another platform's binary: fall through to the machine's own.
    }
  }
  if (hostMajor >= 24) return process.execPath;
  return fail(
    `On this system Node 24 or newer is needed; this is ${process.versions.node}. 本系统上需要 Node 24 或更新版本。`,
  );
}

function* sourcesIn(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.endsWith('.test.ts')) continue;
    if (entry.isDirectory()) yield* sourcesIn(path);
    else if (statSync(join(root, path)).isFile()) yield path;
  }
}

/** Builds the pages when their sources changed since the last time. */
export function ensureBuilt() {
  const stamp = join(root, 'frontend', 'dist', '.built-from');
  const wanted = digestOf([...sourcesIn('frontend'), ...sourcesIn('contracts'), 'package-lock.json'].sort());
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Building the pages · 构建页面…');
  const done = spawnSync(nodeBinary(), ['frontend/build.ts'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (done.status !== 0) fail('The pages could not be built; see above. 页面构建失败，原因见上。');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** How Node runs a server: with a small young generation, since opening large bids leaves much behind at once; so it stays under 400 MB. */
export const serverFlags = JSON.parse(readFileSync(join(root, 'scripts', 'server-flags.json'), 'utf8'));

/** Runs a TypeScript program with Node 24, hands on signals, and ends as it ended. */
export function run(script, args = process.argv.slice(2), env = process.env, flags = []) {
  const child = spawn(nodeBinary(), [...flags, script, ...args], { cwd: root, stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
