import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { buildOffline } from './offline.ts';

/** Builds what browsers load (dist/client), what the server renders with (dist/server), and the tools that stand alone. */
const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url));
await build({ configFile, logLevel: 'warn' });
await build({ configFile, logLevel: 'warn', build: { ssr: 'src/entry-server.ts' } });
await buildOffline(fileURLToPath(new URL('dist/client/offline', import.meta.url)));
