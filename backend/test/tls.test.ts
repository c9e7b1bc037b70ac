import { existsSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from './house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse({ config: { tls: 'self-signed' } });
});
afterAll(() => house.close());

const ask = (path: string): Promise<{ status: number | undefined; subject: string; names: string }> =>
  new Promise((done, fail) => {
    const asked = request(new URL(path, house.url), { rejectUnauthorized: false }, (answer) => {
      const certificate = (
        answer.socket as unknown as { getPeerCertificate: () => { subject: { CN: string }; subjectaltname: string } }
      ).getPeerCertificate();
      answer.resume();
      done({ status: answer.statusCode, subject: certificate.subject.CN, names: certificate.subjectaltname });
    });
    asked.on('error', fail).end();
  });

test('serves https with a certificate of its own that names this machine', async () => {
  expect(house.url).toMatch(/^https:/);
  const { status, names } = await ask('/api/clock');
  expect(status).toBe(200);
  expect(names).toContain('DNS:localhost');
  expect(names).toContain('127.0.0.1');
});

test('keeps its key to itself', () => {
  const key = join(house.folder, 'keys', 'tls.key.pem');
  expect(existsSync(key)).toBe(true);
  expect(statSync(key).mode & 0o077).toBe(0);
});
