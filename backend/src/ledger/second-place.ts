import {
  equalBytes,
  openCheckpoint,
  type Frontier,
  type Hash,
  type SignedCheckpoint,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { StepStore } from './step-store.ts';

/** From one checkpoint to a larger; `prove` gives the proof that the log grew from a size into the larger. */
export type Step = {
  readonly before: SignedCheckpoint | undefined;
  readonly after: SignedCheckpoint;
  readonly prove: (from: number) => Promise<Hash[]>;
};

/** Where the last checkpoint is kept apart from the database, so that an old copy of it, or a second one, is noticed. */
export type SecondPlace = {
  readonly name: string;
  /** The last checkpoint that was kept. */
  readonly read: () => string | undefined;
  /** Keeps the later checkpoint if the earlier is still the last; false where somebody else has gone on. */
  readonly compareAndSet: (step: Step) => Promise<boolean>;
  /** For a place that cannot show what it keeps: throws StaleDatabase where this checkpoint is not the last. */
  readonly confirm?: (now: SignedCheckpoint, prove: Step['prove']) => Promise<void>;
};

/** Keeps the last checkpoint in a folder of small files beside `path`. */
export function checkpointFile(path: string): SecondPlace {
  const store = new StepStore(`${path}.steps`);
  return {
    name: store.folder,
    // Until there were steps, the last checkpoint was one file.
    read: () => store.read()?.text ?? (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    compareAndSet: async ({ before, after }) => {
      const first = store.read() === undefined;
      const kept = store.compareAndSet(first ? undefined : before?.size, { size: after.size, text: after.note });
      if (kept && first) rmSync(path, { force: true });
      return kept;
    },
  };
}

/** The database cannot be what was published: somebody restored an old copy, put in another tree, or goes on elsewhere. */
export class StaleDatabase extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StaleDatabase';
  }
}

/** What is stored, as far as it may be compared: how many leaves, and the root over the first so many of them. */
export type Stored = {
  readonly size: number;
  readonly rootAt: (size: number) => Promise<Hash>;
};

/**
 * Refuses a database that is older than the last checkpoint, or that holds another tree. Where the second place
 * was lost, only an explicit `adopt` makes the database's word count again.
 */
export async function compareWithSecondPlace(
  stored: Stored,
  given: { key: VerifierKey; place: SecondPlace; adopt: boolean },
): Promise<void> {
  const { key, place, adopt } = given;
  const note = place.read();
  if (note === undefined) {
    if (stored.size > 0 && !adopt)
      throw new StaleDatabase(
        `${place.name} is missing, so nobody can tell whether the database is the newest: restore it, or adopt the database knowingly`,
      );
    return;
  }
  const last = openCheckpoint(note, [key]);
  if (stored.size < last.size)
    throw new StaleDatabase(
      `the database ends at ${stored.size} entries, but ${last.size} were published: it is an old copy`,
    );
  if (!equalBytes(await stored.rootAt(last.size), last.root))
    throw new StaleDatabase(`the database holds another tree than the one published at ${last.size} entries`);
}

/** Another sequencer on the same database went on meanwhile: nothing is wrong, one looks again. */
export class Superseded extends Error {}

/**
 * Keeps a checkpoint in the second place before anybody sees it. Whoever went on from an older copy, or beside this
 * one, finds that the last step is not its own, and stops.
 */
export async function keepCheckpoint(given: {
  readonly place: SecondPlace;
  readonly key: VerifierKey;
  readonly before: Frontier;
  readonly rootBefore: Hash;
  readonly after: SignedCheckpoint;
  readonly stored: Stored;
  readonly prove: Step['prove'];
}): Promise<void> {
  const { place, key, before, rootBefore, after, stored, prove } = given;
  for (let tries = 0; tries < 20; tries += 1) {
    const note = place.read();
    const last = note === undefined ? undefined : openCheckpoint(note, [key]);
    if (last) {
      if (last.size > after.size) {
        await compareWithSecondPlace(stored, { key, place, adopt: false });
        throw new Superseded('another sequencer went on');
      }
      if (last.size === after.size) {
        if (equalBytes(last.root, after.root)) return;
        throw new StaleDatabase(`another tree was published at ${after.size} entries: this log goes on elsewhere`);
      }
      const root = last.size === before.size ? rootBefore : await stored.rootAt(last.size);
      if (!equalBytes(root, last.root))
        throw new StaleDatabase(`another tree was published at ${last.size} entries: this log goes on elsewhere`);
    }
    if (await place.compareAndSet({ before: last, after, prove })) return;
  }
  throw new StaleDatabase(
    `${place.name} does not take the checkpoint at ${after.size} entries: this log goes on elsewhere`,
  );
}
