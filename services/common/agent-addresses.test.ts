import { describe, expect, it } from 'vitest';
import { workerUrls } from './agent-addresses.ts';

const known = (...found: { address: string; family: number }[]) => {
  return () => Promise.resolve(found);
};

describe('the workers behind a URL', () => {
  it.each([
    ['an IPv4 address', 'http://127.0.0.1:9090/agents'],
    ['an IPv6 address', 'http://[::1]:9090/agents'],
    ['https, whose certificate is for the name', 'https://agents.example.com/agents'],
  ])('%s is asked as it is', async (_what, url) => {
    expect(await workerUrls(url, () => Promise.reject(new Error('was looked up')))).toEqual([url]);
  });

  it('are all asked, each once', async () => {
    const four = (address: string) => ({ address, family: 4 });
    const resolve = known(four('10.0.0.7'), four('10.0.0.8'), four('10.0.0.7'));
    expect(await workerUrls('http://agent.patchbay.svc:9090/agents', resolve)).toEqual([
      'http://10.0.0.7:9090/agents',
      'http://10.0.0.8:9090/agents',
    ]);
  });

  it('with both kinds of address count once', async () => {
    const resolve = known(
      { address: 'fd00::7', family: 6 },
      { address: 'fd00::8', family: 6 },
      { address: '10.0.0.7', family: 4 },
    );
    expect(await workerUrls('http://agent:9090/agents', resolve)).toEqual([
      'http://[fd00::7]:9090/agents',
      'http://[fd00::8]:9090/agents',
    ]);
  });
});
