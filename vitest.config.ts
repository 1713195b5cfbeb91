import { defineConfig } from 'vitest/config';

/** As the services set it. Without it @livekit/rtc-node wrote two of three lines of all the tests'. */
const AS_DEPLOYED = { NODE_ENV: 'production' };

// Speeds of proof: `unit` needs nothing, `protocol` talks to real peers on loopback
// (sipp, baresip, livekit-server, Chromium), `e2e` starts the whole stack. Likewise `infra` needs
// nothing, `kube` runs helm and a real Kubernetes control plane, `cluster` a real node with pods,
// `pulumi` the Pulumi CLI where there is one.
export default defineConfig({
  test: {
    // Of tests that run side by side in one file: no more than cores.
    maxConcurrency: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['services/**/*.test.ts', 'tools/**/*.test.ts', 'loadtests/**/*.test.ts'],
          // Modules are loaded once for all files: a third of the time. Tests leave nothing behind in them.
          isolate: false,
          exclude: ['**/node_modules/**', '**/*.{protocol,kube}.test.ts', '**/e2e/**'],
          // Some start a process, which takes seconds where everything runs at once.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'protocol',
          env: AS_DEPLOYED,
          // Conversations in real time on machines that others use too. What fails twice has failed.
          retry: 1,
          include: ['services/**/*.protocol.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'infra',
          include: ['infra/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.{kube,cluster,pulumi}.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'kube',
          include: ['infra/**/*.kube.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['infra/**/*.cluster.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'pulumi',
          include: ['infra/**/*.pulumi.test.ts'],
          exclude: ['**/node_modules/**'],
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          env: AS_DEPLOYED,
          retry: 1,
          include: ['services/sandbox/e2e/**/*.test.ts', 'loadtests/e2e/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
