import { afterAll, beforeAll, expect, test } from 'vitest';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openHouse, type TestHouse } from '../../test/house.ts';
import type { Actor } from './index.ts';

let house: TestHouse;
const owner = { personId: '01933f00-0000-7000-8000-000000000001', roles: [], scopes: [] } as unknown as Actor;
const thief = { ...owner, personId: '01933f00-0000-7000-8000-000000000002' };

beforeAll(async () => {
  house = await openHouse({
    identify: async (ctx) => (ctx.get('x-test') === 'owner' ? owner : ctx.get('x-test') === 'thief' ? thief : null),
  });
});
afterAll(() => house.close());

const send = (who: string, method: string, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${house.url}${path}`, {
    method,
    headers: { 'x-xinbiao': '1', 'x-test': who, 'tus-resumable': '1.0.0', ...headers },
  });

test('an upload, and what belongs to it, is touched by nobody but its owner', async () => {
  const begun = await send('owner', 'POST', '/api/files', {
    'upload-length': '5',
    'upload-metadata': 'filename YS50eHQ=',
  });
  const place = begun.headers.get('location') ?? '';
  expect(begun.status).toBe(201);
  for (const path of [
    place,
    `${place}.json`,
    `${place.replace(/[^/]+$/, '')}..%2fkeys%2flog.key`,
    `${place.replace(/[^/]+$/, '')}.`,
  ])
    for (const method of ['DELETE', 'HEAD', 'PATCH'])
      expect([
        path,
        method,
        (
          await send(
            'thief',
            method,
            path,
            method === 'PATCH' ? { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } : {},
          )
        ).status,
      ]).toEqual([path, method, 404]);
  const id = place.split('/').at(-1) ?? '';
  expect(existsSync(join(house.folder, 'uploads', `${id}.json`))).toBe(true);
  expect((await send('owner', 'HEAD', place)).status).toBe(200);
});
