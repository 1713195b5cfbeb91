import { expect, it } from 'vitest';
import { parseConfig } from './config-faults.ts';
import { firewallRules, sourcesOf } from './firewall.ts';
import { cloudConfig, devConfig, prodConfig, put } from './testing/sample-configs.ts';

it('opens the phone doors to their own carriers only, signalling and media apart', () => {
  const rules = firewallRules(parseConfig(prodConfig()));
  const of = (what: string) =>
    rules
      .filter((rule) => rule.what === what)
      .map(({ protocol, ports, sources }) => `${protocol} ${ports} ${sources.join(' ')}`);
  expect(of('bridge signalling')).toEqual(['tcp 5070 192.0.2.16/28', 'udp 5070 192.0.2.16/28']);
  // The exchange is narrowed to TLS.
  expect(of('bridge over TLS')).toEqual([
    'tcp 5071 192.0.2.16/28 203.0.113.130/32 203.0.113.144/28',
  ]);
  expect(of('bridge RTP')).toEqual(['udp 20000-29999 192.0.2.32/28 203.0.113.160/28']);
  // The office names no addresses for media, so it sends from those of its signalling.
  expect(of('LiveKit SIP RTP')).toEqual(['udp 10000-19999 198.51.100.64/26 203.0.113.64/28']);
  expect(of('LiveKit SIP signalling')[0]).toBe(
    'tcp 5060 198.51.100.0/30 198.51.100.4/30 203.0.113.64/28',
  );
});

it('opens LiveKit’s media to everyone and its own API to nobody', () => {
  const rules = firewallRules(parseConfig(devConfig()));
  expect(rules.find(({ what }) => what === 'LiveKit media')).toEqual({
    what: 'LiveKit media',
    protocol: 'udp',
    ports: '50000-54999',
    sources: ['0.0.0.0/0', '::/0'],
  });
  expect(rules.some(({ ports }) => ports === '7880' || ports === '9090')).toBe(false);
});

it('opens LiveKit’s TURN to everyone where there is one', () => {
  const given = prodConfig();
  const turn = (config: typeof given) =>
    firewallRules(parseConfig(config)).flatMap(({ what, protocol, ports, sources }) =>
      what.startsWith('TURN') ? [`${what} ${protocol} ${ports} ${sources.join(' ')}`] : [],
    );
  expect(turn(given)).toEqual([]);
  put(given, ['livekit', 'turn'], { domain: 'turn.example.com' });
  expect(turn(given)).toEqual([
    'TURN udp 3478 0.0.0.0/0 ::/0',
    'TURN over TLS tcp 5349 0.0.0.0/0 ::/0',
    'TURN relay udp 55000-55999 0.0.0.0/0 ::/0',
  ]);
});

it('opens the ports of a way out to who is called by it', () => {
  const given = prodConfig();
  put(given, ['trunks', 3, 'outbound', 'transport'], 'udp');
  const rules = firewallRules(parseConfig(given));
  const opened = rules.filter(({ sources }) => sources.includes('203.0.113.130/32'));
  expect(opened.map(({ protocol, ports }) => `${protocol} ${ports}`)).toEqual([
    'udp 5070',
    'tcp 5071',
  ]);
});

it('opens nothing for what does not run here', () => {
  const rules = firewallRules(parseConfig(cloudConfig()));
  expect(new Set(rules.map(({ what }) => what.split(' ')[0]))).toEqual(new Set(['bridge']));
});

it('gives the NetworkPolicies the same addresses', () => {
  const config = parseConfig(prodConfig());
  expect(sourcesOf(config, 'bridge')).toEqual([
    '192.0.2.16/28',
    '192.0.2.32/28',
    '203.0.113.130/32',
    '203.0.113.144/28',
    '203.0.113.160/28',
  ]);
});
