import type { Bytes } from '@xinbiao/contracts/trust';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';

export type TimeAnchors = {
  readonly roots: readonly Bytes[];
  readonly intermediates: readonly Bytes[];
  readonly crls: readonly Bytes[];
};

const blocks = (pem: string, label: string): Bytes[] =>
  [...pem.matchAll(new RegExp(`-----BEGIN ${label}-----([\\sA-Za-z0-9+/=]+)-----END ${label}-----`, 'g'))].map(
    ([, body = '']) => new Uint8Array(Buffer.from(body.replace(/\s/g, ''), 'base64')),
  );

/** Reads the trusted roots of timestamp authorities from PEM files; throws with the file's name where one cannot be read. */
export function readTimeAnchors(folder: string): TimeAnchors {
  const roots: Bytes[] = [];
  const intermediates: Bytes[] = [];
  const crls: Bytes[] = [];
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(pem|crt|cer|crl)$/i.test(name)) : [];
  for (const name of names.toSorted()) {
    const pem = readFileSync(join(folder, name), 'utf8');
    const certificates = blocks(pem, 'CERTIFICATE');
    crls.push(...blocks(pem, 'X509 CRL'));
    try {
      for (const der of certificates) {
        const certificate = new X509Certificate(der);
        (certificate.checkIssued(certificate) ? roots : intermediates).push(der);
      }
    } catch (cause) {
      throw new Error(`the timestamp authorities' file ${name} cannot be read`, { cause });
    }
  }
  return { roots, intermediates, crls };
}
