import { describe, expect, it, vi } from 'vitest';
import { runProgram, withoutSecrets, type ProgramRun } from './testing/run-program.ts';
import {
  cloudConfig,
  devConfig,
  EXCHANGE_AT_BRIDGE,
  prodConfig,
  put,
  SAMPLE_SECRETS,
} from './testing/sample-configs.ts';

// Each test runs the whole program; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000 });

const charts = (run: ProgramRun) => run.charts.map(({ name, namespace }) => `${namespace}/${name}`);
const chart = (run: ProgramRun, name: string) => {
  const found = run.charts.find((one) => one.name === name);
  if (!found) throw new Error(`no chart ${name}`);
  return found.values;
};
const trunkResources = (run: ProgramRun) =>
  run.resources
    .filter(({ type }) => type.startsWith('pulumi-nodejs:dynamic/patchbay:'))
    .map(({ type, name }) => `${type.split(':')[2]} ${name}`)
    .sort();

describe('the dev stack', () => {
  it('is one node with a Redis of its own and no trunk resource at any carrier', async () => {
    const run = await runProgram(devConfig(), 'dev');
    expect(charts(run).sort()).toEqual([
      'patchbay-media/patchbay-bridge',
      'patchbay-media/patchbay-livekit-server',
      'patchbay-media/patchbay-redis',
      'patchbay/patchbay-agent',
      'patchbay/patchbay-api',
    ]);
    expect(trunkResources(run)).toEqual([]);
    expect(chart(run, 'patchbay-bridge')).toMatchObject({
      nodeSelector: {},
      tolerations: [],
      publicAddress: { address: '', source: 'hostIP' },
      trunks: [{ name: 'local', numbers: { '+12025550101': 'bank', '+12025550102': 'support' } }],
      allowedSources: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
      image: { repository: 'patchbay/bridge', tag: 'dev' },
    });
    expect(chart(run, 'patchbay-livekit-server')).toMatchObject({
      redis: { address: 'patchbay-redis.patchbay-media.svc:6379' },
      webhookUrls: ['http://patchbay-api-events.patchbay.svc:8080/livekit/webhook'],
      ingress: { enabled: false },
    });
    expect(chart(run, 'patchbay-api')).toMatchObject({
      livekit: {
        url: 'ws://patchbay-livekit-server.patchbay-media.svc:7880',
        publicUrl: 'ws://127.0.0.1:7880',
      },
      agentCatalogUrl: 'http://patchbay-agent.patchbay.svc:9090/agents',
      ingress: { enabled: false },
    });
  });

  it('ends by saying what rings where', async () => {
    const { outputs } = await runProgram(devConfig(), 'dev');
    expect(outputs).toMatchObject({
      page: 'http://localhost:8080 after: kubectl -n patchbay port-forward service/patchbay-api 8080',
      numbers: [
        '+12025550101 rings bank through the bridge at the public address of each media node',
        '+12025550102 rings support through the bridge at the public address of each media node',
      ],
      byHand: [],
    });
  });
});

describe('the production stack', () => {
  it('has every part, phone doors and LiveKit on the media pool', async () => {
    const run = await runProgram(prodConfig(), 'prod');
    expect(charts(run).sort()).toEqual([
      'patchbay-media/patchbay-bridge',
      'patchbay-media/patchbay-livekit-server',
      'patchbay-media/patchbay-livekit-sip',
      'patchbay/patchbay-agent',
      'patchbay/patchbay-api',
      'patchbay/patchbay-monitoring',
    ]);
    for (const name of ['patchbay-bridge', 'patchbay-livekit-server', 'patchbay-livekit-sip']) {
      expect(chart(run, name)).toMatchObject({
        replicas: 2,
        nodeSelector: { 'patchbay.dev/pool': 'media' },
        tolerations: [{ key: 'patchbay.dev/pool', value: 'media', effect: 'NoSchedule' }],
        imagePullSecrets: [{ name: 'registry-login' }],
        autoscaling: { enabled: true, kind: 'keda', minReplicas: 2, maxReplicas: 20 },
      });
    }
    expect(chart(run, 'patchbay-bridge')).toMatchObject({
      image: { repository: 'registry.example.com/patchbay/bridge' },
      sip: { transports: ['udp', 'tcp', 'tls'], tls: { existingSecret: 'sip-example-com-tls' } },
      allowedSources: [
        '192.0.2.16/28',
        '192.0.2.32/28',
        '203.0.113.130/32',
        '203.0.113.144/28',
        '203.0.113.160/28',
      ],
      // Two nodes: each pod finds its own address.
      publicAddress: { address: '', source: 'node' },
    });
    expect(chart(run, 'patchbay-api').ingress).toMatchObject({
      host: 'voice.example.com',
      annotations: {
        'cert-manager.io/cluster-issuer': 'letsencrypt',
        'external-dns.alpha.kubernetes.io/hostname': 'voice.example.com',
      },
      tls: { enabled: true, secretName: 'patchbay-api-tls' },
    });
    expect(chart(run, 'patchbay-livekit-server')).toMatchObject({
      redis: { address: 'redis.example.com:6379', tls: true, username: 'patchbay' },
      ingress: { host: 'livekit.example.com', tls: { secretName: 'patchbay-livekit-tls' } },
    });
    expect(run.charts.every(({ chart: path }) => path.startsWith('./charts/'))).toBe(true);
  });

  it('makes two namespaces: restricted for apps, privileged for hostNetwork alone', async () => {
    const { manifests } = await runProgram(prodConfig(), 'prod');
    const levels = manifests
      .filter(({ kind }) => kind === 'Namespace')
      .map(({ metadata }) => {
        const { name, labels } = metadata as { name: string; labels: Record<string, string> };
        return [name, labels['pod-security.kubernetes.io/enforce']];
      });
    expect(levels.sort()).toEqual([
      ['patchbay', 'restricted'],
      ['patchbay-media', 'privileged'],
    ]);
  });

  it('makes every Secret that a chart names, in the namespace of the chart', async () => {
    const run = await runProgram(prodConfig(), 'prod');
    const made = run.manifests
      .filter(({ kind }) => kind === 'Secret')
      .map(({ metadata }) => metadata as { name: string; namespace: string })
      .map(({ name, namespace }) => `${namespace}/${name}`);
    const byUser = ['patchbay-media/sip-example-com-tls'];
    for (const { namespace, values } of run.charts) {
      for (const name of existingSecrets(values)) {
        expect([...made, ...byUser]).toContain(`${namespace}/${name}`);
      }
    }
  });

  it('tells the bridge all of its trunks, and their passwords by a Secret alone', async () => {
    const run = await runProgram(prodConfig(), 'prod');
    const bridge = chart(run, 'patchbay-bridge');
    expect(bridge).toMatchObject({
      trunkPasswords: { existingSecret: 'patchbay-trunk-passwords' },
      control: { existingSecret: 'patchbay-bridge-control', port: 9_095 },
      trunks: [{ name: 'mumbai', sources: ['192.0.2.16/28'] }, EXCHANGE_AT_BRIDGE],
    });
    const secrets = Object.fromEntries(
      run.manifests
        .filter(({ kind }) => kind === 'Secret')
        .map(({ metadata, stringData }) => {
          const { name, namespace } = metadata as { name: string; namespace: string };
          return [`${namespace}/${name}`, stringData as Record<string, string>];
        }),
    );
    const passwords = secrets['patchbay-media/patchbay-trunk-passwords']?.BRIDGE_TRUNK_PASSWORDS;
    expect(JSON.parse(passwords ?? '')).toEqual({
      exchange: { exchange: SAMPLE_SECRETS.callerDigest, patchbay: SAMPLE_SECRETS.outboundDigest },
    });
    expect(JSON.stringify(run.charts)).not.toMatch(/digest-0123456789/);
    // Both ends of the door for calls out have one key.
    const key = secrets['patchbay/patchbay-bridge-control'];
    expect(key?.BRIDGE_CONTROL_KEY?.length).toBeGreaterThan(23);
    expect(secrets['patchbay-media/patchbay-bridge-control']).toEqual(key);
    expect(chart(run, 'patchbay-api').outbound).toMatchObject({
      existingSecret: 'patchbay-bridge-control',
    });
  });

  it('makes the trunks at Exotel, Twilio and LiveKit', async () => {
    const run = await runProgram(prodConfig(), 'prod');
    expect(trunkResources(run)).toEqual([
      'ExotelItem mumbai-+912248964153',
      'ExotelItem mumbai-allow-203.0.113.7',
      'ExotelItem mumbai-allow-203.0.113.8',
      'ExotelItem mumbai-to-203.0.113.7',
      'ExotelItem mumbai-to-203.0.113.8',
      'ExotelTrunk mumbai-exotel',
      'LivekitDispatchRule dallas-bank-rule',
      'LivekitDispatchRule dallas-support-rule',
      'LivekitDispatchRule office-support-rule',
      'LivekitInboundTrunk dallas-bank-inbound',
      'LivekitInboundTrunk dallas-support-inbound',
      'LivekitInboundTrunk office-support-inbound',
      'LivekitOutboundTrunk dallas-outbound',
      'LivekitOutboundTrunk office-outbound',
      'TwilioOriginationUrl dallas-to-sip.example.com',
      'TwilioPhoneNumber dallas-+12025550101',
      'TwilioPhoneNumber dallas-+12025550102',
      'TwilioTrunk dallas-twilio',
    ]);
    const inputs = (name: string) => run.resources.find((one) => one.name === name)?.inputs;
    expect(inputs('mumbai-to-203.0.113.7')).toMatchObject({
      trunkSid: 'mumbai-exotel-id',
      item: { kind: 'destination', destination: '203.0.113.7:5070;transport=tcp' },
    });
    expect(inputs('dallas-to-sip.example.com')).toMatchObject({
      trunkSid: 'dallas-twilio-id',
      sipUrl: 'sip:sip.example.com:5060;transport=tcp',
    });
    expect(inputs('dallas-bank-rule')).toMatchObject({
      trunkIds: ['dallas-bank-inbound-id'],
      agent: 'bank',
    });
  });

  it('ends by printing URLs, numbers, firewall, kernel setting, DNS and what is left by hand', async () => {
    const { outputs } = await runProgram(prodConfig(), 'prod');
    expect(outputs).toMatchObject({
      page: 'https://voice.example.com',
      livekit: 'wss://livekit.example.com',
      numbers: [
        '+912248964153 rings bank through the bridge at 203.0.113.7:5070 and 203.0.113.8:5070',
        '+12025550101 rings bank through LiveKit SIP at sip.example.com:5060',
        '+12025550102 rings support through LiveKit SIP at sip.example.com:5060',
        '+12025550103 rings support through LiveKit SIP at sip.example.com:5060',
        '+12025550104 rings bank through the bridge at 203.0.113.7:5071 and 203.0.113.8:5071',
        'reception rings support through the bridge at 203.0.113.7:5071 and 203.0.113.8:5071',
      ],
      sysctl: 'net.ipv4.ip_local_reserved_ports=50000-54999',
      byHand: [expect.stringContaining('sip:mumbai-exotel-id')],
    });
    expect(outputs.testCall).toContain('--to +912248964153 --server 203.0.113.7:5070');
  });
});

describe('secrets', () => {
  it.each([
    ['dev', devConfig],
    ['prod', prodConfig],
    ['LiveKit Cloud', cloudConfig],
  ])('%s: none in clear in any input or output', async (_name, sample) => {
    const run = await runProgram(sample());
    const open = JSON.stringify([withoutSecrets(run.resources), run.charts, run.outputs]);
    expect(open.split('"[secret]"').length).toBeGreaterThan(5);
    for (const secret of Object.values(SAMPLE_SECRETS)) expect(open).not.toContain(secret);
    const derived = run.manifests.flatMap(({ stringData }) =>
      Object.entries((stringData ?? {}) as Record<string, string>)
        .filter(([key]) => key !== 'LIVEKIT_API_KEY')
        .map(([, value]) => value),
    );
    expect(derived.length).toBeGreaterThan(2);
    for (const secret of derived) expect(open).not.toContain(secret);
  });

  it('roll the pods that use them when they change, and no others', async () => {
    const before = await runProgram(prodConfig());
    const changed = prodConfig();
    put(changed, ['agent', 'providers', 'openaiApiKey'], 'another-key');
    const after = await runProgram(changed);
    const checksum = (run: ProgramRun, name: string) => chart(run, name).secretsChecksum;
    expect(checksum(after, 'patchbay-agent')).not.toBe(checksum(before, 'patchbay-agent'));
    expect(checksum(after, 'patchbay-api')).toBe(checksum(before, 'patchbay-api'));
    put(changed, ['trunks', 3, 'digest', 0, 'password'], 'another-password');
    const trunks = await runProgram(changed);
    expect(checksum(trunks, 'patchbay-bridge')).not.toBe(checksum(after, 'patchbay-bridge'));
    expect(checksum(trunks, 'patchbay-api')).toBe(checksum(after, 'patchbay-api'));
  });
});

describe('variants', () => {
  it.each([
    ['dev', devConfig],
    ['prod', prodConfig],
  ])('%s: a second run registers the same, so nothing would change', async (_name, sample) => {
    const first = await runProgram(sample());
    const second = await runProgram(sample());
    expect(second.resources).toEqual(first.resources);
    expect(second.outputs).toEqual(first.outputs);
  });

  it('LiveKit Cloud: no LiveKit and no Redis here; trunks go to its SIP host', async () => {
    const run = await runProgram(cloudConfig());
    expect(charts(run).sort()).toEqual([
      'patchbay-media/patchbay-bridge',
      'patchbay/patchbay-agent',
      'patchbay/patchbay-api',
      'patchbay/patchbay-monitoring',
    ]);
    expect(chart(run, 'patchbay-agent')).toMatchObject({
      livekit: { url: 'wss://project.livekit.cloud' },
    });
    expect(trunkResources(run)).toContain(
      'TwilioOriginationUrl dallas-to-project.sip.livekit.cloud',
    );
    expect(run.outputs.numbers).toContain(
      '+12025550101 rings bank through LiveKit SIP at project.sip.livekit.cloud:5060',
    );
    const firewall = run.outputs.firewall as { what: string }[];
    expect(firewall.some(({ what }) => what.startsWith('LiveKit'))).toBe(false);
  });

  it('no trunk: no bridge, no number; the page works', async () => {
    const config = devConfig();
    delete config.trunks;
    const run = await runProgram(config);
    expect(charts(run)).not.toContain('patchbay-media/patchbay-bridge');
    expect(run.outputs).toMatchObject({ numbers: [], byHand: [] });
    expect(run.outputs.testCall).toMatch(/call from the page/);
  });

  it('namespaces of your own are left alone', async () => {
    const run = await runProgram({
      ...devConfig(),
      namespaces: { apps: 'a', media: 'm', create: false },
    });
    expect(run.manifests.filter(({ kind }) => kind === 'Namespace')).toEqual([]);
    expect(charts(run)).toContain('a/patchbay-api');
    expect(charts(run)).toContain('m/patchbay-bridge');
  });
});

describe('a faulty configuration', () => {
  it('stops the program before any resource is registered', async () => {
    const config = devConfig();
    put(config, ['livekit', 'apiSecret'], undefined);
    put(config, ['images', 'tag'], 7);
    await expect(runProgram(config)).rejects.toThrow(
      /2 fault\(s\); nothing was touched:\n {2}patchbay:images\.tag: must be a string \(got 7\)\n {2}patchbay:livekit\.apiSecret: is not set/,
    );
  });
});

function existingSecrets(values: unknown): string[] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) =>
    key === 'existingSecret' && typeof value === 'string' && value !== ''
      ? [value]
      : existingSecrets(value),
  );
}
