import type { HeldContribution } from '@xinbiao/contracts/draw';

const name = 'xinbiao-draws';
const store = 'contributions';
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

const keyOf = (seatId: string, drawId: string) => `${seatId}/${drawId}`;

/** What this browser holds of a draw for a seat; undefined on another computer. */
export async function readHeld(seatId: string, drawId: string): Promise<HeldContribution | undefined> {
  const db = await database();
  return (await done(db.transaction(store, 'readonly').objectStore(store).get(keyOf(seatId, drawId)))) as
    | HeldContribution
    | undefined;
}

/** Keeps it; resolves once it is on disk, so that nothing is committed to that could be lost. */
export async function keepHeld(seatId: string, held: HeldContribution): Promise<void> {
  const db = await database();
  const transaction = db.transaction(store, 'readwrite', { durability: 'strict' });
  transaction.objectStore(store).put(held, keyOf(seatId, held.drawId));
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error ?? new Error('storage'));
    transaction.onabort = () => reject(transaction.error ?? new Error('storage'));
  });
}
