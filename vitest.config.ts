import { defineConfig } from 'vitest/config';

/** Three projects: pure contracts, the back end on real databases, the front end. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'contracts', include: ['contracts/src/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'frontend', include: ['frontend/src/**/*.test.ts'] } },
      {
        test: {
          name: 'backend',
          include: ['backend/src/**/*.test.ts', 'backend/test/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
    ],
  },
});
