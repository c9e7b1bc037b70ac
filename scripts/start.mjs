import { ensureBuilt, ensureInstalled, run, serverFlags } from './bootstrap.mjs';

ensureInstalled();
ensureBuilt();
run('scripts/city.ts', process.argv.slice(2), process.env, serverFlags);
