import { ConfigError } from '@patchbay/common/env-config';
import { describe, expect, it } from 'vitest';
import { loadAgentConfig } from './config.ts';

const GOOD = {
  LIVEKIT_URL: 'ws://127.0.0.1:7880',
  LIVEKIT_API_KEY: 'key',
  LIVEKIT_API_SECRET: 's'.repeat(32),
  AGENT_WORKER_PORT: '8081',
  BANK_API_URL: 'http://127.0.0.1:9200',
};

function faultyVariables(env: Record<string, string>): string[] {
  try {
    loadAgentConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ variable }) => variable).sort();
  }
}

describe('the configuration of the agent worker', () => {
  it('needs LiveKit, a port and the bank, and no provider key', () => {
    expect(loadAgentConfig(GOOD)).toMatchObject({
      AGENT_MAX_CALLS: 10,
      DEEPGRAM_BASE_URL: 'wss://api.deepgram.com',
      OPENAI_BASE_URL: 'https://api.openai.com/v1',
      CARTESIA_BASE_URL: 'https://api.cartesia.ai',
    });
  });

  it('lists everything that is missing at once', () => {
    expect(faultyVariables({})).toEqual(Object.keys(GOOD).sort());
  });

  it.each([
    ['AGENT_WORKER_PORT', '0'],
    ['AGENT_MAX_CALLS', '0'],
    ['AGENT_MAX_CALLS', 'many'],
    ['AGENT_IDLE_PROCESSES', '0'],
    ['AGENT_TURN_DETECTION', 'guess'],
    ['BANK_DEFAULT_CUSTOMER', '5550187'],
    ['DEEPGRAM_BASE_URL', 'http://127.0.0.1:1'],
    ['CARTESIA_BASE_URL', 'wss://127.0.0.1:1'],
  ])('refuses %s=%s', (variable, value) => {
    expect(faultyVariables({ ...GOOD, [variable]: value })).toEqual([variable]);
  });
});
