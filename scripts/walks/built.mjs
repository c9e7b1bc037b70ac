import { ensureBuilt } from '../bootstrap.mjs';

/** The walks go through the pages as people get them, so these are built from the sources as they are. */
export function setup() {
  ensureBuilt();
}
