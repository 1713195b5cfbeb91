import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { lintChart, renderChart } from '../testing/helm.ts';
import {
  allExamples,
  CHARTS,
  chartFolder,
  exampleFile,
  KUBE_VERSION,
  MEDIA_CHARTS,
} from './charts.ts';
import type { ChartName } from './charts.ts';
import { containersOf, objectOf, podsOf } from './pods.ts';

/** A chart with its development example and values over it. */
async function render(chart: ChartName, values: object = {}, example?: string) {
  const first = chart === 'monitoring' ? 'kube-prometheus-stack' : 'development';
  const file = exampleFile(chart, example ?? first);
  return renderChart({
    chart: chartFolder(chart),
    valueFiles: [file],
    values,
    kubeVersion: KUBE_VERSION,
  });
}

const CHARTS_WITH_PODS = CHARTS.filter((chart) => chart !== 'monitoring');
const isMedia = (chart: string) => (MEDIA_CHARTS as readonly string[]).includes(chart);

describe.each(allExamples())('chart $chart with the example $example', ({ chart, example }) => {
  const rendered = () => render(chart, {}, example);

  it('passes lint', async () => {
    await lintChart({
      chart: chartFolder(chart),
      valueFiles: [exampleFile(chart, example)],
      kubeVersion: KUBE_VERSION,
    });
  });

  it('renders objects of unlike names, in its namespace, with the labels of the house', async () => {
    const objects = await rendered();
    const names = objects.map((object) => `${object.kind} ${object.metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const object of objects) {
      const where = `${object.kind} ${object.metadata.name}`;
      expect(object.metadata.labels, where).toMatchObject({
        'app.kubernetes.io/instance': 'test',
        'app.kubernetes.io/part-of': 'patchbay',
        'app.kubernetes.io/managed-by': 'Helm',
      });
      if (!object.kind.startsWith('Cluster'))
        expect(object.metadata.namespace, where).toBe('default');
    }
  });

  it('has pods that meet Pod Security restricted but for the nodes’ network', async () => {
    for (const pod of podsOf(await rendered())) {
      const { from, spec } = pod;
      expect(spec.hostNetwork ?? false, from).toBe(isMedia(chart) && !from.startsWith('Pod '));
      expect(spec.securityContext, from).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.securityContext?.runAsUser, from).toBeGreaterThan(0);
      expect(spec.automountServiceAccountToken, from).toBe(false);
      expect(spec.enableServiceLinks, from).toBe(false);
      for (const container of containersOf(pod)) {
        expect(container.securityContext, `${from} ${container.name}`).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
      const kinds = (spec.volumes ?? []).flatMap((volume) => Object.keys(volume));
      const allowed = ['name', 'configMap', 'secret', 'emptyDir', 'projected'];
      expect(
        kinds.filter((kind) => !allowed.includes(kind)),
        from,
      ).toEqual([]);
    }
  });

  it('has pods with requests, a memory limit, no CPU limit, and all three probes', async () => {
    for (const pod of podsOf(await rendered())) {
      for (const container of containersOf(pod)) {
        const where = `${pod.from} ${container.name}`;
        const { requests, limits } = container.resources ?? {};
        expect(requests?.cpu, where).toBeDefined();
        expect(requests?.memory, where).toBeDefined();
        expect(limits?.memory, where).toBeDefined();
        expect(limits?.cpu, where).toBeUndefined();
        if (pod.from.startsWith('Pod ') || container.name === 'public-address') continue;
        expect(container.startupProbe, where).toBeDefined();
        expect(container.livenessProbe, where).toBeDefined();
        if (container.restartPolicy !== 'Always')
          expect(container.readinessProbe, where).toBeDefined();
      }
    }
  });

  it('keeps keys out of everything but Secrets', async () => {
    const objects = await rendered();
    const secrets = objects.filter((object) => object.kind === 'Secret');
    const values = secrets.flatMap((secret) =>
      Object.values(secret.stringData as Record<string, string>),
    );
    const others = JSON.stringify(objects.filter((object) => object.kind !== 'Secret'));
    for (const value of values.filter((one) => one.length > 8)) expect(others).not.toContain(value);
  });
});

describe.each(CHARTS_WITH_PODS)('chart %s', (chart) => {
  it('has a test for helm test, restricted like the rest', async () => {
    const tests = (await render(chart)).filter(
      (object) => object.metadata.annotations?.['helm.sh/hook'] === 'test',
    );
    expect(tests.map((test) => test.metadata.name)).toEqual([`test-${chart}-test`]);
  });

  it('rolls its pods when an existing Secret is said to have changed', async () => {
    const [pod] = podsOf(await render(chart, { secretsChecksum: 'abc' }));
    expect(pod?.annotations['checksum/secrets']).toBe('abc');
  });

  it('says what is missing when nothing is set', async () => {
    const words: Partial<Record<ChartName, string>> = {
      redis: 'auth: name an existingSecret, or (for development) give password',
      'livekit-server':
        'keys: name an existingSecret, or (for development) give apiKey and apiSecret',
    };
    const expected = words[chart] ?? 'livekit.url: must be set, for example ws://';
    await expect(
      renderChart({ chart: chartFolder(chart), kubeVersion: KUBE_VERSION }),
    ).rejects.toThrow(expected);
  });
});

describe.each([
  ['api', { logLevel: 'debug' }],
  ['api', { session: { secret: 'another-development-secret-of-32-characters' } }],
  ['agent', { maxCalls: 5 }],
  ['bridge', { rtp: { portMax: 24_999 } }],
  ['livekit-server', { room: { emptyTimeoutSeconds: 30 } }],
  ['livekit-sip', { sip: { hideInboundPort: false } }],
  ['redis', { maxMemory: '64mb' }],
] as const)('a change of %s by %j', (chart, values) => {
  it('gives its pods another checksum, and the same values the same one', async () => {
    const checksum = async (changed: object) =>
      podsOf(await render(chart, changed)).find((pod) => pod.from.startsWith('Deployment'))
        ?.annotations['checksum/config'];
    const before = await checksum({});
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await checksum({})).toBe(before);
    expect(await checksum(values)).not.toBe(before);
  });
});

describe.each(MEDIA_CHARTS)('chart %s on the nodes’ network', (chart) => {
  it('goes one a node to the media pool, and still finds the names of the cluster', async () => {
    const [pod] = podsOf(await render(chart, {}, 'production'));
    expect(pod?.spec).toMatchObject({
      dnsPolicy: 'ClusterFirstWithHostNet',
      nodeSelector: { 'patchbay.dev/pool': 'media' },
      tolerations: [{ key: 'patchbay.dev/pool', value: 'media', effect: 'NoSchedule' }],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname' },
          ],
        },
      },
    });
  });

  it('is rolled out one node at a time, as slowly as its calls end', async () => {
    const { spec } = objectOf(await render(chart), 'Deployment');
    const rollingUpdate = { maxSurge: 0, maxUnavailable: 1 };
    expect(spec?.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate });
    expect(spec?.progressDeadlineSeconds).toBeGreaterThan(300 + 600);
  });
});

it.each([
  ['bridge', ['5070/TCP', '5070/UDP', '5071/TCP', '9090/TCP', '9091/TCP', '9095/TCP']],
  ['livekit-server', ['3478/UDP', '5349/TCP', '6789/TCP', '7880/TCP', '7881/TCP']],
  ['livekit-sip', ['5060/TCP', '5060/UDP', '5061/TCP', '6790/TCP', '6791/TCP']],
] as const)('%s reserves on its node every port but the media ranges: %j', async (chart, ports) => {
  const values = chart === 'bridge' ? { sip: { transports: ['udp', 'tcp', 'tls'] } } : {};
  const [pod] = podsOf(await render(chart, values, 'production'));
  const reserved = containersOf(pod!).flatMap((container) => container.ports ?? []);
  expect(reserved.map((port) => `${port.containerPort}/${port.protocol}`).sort()).toEqual(ports);
});

describe.each(['agent', ...MEDIA_CHARTS] as const)('the drain of %s', (chart) => {
  const grace = async (values: object) =>
    podsOf(await render(chart, values))[0]?.spec.terminationGracePeriodSeconds;

  it('fits into the time that Kubernetes gives the pod', async () => {
    expect(await grace({ drain: { limitSeconds: 7200, marginSeconds: 60 } })).toBe(7260);
    expect(await grace({ terminationGracePeriodSeconds: 9000 })).toBe(9000);
  });

  it('is refused if that time is shorter', async () => {
    await expect(
      grace({
        drain: { limitSeconds: 3600, marginSeconds: 60 },
        terminationGracePeriodSeconds: 900,
      }),
    ).rejects.toThrow(
      'terminationGracePeriodSeconds: 900 is shorter than the drain needs: drain.limitSeconds (3600) and drain.marginSeconds (60) make 3660',
    );
  });
});

it.each([
  ['api', ['ingressFrom', 'metricsFrom']],
  ['agent', ['metricsFrom']],
  ['livekit-server', ['ingressFrom', 'metricsFrom']],
  ['redis', ['ingressFrom']],
] as const)(
  'a NetworkPolicy of %s that lets few in by %j lets helm test in',
  async (chart, fields) => {
    const peers = [{ namespaceSelector: {} }];
    const networkPolicy = Object.fromEntries(fields.map((field) => [field, peers]));
    const objects = await render(chart, { networkPolicy });
    const { spec } = objectOf(objects, 'NetworkPolicy');
    const { labels = {} } = objectOf(objects, 'Pod').metadata;
    const ingress = spec?.ingress as { from?: { podSelector?: { matchLabels: object } }[] }[];
    const closed = ingress.filter(({ from }) => from !== undefined);
    expect(closed).toHaveLength(fields.length);
    for (const { from } of closed) {
      const tests = from?.find(({ podSelector }) => podSelector !== undefined);
      expect(labels).toMatchObject(tests?.podSelector?.matchLabels ?? { no: 'rule' });
    }
  },
);

describe('chart bridge', () => {
  it('has drachtio-server as a sidecar that ends after the bridge', async () => {
    const [pod] = podsOf(await render('bridge'));
    expect(
      pod?.spec.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy]),
    ).toEqual([['drachtio', 'Always']]);
  });

  it('asks for the node’s address with no more rights than that takes', async () => {
    const objects = await render('bridge', {}, 'production');
    const [pod] = podsOf(objects);
    expect(pod?.spec.initContainers?.map(({ name }) => name)).toEqual([
      'public-address',
      'drachtio',
    ]);
    expect(objectOf(objects, 'ClusterRole').rules).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
    ]);
    expect((await render('bridge')).some(({ kind }) => kind.startsWith('Cluster'))).toBe(false);
  });

  it('lets only the carrier’s addresses in', async () => {
    const policy = objectOf(await render('bridge', {}, 'production'), 'NetworkPolicy');
    expect(policy.spec?.ingress).toMatchObject([
      {
        from: [{ ipBlock: { cidr: '203.0.113.0/24' } }, { ipBlock: { cidr: '198.51.100.7/32' } }],
        ports: [
          { protocol: 'TCP', port: 5070 },
          { protocol: 'TCP', port: 5071 },
          { protocol: 'UDP', port: 20000, endPort: 29999 },
        ],
      },
      { ports: [{ port: 9090 }] },
      { ports: [{ port: 9091 }] },
      { ports: [{ port: 9095 }] },
    ]);
  });

  it('lets only those order calls out who are named, and nobody where the door is closed', async () => {
    const ingress = async (example: 'production' | 'development') => {
      const networkPolicy = { controlFrom: [{ namespaceSelector: {} }] };
      const objects = await render('bridge', { networkPolicy }, example);
      return objectOf(objects, 'NetworkPolicy').spec?.ingress as object[];
    };
    expect((await ingress('production')).at(-1)).toEqual({
      ports: [{ protocol: 'TCP', port: 9095 }],
      from: [{ namespaceSelector: {} }],
    });
    expect(JSON.stringify(await ingress('development'))).not.toContain('9095');
  });
});

describe('autoscaling', () => {
  const keda = {
    autoscaling: { enabled: true, kind: 'keda', keda: { prometheusUrl: 'http://p' } },
  };
  const hpa = { autoscaling: { enabled: true, kind: 'hpa' } };

  it.each([
    [
      'agent',
      '4',
      'sum(patchbay_agent_jobs_active{namespace="default",pod=~"test-agent-.*"}) + 10',
    ],
    [
      'bridge',
      '40',
      'sum(patchbay_bridge_calls_active{namespace="default",pod=~"test-bridge-.*"} unless on (pod) patchbay_bridge_draining{namespace="default",pod=~"test-bridge-.*"} == 1) or vector(0)',
    ],
  ] as const)('of %s by KEDA holds %s calls a pod', async (chart, threshold, query) => {
    const redisFree = { ...keda };
    const objects = await render(chart, redisFree);
    const { spec } = objectOf(objects, 'ScaledObject');
    expect(spec?.triggers).toMatchObject([{ type: 'prometheus', metadata: { threshold, query } }]);
    expect(objectOf(objects, 'Deployment').spec?.replicas).toBeUndefined();
  });

  it.each(['api', 'agent', 'bridge'] as const)('of %s without KEDA goes by CPU', async (chart) => {
    const { spec } = objectOf(await render(chart, hpa), 'HorizontalPodAutoscaler');
    expect(spec?.metrics).toMatchObject([{ type: 'Resource', resource: { name: 'cpu' } }]);
  });

  it('takes at most one pod away at a time', async () => {
    const { spec } = objectOf(await render('bridge', hpa), 'HorizontalPodAutoscaler');
    expect(spec?.behavior).toMatchObject({
      scaleDown: {
        stabilizationWindowSeconds: 900,
        policies: [{ type: 'Pods', value: 1, periodSeconds: 600 }],
      },
    });
  });
});

describe('chart monitoring', () => {
  it('finds the pods of every part by the labels and ports they have', async () => {
    const monitors = await render('monitoring');
    expect(monitors.filter(({ kind }) => kind === 'PodMonitor')).toHaveLength(5);
    for (const chart of ['api', 'agent', ...MEDIA_CHARTS] as const) {
      const { spec } = objectOf(monitors, 'PodMonitor', `test-monitoring-${chart}`);
      const [pod] = podsOf(await render(chart));
      const { matchLabels } = spec?.selector as { matchLabels: Record<string, string> };
      expect(pod?.labels).toMatchObject(matchLabels);
      const named = containersOf(pod!).flatMap(({ ports }) =>
        (ports ?? []).map(({ name }) => name),
      );
      const endpoints = spec?.podMetricsEndpoints as { port: string }[];
      expect(named).toEqual(expect.arrayContaining(endpoints.map(({ port }) => port)));
    }
  });

  it('names the part on every series, as rules and dashboards want it', async () => {
    const { spec } = objectOf(await render('monitoring'), 'PodMonitor', 'test-monitoring-bridge');
    for (const endpoint of spec?.podMetricsEndpoints as object[]) {
      expect(endpoint).toMatchObject({
        relabelings: [{ targetLabel: 'part', replacement: 'bridge' }],
      });
    }
  });

  it('gives Prometheus the rules, with links to where the runbook is', async () => {
    const runbookUrl = 'https://wiki.example.com/runbook';
    const objects = await render('monitoring', { rules: { runbookUrl } });
    const rule = objectOf(objects, 'PrometheusRule');
    expect(rule.metadata.labels).toMatchObject({ release: 'kube-prometheus-stack' });
    const file = readFileSync(`${chartFolder('monitoring')}/files/rules.yaml`, 'utf8');
    expect(rule.spec).toEqual(parse(file.replaceAll('RUNBOOK_URL', runbookUrl)));
    expect(JSON.stringify(rule.spec)).toContain(`${runbookUrl}#callsfailingfast`);
  });

  it('gives Grafana each dashboard in a ConfigMap that its sidecar finds', async () => {
    const annotations = { grafana_folder: 'Patchbay' };
    const objects = await render('monitoring', { dashboards: { annotations } });
    const maps = objects.filter(({ kind }) => kind === 'ConfigMap');
    const files = readdirSync(`${chartFolder('monitoring')}/files/dashboards`);
    const provisioned = maps.flatMap(({ metadata, ...map }) => {
      expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
      expect(metadata.annotations).toEqual(annotations);
      return Object.entries((map as unknown as { data: Record<string, string> }).data);
    });
    expect(provisioned.map(([name]) => name).sort()).toEqual(files.sort());
    for (const [name, json] of provisioned) {
      const file = readFileSync(`${chartFolder('monitoring')}/files/dashboards/${name}`, 'utf8');
      expect(JSON.parse(json)).toEqual(JSON.parse(file));
    }
  });

  it('leaves rules and dashboards out when told to', async () => {
    const off = { rules: { enabled: false }, dashboards: { enabled: false } };
    const kinds = (await render('monitoring', off)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['PodMonitor']));
  });

  it('leaves out pods that are said to have no metrics', async () => {
    const [pod] = podsOf(await render('api', { metrics: { enabled: false } }));
    expect(pod?.labels['patchbay.dev/metrics']).toBe('false');
  });
});

describe('chart livekit-server', () => {
  it('holds its configuration without secrets, and gives those as variables', async () => {
    const objects = await render('livekit-server', {}, 'production');
    const { data } = objectOf(objects, 'ConfigMap') as unknown as { data: Record<string, string> };
    expect(parse(data['livekit.yaml'] ?? '')).toMatchObject({
      port: 7880,
      rtc: {
        port_range_start: 50000,
        port_range_end: 54999,
        tcp_port: 7881,
        use_external_ip: true,
      },
      redis: { address: 'redis.example.internal:6379', use_tls: true },
      turn: { enabled: true, external_tls: true, relay_range_start: 55000, relay_range_end: 55999 },
    });
  });

  it.each<[string, object, string[] | undefined]>([
    ['whose public addresses are found by STUN', {}, undefined],
    [
      'with private addresses in the networks it is told of',
      { publicAddress: { source: 'hostIP' }, turn: { nodeCidrs: ['10.1.0.0/24', 'fd00:1::/64'] } },
      ['10.1.0.0/24', 'fd00:1::/64'],
    ],
    [
      'with one address that it is told',
      { replicas: 1, publicAddress: { address: '10.1.0.7' } },
      ['10.1.0.7/32'],
    ],
    [
      'with one address of IPv6, and others in a network',
      {
        replicas: 1,
        publicAddress: { address: 'fd00:1::7' },
        turn: { nodeCidrs: ['10.1.0.0/24'] },
      },
      ['fd00:1::7/128', '10.1.0.0/24'],
    ],
  ])('lets TURN relay to nodes %s', async (_nodes, values, cidrs) => {
    const objects = await render('livekit-server', values, 'production');
    const { data } = objectOf(objects, 'ConfigMap') as unknown as { data: Record<string, string> };
    const { turn } = parse(data['livekit.yaml'] ?? '') as { turn: Record<string, unknown> };
    expect(turn['allow_restricted_peer_cidrs']).toEqual(cidrs);
  });
});
