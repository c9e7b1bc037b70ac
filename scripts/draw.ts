import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { finalStates, type Life } from '@xinbiao/contracts/kernel';
import { rulebooks, type Norm } from '@xinbiao/contracts/rulebook';
import { allRefusals } from '@xinbiao/contracts/all';

/*
 * Prints docs/lifecycles.md and docs/legal-basis.md from the code that enforces them. With `--check` it writes
 * nothing and fails where the printed pages are out of date.
 */

const root = resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const sources = ['contracts/src', 'backend/src'];

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.name.endsWith('.ts')) yield path;
  }
}

const isLife = (value: unknown): value is Life =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((row) => Array.isArray(row) && row.length === 5 && row.every((cell) => typeof cell === 'string'));

/** The lives that a file exports, with the first sentence of what is written above them. */
async function livesOf(path: string): Promise<{ name: string; promise: string; life: Life; path: string }[]> {
  const exported = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>;
  const text = readFileSync(join(root, path), 'utf8');
  return Object.entries(exported).flatMap(([name, life]) => {
    if (!isLife(life)) return [];
    const above = text.slice(0, text.indexOf(`export const ${name}`));
    const comment = above
      .slice(above.lastIndexOf('/**') + 3, above.lastIndexOf('*/'))
      .replace(/\n\s*\*\s?/g, ' ')
      .trim();
    return [{ name, promise: comment, life, path }];
  });
}

async function lifecycles(): Promise<string> {
  const lives = (
    await Promise.all([...files('contracts/src')].filter((path) => path.endsWith('.life.ts')).map(livesOf))
  ).flat();
  const pages = lives.map(({ name, promise, life, path }) => {
    const first = life[0]?.[0] ?? '';
    const final = finalStates(life);
    return [
      `## ${name}`,
      promise,
      `Written in \`${path}\`.`,
      [
        '```mermaid',
        'stateDiagram-v2',
        `  [*] --> ${first}`,
        ...life.map(([from, move, to]) => `  ${from} --> ${to}: ${move}`),
        ...final.map((state) => `  ${state} --> [*]`),
        '```',
      ].join('\n'),
      [
        '| from | move | to | who | by what right |',
        '|---|---|---|---|---|',
        ...life.map((row) => `| ${row.join(' | ')} |`),
      ].join('\n'),
    ].join('\n\n');
  });
  return (
    ['# Lives', 'Printed by `scripts/draw.ts` from the tables that the server enforces; do not edit.', ...pages].join(
      '\n\n',
    ) + '\n'
  );
}

/** One place where an article is the reason: a rule, a number, a step of a life, a refusal. */
type Place = {
  readonly law: string;
  readonly kind: string;
  readonly what: string;
  readonly path: string;
  readonly tested: boolean | null;
};

/** `政府采购法 §35; 87号令 §18` gives both; a sentence after the article is left out. */
const articles = (tag: string): string[] =>
  tag.split(/[;；]/).flatMap((part) => {
    const found = /^\s*(\S.*?§\s*\d+(?:[–-]\d+)?|财库〔\d{4}〕\d+号|国办发〔\d{4}〕\d+号)/u.exec(part.trim());
    return found?.[1] ? [found[1].replace(/§\s+/, '§')] : [];
  });

function tagsOf(path: string, tests: string): Place[] {
  const text = readFileSync(join(root, path), 'utf8');
  const places: Place[] = [];
  for (const match of text.matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*?@law(?:(?!\*\/)[\s\S])*?\*\//g)) {
    const after = text.slice(match.index + match[0].length).trimStart();
    const name =
      /^(?:export )?(?:async )?(?:function\*?|const|type|class)\s+(\w+)/.exec(after)?.[1] ??
      /^(?:readonly )?(\w+)\s*[:?(]/.exec(after)?.[1] ??
      basename(path);
    const words = match[0].replace(/\n\s*\*\s?/g, ' ').replace(/\*\/$/, '');
    for (const [, tag = ''] of words.matchAll(/@law\s+([^@]+)/g))
      for (const law of articles(tag))
        places.push({ law, kind: 'rule', what: `\`${name}\``, path, tested: isTested(name, path, tests) });
  }
  return places;
}

/** Is a rule named in a test, or asked by another of its file that is? Shapes and numbers need no test of their own. */
function isTested(name: string, path: string, tests: string): boolean | null {
  if (!/\.(rules|arithmetic)\.ts$|arithmetic\.ts$/.test(path)) return null;
  const named = (word: string): boolean => new RegExp(`\\b${word}\\b`).test(tests);
  if (named(name)) return true;
  const text = readFileSync(join(root, path), 'utf8');
  const isExported = new RegExp(`export (?:async )?(?:function|const) ${name}\\b`).test(text);
  return (
    !isExported &&
    [...text.matchAll(/export (?:async )?(?:function|const) (\w+)/g)].some(([, exported = '']) => named(exported))
  );
}

async function legalBasis(): Promise<string> {
  const paths = sources.flatMap((folder) => [...files(folder)]);
  const tests = [...paths, ...files('backend/test')]
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  const places: Place[] = paths
    .filter((path) => !path.endsWith('.test.ts') && !path.startsWith('contracts/src/rulebook'))
    .flatMap((path) => tagsOf(path, tests));
  for (const [id, book] of Object.entries(rulebooks))
    for (const [name, value] of Object.entries(book) as [string, string | Norm][])
      if (typeof value !== 'string')
        places.push({
          law: value.law,
          kind: 'number',
          what: `\`${name}\` = ${value.value} ${value.unit}: ${value.zh}`,
          path: `contracts/src/rulebook/${id}.ts`,
          tested: null,
        });
  for (const path of paths.filter((one) => one.endsWith('.life.ts')))
    for (const { name, life } of await livesOf(path))
      for (const [from, move, to, , law] of life)
        if (law !== 'house rule')
          places.push({ law, kind: 'step', what: `${name}: ${from} –${move}→ ${to}`, path, tested: null });
  for (const [code, { law, zh }] of Object.entries(allRefusals))
    if (law !== undefined)
      for (const article of articles(law))
        places.push({ law: article, kind: 'refusal', what: `\`${code}\` ${zh}`, path: '', tested: null });

  const order = (law: string): string => law.replace(/\d+/g, (digits) => digits.padStart(6, '0'));
  const byArticle = new Map<string, Place[]>();
  for (const place of places) byArticle.set(place.law, [...(byArticle.get(place.law) ?? []), place]);
  const laws = [...byArticle.keys()].toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  const holes = places.filter(({ tested }) => tested === false);
  const rows = laws.flatMap((law) => {
    const own = byArticle.get(law) ?? [];
    const lines = [
      ...new Set(
        own.map(
          ({ kind, what, path, tested }) =>
            `| ${kind} | ${what.replaceAll('|', '\\|')} | ${path === '' ? '' : `\`${path}\``} | ${tested === null ? '' : tested ? 'yes' : '**no**'} |`,
        ),
      ),
    ];
    const isBound = own.some(({ kind }) => kind === 'rule' || kind === 'number' || kind === 'step');
    return [
      `## ${law}`,
      ...(isBound ? [] : ['No rule, number or step stands behind this sentence.']),
      ['| kind | what | where | tested |', '|---|---|---|---|', ...lines].join('\n'),
    ];
  });
  const open =
    holes.length === 0
      ? 'Every rule that names an article is named in a test.'
      : `Rules that no test names: ${[...new Set(holes.map(({ what }) => what))].join(', ')}.`;
  return (
    [
      '# Legal basis',
      'Printed by `scripts/draw.ts` from the `@law` tags, the rulebooks, the lives and the refusals; do not edit.',
      open,
      ...rows,
    ].join('\n\n') + '\n'
  );
}

let stale = 0;
for (const [name, text] of [
  ['docs/lifecycles.md', await lifecycles()],
  ['docs/legal-basis.md', await legalBasis()],
] as const) {
  const file = join(root, name);
  const before = (() => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  })();
  if (before === text) continue;
  if (check) {
    stale += 1;
    process.stderr.write(`${name} is out of date: run node scripts/draw.ts\n`);
  } else {
    mkdirSync(join(root, 'docs'), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`printed ${name}\n`);
  }
}
process.exit(stale > 0 ? 1 : 0);
