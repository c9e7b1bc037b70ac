import { instantText, toHex } from '@xinbiao/contracts/kernel';
import {
  createAuthority,
  createSm2Authority,
  importSigningKey,
  makeCrl,
  readCertificate,
  Sm2Key,
  type Authority,
  type Bytes,
  type Revocation,
  type SuiteName,
  type TrustAnchors,
} from '@xinbiao/contracts/trust';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Config } from '../platform/index.ts';

/** The authorities whose certificates count here, and, in a demonstration, the one that issues. */
export type Authorities = {
  readonly roots: readonly Bytes[];
  readonly anchors: (at: Date) => TrustAnchors;
  readonly isDemonstration: (issuerDer: string) => boolean;
  readonly demonstration: Authority | undefined;
  /** The same for the national algorithms. */
  readonly demonstrationSm2: Authority<Sm2Key> | undefined;
  readonly crl: (suite: SuiteName, revoked: readonly Revocation[], at: Date) => Promise<Bytes | undefined>;
  readonly rows: () => AuthorityRow[];
};
type AuthorityRow = {
  name: string;
  fingerprint: string;
  der: string;
  pem: string;
  notBefore: string;
  notAfter: string;
  demonstration: boolean;
};

/** Reads the trusted authorities of the instance; throws with the file's name where one cannot be read. */
export async function openAuthorities({
  config,
  clock,
}: {
  readonly config: Config;
  readonly clock: Clock;
}): Promise<Authorities> {
  const { certificates, crls } = readTrustFolder(config.trustFolder);
  const configured = certificates.filter(isRoot);
  const intermediates = certificates.filter((der) => !configured.includes(der));
  const place = { folder: join(config.folder, 'keys'), now: clock.now(), city: config.cityName.zh };
  const [demonstration, demonstrationSm2] =
    config.mode === 'demo'
      ? [await openDemonstration(place), await openSm2Demonstration(place)]
      : [undefined, undefined];
  const own = [demonstration, demonstrationSm2].flatMap((authority) => authority?.certificate ?? []);
  const roots = [...configured, ...own];
  const ownNames = own.map((der) => readCertificate(der).issuer);
  return {
    roots,
    demonstration,
    demonstrationSm2,
    anchors: (at) => ({ roots, intermediates, crls, at }),
    isDemonstration: (issuer) => ownNames.includes(issuer),
    crl: async (suite, revoked, at) => {
      const authority = suite === 'XB1-SM' ? demonstrationSm2 : demonstration;
      return authority && makeCrl({ authority, revoked, at, nextUpdate: new Date(at.getTime() + 86_400_000) });
    },
    rows: () =>
      roots.map((der) => {
        const { subject, fingerprint, notBefore, notAfter } = readCertificate(der);
        return {
          name: subject.commonName,
          fingerprint,
          der: toHex(der),
          pem: pemOf(der),
          notBefore: instantText(notBefore),
          notAfter: instantText(notAfter),
          demonstration: own.includes(der),
        };
      }),
  };
}

/** A root is signed by itself; whether it may sign for others is judged at every check. */
function isRoot(der: Bytes): boolean {
  const certificate = new X509Certificate(der);
  return certificate.checkIssued(certificate);
}

export const pemOf = (der: Uint8Array, label = 'CERTIFICATE'): string =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${label}-----\n`;

/** Every block of a PEM text with this label. */
export const fromPem = (pem: string, label: string): Bytes[] =>
  [...pem.matchAll(new RegExp(`-----BEGIN ${label}-----([\\sA-Za-z0-9+/=]+)-----END ${label}-----`, 'g'))].map(
    ([, body = '']) => new Uint8Array(Buffer.from(body.replace(/\s/g, ''), 'base64')),
  );

function readTrustFolder(folder: string): { certificates: Bytes[]; crls: Bytes[] } {
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.(pem|crt|cer|crl)$/i.test(name))
        .sort()
    : [];
  const certificates: Bytes[] = [];
  const crls: Bytes[] = [];
  for (const name of files) {
    const pem = readFileSync(join(folder, name), 'utf8');
    const found = fromPem(pem, 'CERTIFICATE');
    const lists = fromPem(pem, 'X509 CRL');
    if (found.length + lists.length === 0)
      throw new Error(`the trusted authorities' file ${name} holds no PEM certificate`);
    try {
      for (const der of found) readCertificate(der);
    } catch (cause) {
      throw new Error(`the trusted authorities' file ${name} cannot be read`, { cause });
    }
    certificates.push(...found);
    crls.push(...lists);
  }
  return { certificates, crls };
}

/** The demonstration's own authority: made once, its key readable by the owner of the folder only. */
type Place = { readonly folder: string; readonly now: Date; readonly city: string };

async function openDemonstration({ folder, now, city }: Place): Promise<Authority> {
  const file = join(folder, 'demonstration-authority.json');
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { certificate: string; privateKey: string };
    return {
      certificate: new Uint8Array(Buffer.from(kept.certificate, 'base64')),
      privateKey: await importSigningKey(Buffer.from(kept.privateKey, 'base64')),
    };
  }
  const authority = await createAuthority({
    name: `${city}演示证书机构（不具法律效力）`,
    ...demonstrationSpan(now),
    extractable: true,
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', authority.privateKey));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(
    file,
    JSON.stringify({
      certificate: Buffer.from(authority.certificate).toString('base64'),
      privateKey: pkcs8.toString('base64'),
    }),
    { mode: 0o600, flag: 'wx' },
  );
  return { certificate: authority.certificate, privateKey: await importSigningKey(pkcs8) };
}

/** Validity that spans every time a demonstration may show: the past that seeds tell of, and clocks turned far ahead. */
function demonstrationSpan(now: Date): { at: Date; years: number } {
  const at = new Date(now);
  at.setUTCFullYear(now.getUTCFullYear() - 10);
  return { at, years: 40 };
}

/** The same authority with an SM2 key, for the national algorithms; it has a name of its own, so that its list is found. */
async function openSm2Demonstration({ folder, now, city }: Place): Promise<Authority<Sm2Key>> {
  const file = join(folder, 'demonstration-authority-sm2.json');
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { certificate: string; privateKey: string };
    return {
      certificate: new Uint8Array(Buffer.from(kept.certificate, 'base64')),
      privateKey: Sm2Key.from(Buffer.from(kept.privateKey, 'base64')),
    };
  }
  const authority = await createSm2Authority({
    name: `${city}国密演示证书机构（不具法律效力）`,
    ...demonstrationSpan(now),
  });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(
    file,
    JSON.stringify({
      certificate: Buffer.from(authority.certificate).toString('base64'),
      privateKey: Buffer.from(authority.privateKey.toPkcs8()).toString('base64'),
    }),
    { mode: 0o600, flag: 'wx' },
  );
  return authority;
}
