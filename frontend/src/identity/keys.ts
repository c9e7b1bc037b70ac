import type { CertificateView } from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  canonical,
  canonicalBytes,
  createAuthority,
  generateEncryptionPair,
  generateSigningPair,
  importEncryptionKey,
  importSigningKey,
  issueCertificates,
  makeCertificateRequest,
  makePkcs12,
  openPkcs12,
  readCertificate,
  sha256,
  signDetached,
  type CertificateRequest,
  type CertificateSubject,
  type KeyFile,
} from '@xinbiao/contracts/trust';
import { useClock } from '../app/clock.store.ts';
import { hasCrypto } from '../app/crypto.ts';
import { useSession, type Me } from '../app/session.store.ts';
import { deleteKeys, readKeys, writeKeys, type Bytes, type HeldKey, type KeyKind, type StoredKey } from './keyStore.ts';

export type { Bytes, HeldKey, KeyKind } from './keyStore.ts';

/** Why this browser cannot sign or open: each has its own sentence in `identity.key`. */
export type KeyLack = 'noCrypto' | 'signedOut' | 'noKey' | 'noCertificate' | 'notRegistered' | 'expired' | 'notYet';

/** There is no key to do it with. */
export class NoKey extends Error {
  readonly lack: KeyLack;
  constructor(lack: KeyLack) {
    super(`no usable key: ${lack}`);
    this.name = 'NoKey';
    this.lack = lack;
  }
}

/** Whose keys: certificates are registered for a seat, so every seat has a store of its own. */
export const accountOf = (me: Pick<Me, 'seatId'>): string => me.seatId;

function ownAccount(): string {
  const { me } = useSession();
  if (me === null) throw new NoKey('signedOut');
  return accountOf(me);
}

/** Who the signed-in person's certificates are to name. */
export const subjectOf = (me: Me): CertificateSubject =>
  me.organisation === null
    ? { commonName: me.name }
    : { commonName: me.name, organisation: me.organisation.name, uscc: me.organisation.uscc };

/** The server's time: certificates, in a demonstration too, are valid in it. */
const serverNow = (): Date => {
  const { now } = useClock();
  return new Date(now === 0 ? Date.now() : now);
};

/** A key without its certificate cannot lie in a PKCS#12; this issuer marks the certificates that only hold the place. */
const placeholder = 'Xinbiao key backup';

export type MadeKeys = {
  /** What an authority needs to issue the pair of certificates. */
  readonly request: CertificateRequest;
  /** Writes the backup without certificates, for where they are still to come. Once; afterwards nothing in the page can read the keys. */
  readonly backup: () => Promise<Bytes>;
  /** Writes the backup with the certificates that were issued. Once, as above. */
  readonly finish: (certificates: readonly Uint8Array[], chain: readonly Uint8Array[]) => Promise<Bytes>;
};

/**
 * Makes a signing and an encryption key. They are readable only until the backup is written, which the user must
 * save: what this browser keeps can be used but never copied out again.
 */
export async function generateKeys({
  subject,
  password,
  account = ownAccount(),
}: {
  subject: CertificateSubject;
  password: string;
  account?: string;
}): Promise<MadeKeys> {
  if (!hasCrypto()) throw new NoKey('noCrypto');
  const [signing, encryption] = await Promise.all([
    generateSigningPair({ extractable: true }),
    generateEncryptionPair({ extractable: true }),
  ]);
  const request = await makeCertificateRequest({ subject, signing, encryption });
  const readable = await Promise.all(
    [signing, encryption].map(async (pair) => new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))),
  );
  const standIns = await placeholderFor(request, subject);
  const entries = readable.map((pkcs8, at) => ({
    name: namesOfKinds[at] ?? '',
    pkcs8,
    certificate: standIns[at] ?? new Uint8Array(),
  }));
  // `keep` overwrites what it is given; the backup still needs its copy.
  await keep(account, {
    entries: entries.map((entry) => ({ ...entry, pkcs8: new Uint8Array(entry.pkcs8) })),
    chain: [],
  });
  const write = async (certificates: readonly Uint8Array[], chain: readonly Uint8Array[]) => {
    try {
      return await makePkcs12({
        entries: entries.map((entry, at) => ({
          ...entry,
          certificate: new Uint8Array(certificates[at] ?? entry.certificate),
        })),
        chain: chain.map((der) => new Uint8Array(der)),
        password,
      });
    } finally {
      for (const pkcs8 of readable) pkcs8.fill(0);
    }
  };
  return { request, backup: () => write([], []), finish: write };
}

const namesOfKinds = ['xinbiao signing', 'xinbiao encryption'];

async function placeholderFor(request: CertificateRequest, subject: CertificateSubject): Promise<readonly Bytes[]> {
  const at = serverNow();
  const authority = await createAuthority({ name: placeholder, at, years: 1 });
  const notAfter = new Date(at.getTime() + 86_400_000);
  const { signing, encryption } = await issueCertificates({
    authority,
    request,
    subject,
    serials: { signing: '01', encryption: '02' },
    notBefore: at,
    notAfter,
  });
  return [signing, encryption];
}

/** Imports keys from a PKCS#12 file, modern or old. Throws WrongPassword or Malformed; gives what was kept. */
export async function importPkcs12(
  bytes: Uint8Array,
  password: string,
  account = ownAccount(),
): Promise<readonly HeldKey[]> {
  if (!hasCrypto()) throw new NoKey('noCrypto');
  return (await keep(account, await openPkcs12(bytes, password))).map(withFacts);
}

/** Takes the keys of an opened file in, non-extractable; their readable form is overwritten. */
async function keep(account: string, { entries, chain }: KeyFile): Promise<readonly StoredKey[]> {
  const before = new Map((await readKeys(account)).map((key) => [key.id, key]));
  const pair = crypto.randomUUID();
  const storedAt = new Date().toISOString();
  const keys: StoredKey[] = [];
  for (const { pkcs8, certificate } of entries) {
    const facts = readCertificate(certificate);
    const isPlaceholder = facts.issuer.includes(placeholder);
    const kinds: KeyKind[] = [
      ...(facts.usage.sign ? ['signing' as const] : []),
      ...(facts.usage.agree ? ['encryption' as const] : []),
    ];
    for (const kind of kinds) {
      const privateKey = await (kind === 'signing' ? importSigningKey(pkcs8) : importEncryptionKey(pkcs8));
      const id = idOf(kind, facts.spki);
      const known = before.get(id);
      const own = isPlaceholder
        ? { certificate: known?.certificate ?? null, chain: known?.chain ?? [] }
        : { certificate, chain };
      keys.push({ id, kind, pair, spki: facts.spki, privateKey, storedAt, ...own });
    }
    pkcs8.fill(0);
  }
  await writeKeys(account, keys);
  return keys;
}

const idOf = (kind: KeyKind, spki: Uint8Array): string => `${kind}.${toHex(sha256(spki))}`;

/** Puts certificates beside the keys they belong to, whatever their order; gives how many found their key. */
export async function storeCertificates(
  certificates: readonly Uint8Array[],
  chain: readonly Uint8Array[] = [],
  account = ownAccount(),
): Promise<number> {
  const keys = await readKeys(account);
  const changed = new Map<string, StoredKey>();
  for (const der of certificates) {
    const facts = readCertificate(der);
    for (const key of keys) {
      const fits =
        key.id === idOf(key.kind, facts.spki) && (key.kind === 'signing' ? facts.usage.sign : facts.usage.agree);
      if (fits)
        changed.set(key.id, { ...key, certificate: facts.der, chain: chain.map((item) => new Uint8Array(item)) });
    }
  }
  await writeKeys(account, [...changed.values()]);
  return changed.size;
}

/** Lets kept keys find the certificates that the platform has on record for them. */
export const adoptCertificates = (rows: readonly CertificateView[], account = ownAccount()): Promise<number> =>
  storeCertificates(
    rows.filter(({ state }) => state === 'active').map(({ der }) => fromHex(der)),
    [],
    account,
  );

function withFacts(key: StoredKey): HeldKey {
  return { ...key, facts: key.certificate === null ? null : readCertificate(key.certificate) };
}

/** Every key this browser keeps for an account, the newest first; none where the browser has no place for keys. */
export async function listKeys(account = ownAccount()): Promise<readonly HeldKey[]> {
  if (!hasCrypto() || typeof indexedDB === 'undefined') return [];
  const keys = await readKeys(account);
  return keys.map(withFacts).toSorted((a, b) => b.storedAt.localeCompare(a.storedAt));
}

/** A key that can be used now: its certificate is valid and registered. */
export type UsableKey = {
  readonly privateKey: CryptoKey;
  readonly certificate: Bytes;
  readonly chain: readonly Bytes[];
  readonly facts: NonNullable<HeldKey['facts']>;
};

async function usable(kind: KeyKind, account: string, fingerprint?: string): Promise<UsableKey> {
  if (!hasCrypto()) throw new NoKey('noCrypto');
  const keys = (await listKeys(account)).filter((key) => key.kind === kind);
  if (keys.length === 0) throw new NoKey('noKey');
  const certified = keys.flatMap((key) =>
    key.facts === null || key.certificate === null
      ? []
      : [{ privateKey: key.privateKey, certificate: key.certificate, chain: key.chain, facts: key.facts }],
  );
  if (fingerprint !== undefined) {
    // What was sealed to a certificate opens with its key, even when the certificate has meanwhile ended.
    const exact = certified.find(({ facts }) => facts.fingerprint === fingerprint);
    if (exact) return exact;
    throw new NoKey('noKey');
  }
  if (certified.length === 0) throw new NoKey('noCertificate');
  const { me } = useSession();
  const registered =
    me !== null && accountOf(me) === account ? new Set(me.certificates.map((row) => row.fingerprint)) : undefined;
  const known = certified.filter(({ facts }) => registered === undefined || registered.has(facts.fingerprint));
  if (known.length === 0) throw new NoKey('notRegistered');
  const now = serverNow().getTime();
  const valid = known.filter(({ facts }) => facts.notBefore.getTime() <= now && now < facts.notAfter.getTime() + 1000);
  const [best] = valid.toSorted((a, b) => b.facts.notAfter.getTime() - a.facts.notAfter.getTime());
  if (best) return best;
  throw new NoKey(known.every(({ facts }) => facts.notBefore.getTime() > now) ? 'notYet' : 'expired');
}

/** The key that signs for the account, with its certificate. Throws NoKey. */
export const signingKeyOf = (account = ownAccount()): Promise<UsableKey> => usable('signing', account);

/** The key that opens what was sealed to the account; with a fingerprint, the key of exactly that certificate. Throws NoKey. */
export const encryptionKeyOf = (account = ownAccount(), fingerprint?: string): Promise<UsableKey> =>
  usable('encryption', account, fingerprint);

export type SignedAct = { readonly act: string; readonly signature: string };

/** Signs an act with the present account's key: the canonical text and the detached CMS over it. Throws NoKey. */
export async function signAct(act: object): Promise<SignedAct> {
  const signature = await signBytes(canonicalBytes(act));
  return { act: canonical(act), signature: toHex(signature) };
}

/** Signs an act with a key that is not registered yet: the act that registers it. */
export async function signActWith({ privateKey }: HeldKey, certificate: Uint8Array, act: object): Promise<SignedAct> {
  const signature = await signDetached({
    content: canonicalBytes(act),
    certificate,
    privateKey,
    signingTime: serverNow(),
  });
  return { act: canonical(act), signature: toHex(signature) };
}

/** Signs bytes as they are (a manifest, a sheet): detached CMS, DER. Throws NoKey. */
export async function signBytes(content: Uint8Array): Promise<Bytes> {
  const { privateKey, certificate, chain } = await signingKeyOf();
  return signDetached({ content, certificate, chain, privateKey, signingTime: serverNow() });
}

/** A request for certificates of keys that were made earlier and still have none. */
export async function requestFor(keys: readonly HeldKey[], subject: CertificateSubject): Promise<CertificateRequest> {
  const [signing, encryption] = await Promise.all(
    (['signing', 'encryption'] as const).map((kind) => pairOf(keys, kind)),
  );
  if (!signing || !encryption) throw new NoKey('noKey');
  return makeCertificateRequest({ subject, signing, encryption });
}

async function pairOf(keys: readonly HeldKey[], wanted: KeyKind): Promise<CryptoKeyPair | undefined> {
  const key = keys.find(({ kind }) => kind === wanted);
  if (!key) return undefined;
  const publicKey = await crypto.subtle.importKey(
    'spki',
    key.spki,
    key.privateKey.algorithm as EcKeyImportParams,
    true,
    wanted === 'signing' ? ['verify'] : [],
  );
  return { privateKey: key.privateKey, publicKey };
}

/** Takes keys away from this computer: those named, or all of the account. Certificates stay on record. */
export async function removeKeys(account = ownAccount(), ids?: readonly string[]): Promise<void> {
  await deleteKeys(account, ids ?? (await readKeys(account)).map(({ id }) => id));
}
