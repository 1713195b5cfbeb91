import type { KubeObject } from '../kube-object.ts';
import { renderRegistered, withoutHooks } from '../render-registered.ts';
import { runProgram, type RegisteredChart } from '../run-program.ts';
import { devConfig, put, type StackConfig } from '../sample-configs.ts';

/** What the stack is told about this machine. */
export interface TestStackOptions {
  /** LiveKit as the browser on this machine reaches it. */
  publicLiveKitUrl: string;
  /** Provider stand-ins as pods reach them: host and port. */
  providers: string;
  /** Bank's back end as pods reach it. */
  bank: { address: string; port: number };
  /** Values that go over those of a chart, by the name of its release. */
  values?: Readonly<Record<string, object>>;
}

/** Namespaces of the dev stack. */
export const APPS = 'patchbay';
export const MEDIA = 'patchbay-media';

/** The key that the provider stand-ins accept. */
const STAND_IN_KEY = 'sandbox';

/**
 * The development SIP edge in the place of drachtio-server: what the image, the command and the
 * variables of charts/bridge are for.
 */
const SIP_EDGE = {
  command: ['node', 'services/sandbox/sip-edge/main.ts'],
  extraEnv: [
    { name: 'EDGE_NODE_ADDRESS', value: '$(HOST_IP)' },
    { name: 'EDGE_SIP_PORT', value: '$(SIP_PORT)' },
    { name: 'EDGE_APP_PORT', value: '$(DRACHTIO_ADMIN_TCP_PORT)' },
    { name: 'EDGE_SECRET', value: '$(DRACHTIO_SECRET)' },
    { name: 'OPS_HOST', value: '$(HOST_IP)' },
    { name: 'OPS_PORT', value: '$(METRICS_PORT)' },
  ],
};

const TEST_VALUES: Readonly<Record<string, object>> = { 'patchbay-bridge': { drachtio: SIP_EDGE } };

/** Pulumi.dev.yaml with images built here and the stand-ins of providers and bank. */
export function testStackConfig(options: TestStackOptions): StackConfig {
  const config = devConfig();
  for (const [part, repository] of [
    ['livekitServer', 'patchbay/livekit-server'],
    ['redis', 'patchbay/redis'],
    ['drachtio', 'patchbay/sip-edge'],
  ] as const) {
    put(config, ['images', part], { repository, tag: 'dev' });
  }
  put(config, ['livekit', 'publicUrl'], options.publicLiveKitUrl);
  put(config, ['agent', 'providers'], {
    deepgramApiKey: STAND_IN_KEY,
    openaiApiKey: STAND_IN_KEY,
    groqApiKey: STAND_IN_KEY,
    cartesiaApiKey: STAND_IN_KEY,
    sarvamApiKey: STAND_IN_KEY,
    baseUrls: {
      DEEPGRAM_BASE_URL: `ws://${options.providers}`,
      OPENAI_BASE_URL: `http://${options.providers}/v1`,
      GROQ_BASE_URL: `http://${options.providers}/openai/v1`,
      CARTESIA_BASE_URL: `http://${options.providers}`,
      SARVAM_BASE_URL: `http://${options.providers}`,
    },
  });
  return config;
}

/** All that `pulumi up` would put into the cluster, and the bank behind its name. */
export async function testStack(options: TestStackOptions): Promise<KubeObject[]> {
  const { manifests, charts } = await runProgram(testStackConfig(options));
  const objects = manifests as unknown as KubeObject[];
  for (const chart of charts) {
    objects.push(...withoutHooks(await renderRegistered(withTestValues(chart, options.values))));
  }
  return [...objects, ...bankService(options.bank)];
}

/** The pods of `helm test`, of every chart. */
export async function chartTests(options: TestStackOptions): Promise<KubeObject[]> {
  const { charts } = await runProgram(testStackConfig(options));
  const rendered = await Promise.all(
    charts.map((chart) => renderRegistered(withTestValues(chart, options.values))),
  );
  return rendered
    .flat()
    .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'test');
}

function withTestValues(
  chart: RegisteredChart,
  more: TestStackOptions['values'] = {},
): RegisteredChart {
  const values = [TEST_VALUES[chart.name], more[chart.name]].reduce<Record<string, unknown>>(
    (below, above) => merged(below, above ?? {}),
    chart.values,
  );
  return { ...chart, values };
}

/** Objects are merged, all else is replaced, as helm does with several files of values. */
function merged(below: object, above: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above) as [string, unknown][]) {
    const old = result[key];
    result[key] = isPlain(old) && isPlain(value) ? merged(old, value) : value;
  }
  return result;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `http://bank.patchbay.svc:8080`, which Pulumi.dev.yaml names: a Service in front of this machine. */
function bankService({ address, port }: TestStackOptions['bank']): KubeObject[] {
  const metadata = { name: 'bank', namespace: APPS };
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata },
      spec: { ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'bank' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port, protocol: 'TCP' }],
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
    },
  ];
}
