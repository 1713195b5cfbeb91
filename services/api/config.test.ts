import { ConfigError } from '@patchbay/common/env-config';
import { describe, expect, it } from 'vitest';
import { loadApiConfig } from './config.ts';

const enough = {
  LIVEKIT_URL: 'ws://127.0.0.1:7880',
  LIVEKIT_API_KEY: 'APIkey',
  LIVEKIT_API_SECRET: 's'.repeat(32),
  AGENT_CATALOG_URL: 'http://127.0.0.1:9000/agents',
  API_SESSION_SECRET: 't'.repeat(32),
};

function faults(env: Record<string, string>): Record<string, string> {
  try {
    loadApiConfig({ ...enough, ...env });
  } catch (error) {
    if (error instanceof ConfigError) {
      return Object.fromEntries(error.faults.map((fault) => [fault.variable, fault.problem]));
    }
    throw error;
  }
  return {};
}

describe('the API’s configuration', () => {
  it('needs little and has careful defaults', () => {
    expect(loadApiConfig(enough)).toMatchObject({
      API_HOST: '127.0.0.1',
      API_PORT: 0,
      API_ACCESS_KEYS: [],
      API_TOKEN_TTL_SECONDS: 120,
      API_TRUST_PROXY: 0,
    });
  });

  it('names everything that is missing at once', () => {
    try {
      loadApiConfig({});
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigError).faults.map((fault) => fault.variable)).toEqual(
        Object.keys(enough).sort((a, b) => order.indexOf(a) - order.indexOf(b)),
      );
    }
  });

  it('says what is wrong and never shows a key', () => {
    const found = faults({
      API_ACCESS_KEYS: 'short-key,another',
      API_TRUST_PROXY: 'true',
      API_TOKEN_TTL_SECONDS: '0',
      PUBLIC_LIVEKIT_URL: 'livekit.example.org',
    });
    expect(found['API_ACCESS_KEYS']).toContain('at least 24 characters');
    expect(found['API_ACCESS_KEYS']).not.toContain('short-key');
    expect(found['API_TRUST_PROXY']).toContain('number of proxies');
    expect(found['API_TOKEN_TTL_SECONDS']).toContain('at least 1');
    expect(found['PUBLIC_LIVEKIT_URL']).toContain('ws://');
  });

  it('reads keys and proxies as lists', () => {
    const config = loadApiConfig({
      ...enough,
      API_ACCESS_KEYS: `${'a'.repeat(24)}, ${'b'.repeat(24)},`,
      API_TRUST_PROXY: 'loopback, 10.0.0.0/8',
    });
    expect(config.API_ACCESS_KEYS).toEqual(['a'.repeat(24), 'b'.repeat(24)]);
    expect(config.API_TRUST_PROXY).toEqual(['loopback', '10.0.0.0/8']);
    expect(loadApiConfig({ ...enough, API_TRUST_PROXY: '2' }).API_TRUST_PROXY).toBe(2);
  });
});

const order = [
  'LIVEKIT_URL',
  'LIVEKIT_API_KEY',
  'LIVEKIT_API_SECRET',
  'AGENT_CATALOG_URL',
  'API_SESSION_SECRET',
];
