import type { CertificateView } from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  canonical,
  canonicalBytes,
  createAuthority,
  decryptionKeyFrom,
  generateEncryptionPair,
  generateSigningPair,
  importEncryptionKey,
  importSigningKey,
  isSm2Pkcs8,
  issueCertificates,
  makeCertificateRequest,
  makePkcs12,
  openPkcs12,
  readCertificate,
  sha256,
  signDetached,
  signerOf,
  signingKeyFrom,
  Sm2Key,
  suiteOfKey,
  type CertificateRequest,
  type CertificateSubject,
  type DecryptionKey,
  type KeyFile,
  type KeyPlace,
  type PairElsewhere,
  type Signer,
  type SigningKey,
  type SuiteName,
} from '@xinbiao/contracts/trust';
import { useClock } from '../app/clock.store.ts';
import { hasCrypto } from '../app/crypto.ts';
import { useSession, type Me } from '../app/session.store.ts';
import { BridgeSaysNo, bridgeDecryptionKey, bridgeKeys, bridgeSign, isPaired, usesBridge } from './bridge.ts';
import {
  deleteKeys,
  readKeys,
  sealSm2,
  unsealed,
  writeKeys,
  type Bytes,
  type HeldKey,
  type KeyKind,
  type PassingKey,
  type StoredKey,
} from './keyStore.ts';

export type { Bytes, HeldKey, KeyKind } from './keyStore.ts';

/** Why this browser cannot sign or open: each has its own sentence in `identity.key`. */
export type KeyLack =
  | 'noCrypto'
  | 'signedOut'
  | 'noKey'
  | 'noCertificate'
  | 'notRegistered'
  | 'expired'
  | 'notYet'
  | 'otherSuite'
  | 'token';

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
  suite = 'XB1',
  account = ownAccount(),
}: {
  subject: CertificateSubject;
  password: string;
  /** Which algorithms the keys are of. */
  suite?: SuiteName;
  account?: string;
}): Promise<MadeKeys> {
  if (!hasCrypto()) throw new NoKey('noCrypto');
  const { request, readable } = await (suite === 'XB1-SM' ? sm2Pairs(subject) : ordinaryPairs(subject));
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

type FreshPairs = { readonly request: CertificateRequest; readonly readable: readonly Bytes[] };

async function ordinaryPairs(subject: CertificateSubject): Promise<FreshPairs> {
  const [signing, encryption] = await Promise.all([
    generateSigningPair({ extractable: true }),
    generateEncryptionPair({ extractable: true }),
  ]);
  const request = await makeCertificateRequest({ subject, signing, encryption });
  const readable = await Promise.all(
    [signing, encryption].map(async (pair) => new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))),
  );
  return { request, readable };
}

async function sm2Pairs(subject: CertificateSubject): Promise<FreshPairs> {
  const [key, encryption] = [Sm2Key.generate(), Sm2Key.generate()];
  const request = await makeCertificateRequest({ subject, signing: { privateKey: key, spki: key.spki }, encryption });
  return { request, readable: [key.toPkcs8(), encryption.toPkcs8()] };
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

/** Keys that are not kept: of files opened for this session, until the page is left. */
const passing = new Map<string, readonly PassingKey[]>();

/** Opens a PKCS#12 file for this session only: its keys stay in memory, nothing is written. Throws as `importPkcs12`. */
export async function usePkcs12(
  bytes: Uint8Array,
  password: string,
  account = ownAccount(),
): Promise<readonly HeldKey[]> {
  if (!hasCrypto()) throw new NoKey('noCrypto');
  const { entries, chain } = await openPkcs12(bytes, password);
  const pair = crypto.randomUUID();
  const storedAt = new Date().toISOString();
  const keys: PassingKey[] = [];
  for (const { pkcs8, certificate } of entries) {
    const facts = readCertificate(certificate);
    for (const kind of kindsOf(facts.usage)) {
      const privateKey = await (kind === 'signing' ? signingKeyFrom(pkcs8) : decryptionKeyFrom(pkcs8));
      const id = `p12.${idOf(kind, facts.spki)}`;
      keys.push({
        id,
        kind,
        pair,
        spki: facts.spki,
        privateKey,
        certificate: facts.der,
        chain,
        storedAt,
        place: 'p12',
      });
    }
    pkcs8.fill(0);
  }
  passing.set(account, [...(passing.get(account) ?? []).filter(({ place }) => place !== 'p12'), ...keys]);
  return keys.map(withFacts);
}

/** Takes the keys on the token behind the paired bridge for this session. Throws BridgeSaysNo. */
export async function useToken(account = ownAccount()): Promise<readonly HeldKey[]> {
  const storedAt = new Date().toISOString();
  const keys = (await bridgeKeys()).map(({ kind, certificate }): PassingKey => {
    const facts = readCertificate(certificate);
    return {
      id: `pkcs11.${idOf(kind, facts.spki)}`,
      kind,
      pair: 'pkcs11',
      spki: facts.spki,
      privateKey: kind === 'encryption' ? bridgeDecryptionKey(facts) : null,
      certificate: facts.der,
      // The platform has the chain on record beside the pinned certificate.
      chain: [],
      storedAt,
      place: 'pkcs11',
    };
  });
  passing.set(account, [...(passing.get(account) ?? []).filter(({ place }) => place !== 'pkcs11'), ...keys]);
  return keys.map(withFacts);
}

/** Accounts whose token was looked at since the page was loaded. */
const looked = new Map<string, Promise<unknown>>();

/** Whoever paired with a bridge in this tab need not ask for the token again on every page. */
async function tokenOnce(account: string): Promise<void> {
  if (!usesBridge() || !isPaired()) return;
  const look = looked.get(account) ?? useToken(account);
  looked.set(account, look);
  await look.catch((error: unknown) => {
    if (!(error instanceof BridgeSaysNo)) throw error;
    looked.delete(account);
  });
}

const kindsOf = ({ sign, agree }: { readonly sign: boolean; readonly agree: boolean }): KeyKind[] => [
  ...(sign ? ['signing' as const] : []),
  ...(agree ? ['encryption' as const] : []),
];

/** Takes the keys of an opened file in, non-extractable; their readable form is overwritten. */
async function keep(account: string, { entries, chain }: KeyFile): Promise<readonly StoredKey[]> {
  const before = new Map((await readKeys(account)).map((key) => [key.id, key]));
  const pair = crypto.randomUUID();
  const storedAt = new Date().toISOString();
  const keys: StoredKey[] = [];
  for (const { pkcs8, certificate } of entries) {
    const facts = readCertificate(certificate);
    const isPlaceholder = facts.issuer.includes(placeholder);
    for (const kind of kindsOf(facts.usage)) {
      const privateKey = isSm2Pkcs8(pkcs8)
        ? await sealSm2(Sm2Key.from(pkcs8).toPkcs8())
        : await (kind === 'signing' ? importSigningKey(pkcs8) : importEncryptionKey(pkcs8));
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

function withFacts(key: StoredKey | PassingKey): HeldKey {
  const facts = key.certificate === null ? null : readCertificate(key.certificate);
  return 'place' in key ? { ...key, facts } : { ...key, place: 'software', facts };
}

/** Every key at hand for an account, kept or passing, the newest first; none where the browser has no place for keys. */
export async function listKeys(account = ownAccount()): Promise<readonly HeldKey[]> {
  if (!hasCrypto() || typeof indexedDB === 'undefined') return [];
  await tokenOnce(account);
  const keys = [...(await readKeys(account)), ...(passing.get(account) ?? [])];
  return keys.map(withFacts).toSorted((a, b) => b.storedAt.localeCompare(a.storedAt));
}

/** A key to sign with now: its certificate is valid and registered. */
export type SigningMeans = {
  readonly place: KeyPlace;
  readonly certificate: Bytes;
  readonly chain: readonly Bytes[];
  readonly facts: NonNullable<HeldKey['facts']>;
};
/** A key to open with. */
export type UsableKey = SigningMeans & { readonly privateKey: DecryptionKey };

/** Which key is wanted, where more than one would do. */
export type Wanted = {
  /** Exactly the key of this certificate, even when the certificate has meanwhile ended. */
  readonly fingerprint?: string | undefined;
  readonly suite?: SuiteName | undefined;
};

type Certified = HeldKey & { readonly certificate: Bytes; readonly facts: NonNullable<HeldKey['facts']> };

async function usable(kind: KeyKind, account: string, { fingerprint, suite }: Wanted): Promise<Certified> {
  if (!hasCrypto()) throw new NoKey('noCrypto');
  const keys = (await listKeys(account)).filter((key) => key.kind === kind);
  if (keys.length === 0) throw new NoKey('noKey');
  const certified = keys.filter((key): key is Certified => key.facts !== null && key.certificate !== null);
  if (fingerprint !== undefined) {
    // What was sealed to a certificate opens with its key, even when the certificate has meanwhile ended.
    const exact = certified.find(({ facts }) => facts.fingerprint === fingerprint);
    if (exact) return exact;
    throw new NoKey('noKey');
  }
  if (certified.length === 0) throw new NoKey('noCertificate');
  const fitting = certified.filter(({ facts }) => suite === undefined || suiteOfKey(facts) === suite);
  if (fitting.length === 0) throw new NoKey('otherSuite');
  const { me } = useSession();
  const registered =
    me !== null && accountOf(me) === account ? new Set(me.certificates.map((row) => row.fingerprint)) : undefined;
  const known = fitting.filter(({ facts }) => registered === undefined || registered.has(facts.fingerprint));
  if (known.length === 0) throw new NoKey('notRegistered');
  const now = serverNow().getTime();
  const valid = known.filter(({ facts }) => facts.notBefore.getTime() <= now && now < facts.notAfter.getTime() + 1000);
  // Whoever took a token or a file to hand means to use it.
  const [best] = valid.toSorted(
    (a, b) =>
      placeOrder.indexOf(a.place) - placeOrder.indexOf(b.place) ||
      b.facts.notAfter.getTime() - a.facts.notAfter.getTime(),
  );
  if (best) return best;
  throw new NoKey(known.every(({ facts }) => facts.notBefore.getTime() > now) ? 'notYet' : 'expired');
}
const placeOrder: readonly KeyPlace[] = ['pkcs11', 'p12', 'software'];

const meansOf = ({ place, certificate, chain, facts }: Certified): SigningMeans => ({
  place,
  certificate,
  chain,
  facts,
});

/** The key that signs for the account. Throws NoKey. */
export const signingKeyOf = async (account = ownAccount(), wanted: Wanted = {}): Promise<SigningMeans> =>
  meansOf(await usable('signing', account, wanted));

/** Who signs for the account, wherever the key lies. Throws NoKey. */
export async function ownSigner(wanted: Wanted = {}, account = ownAccount()): Promise<Signer> {
  const key = await usable('signing', account, wanted);
  const { place, certificate, chain, facts } = key;
  if (place === 'pkcs11') {
    const at = (): string => serverNow().toISOString();
    return {
      kind: place,
      certificate: facts,
      chain,
      sign: (content) => bridgeSign(facts, content, { at: at(), chain }),
    };
  }
  return signerOf({ kind: place, certificate, chain, key: await signingKey(key), now: serverNow });
}

async function signingKey(key: HeldKey): Promise<SigningKey> {
  if (key.place === 'software') return unsealed(key.privateKey);
  const { privateKey } = key;
  if (privateKey === null || (!('algorithm' in privateKey) && !('scheme' in privateKey))) throw new NoKey('noKey');
  return privateKey;
}

/** The key that opens what was sealed to the account; with a fingerprint, the key of exactly that certificate. Throws NoKey. */
export async function encryptionKeyOf(account = ownAccount(), fingerprint?: string): Promise<UsableKey> {
  const key = await usable('encryption', account, { fingerprint });
  return { ...meansOf(key), privateKey: await decryptionKey(key) };
}

async function decryptionKey(key: HeldKey): Promise<DecryptionKey> {
  if (key.place === 'software') return unsealed(key.privateKey);
  const { privateKey } = key;
  if (privateKey === null || (!('algorithm' in privateKey) && !('open' in privateKey) && !('agree' in privateKey)))
    throw new NoKey('noKey');
  return privateKey;
}

export type SignedAct = { readonly act: string; readonly signature: string };

/** Signs an act with the present account's key: the canonical text and the detached CMS over it. Throws NoKey and BridgeSaysNo. */
export async function signAct(act: object): Promise<SignedAct> {
  const signature = await signBytes(canonicalBytes(act));
  return { act: canonical(act), signature: toHex(signature) };
}

/** Signs an act with a key that is not registered yet: the act that registers it. */
export async function signActWith(key: HeldKey, certificate: Uint8Array, act: object): Promise<SignedAct> {
  const content = canonicalBytes(act);
  const facts = readCertificate(certificate);
  const at = serverNow();
  const signature =
    key.place === 'pkcs11'
      ? await bridgeSign(facts, content, { at: at.toISOString(), chain: [] })
      : await signDetached({ content, certificate, privateKey: await signingKey(key), signingTime: at });
  return { act: canonical(act), signature: toHex(signature) };
}

/** Signs bytes as they are (a manifest, a sheet): detached CMS, DER. Throws NoKey and BridgeSaysNo. */
export async function signBytes(content: Uint8Array, wanted: Wanted = {}): Promise<Bytes> {
  return (await ownSigner(wanted)).sign(content);
}

/** A request for certificates of keys that were made earlier and still have none. */
export async function requestFor(keys: readonly HeldKey[], subject: CertificateSubject): Promise<CertificateRequest> {
  const [signing, encryption] = await Promise.all(
    (['signing', 'encryption'] as const).map((kind) => pairOf(keys, kind)),
  );
  if (!signing || !encryption) throw new NoKey('noKey');
  return makeCertificateRequest({ subject, signing, encryption });
}

async function pairOf(keys: readonly HeldKey[], wanted: KeyKind): Promise<CryptoKeyPair | PairElsewhere | undefined> {
  const key = keys.find(({ kind, place }) => kind === wanted && place === 'software');
  if (key?.place !== 'software') return undefined;
  const privateKey = await unsealed(key.privateKey);
  if (privateKey instanceof Sm2Key) return { privateKey, spki: privateKey.spki };
  const publicKey = await crypto.subtle.importKey(
    'spki',
    key.spki,
    privateKey.algorithm as EcKeyImportParams,
    true,
    wanted === 'signing' ? ['verify'] : [],
  );
  return { privateKey, publicKey };
}

/** Takes keys away from this computer: those named, or all of the account. Certificates stay on record, keys on a token stay there. */
export async function removeKeys(account = ownAccount(), ids?: readonly string[]): Promise<void> {
  passing.set(
    account,
    (passing.get(account) ?? []).filter(({ id }) => ids !== undefined && !ids.includes(id)),
  );
  await deleteKeys(account, ids ?? (await readKeys(account)).map(({ id }) => id));
}
