import { describe, expect, it } from 'vitest';
import { renderChart } from '../testing/helm.ts';
import { chartFolder, exampleFile, KUBE_VERSION, type ChartName } from './charts.ts';

async function render(chart: ChartName, values: object) {
  const example = chart === 'monitoring' ? 'kube-prometheus-stack' : 'development';
  return renderChart({
    chart: chartFolder(chart),
    valueFiles: [exampleFile(chart, example)],
    values,
    kubeVersion: KUBE_VERSION,
  });
}

describe('helm refuses, by the schema', () => {
  it.each<[ChartName, object, RegExp]>([
    ['api', { replica: 3 }, /additional properties 'replica' not allowed/],
    ['api', { replicas: '3' }, /'\/replicas': got string, want integer/],
    ['api', { image: { pullPolicy: 'Sometimes' } }, /'\/image\/pullPolicy': value must be one of/],
    ['api', { tokenTtlSeconds: 7200 }, /'\/tokenTtlSeconds': maximum: got 7,?200, want 3,?600/],
    ['api', { service: { port: 80 } }, /'\/service\/port': minimum: got 80, want 1,?024/],
    ['api', { rateLimit: { perMinute: 0 } }, /'\/rateLimit\/perMinute': minimum/],
    ['api', { logLevel: 'loud' }, /'\/logLevel': value must be one of/],
    ['agent', { maxCalls: 0 }, /'\/maxCalls': minimum: got 0, want 1/],
    ['agent', { idleProcesses: 21 }, /'\/idleProcesses': maximum/],
    ['agent', { turn: { detection: 'guess' } }, /'\/turn\/detection': value must be one of/],
    ['agent', { providers: { keys: { DEEPGRAM_KEY: 'x' } } }, /'DEEPGRAM_KEY' not allowed/],
    ['agent', { drain: { limitSeconds: '1h' } }, /'\/drain\/limitSeconds': got string/],
    ['bridge', { sip: { transports: ['ws'] } }, /'\/sip\/transports\/0': value must be one of/],
    ['bridge', { sip: { transports: [] } }, /'\/sip\/transports': minItems/],
    ['bridge', { trunks: [{ name: 'a b', numbers: { x: 'bank' } }] }, /'\/trunks\/0\/name'/],
    ['bridge', { trunks: [{ name: 'a', numbers: {} }] }, /'\/trunks\/0\/numbers': minProperties/],
    [
      'bridge',
      { trunks: [{ name: 'a', numbers: { x: 'The Bank' } }] },
      /'\/trunks\/0\/numbers\/x'/,
    ],
    ['bridge', { publicAddress: { source: 'guess' } }, /'\/publicAddress\/source': value must be/],
    ['bridge', { autoscaling: { kind: 'vpa' } }, /'\/autoscaling\/kind': value must be one of/],
    ['livekit-server', { rtc: { portMin: 80 } }, /'\/rtc\/portMin': minimum/],
    ['livekit-server', { publicAddress: { source: 'node' } }, /'\/publicAddress\/source'/],
    ['livekit-sip', { drain: { marginSeconds: 1 } }, /'\/drain\/marginSeconds': minimum/],
    ['redis', { maxMemory: 'lots' }, /'\/maxMemory'/],
    ['monitoring', { interval: 'often' }, /'\/interval'/],
    [
      'monitoring',
      { parts: { web: { enabled: true } } },
      /additional properties 'web' not allowed/,
    ],
  ])('%s with %j', async (chart, values, words) => {
    await expect(render(chart, values)).rejects.toThrow(words);
  });
});

const SECRET = 'a-development-secret-of-32-characters';

describe('helm refuses, in words', () => {
  it.each<[ChartName, object, string]>([
    ['api', { image: { tag: '' } }, 'image: give a tag or a digest'],
    ['api', { image: { digest: 'sha256:12' } }, 'image.digest: "sha256:12" must be sha256: and 64'],
    ['api', { livekit: { url: 'livekit:7880' } }, 'livekit.url: "livekit:7880" must be a URL that'],
    ['api', { livekit: { url: '' } }, 'livekit.url: must be set, for example ws://'],
    ['api', { livekit: { existingSecret: 'keys' } }, 'existingSecret (keys) and apiKey, apiSecret'],
    [
      'api',
      { livekit: { apiSecret: '' } },
      'livekit: name an existingSecret, or (for development)',
    ],
    ['api', { livekit: { apiSecret: 'short' } }, 'livekit.apiSecret: must have at least 32 char'],
    ['api', { session: { secret: 'short' } }, 'session.secret: must have at least 32 characters'],
    ['api', { accessKeys: { keys: ['short'] } }, 'accessKeys.keys[0]: must have at least 24'],
    ['api', { agentCatalogUrl: 'ws://agent' }, 'agentCatalogUrl: "ws://agent" must be a URL'],
    ['api', { ingress: { enabled: true } }, 'ingress.host: must be set'],
    ['api', { service: { opsPort: 8080 } }, 'service: port and opsPort are both 8080'],
    ['api', { terminationGracePeriodSeconds: 8 }, '8 must be more than preStopSeconds (8)'],
    [
      'agent',
      { autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 2 } },
      'autoscaling: minReplicas (5) is more than maxReplicas (2)',
    ],
    ['agent', { autoscaling: { enabled: true } }, 'autoscaling.keda.prometheusUrl: must be set'],
    [
      'agent',
      { autoscaling: { enabled: true, kind: 'hpa' }, resources: { requests: { cpu: null } } },
      'resources.requests.cpu: must be set for autoscaling.kind hpa',
    ],
    ['agent', { bank: { apiUrl: '' } }, 'bank.apiUrl: must be set'],
    ['agent', { bank: { defaultCustomer: '5550187' } }, 'bank.defaultCustomer: must be a phone'],
    ['agent', { workerPort: 9090 }, 'workerPort and service.opsPort are both 9090'],
    ['agent', { turn: { minDelayMs: 3000 } }, 'turn: minDelayMs (3000) is more than maxDelayMs'],
    [
      'agent',
      { providers: { baseUrls: { DEEPGRAM_BASE_URL: 'https://x' } } },
      'providers.baseUrls.DEEPGRAM_BASE_URL: "https://x" must be a URL that starts with ws://',
    ],
    ['bridge', { trunks: [] }, 'trunks: must name at least one trunk'],
    [
      'bridge',
      {
        trunks: [
          { name: 'a', numbers: { '+123': 'bank' } },
          { name: 'b', numbers: { '123': 'bank' } },
        ],
      },
      'number 123 of trunk b is already in trunk a',
    ],
    [
      'bridge',
      {
        trunks: [
          { name: 'a', numbers: { '1': 'bank' } },
          { name: 'a', numbers: { '2': 'bank' } },
        ],
      },
      'trunks: two trunks have the name a',
    ],
    [
      'bridge',
      { trunks: [{ name: 'a', numbers: { '1': 'bank' }, users: ['carrier'] }] },
      'trunkPasswords.existingSecret: must name a Secret with BRIDGE_TRUNK_PASSWORDS, since trunk a',
    ],
    [
      'bridge',
      {
        trunks: [
          {
            name: 'a',
            numbers: { '1': 'bank' },
            direction: 'both',
            outbound: { host: 'sip.example.com', user: 'patchbay' },
          },
        ],
      },
      'trunkPasswords.existingSecret: must name a Secret',
    ],
    [
      'bridge',
      { trunks: [{ name: 'a', numbers: { '1': 'bank' }, direction: 'both' }] },
      'trunks: trunk a must have outbound, because its direction is both',
    ],
    [
      'bridge',
      { trunks: [{ name: 'a', numbers: { '1': 'bank' }, outbound: { host: 'sip.example.com' } }] },
      'trunks: direction of trunk a must be outbound or both, because it has outbound',
    ],
    [
      'bridge',
      {
        trunks: [
          {
            name: 'a',
            numbers: { '1': 'bank' },
            direction: 'both',
            outbound: { host: 'sip.example.com', port: 443, transport: 'tls' },
          },
        ],
      },
      'sip.transports: must have tls, since trunk a calls out over it',
    ],
    [
      'bridge',
      { trunks: [{ name: 'a', numbers: { '1': 'bank' }, transports: ['tls'] }] },
      'trunks: no call can come in over trunk a: none of its transports (tls) is in sip.transports',
    ],
    [
      'bridge',
      { control: { existingSecret: 'bridge-control', port: 5070 } },
      'bridge SIP 5070 and bridge orders for calls out 5070',
    ],
    ['bridge', { sip: { transports: ['tls'] } }, 'sip.tls.existingSecret: must name a Secret'],
    ['bridge', { publicAddress: { address: 'sip.example.com' } }, 'must be an IP address, not a'],
    [
      'bridge',
      { replicas: 2, publicAddress: { address: '203.0.113.7' } },
      '203.0.113.7 can’t be the address of several nodes'.replace('’', "'"),
    ],
    ['bridge', { allowedSources: ['carrier'] }, 'allowedSources: "carrier" must be a CIDR'],
    ['bridge', { drachtio: { secret: '' } }, 'drachtio: name an existingSecret'],
    ['livekit-server', { replicas: 2 }, 'redis.address: must be set for more than one pod'],
    [
      'livekit-server',
      { redis: { address: 'redis://r:6379' } },
      'must be host:port, without redis',
    ],
    ['livekit-server', { turn: { enabled: true } }, 'turn.domain: must be the name'],
    [
      'livekit-server',
      { turn: { enabled: true, nodeCidrs: ['10.1.0.7'] } },
      'turn.nodeCidrs: "10.1.0.7" must be a CIDR, for example',
    ],
    ['livekit-sip', { redis: { address: '' } }, 'redis.address: "" must be host:port of LiveKit'],
    ['livekit-sip', { redis: { password: "it's" } }, 'redis.password: must have no single quotes'],
    ['redis', { auth: { password: 'two words' } }, 'auth.password: must have no quotes and no'],
  ])('%s with %j', async (chart, values, words) => {
    await expect(render(chart, values)).rejects.toThrow(words);
  });

  it('tells of every fault at once', async () => {
    const values = {
      image: { tag: '' },
      livekit: { url: 'x' },
      session: { secret: '' },
      accessKeys: { keys: ['short'] },
    };
    const said = await render('api', values).then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(said).toContain('The values of api have 4 fault(s)');
    for (const path of ['image:', 'livekit.url:', 'session:', 'accessKeys.keys[0]:']) {
      expect(said).toContain(`\n  - ${path}`);
    }
  });

  it('never shows a secret', async () => {
    const values = { livekit: { apiSecret: 'hush' }, session: { secret: SECRET.slice(0, 20) } };
    const said = await render('api', values).catch((error: unknown) => String(error));
    expect(said).not.toContain('hush');
    expect(said).not.toContain(SECRET.slice(0, 20));
  });
});

describe('ports that collide on a media node', () => {
  it.each<[ChartName, object, string]>([
    [
      'bridge',
      { rtp: { portMin: 15_000 } },
      'bridge RTP 15000-29999 and LiveKit SIP RTP 10000-19999 share ports 15000-19999; move rtp.portMin and rtp.portMax, or correct portRanges.others',
    ],
    [
      'bridge',
      { sip: { port: 5060 } },
      'bridge SIP 5060 and LiveKit SIP signalling 5060-5061 share port 5060; move sip.port',
    ],
    [
      'bridge',
      { rtp: { portMin: 5_000 }, portRanges: { others: [] } },
      'bridge RTP 5000-29999 and bridge SIP 5070 share port 5070; move rtp.portMin and rtp.portMax or sip.port',
    ],
    ['bridge', { metrics: { sipPort: 9090 } }, 'drachtio-server metrics 9090 share port 9090'],
    [
      'livekit-server',
      { rtc: { portMin: 29_000, portMax: 32_000 } },
      'LiveKit media 29000-32000 and bridge RTP 20000-29999 share ports 29000-29999',
    ],
    [
      'livekit-sip',
      { rtp: { portMax: 20_000 } },
      'LiveKit SIP RTP 10000-20000 and bridge RTP 20000-29999 share port 20000',
    ],
    [
      'bridge',
      { rtp: { portMin: 29_000, portMax: 28_000 } },
      '(29000) is above the highest (28000)',
    ],
    [
      'bridge',
      { rtp: { portMin: 30_000, portMax: 39_999 } },
      'bridge RTP 30000-39999 lies in 32768-60999, where Linux takes ports for outgoing connections: set rtp.portMin and rtp.portMax below that, or set net.ipv4.ip_local_reserved_ports=32768-39999',
    ],
    [
      'livekit-server',
      { portRanges: { reservedOnNodes: [] } },
      'LiveKit media 50000-54999 lies in 32768-60999',
    ],
  ])('%s with %j', async (chart, values, words) => {
    await expect(render(chart, values)).rejects.toThrow(words);
  });

  it.each<[string, ChartName, object]>([
    [
      'a range the nodes keep free',
      'bridge',
      {
        rtp: { portMin: 30_000, portMax: 39_999 },
        portRanges: { reservedOnNodes: [{ min: 32_768, max: 39_999 }] },
      },
    ],
    [
      'TCP and UDP on one number',
      'bridge',
      {
        portRanges: {
          others: [{ name: 'a web server', min: 20_000, max: 20_000, protocol: 'tcp' }],
        },
      },
    ],
    [
      'parts that are on other nodes',
      'bridge',
      { rtp: { portMin: 10_000 }, portRanges: { others: [] } },
    ],
  ])('are none with %s', async (_, chart, values) => {
    expect((await render(chart, values)).length).toBeGreaterThan(0);
  });
});
