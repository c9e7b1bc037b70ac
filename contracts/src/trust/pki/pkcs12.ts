import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bytesOf, Malformed } from '../canonical.ts';
import { equalBytes, joined } from '../hash.ts';
import { sm3 } from '../sm/sm3.ts';
import { hashOf, type Hash } from './algorithms.ts';
import { derFromBer } from './ber.ts';
import { parseCertificate } from './certificate.ts';
import {
  expect,
  explicit,
  Fields,
  nothing,
  octetString,
  oid,
  oidOf,
  readDer,
  sequence,
  setOf,
  smallInteger,
  smallIntegerOf,
  tags,
  write,
  type Node,
} from './der.ts';
import { oids } from './oids.ts';
import type { Bytes, KeyEntry, KeyFile } from './pki.types.ts';

/** The key file is whole, but this password does not open it. */
export class WrongPassword extends Error {
  constructor() {
    super('the password does not open this key file');
    this.name = 'WrongPassword';
  }
}

const longestFile = 1024 * 1024;
/** A hostile file must not be able to keep a browser busy for hours. */
const mostIterations = 10_000_000;

/* ---------- writing ---------- */

/**
 * Writes keys and certificates as PKCS#12 that openssl, browsers and Java open: PBES2 with AES-256 and
 * PBKDF2-HMAC-SHA-256, MAC with SHA-256. The password may be any text; the file is only as strong as it.
 */
export async function makePkcs12({
  entries,
  chain,
  password,
  iterations = 600_000,
}: KeyFile & { password: string; iterations?: number }): Promise<Bytes> {
  if (iterations < 1 || iterations > mostIterations) throw new RangeError('iterations');
  const secret = await pbes2Secret(password, { salt: crypto.getRandomValues(new Uint8Array(16)), iterations });
  const bagOfKey = async ({ name, pkcs8 }: KeyEntry, at: number): Promise<Bytes> => {
    const { algorithm, ciphertext } = await encrypt(pkcs8, secret);
    return bag(oids.shroudedKeyBag, sequence(algorithm, octetString(ciphertext)), [friendlyName(name), localKeyId(at)]);
  };
  const keyBags = await Promise.all(entries.map(bagOfKey));
  const certificateBags = [
    ...entries.map(({ name, certificate }, at) => bagOfCertificate(certificate, [friendlyName(name), localKeyId(at)])),
    ...chain.map((certificate) => bagOfCertificate(certificate, [])),
  ];
  const sealed = await encrypt(sequence(...certificateBags), secret);
  const safes = sequence(
    sequence(
      oid(oids.encryptedData),
      explicit(
        0,
        sequence(smallInteger(0), sequence(oid(oids.data), sealed.algorithm, write(0x80, sealed.ciphertext))),
      ),
    ),
    sequence(oid(oids.data), explicit(0, octetString(sequence(...keyBags)))),
  );
  const macSalt = crypto.getRandomValues(new Uint8Array(16));
  const mac = macOf(safes, { hash: 'SHA-256', password, salt: macSalt, iterations });
  return sequence(
    smallInteger(3),
    sequence(oid(oids.data), explicit(0, octetString(safes))),
    sequence(
      sequence(sequence(oid(oids.sha256), nothing()), octetString(mac)),
      octetString(macSalt),
      smallInteger(iterations),
    ),
  );
}

const bag = (type: string, value: Uint8Array, attributes: readonly Uint8Array[]): Bytes =>
  sequence(oid(type), explicit(0, value), ...(attributes.length > 0 ? [setOf(...attributes)] : []));

const bagOfCertificate = (certificate: Uint8Array, attributes: readonly Uint8Array[]): Bytes =>
  bag(oids.certBag, sequence(oid(oids.x509Certificate), explicit(0, octetString(certificate))), attributes);

const friendlyName = (name: string): Bytes =>
  sequence(oid(oids.friendlyName), setOf(write(tags.bmpString, utf16(name))));
const localKeyId = (at: number): Bytes => sequence(oid(oids.localKeyId), setOf(octetString(Uint8Array.of(at + 1))));

type Secret = { readonly key: CryptoKey; readonly salt: Bytes; readonly iterations: number };

async function pbes2Secret(
  password: string,
  { salt, iterations }: { salt: Bytes; iterations: number },
): Promise<Secret> {
  const key = await pbkdf2(password, { salt, iterations, hash: 'SHA-256', bits: 256 });
  return { key, salt, iterations };
}

async function encrypt(
  plain: Uint8Array,
  { key, salt, iterations }: Secret,
): Promise<{ algorithm: Bytes; ciphertext: Bytes }> {
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, new Uint8Array(plain)));
  const derivation = sequence(octetString(salt), smallInteger(iterations), sequence(oid(oids.hmacSha256), nothing()));
  const algorithm = sequence(
    oid(oids.pbes2),
    sequence(sequence(oid(oids.pbkdf2), derivation), sequence(oid(oids.aes256Cbc), octetString(iv))),
  );
  return { algorithm, ciphertext };
}

/* ---------- reading ---------- */

/**
 * Opens a PKCS#12 file, modern (PBES2) or legacy (3DES, RC2), BER or DER. Throws WrongPassword when the file is
 * whole but stays shut, Malformed when it is not a key file that can be read.
 */
export async function openPkcs12(bytes: Uint8Array, password: string): Promise<KeyFile> {
  if (bytes.length > longestFile) throw new Malformed('key file is too long');
  const opening = await unlocked(bytes, password);
  const keys: Found[] = [];
  const certificates: Found[] = [];
  for (const contents of opening.contents)
    for (const found of await opening.bags(contents)) (found.kind === 'key' ? keys : certificates).push(found);

  const entries = keys.map((key) => {
    const certificate = certificateOf(key, { keys, certificates });
    if (!certificate) throw new Malformed('key file holds a key without its certificate');
    return { name: key.name ?? certificate.name ?? '', pkcs8: key.bytes, certificate: certificate.bytes };
  });
  const own = new Set(entries.map(({ certificate }) => certificate));
  return { entries, chain: certificates.map((found) => found.bytes).filter((certificate) => !own.has(certificate)) };
}

type Found = {
  readonly kind: 'key' | 'certificate';
  readonly bytes: Bytes;
  readonly name: string | undefined;
  readonly id: Bytes | undefined;
};

function certificateOf(
  key: Found,
  { keys, certificates }: { keys: readonly Found[]; certificates: readonly Found[] },
): Found | undefined {
  const { id, name } = key;
  const byId = id && certificates.find((candidate) => candidate.id && equalBytes(candidate.id, id));
  if (byId) return byId;
  const ends = certificates.filter(({ bytes }) => !parseCertificate(bytes).extensions.authority);
  const byName = name === undefined ? [] : ends.filter((candidate) => candidate.name === name);
  if (byName.length === 1) return byName[0];
  return keys.length === 1 && ends.length === 1 ? ends[0] : undefined;
}

async function unlocked(
  bytes: Uint8Array,
  password: string,
): Promise<{ contents: readonly Node[]; bags: (contents: Node) => Promise<readonly Found[]> }> {
  const outer = new Fields(readDer(derFromBer(bytes), longestFile), 'key file');
  if (smallIntegerOf(outer.take(tags.integer)) !== 3) throw new Malformed('key file version');
  const safe = new Fields(outer.take(tags.sequence), 'key file');
  if (oidOf(safe.take(tags.oid)) !== oids.data) throw new Malformed('key file');
  const safes = expect(safe.take(0xa0).children[0], tags.octetString, 'key file').content;
  const mac = outer.maybe(tags.sequence);
  outer.done();
  const contents = expect(readDer(derFromBer(safes), longestFile), tags.sequence, 'key file').children;
  const checked = mac && checkMac(safes, mac, password);
  if (checked === false) throw new WrongPassword();

  const keysSoFar = new Map<string, Promise<CryptoKey>>();
  return {
    contents,
    async bags(node) {
      const decrypting = { password, keysSoFar };
      const fields = new Fields(node, 'key file');
      const type = oidOf(fields.take(tags.oid));
      const [inner] = fields.take(0xa0).children;
      fields.done();
      const plain =
        type === oids.data
          ? expect(inner, tags.octetString, 'key file').content
          : await openEncrypted(type, inner, decrypting);
      return bagsOf(await asDer(plain), decrypting);
    },
  };
}

type Decrypting = { readonly password: string; readonly keysSoFar: Map<string, Promise<CryptoKey>> };

async function asDer(plain: Uint8Array): Promise<Node> {
  return readDer(derFromBer(plain), longestFile);
}

async function openEncrypted(type: string, node: Node | undefined, decrypting: Decrypting): Promise<Bytes> {
  if (type !== oids.encryptedData) throw new Malformed('key file is sealed to a certificate, not to a password');
  const fields = new Fields(node, 'key file');
  fields.take(tags.integer);
  const content = new Fields(fields.take(tags.sequence), 'key file');
  if (oidOf(content.take(tags.oid)) !== oids.data) throw new Malformed('key file');
  const algorithm = content.take(tags.sequence);
  const sealed = content.maybe(0x80) ?? content.take(0xa0);
  const ciphertext =
    sealed.tag === 0x80
      ? sealed.content
      : joined(...sealed.children.map((piece) => expect(piece, tags.octetString, 'key file').content));
  const plain = await decrypted(algorithm, ciphertext, decrypting);
  return plain;
}

async function bagsOf(list: Node, decrypting: Decrypting): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const node of expect(list, tags.sequence, 'key file').children) {
    const fields = new Fields(node, 'key bag');
    const type = oidOf(fields.take(tags.oid));
    const [value] = fields.take(0xa0).children;
    const attributes = fields.maybe(tags.set);
    fields.done();
    const opened = await openBag(type, value, decrypting);
    if (opened) found.push({ ...opened, ...readAttributes(attributes) });
  }
  return found;
}

async function openBag(
  type: string,
  value: Node | undefined,
  decrypting: Decrypting,
): Promise<Pick<Found, 'kind' | 'bytes'> | undefined> {
  if (type === oids.keyBag) return { kind: 'key', bytes: new Uint8Array(expect(value, tags.sequence, 'key bag').der) };
  if (type === oids.shroudedKeyBag) {
    const fields = new Fields(value, 'key bag');
    const algorithm = fields.take(tags.sequence);
    const pkcs8 = await decrypted(algorithm, fields.take(tags.octetString).content, decrypting);
    fields.done();
    return { kind: 'key', bytes: (await asDer(pkcs8)).der };
  }
  if (type !== oids.certBag) return undefined; // revocation lists and secrets of other programs
  const fields = new Fields(value, 'certificate bag');
  if (oidOf(fields.take(tags.oid)) !== oids.x509Certificate) return undefined;
  const { content } = expect(fields.take(0xa0).children[0], tags.octetString, 'certificate bag');
  return { kind: 'certificate', bytes: new Uint8Array(content) };
}

function readAttributes(set: Node | undefined): Pick<Found, 'name' | 'id'> {
  let name: string | undefined;
  let id: Bytes | undefined;
  for (const { children } of set?.children ?? []) {
    const [type, values] = children;
    const value = values?.children[0];
    if (value?.tag === tags.bmpString && oidOf(type) === oids.friendlyName) name = fromUtf16(value.content);
    if (value?.tag === tags.octetString && oidOf(type) === oids.localKeyId) id = value.content;
  }
  return { name, id };
}

/* ---------- ciphers ---------- */

/** What a wrong password leaves behind looks like noise; with a checked MAC it cannot happen, without one it is the only sign. */
async function decrypted(algorithm: Node, ciphertext: Bytes, decrypting: Decrypting): Promise<Bytes> {
  const fields = new Fields(algorithm, 'key file cipher');
  const type = oidOf(fields.take(tags.oid));
  const parameters = fields.take(tags.sequence);
  fields.done();
  const plain =
    type === oids.pbes2
      ? await openPbes2(parameters, ciphertext, decrypting)
      : await openLegacy(type, parameters, { ciphertext, password: decrypting.password });
  if (!plain || plain[0] !== tags.sequence) throw new WrongPassword();
  return plain;
}

const prfs: Readonly<Record<string, Hash>> = {
  [oids.hmacSha1]: 'SHA-1', [oids.hmacSha256]: 'SHA-256', [oids.hmacSha384]: 'SHA-384', [oids.hmacSha512]: 'SHA-512',
}; // prettier-ignore
const aesBits: Readonly<Record<string, number>> = {
  [oids.aes128Cbc]: 128,
  [oids.aes192Cbc]: 192,
  [oids.aes256Cbc]: 256,
};

async function openPbes2(
  parameters: Node,
  ciphertext: Bytes,
  { password, keysSoFar }: Decrypting,
): Promise<Bytes | undefined> {
  const fields = new Fields(parameters, 'key file cipher');
  const derivation = new Fields(fields.take(tags.sequence), 'key file cipher');
  const cipher = new Fields(fields.take(tags.sequence), 'key file cipher');
  fields.done();
  if (oidOf(derivation.take(tags.oid)) !== oids.pbkdf2) throw new Malformed('key file cipher');
  const pbkdf = new Fields(derivation.take(tags.sequence), 'key file cipher');
  const salt = pbkdf.take(tags.octetString).content;
  const iterations = iterationsOf(pbkdf.take(tags.integer));
  pbkdf.maybe(tags.integer);
  const prf = pbkdf.maybe(tags.sequence);
  const hash = prf ? prfs[oidOf(prf.children[0])] : 'SHA-1';
  const bits = aesBits[oidOf(cipher.take(tags.oid))];
  const iv = cipher.take(tags.octetString).content;
  if (!hash || !bits || iv.length !== 16) throw new Malformed('key file cipher');

  const slot = [hash, bits, iterations, ...salt].join(' ');
  const key = keysSoFar.get(slot) ?? pbkdf2(password, { salt, iterations, hash, bits });
  keysSoFar.set(slot, key);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, await key, ciphertext));
  } catch {
    return undefined;
  }
}

async function pbkdf2(
  password: string,
  { salt, iterations, hash, bits }: { salt: Bytes; iterations: number; hash: Hash; bits: number },
): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', bytesOf(password), 'PBKDF2', false, ['deriveKey']);
  const derived = { name: 'PBKDF2', salt, iterations, hash };
  return crypto.subtle.deriveKey(derived, material, { name: 'AES-CBC', length: bits }, false, ['encrypt', 'decrypt']);
}

const legacyCiphers: Readonly<Record<string, { cipher: '3DES' | 'RC2'; bytes: number }>> = {
  [oids.pbe3Des]: { cipher: '3DES', bytes: 24 },
  [oids.pbeRc2With128]: { cipher: 'RC2', bytes: 16 },
  [oids.pbeRc2With40]: { cipher: 'RC2', bytes: 5 },
};

async function openLegacy(
  type: string,
  parameters: Node,
  { ciphertext, password }: { ciphertext: Bytes; password: string },
): Promise<Bytes | undefined> {
  const legacy = legacyCiphers[type];
  if (!legacy) throw new Malformed('key file cipher');
  const fields = new Fields(parameters, 'key file cipher');
  const salt = fields.take(tags.octetString).content;
  const iterations = iterationsOf(fields.take(tags.integer));
  fields.done();
  const derive = (id: 1 | 2, bytes: number): string =>
    binary(pkcs12Key({ hash: 'SHA-1', password, salt, iterations, id, bytes }));
  const [key, iv] = [derive(1, legacy.bytes), derive(2, 8)];

  // Only old files need these ciphers, so only they load them.
  const { default: forge } = await import('node-forge');
  const input = forge.util.createBuffer(binary(ciphertext));
  if (legacy.cipher === 'RC2') {
    const decipher = forge.rc2.createDecryptionCipher(key, legacy.bytes * 8);
    decipher.start(iv);
    decipher.update(input);
    return decipher.finish() ? unbinary(decipher.output.getBytes()) : undefined;
  }
  const decipher = forge.cipher.createDecipher('3DES-CBC', forge.util.createBuffer(key));
  decipher.start({ iv });
  decipher.update(input);
  return decipher.finish() ? unbinary(decipher.output.getBytes()) : undefined;
}

const binary = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
const unbinary = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0));

function iterationsOf(node: Node): number {
  const iterations = smallIntegerOf(node, 'iterations');
  if (iterations < 1 || iterations > mostIterations) throw new Malformed('iterations');
  return iterations;
}

/* ---------- the MAC and its key ---------- */

const digests = { 'SHA-1': sha1, 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512, SM3: sm3 } as const;

function checkMac(over: Uint8Array, node: Node, password: string): boolean {
  const fields = new Fields(node, 'key file mac');
  const digestInfo = new Fields(fields.take(tags.sequence), 'key file mac');
  const hash = hashOf(digestInfo.take(tags.sequence));
  const expected = digestInfo.take(tags.octetString).content;
  const salt = fields.take(tags.octetString).content;
  const count = fields.maybe(tags.integer);
  fields.done();
  if (!hash) throw new Malformed('key file mac');
  const iterations = count ? iterationsOf(count) : 1;
  return equalBytes(expected, macOf(over, { hash, password, salt, iterations }));
}

function macOf(
  over: Uint8Array,
  { hash, password, salt, iterations }: { hash: Hash; password: string; salt: Uint8Array; iterations: number },
): Uint8Array {
  const key = pkcs12Key({ hash, password, salt, iterations, id: 3, bytes: digests[hash].outputLen });
  return hmac(digests[hash], key, over);
}

/** RFC 7292 appendix B.2. `id`: 1 a cipher's key, 2 its IV, 3 the MAC's key. */
function pkcs12Key({
  hash,
  password,
  salt,
  iterations,
  id,
  bytes,
}: {
  hash: Hash;
  password: string;
  salt: Uint8Array;
  iterations: number;
  id: 1 | 2 | 3;
  bytes: number;
}): Bytes {
  const digest = digests[hash];
  const block = digest.blockLen;
  const diversifier = new Uint8Array(block).fill(id);
  const secret = utf16(`${password}\0`);
  const state = joined(stretched(salt, block), stretched(secret, block));
  const key = new Uint8Array(bytes);
  for (let done = 0; done < bytes;) {
    let round: Uint8Array = digest(joined(diversifier, state));
    for (let count = 1; count < iterations; count += 1) round = digest(round);
    key.set(round.subarray(0, Math.min(round.length, bytes - done)), done);
    done += round.length;
    const increment = stretched(round, block).subarray(0, block);
    for (let at = 0; at < state.length; at += block) addOneMore(state.subarray(at, at + block), increment);
  }
  return key;
}

/** Repeats bytes up to the next whole number of blocks. */
function stretched(bytes: Uint8Array, block: number): Bytes {
  const length = block * Math.ceil(bytes.length / block);
  return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length] ?? 0);
}

/** part = part + increment + 1, big-endian. */
function addOneMore(part: Uint8Array, increment: Uint8Array): void {
  let carry = 1;
  for (let at = part.length - 1; at >= 0; at -= 1) {
    carry += (part[at] ?? 0) + (increment[at] ?? 0);
    part[at] = carry & 0xff;
    carry >>= 8;
  }
}

function utf16(text: string): Bytes {
  const bytes = new Uint8Array(text.length * 2);
  for (let at = 0; at < text.length; at += 1) bytes.set([text.charCodeAt(at) >> 8, text.charCodeAt(at) & 0xff], at * 2);
  return bytes;
}

function fromUtf16(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at + 1 < bytes.length; at += 2)
    text += String.fromCharCode(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  return text.toWellFormed();
}
