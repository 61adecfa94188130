import { defineConfig } from 'vitest/config';

const LONG = '**/*.long.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['./test/setup/build.ts'],
    setupFiles: ['./test/setup/kernels.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One less than the cores is the default: on two cores, half the speed.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Loading the program again for each of the files takes half of their time.
          isolate: false,
          include: ['src/**/*.test.ts', 'tpch/**/*.test.ts', 'datasets/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [LONG, '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['src/**/*.long.test.ts', 'tpch/**/*.long.test.ts', 'test/**/*.long.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
