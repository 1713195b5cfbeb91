import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return { child, stderr: () => stderr, lines: createInterface({ input: child.stdout }) };
}

describe('the API as a process', () => {
  it('names every configuration fault at once and exits 2', async () => {
    const { child, stderr } = run({ API_PORT: 'eighty', API_ACCESS_KEYS: 'tooshort' });
    const [status] = (await once(child, 'close')) as [number];
    expect(status).toBe(2);
    for (const variable of [
      'LIVEKIT_URL',
      'LIVEKIT_API_SECRET',
      'AGENT_CATALOG_URL',
      'API_SESSION_SECRET',
      'API_PORT',
      'API_ACCESS_KEYS',
    ]) {
      expect(stderr()).toContain(variable);
    }
    expect(stderr()).not.toContain('tooshort');
  });

  it('runs without LiveKit and agents, says it is not ready for them, and ends on SIGTERM', async () => {
    const [nowhere = 0] = await freePorts(1);
    const { child, lines } = run({
      LIVEKIT_URL: `ws://127.0.0.1:${nowhere}`,
      LIVEKIT_API_KEY: 'key',
      LIVEKIT_API_SECRET: 's'.repeat(32),
      AGENT_CATALOG_URL: `http://127.0.0.1:${nowhere}/agents`,
      API_SESSION_SECRET: 't'.repeat(32),
    });
    const exited = once(child, 'close');
    let ports: { apiPort: number; opsPort: number } | undefined;
    const seen: string[] = [];
    for await (const line of lines) {
      seen.push(line);
      if (line.includes('"listening"')) ports = JSON.parse(line) as typeof ports;
      const away = ['LiveKit does not answer', 'the agent worker does not answer'];
      if (ports && away.every((words) => seen.some((other) => other.includes(words)))) break;
    }
    const ready = await fetch(`http://127.0.0.1:${ports!.opsPort}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ missing: ['livekit', 'agents'] });
    const metrics = await (await fetch(`http://127.0.0.1:${ports!.opsPort}/metrics`)).text();
    expect(metrics).toContain('patchbay_api_catalog_age_seconds -1');
    const agents = await fetch(`http://127.0.0.1:${ports!.apiPort}/api/agents`);
    expect(agents.status).toBe(503);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
