import { dispose } from '@livekit/rtc-node';
import { agentCatalogSchema } from '@patchbay/common/agent-catalog';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import { startLiveKit, type LiveKit } from '@patchbay/sandbox/stack/livekit-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { logged } from './testing/caller-steps.ts';
import { until } from './testing/test-caller.ts';
import { startWorkerProcess, type WorkerProcess } from './testing/worker-process.ts';

afterAll(() => dispose());

describe('a worker without provider keys', () => {
  let stack: AgentStack;
  beforeAll(async () => {
    stack = await startAgentStack({
      OPENAI_API_KEY: '',
      CARTESIA_API_KEY: '',
      SARVAM_API_KEY: '',
    });
  });
  afterAll(() => stack.close());

  it('starts and says which variables are missing', () => {
    const missing = stack.worker.lines
      .filter(({ msg }) => String(msg).startsWith('provider key is not set'))
      .map(({ variable, agents, msg }) => [
        variable,
        agents,
        /apology|left out/.exec(String(msg))?.[0],
      ]);
    const agents = expect.arrayContaining(['bank', 'support']) as unknown;
    expect(missing.toSorted()).toEqual([
      ['CARTESIA_API_KEY', agents, 'apology'],
      ['OPENAI_API_KEY', agents, 'left out'],
      ['SARVAM_API_KEY', agents, 'apology'],
    ]);
  });

  it('apologises to callers, on the phone not before they have been answered, and ends', async () => {
    const before = stack.worker.lines.length;
    const caller = await stack.join({ agent: 'bank', kind: 'phone' });
    await caller.until('the agent to be there', () => caller.agentTrackAtMs);
    await caller.until('a second of ringing', () => caller.heard[100]);
    expect(caller.heard.some(({ loud }) => loud)).toBe(false);
    await caller.answer();
    await caller.disconnected;
    expect(caller.heard.some(({ loud }) => loud)).toBe(true);
    expect(caller.captions[0]?.text).toBe(
      "Sorry, I can't help you right now. Please call again later. Goodbye.",
    );
    expect(caller.ends).toEqual([{ cause: 'provider-failure' }]);
    const lines = stack.worker.lines.slice(before);
    const failed = lines.filter(({ msg }) => msg === 'provider failed');
    expect(failed.map(({ variable, kind }) => [variable, kind])).toEqual([
      ['CARTESIA_API_KEY', 'key-missing'],
      ['SARVAM_API_KEY', 'key-missing'],
    ]);
  });
});

describe('a worker that is asked to stop', () => {
  let stack: AgentStack;
  beforeAll(async () => {
    stack = await startAgentStack({ AGENT_MAX_CALLS: '1' });
  });
  afterAll(() => stack.close());

  it('finishes the call it holds, takes no other, and is not ready from the first moment', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await caller.firstSoundAfter(0);
    const catalog = agentCatalogSchema.parse(
      await (await fetch(`${stack.worker.opsUrl}/agents`)).json(),
    );
    expect(catalog.agents.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['bank', 'support']),
    );
    expect(catalog.capacity).toEqual({ active: 1, max: 1 });

    stack.worker.signal('SIGTERM');
    await until('the worker not to be ready', async () =>
      (await stack.worker.status()) === 503 ? true : undefined,
    );
    const late = await stack.join({ agent: 'bank', kind: 'web' });
    // The call that lives goes on while the other waits in vain.
    const greeted = Date.now();
    await caller.until('three more seconds of the call', () =>
      Date.now() - greeted > 3_000 ? true : undefined,
    );
    expect(caller.agent).toBeDefined();
    expect(late.agent).toBeUndefined();
    await caller.hangUp();
    await stack.worker.exited();
    expect(stack.worker.lines).toContainEqual(
      expect.objectContaining({ msg: 'call ended', result: 'caller-hangup' }),
    );
  });
});

describe('a worker that has to stop before its calls do', () => {
  let stack: AgentStack;
  beforeAll(async () => {
    stack = await startAgentStack({ AGENT_DRAIN_LIMIT_MS: '500' });
  });
  afterAll(() => stack.close());

  it('leaves the caller to another one, and says that it was drained', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await caller.firstSoundAfter(0);
    stack.worker.signal('SIGTERM');
    await stack.worker.exited();
    expect(logged(stack, caller, 'call ended')).toMatchObject([{ result: 'drained' }]);
    expect(caller.room.isConnected).toBe(true);
  });
});

describe('a worker while LiveKit is away', () => {
  let livekit: LiveKit | undefined;
  let worker: WorkerProcess | undefined;
  afterEach(async () => {
    await worker?.close();
    await livekit?.close();
  });

  it('says so every few seconds, becomes ready when it comes, and again after a loss', async () => {
    const [port = 0] = await freePorts(1);
    const keys = { apiKey: 'APItest', apiSecret: 'test-secret-of-at-least-32-characters' };
    worker = await startWorkerProcess({
      LIVEKIT_URL: `ws://127.0.0.1:${port}`,
      LIVEKIT_API_KEY: keys.apiKey,
      LIVEKIT_API_SECRET: keys.apiSecret,
      BANK_API_URL: 'http://127.0.0.1:1',
    });
    const { lines, opsUrl } = worker;
    const waiting = () =>
      lines.filter(({ msg }) => msg === 'LiveKit does not answer, trying again');
    await until('two tries', () => (waiting().length >= 2 ? true : undefined));
    expect(await (await fetch(`${opsUrl}/readyz`)).json()).toMatchObject({
      ready: false,
      missing: ['livekit'],
    });

    livekit = await startLiveKit({ port, ...keys });
    await worker.ready();
    await livekit.close();
    const lost = worker;
    await until('the loss to be noticed', async () =>
      (await lost.status()) === 503 ? true : undefined,
    );
    livekit = await startLiveKit({ port, ...keys });
    await worker.ready();
  });

  it('stops at once when asked to', async () => {
    worker = await startWorkerProcess({
      LIVEKIT_URL: 'ws://127.0.0.1:1',
      LIVEKIT_API_KEY: 'key',
      LIVEKIT_API_SECRET: 'test-secret-of-at-least-32-characters',
      BANK_API_URL: 'http://127.0.0.1:1',
    });
    worker.signal('SIGTERM');
    await worker.exited();
  });
});
