import { parseSignerKey, signerKey, signerKeyText, type SignerKey } from '@xinbiao/contracts/trust';
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder, writeDurably } from './step-store.ts';

export type LogKeyPlace = {
  /** Folder of keys: beside the database folder, never inside it, so that no copy of the database holds the key. */
  readonly folder: string;
  /** The log's name for ever; only looked at when the key is made. */
  readonly origin?: string | undefined;
  readonly passphrase?: string | undefined;
};

const fileName = 'log.key';
const sealMark = 'xinbiao-sealed-key-v1';

/**
 * The key that the log signs with, made at the first start. Throws when others can read the file, when the
 * passphrase is wrong, or when an origin is asked for that is not the key's.
 */
export function openLogKey(place: LogKeyPlace): SignerKey {
  const path = join(place.folder, fileName);
  if (!existsSync(path)) create(path, place);
  if ((statSync(path).mode & 0o077) !== 0) throw new Error(`${path} can be read by others: set its mode to 600`);
  const key = parseSignerKey(unseal(readFileSync(path, 'utf8').trim(), place.passphrase));
  if (place.origin !== undefined && place.origin !== key.name)
    throw new Error(`the log of this house is ${key.name}, not ${place.origin}: an origin is fixed for ever`);
  return key;
}

function create(path: string, place: LogKeyPlace): void {
  mkdirSync(place.folder, { recursive: true, mode: 0o700 });
  const origin = place.origin ?? `xinbiao.local/${randomBytes(6).toString('hex')}`;
  const text = signerKeyText(signerKey(origin, randomBytes(32)));
  const draft = `${path}.${process.pid}`;
  writeDurably(draft, `${place.passphrase === undefined ? text : seal(text, place.passphrase)}\n`);
  try {
    // A link, not a rename: of two first starts only one may make the key.
    linkSync(draft, path);
  } catch (fault) {
    if (!existsSync(path)) throw fault;
  } finally {
    unlinkSync(draft);
  }
  syncFolder(place.folder);
}

const scrypt = (passphrase: string, salt: Buffer) =>
  scryptSync(passphrase.normalize('NFC'), salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 });

function seal(text: string, passphrase: string): string {
  const [salt, iv] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', scrypt(passphrase, salt), iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [sealMark, ...[salt, iv, sealed, cipher.getAuthTag()].map((part) => part.toString('hex'))].join(' ');
}

function unseal(text: string, passphrase: string | undefined): string {
  if (!text.startsWith(`${sealMark} `)) return text;
  if (passphrase === undefined) throw new Error('the key of the log is sealed: its passphrase is needed to start');
  const [salt, iv, sealed, tag] = text
    .split(' ')
    .slice(1)
    .map((part) => Buffer.from(part, 'hex'));
  if (!salt || !iv || !sealed || !tag) throw new Error('the key of the log cannot be read');
  const decipher = createDecipheriv('aes-256-gcm', scrypt(passphrase, salt), iv).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
  } catch {
    throw new Error('the passphrase does not open the key of the log');
  }
}

/** Replaces a file at once and durably: whoever reads it sees the old text or the new. */
export function replaceDurably(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeDurably(draft, text);
  renameSync(draft, path);
  syncFolder(dirname(path));
}
