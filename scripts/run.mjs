import { ensureInstalled, run } from './bootstrap.mjs';

ensureInstalled();
const [script, ...args] = process.argv.slice(2);
run(script, args);
