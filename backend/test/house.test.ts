import { readClock, readHouse } from '@xinbiao/contracts/house';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from './house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('tells the time that decides', async () => {
  house.clock.set('2026-11-24T01:30:00.000Z');
  expect((await house.anybody.call(readClock)).now).toBe('2026-11-24T01:30:00.000Z');
});

test('says whose house it is', async () => {
  expect(await house.anybody.call(readHouse)).toEqual({
    mode: 'demo',
    suite: 'XB1',
    database: process.env['XINBIAO_TEST_MARIADB'] === undefined ? 'sqlite' : 'mariadb',
    city: { zh: '青澜市', en: 'Qinglan' },
  });
});

test('refuses a write that no page of ours sent', async () => {
  const answer = await house.anybody.fetch('/api/operator/clock', {
    method: 'POST',
    headers: { 'x-xinbiao': '0', 'content-type': 'application/json' },
    body: '{}',
  });
  expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([403, 'request.forged']);
});

test('says that an unknown operation is unknown, and describes those it has', async () => {
  expect((await house.anybody.fetch('/api/nothing')).status).toBe(404);
  const description = (await (await house.anybody.fetch('/api/openapi.json')).json()) as {
    openapi: string;
    paths: object;
  };
  expect(description.openapi).toBe('3.1.0');
  expect(Object.keys(description.paths)).toContain('/api/clock');
});

test('has a schema that equals its entities', async () => {
  expect(await house.database.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
});
