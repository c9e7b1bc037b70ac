import type { MessageKey } from '../locales/index.ts';

export type Finding = {
  readonly id: 'secure' | 'crypto' | 'keys' | 'lasting' | 'room' | 'files' | 'clock';
  readonly outcome: 'ok' | 'warn' | 'bad';
  readonly say: MessageKey;
  readonly facts?: Readonly<Record<string, string | number>>;
};

/** Tries what sealing and signing need, for real, one after the other; nothing is only looked up by the browser's name. */
export async function* preflight({ computerFast }: { computerFast: number | undefined }): AsyncGenerator<Finding> {
  const secure = globalThis.isSecureContext && typeof crypto?.subtle?.digest === 'function';
  yield {
    id: 'secure',
    outcome: secure ? 'ok' : 'bad',
    say: secure ? 'identity.preflight.secure.ok' : 'identity.preflight.secure.bad',
  };
  if (!secure) return;
  yield await tries('crypto', tryCrypto);
  yield await tries('keys', tryKeyStore);
  yield await lasting();
  yield await room();
  yield await tries('files', tryFiles);
  if (computerFast !== undefined) {
    const far = Math.abs(computerFast) > 60;
    const say = far
      ? computerFast > 0
        ? 'identity.preflight.clock.fast'
        : 'identity.preflight.clock.slow'
      : 'identity.preflight.clock.ok';
    // The server's clock decides, so a wrong clock here is only good to know.
    yield { id: 'clock', outcome: 'ok', say, facts: { seconds: Math.abs(computerFast) } };
  }
}

async function tries(id: 'crypto' | 'keys' | 'files', trial: () => Promise<boolean>): Promise<Finding> {
  const works = await trial().catch(() => false);
  return { id, outcome: works ? 'ok' : 'bad', say: `identity.preflight.${id}.${works ? 'ok' : 'bad'}` };
}

async function tryCrypto(): Promise<boolean> {
  const content = crypto.getRandomValues(new Uint8Array(64));
  const signing = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const scheme = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(scheme, signing.privateKey, content);
  if (!(await crypto.subtle.verify(scheme, signing.publicKey, signature, content))) return false;
  const agreeing = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: agreeing.publicKey }, agreeing.privateKey, 256);
  const key = await crypto.subtle.importKey('raw', shared, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, content);
  const opened = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed));
  return opened.length === content.length && opened.every((byte, at) => byte === content[at]);
}

/** Keeps a key that cannot be read, takes it out again and uses it: private windows of some browsers cannot. */
async function tryKeyStore(): Promise<boolean> {
  const { deleteKeys, readKeys, writeKeys } = await import('./keyStore.ts');
  const account = 'preflight';
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  await writeKeys(account, [
    {
      id: 'trial',
      kind: 'signing',
      pair: '',
      spki: new Uint8Array(),
      privateKey: pair.privateKey,
      certificate: null,
      chain: [],
      storedAt: '',
    },
  ]);
  const [kept] = await readKeys(account);
  await deleteKeys(account, ['trial']);
  indexedDB.deleteDatabase(`xinbiao-keys.${account}`);
  if (!kept || 'sealed' in kept.privateKey) return false;
  await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, kept.privateKey, new Uint8Array(8));
  return !kept.privateKey.extractable;
}

async function lasting(): Promise<Finding> {
  const asked = navigator.storage?.persist;
  const granted = asked === undefined ? false : await navigator.storage.persist().catch(() => false);
  return {
    id: 'lasting',
    outcome: granted ? 'ok' : 'warn',
    say: granted ? 'identity.preflight.lasting.ok' : 'identity.preflight.lasting.warn',
  };
}

async function room(): Promise<Finding> {
  const estimate = await navigator.storage?.estimate?.().catch(() => undefined);
  const free = ((estimate?.quota ?? 0) - (estimate?.usage ?? 0)) / 1e9;
  const enough = free >= 1;
  return {
    id: 'room',
    outcome: enough ? 'ok' : 'warn',
    say: enough ? 'identity.preflight.room.ok' : 'identity.preflight.room.warn',
    facts: { room: free.toFixed(1) },
  };
}

/** Reads a file piece by piece, as sealing does. */
async function tryFiles(): Promise<boolean> {
  const file = new File([new Uint8Array(3_000_000)], 'trial.bin');
  let length = 0;
  for (let at = 0; at < file.size; at += 1_000_000)
    length += (await file.slice(at, at + 1_000_000).arrayBuffer()).byteLength;
  return length === file.size && typeof Worker === 'function';
}
