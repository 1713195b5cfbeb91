import { setTimeout as delay } from 'node:timers/promises';
import type { CallRecord } from '@patchbay/common/call-record';
import { PCMA, PCMU } from '@patchbay/common/g711';
import { silentLogger } from '@patchbay/common/logger';
import { askUntil, BALANCE_MINOR, talkByPhone, talkByWeb } from '@patchbay/sandbox/e2e/calls';
import { BALANCE_QUESTION, GOODBYE, hearGreeting } from '@patchbay/sandbox/demo/conversation';
import { heardAmountMinor } from '@patchbay/sandbox/speech/heard-amount';
import { LOCAL_NUMBERS } from '@patchbay/sandbox/stack/local-numbers';
import { CallRecords } from '@patchbay/sandbox/stack/records';
import type { PhoneCall } from '@patchbay/sandbox/telephone/phone-call';
import { Telephone } from '@patchbay/sandbox/telephone/telephone';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftBehind } from './testing/node/left-behind.ts';
import { isReady } from './testing/node/real-node.ts';
import { startTestCluster, type PodState, type TestCluster } from './testing/node/test-cluster.ts';
import { APPS, MEDIA } from './testing/node/test-stack.ts';

const startedMs = Date.now();
const progress = (words: string) => {
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(0);
  process.stdout.write(`  ${seconds.padStart(4)} s  ${words}\n`);
};

let cluster: TestCluster;
let phone: Telephone;
let isClosed = false;
const close = async () => {
  if (isClosed) return;
  isClosed = true;
  await phone.close();
  await cluster.close();
};
beforeAll(async () => {
  cluster = await startTestCluster(progress);
  const { hostAddress: host } = cluster.network;
  phone = await Telephone.open({ transport: 'udp', host, log: silentLogger() });
}, 300_000);
afterAll(async () => {
  // Undefined if the start failed, which has said why.
  if (cluster as TestCluster | undefined) await close();
}, 300_000);

const MOST_CALLS = 4;
/** A change of the bridge's configuration, which rolls it out. */
const CHANGED = { 'patchbay-bridge': { logLevel: 'debug' } };

const dial = () =>
  phone.call({
    to: LOCAL_NUMBERS.bank,
    from: LOCAL_NUMBERS.caller,
    server: cluster.sip,
    payloadTypes: [PCMA, PCMU],
  });

/**
 * A call in which the agent has said its greeting. On a machine at its limits no agent may come in
 * time; then the caller hears an apology and dials again, as people do.
 */
async function callThatIsUp(): Promise<PhoneCall> {
  for (let attempt = 1; ; attempt++) {
    const call = dial();
    try {
      await call.answered;
      const greeting = await hearGreeting(call);
      if (greeting.includes('welcome')) return call;
      throw new Error(`the caller heard "${greeting}" instead of the greeting`);
    } catch (error) {
      await call.hangup();
      if (attempt === MOST_CALLS) throw error;
    }
  }
}

/** Ask for the balance, say goodbye, and let the agent hang up. */
async function finish(call: PhoneCall): Promise<void> {
  const isRight = (heard: string) => heardAmountMinor(heard) === BALANCE_MINOR;
  const { answer } = await askUntil(call, BALANCE_QUESTION, isRight);
  expect(heardAmountMinor(answer)).toBe(BALANCE_MINOR);
  const parting = askUntil(call, GOODBYE, (heard) => heard.includes('goodbye'));
  // The agent may hang up before a busy machine has understood its goodbye.
  parting.catch(() => undefined);
  expect((await call.ended).by).toBe('peer');
}

/** Look until the part's pods are as wanted. */
async function untilPods(
  part: Parameters<TestCluster['pods']>[0],
  isIt: (pods: PodState[]) => boolean,
  timeoutMs = 90_000,
): Promise<PodState[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const pods = await cluster.pods(part);
    if (isIt(pods)) return pods;
    if (Date.now() > deadline) throw new Error(`${part} is still ${JSON.stringify(pods)}`);
    await delay(250);
  }
}
const settled = (count: number) => (pods: PodState[]) =>
  pods.length === count && pods.every(({ ready, draining }) => ready && !draining);

async function metric(pod: PodState, name: string): Promise<number> {
  const text = await (await fetch(`http://${pod.address}:9090/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('the dev stack on a real node', () => {
  let apiUrl: string;

  it('becomes ready by its own probes, and nothing has to start twice', async () => {
    await cluster.untilReady(await cluster.deploy());
    progress('all parts are ready');
    for (const part of ['bridge', 'agent', 'api', 'livekit-server', 'redis'] as const) {
      const pods = await cluster.pods(part);
      expect(pods).toMatchObject([{ ready: true, restarts: 0 }]);
    }
  }, 240_000);

  it("passes each chart's own test", async () => {
    const tests = await cluster.chartTests();
    await cluster.plane.apply(tests);
    for (const { metadata } of tests) {
      const { name, namespace = '' } = metadata;
      const over = (pod: { status?: Record<string, unknown> } | undefined) =>
        ['Succeeded', 'Failed'].includes(String(pod?.status?.phase));
      const ref = { apiVersion: 'v1', kind: 'Pod', name, namespace };
      const pod = await cluster.plane.waitFor(ref, over, { timeoutMs: 60_000, what: 'an end' });
      const log = await cluster.plane.kubectl(['logs', '-n', namespace, name]);
      expect([name, pod?.status?.phase], log).toEqual([name, 'Succeeded']);
    }
    expect(tests.length).toBeGreaterThanOrEqual(5);
  }, 180_000);

  it('answers a phone call through the bridge pod', async () => {
    progress('a phone call');
    const { hostAddress: host } = cluster.network;
    const { answer, endedBy } = await talkByPhone(cluster, { host });
    expect(heardAmountMinor(answer)).toBe(BALANCE_MINOR);
    expect(endedBy).toBe('peer');
  }, 120_000);

  it('answers a web call through the API pod, by the two port-forwards of the dev stack', async () => {
    progress('a web call');
    const livekit = `${cluster.livekitPort}:7880`;
    await cluster.forward(MEDIA, 'patchbay-livekit-server', livekit);
    apiUrl = `http://127.0.0.1:${await cluster.forward(APPS, 'patchbay-api', ':8080')}`;
    const { answer } = await talkByWeb({ apiUrl });
    expect(heardAmountMinor(answer)).toBe(BALANCE_MINOR);
  }, 120_000);

  it('rolls the bridge out while a call is up, which lives to its own end', async () => {
    const [old] = await untilPods('bridge', settled(1));
    const records = new CallRecords();
    const ref = { apiVersion: 'v1', kind: 'Pod', name: old?.name ?? '', namespace: MEDIA };
    await cluster.follow(ref, 'bridge', (line) => records.offer(line));
    const call = await callThatIsUp();
    progress('the bridge is rolled out under a call');
    const objects = await cluster.deploy(CHANGED);
    // The old pod keeps its node's ports, so the new one waits for the call's end.
    const during = await untilPods('bridge', (pods) => pods.some(({ why }) => why !== undefined));
    expect(during.find(({ uid }) => uid === old?.uid)).toMatchObject({ draining: true });
    expect(during.find(({ uid }) => uid !== old?.uid)?.why).toContain("didn't have free ports");
    const second = dial();
    await expect(second.answered).rejects.toThrow(/503/);
    await finish(call);
    const record: CallRecord = await records.next(
      ({ result }) => result === 'agent-hangup',
      20_000,
    );
    expect(record.sip?.status).toBe(200);
    await cluster.untilReady(objects);
    const [fresh] = await untilPods('bridge', settled(1));
    expect(fresh?.uid).not.toBe(old?.uid);
    progress('the new bridge takes a call');
    await finish(await callThatIsUp());
  }, 240_000);

  it('keeps a call when containerd and kubelet are restarted', async () => {
    const before = await cluster.pods('bridge');
    const call = await callThatIsUp();
    progress('containerd and kubelet are restarted under a call');
    await cluster.node.containerd.restart();
    await cluster.node.kubelet.restart();
    await finish(call);
    const { name } = cluster.node;
    await cluster.plane.waitFor({ apiVersion: 'v1', kind: 'Node', name }, isReady);
    for (const part of ['agent', 'api', 'livekit-server', 'redis'] as const) {
      await untilPods(part, settled(1));
    }
    const after = await untilPods('bridge', settled(1));
    expect(after.map(({ uid, restarts }) => [uid, restarts])).toEqual(
      before.map(({ uid, restarts }) => [uid, restarts]),
    );
  }, 180_000);

  it('counts the free places of two agent pods, and removes one only after its call', async () => {
    progress('two agent pods with one place each');
    const two = { ...CHANGED, 'patchbay-agent': { replicas: 2, maxCalls: 1 } };
    await cluster.untilReady(await cluster.deploy(two));
    const agents = await untilPods('agent', settled(2));
    // A port-forward ends with the containerd that it went through.
    apiUrl = `http://127.0.0.1:${await cluster.forward(APPS, 'patchbay-api', ':8080')}`;
    const first = await callThatIsUp();
    await expect.poll(isAvailable, { timeout: 20_000 }).toBe(true);
    const second = await callThatIsUp();
    await expect.poll(isAvailable, { timeout: 20_000 }).toBe(false);
    await finish(second);
    await expect.poll(isAvailable, { timeout: 20_000 }).toBe(true);

    progress('the pod with the call is scaled away');
    const jobs = await Promise.all(agents.map((pod) => metric(pod, 'patchbay_agent_jobs_active')));
    const busy = agents[jobs.indexOf(1)]!;
    const cost = { 'controller.kubernetes.io/pod-deletion-cost': '-100' };
    const ref = { apiVersion: 'v1', kind: 'Pod', name: busy.name, namespace: APPS };
    await cluster.plane.client.patch(ref, { metadata: { annotations: cost } });
    await cluster.deploy({ ...CHANGED, 'patchbay-agent': { replicas: 1, maxCalls: 1 } });
    await untilPods('agent', (pods) =>
      pods.some(({ uid, draining }) => uid === busy.uid && draining),
    );
    await finish(first);
    const left = await untilPods('agent', settled(1));
    expect(left[0]?.uid).not.toBe(busy.uid);
    async function isAvailable(): Promise<boolean> {
      const answer = await (await fetch(`${apiUrl}/api/agents`)).json();
      return (answer as { available: boolean }).available;
    }
  }, 300_000);

  it('leaves nothing behind', async () => {
    progress('the end');
    const { network, plane, node } = cluster;
    const { pids } = node;
    await close();
    progress('looking for what is left');
    expect(await leftBehind(network, plane.folder)).toEqual([]);
    expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
  }, 300_000);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
