import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  createAuthority,
  generateEncryptionPair,
  generateSigningPair,
  importEncryptionKey,
  issueCertificates,
  makeCertificateRequest,
  sha256Hex,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdirSync, linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

declare module '../platform/house.ts' {
  interface House {
    readonly drawKeys: DrawKeys;
  }
}

/** With what the platform contributes to draws: its own 32 bytes, and the key that others deal shares to. */
export type DrawKeys = {
  readonly seed: Uint8Array<ArrayBuffer>;
  readonly privateKey: CryptoKey;
  /** DER, hex. */
  readonly certificate: string;
  readonly certSha256: string;
};

const Kept = z.strictObject({
  v: z.literal(1),
  seed: z.string().length(64),
  privateKey: z.string(),
  certificate: z.string(),
});
const fileName = 'draw.key';

/** Opens the platform's draw keys, made at the first start; they lie beside the log's key. Throws when others can read the file. */
export async function openDrawKeys(folder: string): Promise<DrawKeys> {
  const path = join(folder, 'keys', fileName);
  if (!existsSync(path)) await create(folder, path);
  if ((statSync(path).mode & 0o077) !== 0) throw new Error(`${path} can be read by others: set its mode to 600`);
  const kept = Kept.parse(JSON.parse(readFileSync(path, 'utf8')));
  return {
    seed: fromHex(kept.seed),
    privateKey: await importEncryptionKey(fromHex(kept.privateKey)),
    certificate: kept.certificate,
    certSha256: sha256Hex(fromHex(kept.certificate)),
  };
}

/** The certificate proves nothing but which key shares are dealt to: its hash stands in every pool. */
async function create(folder: string, path: string): Promise<void> {
  const name = { commonName: 'Xinbiao draw', organisation: 'Xinbiao' };
  const at = new Date('2026-01-01T00:00:00.000Z');
  const authority = await createAuthority({ name: name.commonName, at, years: 40 });
  const signing = await generateSigningPair({ extractable: false });
  const encryption = await generateEncryptionPair({ extractable: true });
  const pair = await issueCertificates({
    authority,
    request: await makeCertificateRequest({ subject: name, signing, encryption }),
    subject: name,
    serials: { signing: '01', encryption: '02' },
    notBefore: at,
    notAfter: new Date('2065-01-01T00:00:00.000Z'),
  });
  const kept: z.infer<typeof Kept> = {
    v: 1,
    seed: randomBytes(32).toString('hex'),
    privateKey: toHex(new Uint8Array(await crypto.subtle.exportKey('pkcs8', encryption.privateKey))),
    certificate: toHex(pair.encryption),
  };
  mkdirSync(join(folder, 'keys'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(kept), { mode: 0o600, flush: true });
  try {
    // A link, not a rename: of two first starts only one may make the keys.
    linkSync(draft, path);
  } catch (fault) {
    if (!existsSync(path)) throw fault;
  } finally {
    unlinkSync(draft);
  }
}
