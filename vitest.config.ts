import { defineConfig } from 'vitest/config';

/** Five projects: pure contracts, the back end on real databases, the attacks on it, the front end, and the walks through all of it. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'contracts', maxWorkers: 2, include: ['contracts/src/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'frontend', include: ['frontend/src/**/*.test.ts'] } },
      {
        test: {
          name: 'backend',
          maxWorkers: 2,
          include: ['backend/src/**/*.test.ts', 'backend/test/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['scripts/walks/**', 'backend/test/attacks/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'attacks',
          maxWorkers: 2,
          include: ['backend/test/attacks/*.attack.test.ts'],
          globalSetup: 'scripts/walks/built.mjs',
          testTimeout: 300_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'walks',
          maxWorkers: 2,
          include: ['scripts/walks/**/*.walk.test.ts'],
          globalSetup: 'scripts/walks/built.mjs',
          testTimeout: 300_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
    ],
  },
});
