/** A place in this browser for things of one kind, by key. Opens when it is first used. */
export type OwnStore<T> = {
  /** What was kept; undefined on another computer. */
  readonly read: (key: string) => Promise<T | undefined>;
  /** Keeps something, made from what is there now; resolves once it is on disk. */
  readonly change: (key: string, make: (kept: T | undefined) => T) => Promise<T>;
};

const done = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('storage'));
  });

/** A database of one store. Names are for good: what people's browsers keep lies under them. */
export function ownStore<T>(name: string, store: string): OwnStore<T> {
  let opening: Promise<IDBDatabase> | undefined;
  const database = (): Promise<IDBDatabase> =>
    (opening ??= (() => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(store);
      return done(request);
    })());
  return {
    async read(key) {
      const db = await database();
      return (await done(db.transaction(store, 'readonly').objectStore(store).get(key))) as T | undefined;
    },
    async change(key, make) {
      const db = await database();
      const transaction = db.transaction(store, 'readwrite', { durability: 'strict' });
      const objects = transaction.objectStore(store);
      const kept = make((await done(objects.get(key))) as T | undefined);
      objects.put(kept, key);
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onerror = () => reject(transaction.error ?? new Error('storage'));
        transaction.onabort = () => reject(transaction.error ?? new Error('storage'));
      });
      return kept;
    },
  };
}
