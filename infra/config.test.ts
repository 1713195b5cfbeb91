import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './config-faults.ts';
import { faultsOf } from './testing/faults-of.ts';
import {
  cloudConfig,
  devConfig,
  prodConfig,
  put,
  SAMPLE_SECRETS,
} from './testing/sample-configs.ts';

describe('the samples', () => {
  it.each([
    ['dev', devConfig],
    ['prod', prodConfig],
    ['LiveKit Cloud', cloudConfig],
  ])('%s has no fault', (_name, sample) => {
    expect(faultsOf(sample())).toEqual([]);
  });

  it('shows no secret of a checked configuration, however it is printed', () => {
    const config = parseConfig(prodConfig());
    const printed = `${JSON.stringify(config)}${inspect(config, { depth: 20 })}${String(config.livekit.apiSecret)}`;
    for (const secret of Object.values(SAMPLE_SECRETS)) expect(printed).not.toContain(secret);
  });
});

type Path = (string | number)[];
const faults: [name: string, path: Path, value: unknown, said: RegExp][] = [
  ['no secret', ['livekit', 'apiSecret'], undefined, /^patchbay:livekit\.apiSecret: is not set$/],
  [
    'a short secret',
    ['livekit', 'apiSecret'],
    'hush',
    /apiSecret: must have at least 32 characters$/,
  ],
  [
    'a typing mistake',
    ['livekit', 'replica'],
    2,
    /^patchbay:livekit\.replica: is no key of Patchbay/,
  ],
  ['an unknown key', ['trunk'], [], /^patchbay:trunk: is no key of Patchbay/],
  ['an unknown mode', ['livekit', 'mode'], 'cloud', /^patchbay:livekit\.mode: /],
  [
    'a text for a number',
    ['api', 'replicas'],
    'two',
    /^patchbay:api\.replicas: must be a number \(got "two"\)$/,
  ],
  ['none of too few', ['api', 'replicas'], 0, /api\.replicas: must be at least 1 \(got 0\)$/],
  [
    'a broken digest',
    ['images', 'bridge', 'digest'],
    'sha256:12',
    /bridge\.digest: must be sha256: and 64 hexadecimal/,
  ],
  ['no registry', ['images', 'registry'], undefined, /images\.registry: is not set/],
  [
    'a broken address',
    ['media', 'publicAddresses', 0],
    'node1',
    /publicAddresses\[0\]: must be an IP address.*got "node1"/,
  ],
  [
    'a broken host',
    ['ingress', 'host'],
    'voice',
    /ingress\.host: must be a full host name.*got "voice"/,
  ],
  [
    'the same host twice',
    ['ingress', 'livekitHost'],
    'voice.example.com',
    /ingress\.livekitHost: must differ from patchbay:ingress\.host/,
  ],
  [
    'an issuer that is missing',
    ['ingress', 'tls', 'issuer'],
    undefined,
    /ingress\.tls\.issuer: is not set/,
  ],
  [
    'no Redis for LiveKit SIP',
    ['redis'],
    undefined,
    /^patchbay:redis: is not set: LiveKit SIP needs Redis/,
  ],
  [
    'a Redis without port',
    ['redis', 'address'],
    'redis',
    /redis\.address: must be host:port.*got "redis"/,
  ],
  [
    'a bank without scheme',
    ['agent', 'bank', 'apiUrl'],
    'bank.example.com',
    /bank\.apiUrl: must be a URL that starts with http/,
  ],
  [
    'a URL with a password',
    ['agent', 'bank', 'apiUrl'],
    'ftp://me:pw@bank',
    /\(got "ftp:\/\/\*\*\*@bank"\)/,
  ],
  [
    'KEDA without Prometheus',
    ['autoscaling', 'prometheusUrl'],
    undefined,
    /autoscaling\.prometheusUrl: is not set/,
  ],
  [
    'ports that collide',
    ['ports', 'bridge', 'rtp'],
    { min: 15_000, max: 25_000 },
    /LiveKit SIP RTP 10000-19999\/udp \(patchbay:ports\.livekitSip\.rtp\) and bridge RTP 15000-25000\/udp \(patchbay:ports\.bridge\.rtp\)/,
  ],
  [
    'a network that is none',
    ['livekit', 'turn'],
    { domain: 'turn.example.com', nodeCidrs: ['10.1.0.7'] },
    /livekit\.turn\.nodeCidrs\[0\]: must be a CIDR/,
  ],
  [
    'a range upside down',
    ['ports', 'bridge', 'rtp'],
    { min: 25_000, max: 20_000 },
    /ports\.bridge\.rtp: max must be greater than min/,
  ],
  [
    'ports the kernel uses',
    ['media', 'reservedPorts'],
    [],
    /ports\.livekit\.media: LiveKit media 50000-54999\/udp .*ip_local_reserved_ports/,
  ],
  ['an unknown kind of trunk', ['trunks', 0, 'kind'], 'plivo', /^patchbay:trunks\[0\]\.kind: /],
  [
    'a broken number',
    ['trunks', 0, 'numbers'],
    { '02248964153': 'bank' },
    /trunks\[0\]\.numbers: "02248964153" must be a phone number in E\.164/,
  ],
  [
    'a broken agent name',
    ['trunks', 0, 'numbers', '+912248964153'],
    'Bank!',
    /trunks\[0\]\.numbers\["\+912248964153"\]: must be lower-case.*got "Bank!"/,
  ],
  [
    'no numbers',
    ['trunks', 0, 'numbers'],
    {},
    /trunks\[0\]\.numbers: must have at least one number/,
  ],
  [
    'a number twice',
    ['trunks', 1, 'numbers', '+912248964153'],
    'bank',
    /trunks\[1\]\.numbers: \+912248964153 is already in patchbay:trunks\[0\]/,
  ],
  [
    'a name twice',
    ['trunks', 1, 'name'],
    'mumbai',
    /trunks\[1\]\.name: "mumbai" is already the name of patchbay:trunks\[0\]/,
  ],
  [
    'a source that is a name',
    ['trunks', 0, 'sources', 'signalling', 0],
    'sip.example.com',
    /signalling\[0\]: must be an IP address or a CIDR.*got "sip\.example\.com"/,
  ],
  [
    'no sources',
    ['trunks', 0, 'sources', 'signalling'],
    [],
    /signalling: must list at least one address or CIDR/,
  ],
  [
    'no token for Exotel',
    ['trunks', 0, 'exotel', 'apiToken'],
    undefined,
    /trunks\[0\]\.exotel\.apiToken: is not set/,
  ],
  [
    'a name Exotel refuses',
    ['trunks', 0, 'exotel', 'trunkName'],
    'has-dashes',
    /trunkName: must be 1 to 16 letters, digits and underscores/,
  ],
  [
    'UDP to Exotel',
    ['trunks', 0, 'exotel', 'transport'],
    'udp',
    /exotel\.transport: must be "tcp" or "tls" \(got "udp"\)/,
  ],
  [
    'no address for Exotel',
    ['media', 'publicAddresses'],
    [],
    /media\.publicAddresses: is empty: Exotel \(trunk "mumbai"\)/,
  ],
  [
    'a broken Twilio sid',
    ['trunks', 1, 'twilio', 'accountSid'],
    'AC1',
    /accountSid: must be AC and 32 hexadecimal digits/,
  ],
  [
    'a Twilio domain elsewhere',
    ['trunks', 1, 'twilio', 'domainName'],
    'sip.example.com',
    /domainName: must end with \.pstn\.twilio\.com/,
  ],
  [
    'Twilio over TLS without certificate',
    ['trunks', 1, 'secure'],
    true,
    /livekitSip\.tlsSecret: is not set: trunk "dallas" uses TLS/,
  ],
  [
    'a trunk without its door',
    ['livekitSip', 'enabled'],
    false,
    /trunks\[1\]: goes through LiveKit SIP, but patchbay:livekitSip\.enabled is false/,
  ],
  [
    'a trunk without the bridge',
    ['bridge', 'enabled'],
    false,
    /trunks\[0\]: goes through the bridge, but patchbay:bridge\.enabled is false/,
  ],
];

describe('a fault is told with its key, its value and what would be right', () => {
  it.each(faults)('%s', (_name, path, value, said) => {
    const config = prodConfig();
    put(config, path, value);
    expect(faultsOf(config).join('\n')).toMatch(new RegExp(said, 'm'));
  });

  it('Exotel over TLS without a certificate', () => {
    const config = prodConfig();
    put(config, ['trunks', 0, 'exotel', 'transport'], 'tls');
    put(config, ['bridge', 'tlsSecret'], undefined);
    put(config, ['trunks'], (config.trunks as unknown[]).slice(0, 3));
    expect(faultsOf(config)).toEqual([
      'patchbay:bridge.tlsSecret: is not set: trunk "mumbai" uses TLS, which wants a certificate. ' +
        'Name a Secret with tls.crt and tls.key in namespace patchbay-media',
    ]);
  });

  it('LiveKit SIP beside an existing LiveKit, and trunks without its SIP host', () => {
    const config = cloudConfig();
    config.livekitSip = { enabled: true };
    put(config, ['livekit', 'sipHost'], undefined);
    const said = faultsOf(config).join('\n');
    expect(said).toMatch(/patchbay:livekitSip\.enabled: must be false with an existing LiveKit/);
    expect(said).toMatch(/patchbay:livekit\.sipHost: is not set: trunk "dallas"/);
  });

  it('tells all of them at once and shows no secret', () => {
    const config = prodConfig();
    put(config, ['livekit', 'apiSecret'], 'too-short-a-secret');
    put(config, ['api', 'accessKeys', 0], 'short-key');
    put(config, ['ingress', 'host'], 'voice');
    put(config, ['trunks', 2, 'numbers'], {});
    const said = faultsOf(config);
    expect(said).toHaveLength(4);
    expect(said.join()).not.toMatch(/too-short-a-secret|short-key/);
  });
});
