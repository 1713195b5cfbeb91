import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane-connection.ts';
import { schemaFaults } from './kubeconform.ts';
import { conditionOf, type KubeObject } from './kube-object.ts';
import { KubeError } from './kube-transport.ts';

const IMAGE = 'example.test/idle:1';
const MEDIA = { 'patchbay.dev/pool': 'media' };

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
  await plane.addNode({ name: 'general-1' });
  await plane.addNode({
    name: 'media-1',
    labels: MEDIA,
    taints: [{ key: 'patchbay.dev/pool', value: 'media', effect: 'NoSchedule' }],
    externalIp: '203.0.113.7',
  });
}, 120_000);

afterAll(async () => {
  // Undefined if the start failed, which has said why.
  await (plane as ControlPlane | undefined)?.close();
}, 60_000);

function pod(name: string, namespace: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: { containers: [{ name: 'main', image: IMAGE }], ...spec },
  };
}

function deployment(name: string, namespace: string, replicas: number): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: IMAGE }] },
      },
    },
  };
}

function refTo({ apiVersion, kind, metadata: { name, namespace } }: KubeObject) {
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
}

const isRunning = (object?: KubeObject) => object?.status?.phase === 'Running';

async function refusalOf(work: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof KubeError) return error;
  throw new Error(`not refused by the server: ${String(error)}`);
}

describe('the control plane', () => {
  it('makes the pods of a deployment ready', async () => {
    const namespace = await plane.addNamespace('ready');
    const object = deployment('api', namespace, 3);
    await plane.apply([object]);
    const ready = await plane.waitFor(
      refTo(object),
      (found) =>
        found?.status?.readyReplicas === 3 && conditionOf(found, 'Available') !== undefined,
    );
    expect(conditionOf(ready!, 'Available')?.status).toBe('True');
    const pods = await plane.client.list('v1', 'Pod', { namespace });
    expect(pods.map(({ spec }) => spec?.nodeName)).toEqual(Array(3).fill('general-1'));
  });

  it('answers kubectl, with the version that is pinned', async () => {
    const version = JSON.parse(await plane.kubectl(['version', '-o', 'json'])) as {
      clientVersion: { gitVersion: string };
      serverVersion: { gitVersion: string };
    };
    expect(version.serverVersion.gitVersion).toMatch(/^v1\.\d+\.\d+$/);
    expect(version.clientVersion.gitVersion).toBe(version.serverVersion.gitVersion);
    await expect(plane.kubectl(['get', 'pod', 'none'])).rejects.toThrow('pods "none" not found');
  });

  it('shows the public address of a node as a cloud does', async () => {
    const node = await plane.client.get({ apiVersion: 'v1', kind: 'Node', name: 'media-1' });
    expect(node.status?.addresses).toContainEqual({ type: 'ExternalIP', address: '203.0.113.7' });
  });

  it('refuses a pod that Pod Security "restricted" forbids, and says why', async () => {
    const namespace = await plane.addNamespace('restricted', {
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    const refusal = await refusalOf(plane.client.apply(pod('root', namespace)));
    expect(refusal.code).toBe(403);
    expect(refusal.message).toContain('violates PodSecurity "restricted:latest"');
    expect(refusal.message).toContain('runAsNonRoot != true');
    const securityContext = {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const containers = [{ name: 'main', image: IMAGE, securityContext }];
    await plane.apply([pod('careful', namespace, { containers })]);
  });

  it('warns of a pod that Pod Security would forbid, where it only warns', async () => {
    const namespace = await plane.addNamespace('warned', {
      'pod-security.kubernetes.io/warn': 'restricted',
    });
    const warnings = await plane.apply([deployment('api', namespace, 0)]);
    expect(warnings.join()).toContain('would violate PodSecurity "restricted:latest"');
  });

  it('leaves a second host-network pod with the same port on one node Pending', async () => {
    const namespace = await plane.addNamespace('ports');
    const spec = {
      hostNetwork: true,
      nodeSelector: MEDIA,
      tolerations: [{ key: 'patchbay.dev/pool', operator: 'Exists' }],
      containers: [
        { name: 'main', image: IMAGE, ports: [{ containerPort: 5070, hostPort: 5070 }] },
      ],
    };
    const [first, second] = [pod('first', namespace, spec), pod('second', namespace, spec)];
    await plane.apply([first]);
    await plane.waitFor(refTo(first), isRunning);
    await plane.apply([second]);
    const waiting = await plane.waitFor(
      refTo(second),
      (found) => found !== undefined && conditionOf(found, 'PodScheduled')?.status === 'False',
    );
    expect(waiting?.status?.phase).toBe('Pending');
    expect(conditionOf(waiting!, 'PodScheduled')?.message).toContain("didn't have free ports");
  });

  it('blocks an eviction that a disruption budget forbids', async () => {
    const namespace = await plane.addNamespace('budget');
    const bridge = pod('bridge', namespace);
    const budget: KubeObject = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'bridge', namespace },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'bridge' } } },
    };
    await plane.apply([bridge, budget]);
    await plane.waitFor(refTo(bridge), isRunning);
    await plane.waitFor(refTo(budget), (found) => found?.status?.currentHealthy === 1);
    const refusal = await refusalOf(plane.client.evict(namespace, 'bridge'));
    expect(refusal.reason).toBe('TooManyRequests');
    expect(refusal.message).toContain('The disruption budget bridge needs 1 healthy pods');
    await plane.client.delete(refTo(budget));
    await plane.client.evict(namespace, 'bridge');
    await plane.waitFor(refTo(bridge), (found) => found?.metadata.deletionTimestamp !== undefined);
  });

  it('keeps a deleted pod Terminating for its grace period', async () => {
    const namespace = await plane.addNamespace('grace');
    const draining = pod('draining', namespace, { terminationGracePeriodSeconds: 4 });
    await plane.apply([draining]);
    await plane.waitFor(refTo(draining), isRunning);
    const asked = Date.now();
    await plane.client.delete(refTo(draining));
    const terminating = await plane.client.get(refTo(draining));
    expect(terminating.metadata.deletionTimestamp).toBeDefined();
    await plane.waitFor(refTo(draining), (found) => found === undefined);
    // Times in objects are whole seconds.
    expect(Date.now() - asked).toBeGreaterThan(3_000);
    expect(Date.now() - asked).toBeLessThan(20_000);
  });

  it('names the unknown field of an object that is applied', async () => {
    const namespace = await plane.addNamespace('fields');
    const object = deployment('api', namespace, 1);
    object.spec = { ...object.spec, replica: 2 };
    await expect(plane.apply([object])).rejects.toThrow(
      /^Deployment fields-\w+\/api: .*\.spec\.replica: field not declared in schema/,
    );
  });

  it('knows the custom resources the charts make', async () => {
    const namespace = await plane.addNamespace('custom');
    const monitor: KubeObject = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: 'bridge', namespace },
      spec: { selector: {}, podMetricsEndpoints: [{ port: 'ops' }] },
    };
    const scaled: KubeObject = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'agent', namespace },
      spec: {
        scaleTargetRef: { name: 'agent' },
        triggers: [{ type: 'prometheus', metadata: { query: 'free_slots', threshold: '1' } }],
      },
    };
    await plane.apply([monitor, scaled]);
    const wrong = { ...monitor, spec: { ...monitor.spec, podMetricsEndpoint: [] } };
    await expect(plane.apply([wrong])).rejects.toThrow('podMetricsEndpoint');
  });

  it('lets nobody do what no role gives them', async () => {
    const path = '/api/v1/namespaces/default/secrets';
    const asUser = 'system:serviceaccount:default:default';
    const asked = plane.client.transport.send({ method: 'GET', path, asUser });
    expect((await refusalOf(asked)).reason).toBe('Forbidden');
  });

  it('says in words what was not reached in time', async () => {
    const ref = { apiVersion: 'v1', kind: 'Pod', name: 'none' };
    const waiting = plane.waitFor(ref, isRunning, { timeoutMs: 200, what: 'Running' });
    await expect(waiting).rejects.toThrow(
      'Pod none did not reach Running in 0.2 s: it does not exist',
    );
  });
});

describe('kubeconform with the schemas of the control plane', () => {
  it('accepts what the server accepts', async () => {
    const limits = { cpu: 2, memory: '1Gi' };
    const containers = [{ name: 'main', image: IMAGE, resources: { limits } }];
    const objects = [pod('api', 'default', { containers }), deployment('api', 'default', 1)];
    expect(await schemaFaults(plane, objects)).toEqual([]);
  });

  it.each([
    ['a field it does not know', { replica: 2 }, /^Deployment api: at '\/spec': .*'replica'/],
    ['a value of a wrong type', { replicas: 'two' }, /^Deployment api: at '\/spec\/replicas': /],
  ])('names %s', async (_, spec, words) => {
    const object = deployment('api', 'default', 1);
    object.spec = { ...object.spec, ...spec };
    expect(await schemaFaults(plane, [object])).toEqual([expect.stringMatching(words)]);
  });

  it('names a wrong field of a custom resource', async () => {
    const rule: KubeObject = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'calls' },
      spec: { groups: [{ name: 'calls', rules: [{ alert: 'A', expression: 'up' }] }] },
    };
    const [fault] = await schemaFaults(plane, [rule]);
    expect(fault).toContain("at '/spec/groups/0/rules/0'");
    expect(fault).toContain("'expression'");
  });

  it('names a kind the server does not know', async () => {
    const object = { ...pod('api', 'default'), kind: 'Pot' };
    expect(await schemaFaults(plane, [object])).toEqual(['Pot api: could not find schema for Pot']);
  });
});

describe('a control plane that was closed', () => {
  it('leaves no process and no file', async () => {
    const other = await startControlPlane({ crds: false });
    await access(other.kubeconfig);
    await other.close();
    await expect(access(other.folder)).rejects.toThrow('ENOENT');
    await expect(fetch(other.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  }, 120_000);
});
