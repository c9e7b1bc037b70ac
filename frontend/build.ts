import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds what browsers load (dist/client) and what the server renders with (dist/server). */
const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url));
await build({ configFile, logLevel: 'warn' });
await build({ configFile, logLevel: 'warn', build: { ssr: 'src/entry-server.ts' } });
