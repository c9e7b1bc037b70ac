import { instantText, toHex } from '@xinbiao/contracts/kernel';
import {
  createAuthority,
  importSigningKey,
  makeCrl,
  readCertificate,
  type Authority,
  type Bytes,
  type Revocation,
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
  readonly crl: (revoked: readonly Revocation[], at: Date) => Promise<Bytes | undefined>;
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
  const demonstration =
    config.mode === 'demo'
      ? await openDemonstration(join(config.folder, 'keys'), clock.now(), config.cityName.zh)
      : undefined;
  const roots = demonstration ? [...configured, demonstration.certificate] : configured;
  const demonstrationName = demonstration && readCertificate(demonstration.certificate).issuer;
  return {
    roots,
    demonstration,
    anchors: (at) => ({ roots, intermediates, crls, at }),
    isDemonstration: (issuer) => issuer === demonstrationName,
    crl: async (revoked, at) =>
      demonstration &&
      makeCrl({ authority: demonstration, revoked, at, nextUpdate: new Date(at.getTime() + 86_400_000) }),
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
          demonstration: der === demonstration?.certificate,
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
async function openDemonstration(folder: string, now: Date, city: string): Promise<Authority> {
  const file = join(folder, 'demonstration-authority.json');
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { certificate: string; privateKey: string };
    return {
      certificate: new Uint8Array(Buffer.from(kept.certificate, 'base64')),
      privateKey: await importSigningKey(Buffer.from(kept.privateKey, 'base64')),
    };
  }
  // Its validity spans every time a demonstration may show: the past that seeds tell of, and clocks turned far ahead.
  const at = new Date(now);
  at.setUTCFullYear(now.getUTCFullYear() - 10);
  const authority = await createAuthority({
    name: `${city}演示证书机构（不具法律效力）`,
    at,
    years: 40,
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
