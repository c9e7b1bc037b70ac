import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/* `npm run check`: everything that can be said about the tree without running it. */

const node = process.execPath;
const bin = (name: string): string => join('node_modules', '.bin', name);

const checks: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['types of the contracts', bin('tsc'), ['-p', 'contracts/tsconfig.json']],
  ['types of the protocol', bin('tsc'), ['-p', 'contracts/src/trust/tsconfig.json']],
  ['types of the contracts’ tests', bin('tsc'), ['-p', 'contracts/tsconfig.test.json']],
  ['types of the back end', bin('tsc'), ['-p', 'backend/tsconfig.json']],
  ['types of the scripts', bin('tsc'), ['-p', 'scripts/tsconfig.json']],
  ['types of the front end', bin('vue-tsc'), ['--noEmit', '-p', 'frontend/tsconfig.json']],
  ['lint', bin('oxlint'), ['--type-aware', '--quiet', 'contracts', 'backend', 'frontend/src', 'scripts']],
  ['lint of the components', bin('eslint'), ['frontend/src']],
  ['formatting', bin('oxfmt'), ['--check', '.']],
  [
    'import rules',
    bin('depcruise'),
    ['--config', '.dependency-cruiser.mjs', 'contracts/src', 'backend/src', 'frontend/src'],
  ],
  ['generated documents are up to date', node, ['scripts/draw.ts', '--check']],
];

let [passed, failed] = [0, 0];
const tell = (name: string, fault: string): void => {
  if (fault === '') passed += 1;
  else failed += 1;
  process.stdout.write(`${fault === '' ? '✓' : '✗'} ${name}\n${fault === '' ? '' : `${fault}\n`}`);
};

for (const [name, command, args] of checks) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  tell(name, status === 0 ? '' : `${stdout}${stderr}`.slice(0, 12_000));
}

function* files(folder: string, ending: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== 'dist') yield* files(path, ending);
    else if (entry.name.endsWith(ending)) yield path;
  }
}

// What a template could smuggle into a page, the linter of scripts cannot see.
const raw = [...files('frontend/src', '.vue')].filter((file) => /\bv-html\b/.test(readFileSync(file, 'utf8')));
tell('no v-html', raw.join('\n'));

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);
