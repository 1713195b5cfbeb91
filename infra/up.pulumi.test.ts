import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from './testing/control-plane-connection.ts';
import { startControlPlane } from './testing/control-plane.ts';
import type { KubeObject } from './testing/kube-object.ts';
import { findPulumi, pulumiOn } from './testing/pulumi/pulumi-cli.ts';
import { liveThrough } from './testing/pulumi/stack-life.ts';
import { devConfig, put, SAMPLE_SECRETS } from './testing/sample-configs.ts';

const PROJECT = join(import.meta.dirname, '..');
const STACK = 'patchbay-trial';
const APPS = 'patchbay';
const PARTS = ['agent', 'api'] as const;

const { PATH = '', HOME = tmpdir() } = process.env;
const found = await findPulumi(PATH, HOME);
const program = 'program' in found ? found.program : undefined;
if ('missing' in found) {
  process.stdout.write(`\n  Skipped: ${found.missing}\n  Nothing of \`pulumi up\` was tried.\n\n`);
}

describe.skipIf(program === undefined)('the dev stack by the Pulumi CLI', () => {
  let plane: ControlPlane;
  let folder: string;
  beforeAll(async () => {
    plane = await startControlPlane();
    const capacity = { cpu: '32', memory: '128Gi' };
    await plane.addNode({ name: 'only', capacity, externalIp: '203.0.113.10' });
    folder = await mkdtemp(join(tmpdir(), 'patchbay-pulumi-'));
    await mkdir(join(folder, 'state'));
  }, 120_000);
  afterAll(async () => {
    await (plane as ControlPlane | undefined)?.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const deployment = (part: string): Promise<KubeObject> =>
    plane.client.get({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      ...{ name: `patchbay-${part}`, namespace: APPS },
    });
  const generations = () =>
    Promise.all(PARTS.map(async (part) => (await deployment(part)).metadata.generation));

  it('comes up, does not differ, changes one part alone, and goes', async () => {
    // A stack's file of somebody's own is not written over.
    const file = join(PROJECT, `Pulumi.${STACK}.yaml`);
    await expect(access(file)).rejects.toThrow('ENOENT');
    const config = devConfig();
    put(config, ['livekit', 'apiSecret'], undefined);
    let before: (number | undefined)[] = [];
    await liveThrough({
      pulumi: pulumiOn({
        ...{ program: program ?? '', project: PROJECT, backend: join(folder, 'state') },
        ...{ passphrase: 'for this test only', kubeconfig: plane.kubeconfig },
        inherit: { PATH, HOME },
        progress: (words) => process.stdout.write(`  ${words} …\n`),
      }),
      ...{ project: PROJECT, stack: STACK, config, context: 'test' },
      secrets: { 'patchbay:livekit.apiSecret': SAMPLE_SECRETS.livekit },
      change: ['patchbay:agent.maxCalls', '5'],
      after: {
        up: async (outputs) => {
          expect(outputs.numbers).toEqual([
            expect.stringContaining('+12025550101 rings bank'),
            expect.stringContaining('+12025550102 rings support'),
          ]);
          before = await generations();
        },
        change: async () => {
          const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'patchbay-agent-env' };
          const env = await plane.client.get({ ...ref, namespace: APPS });
          expect((env.data as Record<string, string>).AGENT_MAX_CALLS).toBe('5');
          const [agent = 0, api] = before;
          expect(await generations()).toEqual([agent + 1, api]);
        },
        destroy: async () => {
          const ref = { apiVersion: 'v1', kind: 'Namespace', name: APPS };
          await plane.waitFor(ref, (namespace) => namespace === undefined, { what: 'gone' });
        },
      },
    });
  }, 900_000);
});
