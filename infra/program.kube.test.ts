import { describe, expect, it } from 'vitest';
import { loadAgentConfig } from '../services/agent/config.ts';
import { loadApiConfig } from '../services/api/config.ts';
import { loadBridgeConfig } from '../services/bridge/config.ts';
import { environmentOf } from './charts/pod-env.ts';
import { containerNamed } from './charts/pods.ts';
import { renderRegistered } from './testing/render-registered.ts';
import { runProgram, type ProgramRun } from './testing/run-program.ts';
import {
  cloudConfig,
  devConfig,
  EXCHANGE_AT_BRIDGE,
  prodConfig,
  SAMPLE_SECRETS,
} from './testing/sample-configs.ts';

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

describe('the bridge and the API of the production stack', () => {
  it('agree on trunks, passwords and the door for calls out', { timeout: 120_000 }, async () => {
    const run = await runProgram(prodConfig());
    const bridge = loadBridgeConfig(await environment(run, 'bridge'));
    expect(bridge.trunks.find(({ name }) => name === 'exchange')).toEqual(EXCHANGE_AT_BRIDGE);
    const { callerDigest: exchange, outboundDigest: patchbay } = SAMPLE_SECRETS;
    expect(bridge.trunkPasswords).toEqual({ exchange: { exchange, patchbay } });
    const api = loadApiConfig(await environment(run, 'api'));
    expect(api.API_BRIDGE_CONTROL_KEY).toBe(bridge.control?.key);
    const via = api.API_OUTBOUND.find(({ name }) => name === 'exchange');
    const url = `http://patchbay-bridge.patchbay-media.svc:${bridge.control?.port ?? 0}`;
    expect(via).toEqual({ name: 'exchange', kind: 'bridge', url, trunk: 'exchange' });
  });

  it('show no password in anything but Secrets', { timeout: 120_000 }, async () => {
    const { charts } = await runProgram(prodConfig());
    for (const chart of charts) {
      const shown = JSON.stringify(await renderRegistered(chart));
      for (const secret of Object.values(SAMPLE_SECRETS)) expect(shown).not.toContain(secret);
    }
  });
});

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
