import { ensureBuilt, ensureInstalled, run } from './bootstrap.mjs';

ensureInstalled();
ensureBuilt();
run('scripts/city.ts');
