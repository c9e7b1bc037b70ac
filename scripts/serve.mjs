import { ensureBuilt, ensureInstalled, run, serverFlags } from './bootstrap.mjs';

ensureInstalled();
ensureBuilt();
run('backend/src/main.ts', process.argv.slice(2), process.env, serverFlags);
