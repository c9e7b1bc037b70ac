import type { CertificateFacts } from '@xinbiao/contracts/trust';

export type Bytes = Uint8Array<ArrayBuffer>;
export type KeyKind = 'signing' | 'encryption';

/** A private key as this browser keeps it: usable, never readable. */
export type StoredKey = {
  /** SHA-256 of the public key with the kind: one key is never kept twice. */
  readonly id: string;
  readonly kind: KeyKind;
  /** Keys made or imported together. */
  readonly pair: string;
  /** SubjectPublicKeyInfo. */
  readonly spki: Bytes;
  readonly privateKey: CryptoKey;
  /** None yet where the certificate is still to come. */
  readonly certificate: Bytes | null;
  readonly chain: readonly Bytes[];
  readonly storedAt: string;
};

/** A kept key with what its certificate says. */
export type HeldKey = StoredKey & { readonly facts: CertificateFacts | null };

/** Each account has a database of its own: whoever shares a computer does not share keys. */
const databaseOf = (account: string): string => `xinbiao-keys.${account}`;

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB')));
  });

async function within<T>(
  account: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const opening = indexedDB.open(databaseOf(account), 1);
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('keys', { keyPath: 'id' }));
  const database = await asked(opening);
  try {
    const transaction = database.transaction('keys', mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('IndexedDB')));
    });
    const value = await work(transaction.objectStore('keys'));
    await done;
    return value;
  } finally {
    database.close();
  }
}

export const readKeys = (account: string): Promise<StoredKey[]> =>
  within(account, 'readonly', (store) => asked<StoredKey[]>(store.getAll()));

/** Writes all or none; what had the same id is replaced. */
export const writeKeys = (account: string, keys: readonly StoredKey[]): Promise<void> =>
  within(account, 'readwrite', async (store) => {
    await Promise.all(keys.map((key) => asked(store.put(key))));
  });

export const deleteKeys = (account: string, ids: readonly string[]): Promise<void> =>
  within(account, 'readwrite', async (store) => {
    await Promise.all(ids.map((id) => asked(store.delete(id))));
  });
