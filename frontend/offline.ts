import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import tailwind from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { build, type Plugin, type Rollup } from 'vite';
import { vueFlags, zodWithoutEval } from './vite.config.ts';

/*
 * Tools that need nobody: each one HTML file with everything in it, to be kept, compared by its hash and opened from
 * a disk without a network.
 */
export const offlinePages = ['sealer', 'opener', 'verifier'] as const;

const root = fileURLToPath(new URL('offline', import.meta.url));

/** The house's letters come from the reader's own system: a file that carries fonts would be ten times as large. */
const systemFonts: Plugin = {
  name: 'system-fonts',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('.css') ? code.replaceAll(/@font-face\s*\{[^}]*\}/g, '') : null),
};

/** Writes every offline page into a folder. */
export async function buildOffline(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of offlinePages) {
    const built = (await build({
      configFile: false,
      root,
      logLevel: 'warn',
      base: './',
      plugins: [systemFonts, zodWithoutEval, vue(), tailwind()],
      define: vueFlags,
      build: {
        write: false,
        target: 'es2022',
        cssCodeSplit: false,
        modulePreload: false,
        assetsInlineLimit: 1_000_000,
        rolldownOptions: { input: join(root, `${name}.html`), output: { codeSplitting: false } },
      },
    })) as Rollup.RollupOutput;
    writeFileSync(join(folder, `${name}.html`), inlined(name, built));
  }
}

/** Puts script and style into the page they belong to; fails where anything would still have to be fetched. */
function inlined(name: string, { output }: Rollup.RollupOutput): string {
  const text = (file: Rollup.OutputAsset): string =>
    typeof file.source === 'string' ? file.source : new TextDecoder().decode(file.source);
  const assets = output.filter((file) => file.type === 'asset');
  const scripts = output.filter((file) => file.type === 'chunk');
  const page = assets.find(({ fileName }) => fileName.endsWith('.html'));
  const [script, ...more] = scripts;
  if (!page || !script || more.length > 0) throw new Error(`${name}: not one page and one script`);
  const styles = assets.filter(({ fileName }) => fileName.endsWith('.css')).map(text);
  const others = assets.filter(({ fileName }) => !/\.(html|css)$/.test(fileName));
  if (others.length > 0) throw new Error(`${name}: ${others.map(({ fileName }) => fileName).join(', ')}`);
  const html = text(page)
    .replaceAll(/\s*<script\b[^>]*><\/script>/g, '')
    .replaceAll(/\s*<link\b[^>]*stylesheet[^>]*>/g, '');
  // A function, so that `$&` in the code is left alone.
  return html
    .replace('</head>', () => `<style>${styles.join('\n').replaceAll('</style', '<\\/style')}</style>\n  </head>`)
    .replace(
      '</body>',
      () => `<script type="module">${script.code.replaceAll('</script', '<\\/script')}</script>\n  </body>`,
    );
}
