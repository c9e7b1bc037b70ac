import { fileURLToPath } from 'node:url';
import tailwind from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';

/** Every browser that runs this page reads woff2; the older twin of each slice would only double the build. */
const woff2Only: Plugin = {
  name: 'woff2-only',
  enforce: 'pre',
  transform: (code, id) =>
    id.includes('@fontsource/') && id.includes('.css')
      ? code.replace(/, url\([^)]*\.woff\) format\('woff'\)/g, '')
      : null,
};

/** The content security policy forbids eval, and zod trying it would be reported with every visit; the server may. */
export const zodWithoutEval: Plugin = {
  name: 'zod-without-eval',
  transform: (code, id) => (id.endsWith('/zod/v4/core/core.js') ? `${code}\nglobalConfig.jitless = true;\n` : null),
};

/** Parts of the libraries that no page of ours uses. */
export const vueFlags = {
  __VUE_OPTIONS_API__: 'false',
  __VUE_PROD_DEVTOOLS__: 'false',
  __VUE_I18N_FULL_INSTALL__: 'false',
  __VUE_I18N_LEGACY_API__: 'false',
  __INTLIFY_PROD_DEVTOOLS__: 'false',
};

export default defineConfig(({ isSsrBuild = false }) => ({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [woff2Only, ...(isSsrBuild ? [] : [zodWithoutEval]), vue(), tailwind()],
  define: vueFlags,
  build: {
    outDir: isSsrBuild ? 'dist/server' : 'dist/client',
    emptyOutDir: true,
    copyPublicDir: !isSsrBuild,
    target: 'es2022',
    // One sheet: a page that came from the server must not wait for its own styles.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    // Never data: URLs: the content security policy has no exception for them.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  worker: { format: 'es' as const, plugins: () => [zodWithoutEval] },
}));
