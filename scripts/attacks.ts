import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { attacks } from '../backend/test/attacks/table.ts';

/*
 * `npm run attacks [-- --json] [-- --lang zh]`: tries every attack for real and prints attack, defence and result.
 * An attack without a test counts as not repelled.
 */

type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
};
type Row = { no: number; attack: string; defence: string; result: 'repelled' | 'broken' | 'untested'; tests: number };

const { values } = parseArgs({ options: { json: { type: 'boolean' }, lang: { type: 'string' } } });
const lang = values.lang === 'zh' ? 0 : 1;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-attacks-'));
const file = join(folder, 'report.json');
spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'attacks',
    ...(values.json ? [] : ['--reporter=default']),
    '--reporter=json',
    `--outputFile.json=${file}`,
  ],
  { stdio: ['ignore', values.json ? 'ignore' : 'inherit', 'inherit'] },
);
const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
rmSync(folder, { recursive: true });

const rows = attacks.map((attack): Row => {
  const files = report.testResults.filter(({ name }) => Number(/(\d\d)-[^/]*$/.exec(name)?.[1]) === attack.no);
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = files.some(({ status }) => status !== 'passed') || tests.some(({ status }) => status === 'failed');
  return {
    no: attack.no,
    attack: attack.attack[lang],
    defence: attack.defence[lang],
    result: failed ? 'broken' : passed > 0 ? 'repelled' : 'untested',
    tests: passed,
  };
});

const words = {
  repelled: ['挡住', 'repelled'],
  broken: ['没挡住', 'NOT repelled'],
  untested: ['没有测试', 'NOT TESTED'],
} as const;
if (values.json) console.log(JSON.stringify(rows, null, 2));
else
  for (const { no, attack, defence, result, tests } of rows)
    console.log(`${String(no).padStart(2)}  ${attack}\n      ${defence}\n      ${words[result][lang]} (${tests})`);
process.exitCode = rows.every(({ result }) => result === 'repelled') ? 0 : 1;
