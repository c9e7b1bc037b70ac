import { parseArgs } from 'node:util';
import { acceptance } from './bench/acceptance.ts';
import { lists } from './bench/lists.ts';
import { memoryOfSealing } from './bench/memory.ts';
import { opening } from './bench/opening.ts';
import { publicLog } from './bench/log.ts';
import { sealingInChromium } from './bench/chromium.ts';
import { sealingInNode } from './bench/sealing.ts';
import { suitesCompared } from './bench/suites.ts';
import type { Bench, Figure } from './bench/figure.ts';

/* `npm run bench [-- name] [--json]`: figures, each a ratio of two things measured in this one run. */

const benches: Readonly<Record<string, Bench>> = {
  sealing: sealingInNode,
  chromium: sealingInChromium,
  acceptance,
  opening,
  memory: memoryOfSealing,
  lists,
  log: publicLog,
  suites: suitesCompared,
};
const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } });
const chosen = positionals.length > 0 ? positionals : Object.keys(benches);
for (const name of chosen)
  if (!(name in benches)) {
    process.stderr.write(`${name} is no bench; there are: ${Object.keys(benches).join(', ')}\n`);
    process.exit(64);
  }

const figures: Figure[] = [];
for (const name of chosen) {
  if (!values.json) process.stdout.write(`\n${name}\n`);
  for await (const figure of benches[name]?.() ?? []) {
    figures.push(figure);
    if (!values.json)
      process.stdout.write(
        `  ${figure.what.padEnd(58)} ${figure.value.padStart(14)}  ${figure.ratio === undefined ? '' : `ratio ${figure.ratio.toFixed(2)} ${figure.of ?? ''}`}\n`,
      );
  }
}
if (values.json) process.stdout.write(`${JSON.stringify(figures, undefined, 1)}\n`);
