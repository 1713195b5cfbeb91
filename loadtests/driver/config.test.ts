import { ConfigError } from '@patchbay/common/env-config';
import { describe, expect, it } from 'vitest';
import { loadDriverConfig } from './config.ts';

const api = { TARGET_API_URL: 'http://127.0.0.1:8080/', TARGET_ACCESS_KEY: 'k' };

describe('settings of the call driver', () => {
  it('are complete with an API and its key', () => {
    expect(loadDriverConfig(api)).toMatchObject({
      api: { url: 'http://127.0.0.1:8080', accessKey: 'k' },
      sip: undefined,
      host: '127.0.0.1',
    });
  });

  it('know where phone calls go', () => {
    const config = loadDriverConfig({
      ...api,
      TARGET_SIP: '127.0.0.1:5060',
      TARGET_NUMBERS: '{"bank":"+12025550101"}',
    });
    expect(config.sip).toEqual({ host: '127.0.0.1', port: 5060, transport: 'udp' });
    expect(config.numbers).toEqual({ bank: '+12025550101' });
  });

  it.each([
    ['no API', { TARGET_ACCESS_KEY: 'k' }, 'TARGET_API_URL'],
    ['no key', { TARGET_API_URL: 'http://127.0.0.1' }, 'TARGET_ACCESS_KEY'],
    ['an API elsewhere', { ...api, TARGET_API_URL: 'https://example.com' }, 'ALLOW_REMOTE=1'],
    ['a phone door elsewhere', { ...api, TARGET_SIP: '10.1.2.3:5060' }, 'ALLOW_REMOTE=1'],
    ['a SIP address without port', { ...api, TARGET_SIP: '127.0.0.1' }, 'host:port'],
    ['numbers that are none', { ...api, TARGET_NUMBERS: '{"bank":"1"}' }, 'E.164'],
  ])('are refused with %s', (_what, env, words) => {
    expect(() => loadDriverConfig(env)).toThrow(ConfigError);
    expect(() => loadDriverConfig(env)).toThrow(words);
  });

  it('let load go elsewhere when that is said', () => {
    const env = { ...api, TARGET_API_URL: 'https://example.com', ALLOW_REMOTE: '1' };
    expect(loadDriverConfig(env).api.url).toBe('https://example.com');
  });
});
