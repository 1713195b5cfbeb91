import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config-faults.ts';
import { devConfig, prodConfig, put, SAMPLE_SECRETS } from '../testing/sample-configs.ts';
import { agentValues } from './agent.ts';
import { apiValues } from './api.ts';
import { bridgeValues } from './bridge.ts';
import { livekitServerValues } from './livekit-server.ts';
import { redisClient } from './redis.ts';
import { livekitAdminUrl, livekitPublicUrl, pageUrl } from './releases.ts';
import { secretsChecksum, secretSpecs, SECRET_NAMES } from './secrets.ts';

describe('images', () => {
  it('come by digest where there is one, by the common tag else', () => {
    const config = parseConfig(prodConfig());
    expect(bridgeValues(config).image.digest).toMatch(/^sha256:/);
    expect(apiValues(config).image).toEqual({
      repository: 'registry.example.com/patchbay/api',
      tag: '0.1.0',
      pullPolicy: 'IfNotPresent',
    });
  });

  it('of others keep the pin of their chart unless told otherwise', () => {
    const given = prodConfig();
    put(given, ['images', 'drachtio'], { repository: 'registry.example.com/drachtio', tag: '1' });
    expect(bridgeValues(parseConfig(prodConfig())).drachtio.image).toEqual({
      pullPolicy: 'IfNotPresent',
    });
    expect(bridgeValues(parseConfig(given)).drachtio.image).toMatchObject({ tag: '1' });
  });
});

describe('the public address', () => {
  it.each([
    ['one node with a known address', ['203.0.113.7'], 1, '203.0.113.7'],
    ['two nodes find their own', ['203.0.113.7', '203.0.113.8'], 2, ''],
    ['one pod on one of two nodes finds its own', ['203.0.113.7', '203.0.113.8'], 1, ''],
    ['nothing known', [], 1, ''],
  ])('%s', (_name, publicAddresses, replicas, address) => {
    const given = devConfig();
    put(given, ['media', 'publicAddresses'], publicAddresses);
    put(given, ['bridge', 'replicas'], replicas);
    expect(bridgeValues(parseConfig(given)).publicAddress.address).toBe(address);
  });
});

describe('the trunks of the bridge', () => {
  const trunkOf = (index: number, changes: Record<string, unknown>) => {
    const given = prodConfig();
    for (const [key, value] of Object.entries(changes)) put(given, ['trunks', index, key], value);
    const config = parseConfig(given);
    const trunk = bridgeValues(config).trunks[index === 0 ? 0 : 1];
    return { trunk, api: apiValues(config).outbound, secrets: secretSpecs(config) };
  };
  const address = 'sip.example.com';

  it.each([
    ['the trunk’s own', 'udp', { address }, { host: address, port: 5_060, transport: 'udp' }],
    ['TLS', 'tls', { address }, { host: address, port: 5_061, transport: 'tls' }],
    [
      'another',
      'udp',
      { address: `${address}:443`, transport: 'tls' },
      { host: address, port: 443, transport: 'tls' },
    ],
    [
      'an address',
      'udp',
      { address: '[2001:db8::7]:5070' },
      { host: '2001:db8::7', port: 5_070, transport: 'udp' },
    ],
  ])('call out over %s', (_name, transport, outbound, wanted) => {
    const changes = { transport, transports: undefined, mediaEncryption: undefined, outbound };
    expect(trunkOf(3, changes).trunk?.outbound).toEqual(wanted);
  });

  it('have no passwords and no door for calls out where nothing asks for them', () => {
    const { trunk, api, secrets } = trunkOf(3, {
      direction: undefined,
      outbound: undefined,
      digest: undefined,
      transport: 'udp',
      transports: undefined,
      mediaEncryption: undefined,
      limits: undefined,
    });
    expect(Object.keys(trunk ?? {}).sort()).toEqual(['codecs', 'name', 'numbers', 'sources']);
    expect(api.existingSecret).toBe('');
    expect(api.vias.some(({ kind }) => kind === 'bridge')).toBe(false);
    const names = secrets.map(({ name }) => name);
    expect(names).not.toContain(SECRET_NAMES.trunkPasswords);
    expect(names).not.toContain(SECRET_NAMES.bridgeControl);
  });

  it('take calls over TLS alone where the carrier is told so, unless more is said', () => {
    expect(trunkOf(3, { transports: undefined }).trunk?.transports).toEqual(['tls']);
    const both = ['tcp', 'tls'];
    expect(trunkOf(3, { transports: both }).trunk?.transports).toEqual(both);
  });

  it('of Exotel call out by its edge, as a host of the account and with its digest', () => {
    const exotel = {
      ...((prodConfig().trunks as { exotel: object }[])[0]?.exotel ?? {}),
      apiKey: SAMPLE_SECRETS.exotelKey,
      apiToken: SAMPLE_SECRETS.exotelToken,
      digest: { username: 'patchbay', password: 'digest-password' },
    };
    const { trunk, api } = trunkOf(0, { exotel, outbound: { address: 'in.voip.exotel.com:5070' } });
    expect(trunk).toMatchObject({
      direction: 'both',
      outbound: {
        host: 'in.voip.exotel.com',
        port: 5_070,
        transport: 'tcp',
        domain: 'example1.pstn.exotel.com',
        user: 'patchbay',
      },
    });
    expect(trunk).not.toHaveProperty('users');
    expect(api.vias.map(({ name }) => name)).toContain('mumbai');
  });
});

describe('TURN', () => {
  const withTurn = (turn: object) => {
    const given = prodConfig();
    put(given, ['livekit', 'turn'], turn);
    return parseConfig(given);
  };

  it('is there if the stack asks for it, on ports that the others know of', () => {
    const config = withTurn({
      domain: 'turn.example.com',
      tlsSecret: 'turn-tls',
      nodeCidrs: ['10.1.0.0/24'],
    });
    expect(livekitServerValues(config).turn).toEqual({
      enabled: true,
      domain: 'turn.example.com',
      externalTls: false,
      tls: { existingSecret: 'turn-tls' },
      udpPort: 3_478,
      tlsPort: 5_349,
      relayPortMin: 55_000,
      relayPortMax: 55_999,
      nodeCidrs: ['10.1.0.0/24'],
    });
    expect(bridgeValues(config).portRanges.others).toContainEqual({
      name: 'TURN relay',
      min: 55_000,
      max: 55_999,
      protocol: 'udp',
    });
    expect(livekitServerValues(parseConfig(prodConfig()))).not.toHaveProperty('turn');
  });

  it('has its TLS ended by the load balancer if there is no Secret for it', () => {
    expect(livekitServerValues(withTurn({ domain: 'turn.example.com' })).turn).toMatchObject({
      externalTls: true,
      nodeCidrs: [],
    });
  });
});

describe('addresses', () => {
  it.each([
    ['none', 'http://voice.example.com', 'ws://livekit.example.com'],
    ['cert-manager', 'https://voice.example.com', 'wss://livekit.example.com'],
  ])('with TLS by %s', (mode, page, livekit) => {
    const given = prodConfig();
    put(given, ['ingress', 'tls'], mode === 'none' ? { mode } : { mode, issuer: 'letsencrypt' });
    const config = parseConfig(given);
    expect([pageUrl(config), livekitPublicUrl(config)]).toEqual([page, livekit]);
    expect(livekitAdminUrl(config)).toBe(livekit.replace('ws', 'http'));
  });
});

describe('Secrets', () => {
  it('between our own parts are derived, differ from one another and stay the same', () => {
    const derived = () =>
      secretSpecs(parseConfig(devConfig()))
        .flatMap(({ data }) => Object.entries(data))
        .filter(([name]) => !name.startsWith('LIVEKIT'))
        .map(([, value]) => value.reveal());
    expect(new Set(derived()).size).toBe(3);
    expect(derived()).toEqual(derived());
    expect(derived()).not.toContain(SAMPLE_SECRETS.livekit);
  });

  it('change the checksum of those that use them', () => {
    const before = parseConfig(prodConfig());
    const given = prodConfig();
    put(given, ['redis', 'password'], 'another');
    const after = parseConfig(given);
    const checksum = (config: typeof before, name: string) => secretsChecksum(config, name);
    expect(checksum(after, SECRET_NAMES.redis)).not.toBe(checksum(before, SECRET_NAMES.redis));
    expect(checksum(after, SECRET_NAMES.session)).toBe(checksum(before, SECRET_NAMES.session));
  });

  it('of a Redis without password are none', () => {
    const given = prodConfig();
    put(given, ['redis', 'password'], undefined);
    const config = parseConfig(given);
    expect(redisClient(config)).toEqual({
      address: 'redis.example.com:6379',
      username: 'patchbay',
      tls: true,
    });
    expect(secretSpecs(config).some(({ name }) => name === SECRET_NAMES.redis)).toBe(false);
  });
});

describe('traces and call records', () => {
  it('go where the stack says', () => {
    const given = prodConfig();
    put(given, ['tracing'], { endpoint: 'http://otel.example.com:4318' });
    put(given, ['callRecordUrl'], 'https://crm.example.com/calls');
    const config = parseConfig(given);
    const otel = { endpoint: 'http://otel.example.com:4318', share: 1 };
    const callRecords = { url: 'https://crm.example.com/calls' };
    expect(apiValues(config)).toMatchObject({ otel, callRecords });
    expect(bridgeValues(config)).toMatchObject({ otel, callRecords });
    expect(agentValues(config)).toMatchObject({ otel });
  });

  it('go nowhere else if it says nothing', () => {
    const given = prodConfig();
    put(given, ['tracing'], undefined);
    const config = parseConfig(given);
    for (const values of [apiValues(config), bridgeValues(config), agentValues(config)]) {
      expect(values).not.toHaveProperty('otel');
      expect(values).not.toHaveProperty('callRecords');
    }
  });
});
