import type { EntityManager } from '@mikro-orm/core';
import { equalBytes, openCheckpoint, rootOf, frontierOf, type VerifierKey } from '@xinbiao/contracts/trust';
import { existsSync, readFileSync } from 'node:fs';
import { replaceDurably } from './log-key.ts';
import type { StoredTree } from './tree.ts';

/** Where the last checkpoint is kept apart from the database, so that an old copy of it is noticed. */
export type SecondPlace = {
  readonly read: () => string | undefined;
  readonly write: (note: string) => void;
  readonly name: string;
};

export const checkpointFile = (path: string): SecondPlace => ({
  name: path,
  read: () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  write: (note) => replaceDurably(path, note),
});

/** The database cannot be what was published: somebody restored an old copy, or put in another tree. */
export class StaleDatabase extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StaleDatabase';
  }
}

/**
 * Refuses a database that is older than the last checkpoint, or that holds another tree. Where the second place
 * was lost, only an explicit `adopt` makes the database's word count again.
 */
export async function compareWithSecondPlace(
  em: EntityManager,
  tree: StoredTree,
  given: { key: VerifierKey; place: SecondPlace; adopt: boolean },
): Promise<void> {
  const { key, place, adopt } = given;
  const stored = await tree.checkpoint(em);
  const note = place.read();
  if (note === undefined) {
    if (stored && stored.size > 0 && !adopt)
      throw new StaleDatabase(
        `${place.name} is missing, so nobody can tell whether the database is the newest: restore it, or adopt the database knowingly`,
      );
    return;
  }
  const last = openCheckpoint(note, [key]);
  if ((stored?.size ?? 0) < last.size)
    throw new StaleDatabase(
      `the database ends at ${stored?.size ?? 0} entries, but ${last.size} were published: it is an old copy`,
    );
  const rootThen = rootOf(await frontierOf(last.size, tree.nodes(em, last.size)));
  if (!equalBytes(rootThen, last.root))
    throw new StaleDatabase(`the database holds another tree than the one published at ${last.size} entries`);
}
