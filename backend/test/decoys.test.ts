import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openHouse, type OpenHouse } from '../src/open.ts';
import { configOf } from '../src/platform/index.ts';
import { entriesBetween } from '../src/ledger/index.ts';

let opened: OpenHouse;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-decoys-'));

beforeAll(async () => {
  opened = await openHouse(
    configOf({
      XINBIAO_DATA: folder,
      PORT: '0',
      XINBIAO_PAGES: 'off',
      XINBIAO_LOG_CADENCE: '20',
      XINBIAO_LOG_COVER: 'random',
      XINBIAO_DECOYS: '36000',
    }),
  );
});
afterAll(async () => {
  await opened.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a running house logs sealed entries that say nothing, although nobody bids', async () => {
  const { house } = opened;
  await vi.waitFor(
    async () => {
      const { size } = await house.ledger.checkpoint(house.fork());
      const sealed = (await entriesBetween(house.fork(), 0, size)).filter(
        ({ kind, body }) => kind === 'commit' && body === null,
      );
      expect(sealed.length).toBeGreaterThan(3);
    },
    { timeout: 20_000, interval: 200 },
  );
});

test('every house does so unless it is told not to', () => {
  expect(configOf({}).logCover).toBe('constant');
  expect(configOf({ XINBIAO_LOG_COVER: 'off' }).logCover).toBe('off');
  expect(() => configOf({ XINBIAO_LOG_COVER: 'perhaps' })).toThrow('XINBIAO_LOG_COVER');
});
