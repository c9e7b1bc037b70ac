import type { SheetReveal } from '@xinbiao/contracts/trust';
import type { Draft } from './sheet.ts';

/** What this browser keeps of an expert's sheet, per seat and lot. */
export type Kept = {
  readonly draft: Draft;
  readonly savedAt: string;
  /** Every sealed sheet with its salt, until it is revealed: a replacement does not drop the one before it. */
  readonly sealed: readonly {
    readonly commitment: string;
    readonly reveal: SheetReveal;
    readonly at: string;
    /** The server said it has it. */ readonly taken: boolean;
  }[];
};

const name = 'xinbiao-sheets';
const store = 'sheets';
const done = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('storage'));
  });

let opening: Promise<IDBDatabase> | undefined;
function database(): Promise<IDBDatabase> {
  opening ??= (() => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store);
    return done(request);
  })();
  return opening;
}

const keyOf = (seatId: string, lotId: string) => `${seatId}/${lotId}`;

/** What was kept; undefined on another computer, or where the browser keeps nothing. */
export async function readKept(seatId: string, lotId: string): Promise<Kept | undefined> {
  const db = await database();
  return (await done(db.transaction(store, 'readonly').objectStore(store).get(keyOf(seatId, lotId)))) as
    | Kept
    | undefined;
}

/** Keeps it, changed from what is there now; resolves once it is on disk. */
export async function changeKept(
  seatId: string,
  lotId: string,
  change: (kept: Kept | undefined) => Kept,
): Promise<Kept> {
  const db = await database();
  const transaction = db.transaction(store, 'readwrite', { durability: 'strict' });
  const objects = transaction.objectStore(store);
  const kept = change((await done(objects.get(keyOf(seatId, lotId)))) as Kept | undefined);
  objects.put(kept, keyOf(seatId, lotId));
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error ?? new Error('storage'));
    transaction.onabort = () => reject(transaction.error ?? new Error('storage'));
  });
  return kept;
}
