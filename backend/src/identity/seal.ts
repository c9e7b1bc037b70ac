import {
  generateEncryptionPair,
  generateSigningPair,
  importSigningKey,
  issueCertificates,
  makeCertificateRequest,
} from '@xinbiao/contracts/trust';
import { toHex } from '@xinbiao/contracts/kernel';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { PaperSigner } from '../platform/pdf/index.ts';
import type { House } from '../platform/index.ts';

/** The house's own electronic seal, without reason and time. */
export type HouseSeal = Omit<PaperSigner, 'reason' | 'signedAt'>;
type Kept = { readonly certificate: string; readonly chain: readonly string[]; readonly privateKey: string };

const opened = new Map<string, Promise<HouseSeal | undefined>>();

/**
 * The seal that papers of this house carry: `keys/house-seal.json`, certificate, chain and PKCS#8 in base64. A
 * demonstration makes one from its own authority; production without one issues papers that say they are unsealed.
 */
export function houseSeal(house: House): Promise<HouseSeal | undefined> {
  const file = join(house.config.folder, 'keys', 'house-seal.json');
  const seal = opened.get(file) ?? openSeal(house, file);
  opened.set(file, seal);
  seal.catch(() => opened.delete(file));
  return seal;
}

async function openSeal(house: House, file: string): Promise<HouseSeal | undefined> {
  const name = `${house.config.cityName.zh}电子采购平台`;
  if (!existsSync(file)) {
    const made = await makeSeal(house, name);
    if (!made) return undefined;
    mkdirSync(join(house.config.folder, 'keys'), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' });
  }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64'));
  return {
    name,
    certificate: bytes(kept.certificate),
    chain: kept.chain.map(bytes),
    privateKey: await importSigningKey(bytes(kept.privateKey)),
  };
}

async function makeSeal({ identity, clock }: House, name: string): Promise<Kept | undefined> {
  const authority = identity.authorities.demonstration;
  if (!authority) return undefined;
  const subject = { commonName: `${name}演示印章`, organisation: name };
  const signing = await generateSigningPair({ extractable: true });
  const request = await makeCertificateRequest({
    subject,
    signing,
    encryption: await generateEncryptionPair({ extractable: false }),
  });
  const serial = (): string => toHex(Uint8Array.of(0x41, ...randomBytes(15)));
  // Spans every time a demonstration may show, like the authority's own certificate.
  const year = clock.real().getUTCFullYear();
  const at = (from: number): Date => new Date(Date.UTC(from, 0, 1));
  const issued = await issueCertificates({
    authority,
    request,
    subject,
    serials: { signing: serial(), encryption: serial() },
    notBefore: at(year - 8),
    notAfter: at(year + 25),
  });
  const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64');
  return {
    certificate: base64(issued.signing),
    chain: [base64(authority.certificate)],
    privateKey: base64(new Uint8Array(await crypto.subtle.exportKey('pkcs8', signing.privateKey))),
  };
}
