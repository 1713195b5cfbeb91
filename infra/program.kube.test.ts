import { describe, expect, it } from 'vitest';
import { loadAgentConfig } from '../services/agent/config.ts';
import { loadApiConfig } from '../services/api/config.ts';
import { loadBridgeConfig } from '../services/bridge/config.ts';
import { environmentOf } from './charts/pod-env.ts';
import { containerNamed } from './charts/pods.ts';
import { renderRegistered } from './testing/render-registered.ts';
import { runProgram, type ProgramRun } from './testing/run-program.ts';
import { cloudConfig, devConfig, prodConfig } from './testing/sample-configs.ts';

describe('every chart takes the values that the program gives it', () => {
  it.each([
    ['dev', devConfig],
    ['prod', prodConfig],
    ['LiveKit Cloud', cloudConfig],
  ])('%s', { timeout: 120_000 }, async (_name, sample) => {
    const { charts } = await runProgram(sample());
    for (const chart of charts) {
      const objects = await renderRegistered(chart);
      expect(objects.length).toBeGreaterThan(0);
      // Secrets are the program's own; a chart that makes one was given keys inline.
      expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
      // Pods and Services are found by the names that the other charts were told.
      const services = objects.filter(({ kind }) => kind === 'Service');
      for (const service of services)
        expect(service.metadata.name).toMatch(new RegExp(`^${chart.name}`));
    }
  });
});

/** What kubelet would give the part's container, with the Secrets that the program makes. */
async function environment(run: ProgramRun, part: string): Promise<Record<string, string>> {
  const chart = run.charts.find(({ name }) => name === `patchbay-${part}`);
  if (!chart) throw new Error(`no ${part}`);
  const objects = await renderRegistered(chart);
  const secrets: Record<string, Record<string, string>> = {};
  for (const { kind, metadata, stringData } of run.manifests) {
    const { name, namespace } = metadata as { name: string; namespace?: string };
    if (kind !== 'Secret' || namespace !== chart.namespace) continue;
    secrets[name] = stringData as Record<string, string>;
  }
  const fields = { 'status.hostIP': '10.0.0.5', 'spec.nodeName': 'node-1' };
  const env = environmentOf(containerNamed(objects, part), { objects, secrets, fields });
  // On several nodes each pod finds its own address when it starts.
  return { BRIDGE_RTP_ADVERTISED: '203.0.113.7', ...env };
}

describe('every service accepts the environment that comes of it', () => {
  it.each([
    ['dev', devConfig],
    ['prod', prodConfig],
    ['LiveKit Cloud', cloudConfig],
  ])('%s', { timeout: 120_000 }, async (_name, sample) => {
    const run = await runProgram(sample());
    const api = loadApiConfig(await environment(run, 'api'));
    const agent = loadAgentConfig(await environment(run, 'agent'));
    const bridge = loadBridgeConfig(await environment(run, 'bridge'));
    // One LiveKit and one pair of keys for all three.
    const { url, apiKey, apiSecret } = bridge.livekit;
    for (const { LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET } of [api, agent]) {
      expect([LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET]).toEqual([url, apiKey, apiSecret]);
    }
    expect(api.PUBLIC_LIVEKIT_URL).toBe(run.outputs.livekit);
    const first = String((run.outputs.numbers as string[])[0]).split(' ')[0] ?? '';
    expect(bridge.trunks.flatMap(({ numbers }) => Object.keys(numbers))).toContain(first);
  });
});
