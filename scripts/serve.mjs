import { ensureBuilt, ensureInstalled, run } from './bootstrap.mjs';

// A small young generation: opening large bids leaves much behind at once, and the server stays under 400 MB.
const flags = ['--max-semi-space-size=8'];

ensureInstalled();
ensureBuilt();
run('backend/src/main.ts', process.argv.slice(2), process.env, flags);
