import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  createAuthority,
  createSm2Authority,
  decryptionKeyFrom,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  makeCertificateRequest,
  sha256Hex,
  Sm2Key,
  type CertificateRequest,
  type DecryptionKey,
  type SuiteName,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdirSync, linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

declare module '../platform/house.ts' {
  interface House {
    readonly drawKeys: Readonly<Record<SuiteName, DrawKeys>>;
  }
}

/** With what the platform contributes to draws of one suite: its own 32 bytes, and the key that others deal shares to. */
export type DrawKeys = {
  readonly seed: Uint8Array<ArrayBuffer>;
  readonly privateKey: DecryptionKey;
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
const fileNames = { XB1: 'draw.key', 'XB1-SM': 'draw-sm2.key' } as const satisfies Record<SuiteName, string>;

/** Opens the platform's draw keys, made at the first start; they lie beside the log's key. Throws when others can read the file. */
export async function openDrawKeys(folder: string): Promise<Readonly<Record<SuiteName, DrawKeys>>> {
  return { XB1: await openOf(folder, 'XB1'), 'XB1-SM': await openOf(folder, 'XB1-SM') };
}

async function openOf(folder: string, suite: SuiteName): Promise<DrawKeys> {
  const path = join(folder, 'keys', fileNames[suite]);
  if (!existsSync(path)) await create(folder, path, suite);
  if ((statSync(path).mode & 0o077) !== 0) throw new Error(`${path} can be read by others: set its mode to 600`);
  const kept = Kept.parse(JSON.parse(readFileSync(path, 'utf8')));
  return {
    seed: fromHex(kept.seed),
    privateKey: await decryptionKeyFrom(fromHex(kept.privateKey)),
    certificate: kept.certificate,
    certSha256: sha256Hex(fromHex(kept.certificate)),
  };
}

const subject = { commonName: 'Xinbiao draw', organisation: 'Xinbiao' };
const at = new Date('2026-01-01T00:00:00.000Z');

/** A request for certificates, and the private key of the one that shares are dealt to. */
type Requested = { readonly request: CertificateRequest; readonly privateKey: Uint8Array };

async function p256Request(): Promise<Requested> {
  const signing = await generateSigningPair({ extractable: false });
  const encryption = await generateEncryptionPair({ extractable: true });
  const privateKey = new Uint8Array(await crypto.subtle.exportKey('pkcs8', encryption.privateKey));
  return { request: await makeCertificateRequest({ subject, signing, encryption }), privateKey };
}

async function sm2Request(): Promise<Requested> {
  const [key, encryption] = [Sm2Key.generate(), Sm2Key.generate()];
  const request = await makeCertificateRequest({ subject, signing: { privateKey: key, spki: key.spki }, encryption });
  return { request, privateKey: encryption.toPkcs8() };
}

/** The certificate proves nothing but which key shares are dealt to: its hash stands in every pool. */
async function create(folder: string, path: string, suite: SuiteName): Promise<void> {
  const founding = { name: subject.commonName, at, years: 40 };
  const { request, privateKey } = await (suite === 'XB1-SM' ? sm2Request : p256Request)();
  const pair = await issueCertificates({
    authority: await (suite === 'XB1-SM' ? createSm2Authority : createAuthority)(founding),
    request,
    subject,
    serials: { signing: '01', encryption: '02' },
    notBefore: at,
    notAfter: new Date('2065-01-01T00:00:00.000Z'),
  });
  const kept: z.infer<typeof Kept> = {
    v: 1,
    seed: randomBytes(32).toString('hex'),
    privateKey: toHex(privateKey),
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
