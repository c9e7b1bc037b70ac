import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

/*
 * `npm run publish-tools`: the outsider's commands, each one file that plain Node runs in an empty folder, with the
 * page of Python beside them. What is built from the same sources is the same to the byte.
 */
export const tools = ['verify', 'audit', 'monitor'] as const;

const here = dirname(fileURLToPath(import.meta.url));

/** Writes the tools and their SHA256SUMS into a folder. */
export async function publishTools(folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  for (const name of tools) {
    await build({
      configFile: false,
      root: here,
      logLevel: 'error',
      ssr: { noExternal: true },
      build: {
        ssr: join(here, `${name}.ts`),
        outDir: folder,
        emptyOutDir: false,
        target: 'node20',
        minify: false,
        rolldownOptions: {
          output: { codeSplitting: false, entryFileNames: `xinbiao-${name}.mjs`, format: 'es' },
        },
      },
    });
    const file = join(folder, `xinbiao-${name}.mjs`);
    writeFileSync(file, `#!/usr/bin/env node\n${readFileSync(file, 'utf8')}`, { mode: 0o755 });
  }
  for (const name of readdirSync(join(here, 'python')).filter((one) => one.endsWith('.py')))
    cpSync(join(here, 'python', name), join(folder, name));
  const files = readdirSync(folder)
    .filter((name) => name !== 'SHA256SUMS')
    .toSorted();
  const sum = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  writeFileSync(join(folder, 'SHA256SUMS'), files.map((name) => `${sum(name)}  ${name}\n`).join(''));
  return files;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2] ?? join(here, '..', 'dist', 'tools');
  for (const name of await publishTools(folder)) process.stdout.write(`${join(folder, name)}\n`);
}
