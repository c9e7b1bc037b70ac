import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';

const years = 2;

/**
 * A certificate of our own for a house without one: browsers seal bids only over https or on localhost. People have
 * to accept it once; it names this machine and every address it has. Made at the first start and kept.
 */
export async function selfSigned(folder: string, now: Date): Promise<{ certificate: string; key: string }> {
  const place = join(folder, 'keys');
  const files = { certificate: join(place, 'tls.crt.pem'), key: join(place, 'tls.key.pem') };
  if (existsSync(files.certificate) && existsSync(files.key)) return files;
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const addresses = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: `CN=${hostname()}`,
    notBefore: now,
    notAfter: new Date(now.getTime() + years * 365 * 86_400_000),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'dns', value: hostname() },
        ...[...new Set(addresses)]
          .filter((address) => !address.includes('%'))
          .map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  writeFileSync(
    files.key,
    `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
    { mode: 0o600 },
  );
  writeFileSync(files.certificate, `${certificate.toString('pem')}\n`);
  return files;
}
