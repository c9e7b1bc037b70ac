import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { buildOffline } from './offline.ts';
import { writeRelease } from './release.ts';

/** Builds what browsers load (dist/client), what the server renders with (dist/server), the tools that stand alone, and the list of it all. */
const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url));
await build({ configFile, logLevel: 'warn' });
await build({ configFile, logLevel: 'warn', build: { ssr: 'src/entry-server.ts' } });
const client = fileURLToPath(new URL('dist/client', import.meta.url));
await buildOffline(`${client}/offline`);
writeRelease(
  client,
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version,
);
