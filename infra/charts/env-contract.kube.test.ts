import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAgentConfig } from '../../services/agent/config.ts';
import { loadApiConfig } from '../../services/api/config.ts';
import { loadBridgeConfig } from '../../services/bridge/config.ts';
import { renderChart } from '../testing/helm.ts';
import { chartFolder, exampleFile, KUBE_VERSION, type ChartName } from './charts.ts';
import { environmentOf } from './pod-env.ts';
import { containerNamed } from './pods.ts';

/** Existing Secrets of the examples, as their READMEs ask for them. */
const SECRETS = {
  'livekit-keys': { LIVEKIT_API_KEY: 'prodkey', LIVEKIT_API_SECRET: 'p'.repeat(40) },
  'livekit-cloud-keys': { LIVEKIT_API_KEY: 'cloudkey', LIVEKIT_API_SECRET: 'c'.repeat(40) },
  'api-session': { API_SESSION_SECRET: 's'.repeat(48) },
  'api-access-keys': { API_ACCESS_KEYS: `${'k'.repeat(24)},${'l'.repeat(24)}` },
  'provider-keys': { DEEPGRAM_API_KEY: 'dg', OPENAI_API_KEY: 'oa' },
  drachtio: { DRACHTIO_SECRET: 'password' },
  'bridge-control': { BRIDGE_CONTROL_KEY: 'c'.repeat(32) },
  'trunk-passwords': { BRIDGE_TRUNK_PASSWORDS: '{"exotel":{"exotel-in":"secret"}}' },
  'redis-password': { REDIS_PASSWORD: 'redis password: #1' },
};
const FIELDS = { 'status.hostIP': '10.0.0.5', 'spec.nodeName': 'node-1' };
const IMAGE_LIVEKIT = 'ws://livekit-server.patchbay-media.svc:7880';

async function envOf(chart: ChartName, container: string, example: string, values: object = {}) {
  const valueFiles = [exampleFile(chart, example)];
  const objects = await renderChart({
    chart: chartFolder(chart),
    valueFiles,
    values,
    kubeVersion: KUBE_VERSION,
  });
  const found = containerNamed(objects, container);
  const env = environmentOf(found, { objects, secrets: SECRETS, fields: FIELDS });
  return { env, container: found };
}

describe('the api accepts what its pod is given', () => {
  const load = async (example: string, values?: object) =>
    loadApiConfig((await envOf('api', 'api', example, values)).env);

  it('in development', async () => {
    expect(await load('development')).toMatchObject({
      LIVEKIT_URL: IMAGE_LIVEKIT,
      PUBLIC_LIVEKIT_URL: 'ws://localhost:7880',
      LIVEKIT_API_KEY: 'devkey',
      API_HOST: '0.0.0.0',
      API_PORT: 8080,
      OPS_HOST: '0.0.0.0',
      OPS_PORT: 9090,
      AGENT_CATALOG_URL: 'http://agent.patchbay.svc:9090/agents',
      API_ACCESS_KEYS: ['a-development-access-key-1', 'a-development-access-key-2'],
      API_TRUST_PROXY: 0,
      LOG_PERSONAL_DATA: 'no',
    });
  });

  it('in production', async () => {
    expect(await load('production')).toMatchObject({
      LIVEKIT_API_KEY: 'prodkey',
      API_SESSION_SECRET: 's'.repeat(48),
      API_ACCESS_KEYS: ['k'.repeat(24), 'l'.repeat(24)],
      API_TRUST_PROXY: 1,
      API_TOKEN_TTL_SECONDS: 120,
    });
  });

  it('with everything changed', async () => {
    const values = {
      agentCatalog: { refreshMs: 500, staleMs: 5000 },
      session: { ttlSeconds: 600 },
      tokenTtlSeconds: 60,
      rateLimit: { perMinute: 7, perKeyPerMinute: 1_000_000, callsPerCaller: 2 },
      trustProxy: '10.0.0.0/8,loopback',
      logLevel: 'debug',
      logPersonalData: true,
      service: { port: 8081, opsPort: 9191 },
    };
    expect(await load('development', values)).toMatchObject({
      AGENT_CATALOG_REFRESH_MS: 500,
      AGENT_CATALOG_STALE_MS: 5000,
      API_SESSION_TTL_SECONDS: 600,
      API_TOKEN_TTL_SECONDS: 60,
      API_RATE_LIMIT_PER_MINUTE: 7,
      API_RATE_LIMIT_PER_KEY: 1_000_000,
      API_MAX_CALLS_PER_CALLER: 2,
      API_TRUST_PROXY: ['10.0.0.0/8', 'loopback'],
      LOG_LEVEL: 'debug',
      LOG_PERSONAL_DATA: 'yes',
      API_PORT: 8081,
      OPS_PORT: 9191,
    });
  });

  it('with ways out for calls, and the bridges’ own key', async () => {
    const vias = [
      { name: 'exotel', kind: 'bridge', url: 'http://bridge.media.svc:9095', trunk: 'exotel' },
      { name: 'twilio', kind: 'livekit', trunk: 'patchbay-twilio' },
    ];
    const outbound = { vias, perMinute: 5, maxCalls: 3, existingSecret: 'bridge-control' };
    expect(await load('development', { outbound })).toMatchObject({
      API_OUTBOUND: vias,
      API_BRIDGE_CONTROL_KEY: 'c'.repeat(32),
      API_OUTBOUND_PER_MINUTE: 5,
      API_MAX_OUTBOUND_CALLS: 3,
    });
  });
});

describe('the agent accepts what its pod is given', () => {
  const load = async (example: string, values?: object) =>
    loadAgentConfig((await envOf('agent', 'agent', example, values)).env);

  it('in development', async () => {
    expect(await load('development')).toMatchObject({
      AGENT_MAX_CALLS: 4,
      AGENT_IDLE_PROCESSES: 1,
      AGENT_DRAIN_LIMIT_MS: 300_000,
      BANK_API_URL: 'http://sandbox.patchbay.svc:8091',
      BANK_DEFAULT_CUSTOMER: '+12025550187',
      DEEPGRAM_API_KEY: 'dev',
      DEEPGRAM_BASE_URL: 'ws://sandbox.patchbay.svc:8090',
      OPENAI_BASE_URL: 'http://sandbox.patchbay.svc:8090/v1',
      GROQ_API_KEY: 'dev',
      SARVAM_BASE_URL: 'http://sandbox.patchbay.svc:8090',
    });
  });

  it('in production, with keys that a Secret does not have left out', async () => {
    const config = await load('production');
    expect(config).toMatchObject({
      AGENT_DRAIN_LIMIT_MS: 7_200_000,
      DEEPGRAM_API_KEY: 'dg',
      OPENAI_API_KEY: 'oa',
      DEEPGRAM_BASE_URL: 'wss://api.deepgram.com',
    });
    expect(config.CARTESIA_API_KEY).toBeUndefined();
  });

  it('with LiveKit Cloud', async () => {
    expect(await load('livekit-cloud')).toMatchObject({
      LIVEKIT_URL: 'wss://example.livekit.cloud',
      LIVEKIT_API_KEY: 'cloudkey',
    });
  });

  it('with everything changed', async () => {
    const values = {
      replyLimitMs: 9000,
      turn: { detection: 'stt', minDelayMs: 100, maxDelayMs: 1000, vadSilenceMs: 150 },
      workerPort: 8181,
      drain: { limitSeconds: 604_800 },
    };
    expect(await load('development', values)).toMatchObject({
      AGENT_REPLY_LIMIT_MS: 9000,
      AGENT_TURN_DETECTION: 'stt',
      AGENT_TURN_MIN_DELAY_MS: 100,
      AGENT_TURN_MAX_DELAY_MS: 1000,
      AGENT_VAD_SILENCE_MS: 150,
      AGENT_WORKER_PORT: 8181,
      AGENT_DRAIN_LIMIT_MS: 604_800_000,
    });
  });
});

describe('the bridge accepts what its pod is given', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-env-contract-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('with the agents’ page of free places', async () => {
    const agentCatalogUrl = 'http://agent.patchbay.svc:9090/agents';
    const { env } = await envOf('bridge', 'bridge', 'development', { agentCatalogUrl });
    expect(loadBridgeConfig(env).agents).toEqual({
      url: agentCatalogUrl,
      refreshMs: 2_000,
      staleMs: 15_000,
    });
  });

  it('in development, with the node’s inner address', async () => {
    const { env, container } = await envOf('bridge', 'bridge', 'development');
    expect(container.command).toEqual(['node', 'services/bridge/main.ts']);
    expect(loadBridgeConfig(env)).toMatchObject({
      livekit: { url: IMAGE_LIVEKIT, apiKey: 'devkey' },
      ops: { host: '10.0.0.5', port: 9090 },
      drachtio: { host: '127.0.0.1', port: 9022, secret: 'a-development-password' },
      trunks: [{ name: 'test', numbers: { '+12025550100': 'bank' }, codecs: ['PCMA', 'PCMU'] }],
      rtp: {
        advertisedAddress: '10.0.0.5',
        bindAddress: '0.0.0.0',
        portMin: 20000,
        portMax: 29999,
      },
      limits: { drainLimitMs: 300_000, maxCallMs: 86_400_000 },
    });
  });

  it('with an address that is set', async () => {
    const { env } = await envOf('bridge', 'bridge', 'fixed-address');
    expect(loadBridgeConfig(env).rtp.advertisedAddress).toBe('203.0.113.7');
  });

  it('in production, with the address that was found for its node', async () => {
    const { env, container } = await envOf('bridge', 'bridge', 'production');
    const file = join(folder, 'public-address');
    await writeFile(file, '198.51.100.9');
    expect(env.PUBLIC_ADDRESS_FILE).toBe('/run/patchbay/public-address');
    // The pod's own command, with a program in the bridge's place that shows what it was given.
    const [shell = '', ...rest] = container.command ?? [];
    const args = rest.slice(0, rest.indexOf('node'));
    const show = [process.execPath, '-p', 'JSON.stringify(process.env)'];
    const { stdout } = await promisify(execFile)(shell, [...args, ...show], {
      env: { ...env, PATH: process.env.PATH, PUBLIC_ADDRESS_FILE: file },
    });
    const config = loadBridgeConfig(JSON.parse(stdout) as Record<string, string>);
    expect(config.rtp.advertisedAddress).toBe('198.51.100.9');
    expect(config.trunks).toEqual([
      {
        name: 'exotel',
        numbers: { '+912248901234': 'bank', '+912248901235': 'support' },
        direction: 'inbound',
        codecs: ['PCMA'],
        transports: ['udp', 'tcp', 'tls'],
        mediaEncryption: 'allow',
        sources: ['203.0.113.0/24', '198.51.100.7/32'],
        users: ['exotel-in'],
        limits: { calls: 200, callsPerSecond: 3.3 },
      },
    ]);
    expect(config.control).toEqual({ host: '10.0.0.5', port: 9095, key: 'c'.repeat(32) });
    expect(config.agents).toBeUndefined();
    expect(config.trunkPasswords).toEqual({ exotel: { 'exotel-in': 'secret' } });
    expect(config.admission).toEqual({
      unknownSource: 'drop',
      sourceCallsPerSecond: 100,
      maxCalls: Infinity,
    });
  });

  it('and drachtio-server hears of the same password, port and addresses', async () => {
    const { env } = await envOf('bridge', 'drachtio', 'development');
    expect(env).toMatchObject({
      DRACHTIO_SECRET: 'a-development-password',
      DRACHTIO_ADMIN_ADDRESS: '127.0.0.1',
      DRACHTIO_ADMIN_TCP_PORT: '9022',
      HOST_IP: '10.0.0.5',
      PUBLIC_ADDRESS: '10.0.0.5',
      SIP_PORT: '5070',
      SIP_TRANSPORTS: 'udp,tcp',
    });
  });

  it('and a program in drachtio-server’s place is told the node’s address', async () => {
    const { env } = await envOf('bridge', 'drachtio', 'fixed-address');
    expect(env.SIP_HOST).toBe('10.0.0.5');
  });
});

describe('where traces and call records go', () => {
  const endpoint = 'https://otlp.example.com:4318';
  const otel = { endpoint, share: 0.25 };
  const callRecords = { url: 'https://crm.example.com/calls' };
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: 0.25 };

  it('is told to each part', async () => {
    const [api, agent, bridge] = await Promise.all([
      envOf('api', 'api', 'development', { otel, callRecords }),
      envOf('agent', 'agent', 'development', { otel }),
      envOf('bridge', 'bridge', 'development', { otel, callRecords }),
    ]);
    expect(loadApiConfig(api.env)).toMatchObject({ ...tracing, CALL_RECORD_URL: callRecords.url });
    expect(loadAgentConfig(agent.env)).toMatchObject(tracing);
    expect(loadBridgeConfig(bridge.env)).toMatchObject({ tracing, recordUrl: callRecords.url });
  });

  it('is nowhere but the log unless somebody says so', async () => {
    const { env } = await envOf('bridge', 'bridge', 'development');
    const { tracing, recordUrl } = loadBridgeConfig(env);
    expect(tracing.OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined();
    expect(recordUrl).toBeUndefined();
  });

  it.each(['api', 'agent'] as const)('is let through by the policy of %s', async (chart) => {
    const ports = async (values: object) => {
      const objects = await renderChart({
        chart: chartFolder(chart),
        valueFiles: [exampleFile(chart, 'development')],
        values,
        kubeVersion: KUBE_VERSION,
      });
      const policy = objects.find(({ kind }) => kind === 'NetworkPolicy');
      return JSON.stringify(policy?.['spec']);
    };
    expect(await ports({ otel })).toContain('"port":4318');
    expect(await ports({})).not.toContain('"port":4318');
  });
});

describe('LiveKit is given', () => {
  it('its keys as one variable, and who signs its events', async () => {
    const { env, container } = await envOf('livekit-server', 'livekit-server', 'production');
    expect(env).toMatchObject({
      LIVEKIT_KEYS: `prodkey: ${'p'.repeat(40)}`,
      LIVEKIT_WEBHOOK_API_KEY: 'prodkey',
      REDIS_PASSWORD: 'redis password: #1',
      LISTEN_ADDRESS: '10.0.0.5',
    });
    expect(env).not.toHaveProperty('NODE_IP');
    expect(container.args).toEqual([
      '--config=/etc/livekit/livekit.yaml',
      '--bind=$(LISTEN_ADDRESS)',
      // Probes of the node and kubectl port-forward come by the loopback.
      '--bind=127.0.0.1',
    ]);
  });

  it('the node’s inner address where that is asked for', async () => {
    const { env } = await envOf('livekit-server', 'livekit-server', 'development');
    expect(env.NODE_IP).toBe('10.0.0.5');
  });

  it('as LiveKit SIP a configuration with Redis’s password and the node’s address in it', async () => {
    const { env } = await envOf('livekit-sip', 'livekit-sip', 'production', {
      publicAddress: { source: 'hostIP' },
    });
    expect(env.LIVEKIT_WS_URL).toBe(IMAGE_LIVEKIT);
    expect(parse(env.SIP_CONFIG_BODY ?? '')).toEqual({
      health_port: 6791,
      prometheus_port: 6790,
      sip_port: 5060,
      rtp_port: '10000-19999',
      hide_inbound_port: true,
      nat_1_to_1_ip: '10.0.0.5',
      logging: { json: true, level: 'info' },
      redis: {
        address: 'redis.example.internal:6379',
        db: 0,
        use_tls: true,
        password: 'redis password: #1',
      },
      tls: {
        port: 5061,
        certs: [
          { cert_file: '/etc/livekit-sip-tls/tls.crt', key_file: '/etc/livekit-sip-tls/tls.key' },
        ],
      },
    });
  });
});
