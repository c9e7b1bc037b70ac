import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The last of a row of statements about something that only grows: so large is it, and this was said of it. */
export type LastStep = { readonly size: number; readonly text: string };

/** So many steps lie there, so that one that was just taken cannot be taken again by whoever is a moment late. */
const keptSteps = 16;
let drafts = 0;

/**
 * Keeps the last statement about something that only grows, durably, for any number of programs at once: each step
 * names the one that it follows, and a step can be followed only once. There is no lock that a crash could leave
 * behind: what decides is that a file of one name can be linked once.
 */
export class StepStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The last step; nothing before the first. */
  read(): LastStep | undefined {
    for (;;) {
      const newest = this.#followed().at(-1);
      if (newest === undefined) return undefined;
      const path = join(this.folder, nameAfter(newest));
      // Gone since: others are so far ahead that it was cleared away.
      if (!existsSync(path)) continue;
      const text = readFileSync(path, 'utf8');
      const end = text.indexOf('\n');
      return { size: Number(text.slice(0, end)), text: text.slice(end + 1) };
    }
  }

  /**
   * Goes on from a step of the size `before` (nothing: from the beginning) to a larger one. Gives false, and changes
   * nothing, where the last step is another; what is true is on the disk.
   */
  compareAndSet(before: number | undefined, { size, text }: LastStep): boolean {
    const last = this.read();
    if (last?.size !== before || (last !== undefined && size <= last.size)) return false;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const from = before ?? -1;
    const target = join(this.folder, nameAfter(from));
    const draft = join(this.folder, `.draft-${process.pid}-${(drafts += 1)}`);
    writeDurably(draft, `${size}\n${text}`);
    try {
      linkSync(draft, target);
    } catch (fault) {
      if (existsSync(target)) return false;
      throw fault;
    } finally {
      unlinkSync(draft);
    }
    syncFolder(this.folder);
    const followed = this.#followed();
    // Somebody had gone far ahead and cleared away meanwhile, so that this step hangs in the air.
    if (followed.at(-1) !== from && !followed.includes(size)) {
      rmSync(target, { force: true });
      return false;
    }
    for (const old of followed.slice(0, -keptSteps)) rmSync(join(this.folder, nameAfter(old)), { force: true });
    return true;
  }

  /** The sizes that were followed by a step, in order; -1 is the beginning. */
  #followed(): number[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .flatMap((name) => {
        const size = /^after-(none|\d+)$/.exec(name)?.[1];
        return size === undefined ? [] : [size === 'none' ? -1 : Number(size)];
      })
      .toSorted((one, other) => one - other);
  }
}

const nameAfter = (size: number): string => `after-${size < 0 ? 'none' : size}`;

/** Writes a file that is on the disk when this returns. */
export function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): void {
  const file = openSync(path, 'w', mode);
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
