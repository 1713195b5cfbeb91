import { defineConfig } from 'vitest/config';

// Three speeds of proof: `unit` needs nothing, `protocol` talks to real peers on loopback
// (sipp, baresip, livekit-server), `e2e` starts the whole stack.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['services/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.protocol.test.ts', '**/e2e/**'],
        },
      },
      {
        test: {
          name: 'protocol',
          include: ['services/**/*.protocol.test.ts'],
          exclude: ['**/node_modules/**'],
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // One file at a time: each starts servers and browsers of its own, which is enough for two cores.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['services/sandbox/e2e/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          // Real time on shared machines: a second try tells a busy neighbour from a fault. Reported as such.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
