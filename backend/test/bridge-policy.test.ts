import { bridgeAddress } from '@xinbiao/contracts/identity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from './house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const connects = async (cookie?: string): Promise<string | undefined> => {
  const answer = await fetch(`${house.url}/api/house`, cookie === undefined ? {} : { headers: { cookie } });
  return /connect-src ([^;]*)/.exec(answer.headers.get('content-security-policy') ?? '')?.[1];
};

test('a page may speak to this house alone, and to the bridge on its own computer only where that was chosen', async () => {
  expect(await connects()).toBe("'self'");
  for (const cookie of ['lang=en', 'xinbiao-bridge=', 'xinbiao-bridge=off', 'xinbiao-bridge=http://evil.example'])
    expect(await connects(cookie)).toBe("'self'");
  expect(await connects('lang=en; xinbiao-bridge=on')).toBe(`'self' ${bridgeAddress}`);
  expect(bridgeAddress).toBe('http://127.0.0.1:28765');
});
