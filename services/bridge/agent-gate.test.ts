import { createServer, type Server } from 'node:http';
import { silentLogger } from '@patchbay/common/logger';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { afterEach, describe, expect, it } from 'vitest';
import { openAgentGate, type AgentGate } from './agent-gate.ts';

let server: Server | undefined;
let gate: AgentGate | undefined;
afterEach(async () => {
  await gate?.close();
  if (server) await closeServer(server);
  gate = server = undefined;
});

/** A gate before workers with so many places, once they have answered. */
async function open(max: number, active = 0): Promise<AgentGate> {
  server = createServer((_request, response) => {
    response.end(JSON.stringify({ agents: [], capacity: { active, max } }));
  });
  const port = await listen(server, 0, '127.0.0.1');
  return new Promise((resolve) => {
    const opened = openAgentGate({
      url: `http://127.0.0.1:${port}/agents`,
      refreshMs: 60_000,
      staleMs: 60_000,
      log: silentLogger(),
      onKnown: () => resolve(opened),
    });
    gate = opened;
  });
}

describe('a call that comes in', () => {
  it('is let in while an agent has a place that no earlier call was promised', async () => {
    const agents = await open(2);
    expect(agents.refusal()).toBeUndefined();
    const giveBack = agents.take('a');
    agents.take('b');
    expect(agents.refusal()).toEqual({
      result: 'rejected-no-agent',
      detail: 'All agents are in a call.',
    });
    giveBack();
    expect(agents.refusal()).toBeUndefined();
  });

  it('is refused when the agents themselves say that they are full', async () => {
    expect((await open(3, 3)).refusal()).toMatchObject({ result: 'rejected-no-agent' });
  });

  it('is refused before the agents have ever answered', () => {
    gate = openAgentGate({
      url: 'http://127.0.0.1:9/agents',
      refreshMs: 60_000,
      staleMs: 60_000,
      log: silentLogger(),
      onKnown: () => undefined,
    });
    expect(gate.refusal()).toMatchObject({ detail: 'The agents do not answer.' });
  });
});
