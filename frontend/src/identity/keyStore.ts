import {
  Sm2Key,
  type CertificateFacts,
  type KeyPlace,
  type DecryptionKey,
  type SigningKey,
} from '@xinbiao/contracts/trust';

export type Bytes = Uint8Array<ArrayBuffer>;
export type KeyKind = 'signing' | 'encryption';

/**
 * An SM2 key as this browser keeps it. WebCrypto knows no SM2, so it cannot be made unreadable as other keys are: it
 * lies encrypted under a key that can be used and never read, and is in the clear only while this page works with it.
 */
export type SealedSm2 = { readonly wrapping: CryptoKey; readonly iv: Bytes; readonly sealed: Bytes };

export async function sealSm2(pkcs8: Bytes): Promise<SealedSm2> {
  const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return {
    wrapping,
    iv,
    sealed: new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, wrapping, pkcs8)),
  };
}

/** The key to work with, from what the browser keeps. */
export async function unsealed(kept: StoredKey['privateKey']): Promise<CryptoKey | Sm2Key> {
  if (!('sealed' in kept)) return kept;
  const pkcs8 = new Uint8Array(
    await crypto.subtle.decrypt({ name: 'AES-GCM', iv: kept.iv }, kept.wrapping, kept.sealed),
  );
  try {
    return Sm2Key.from(pkcs8);
  } finally {
    pkcs8.fill(0);
  }
}

/** A private key as this browser keeps it: usable, never readable. */
export type StoredKey = {
  /** SHA-256 of the public key with the kind: one key is never kept twice. */
  readonly id: string;
  readonly kind: KeyKind;
  /** Keys made or imported together. */
  readonly pair: string;
  /** SubjectPublicKeyInfo. */
  readonly spki: Bytes;
  readonly privateKey: CryptoKey | SealedSm2;
  /** None yet where the certificate is still to come. */
  readonly certificate: Bytes | null;
  readonly chain: readonly Bytes[];
  readonly storedAt: string;
};

/** A key of a file opened for this session, or on a token behind the bridge: never written down here. */
export type PassingKey = Omit<StoredKey, 'privateKey' | 'certificate'> & {
  readonly place: Exclude<KeyPlace, 'software'>;
  readonly certificate: Bytes;
  /** What signs or opens; a token's key signs through the bridge alone. */
  readonly privateKey: SigningKey | DecryptionKey | null;
};

/** A key at hand, kept or passing, with what its certificate says. */
export type HeldKey = ((StoredKey & { readonly place: 'software' }) | PassingKey) & {
  readonly facts: CertificateFacts | null;
};

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
