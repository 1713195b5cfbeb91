import { describe, expect, it } from 'vitest';
import { faultsOf } from './testing/faults-of.ts';
import { cloudConfig, prodConfig, put } from './testing/sample-configs.ts';

type Path = (string | number)[];
type Changes = [path: Path, value: unknown][];

/** Faults of the sample with changes of one of its trunks: 0 Exotel, 2 through LiveKit, 3 the bridge. */
function faultsWith(trunk: number, ...changes: Changes): string {
  const config = prodConfig();
  for (const [path, value] of changes) put(config, ['trunks', trunk, ...path], value);
  return faultsOf(config).join('\n');
}

const USER = { username: 'carrier', password: 'digest-password' };

describe('a trunk of the bridge may have', () => {
  it.each<[string, Changes]>([
    ['one digest user without a list', [[['digest'], USER]]],
    ['no digest user', [[['digest'], undefined]]],
    ['several', [[['digest'], [USER, { ...USER, username: 'another' }]]]],
    ['calls out alone', [[['direction'], 'outbound']]],
    ['calls out without digest', [[['outbound', 'digest'], undefined]]],
    ['a way out by address', [[['outbound', 'address'], '203.0.113.9']]],
    ['a way out by IPv6 address', [[['outbound', 'address'], '[2001:db8::7]:5060']]],
    ['a port that only root may listen on', [[['outbound', 'address'], 'sip.example.com:443']]],
    ['plain signalling besides TLS', [[['transports'], ['udp', 'tls']]]],
    ['no limit of calls at once', [[['limits'], { callsPerSecond: 0.5 }]]],
    ['no word on SRTP', [[['mediaEncryption'], undefined]]],
    ['no SRTP', [[['mediaEncryption'], 'off']]],
    ['SRTP that is insisted on', [[['mediaEncryption'], 'require']]],
    [
      'SRTP that is insisted on for calls out alone',
      [
        [['mediaEncryption'], 'require'],
        [['direction'], 'outbound'],
        [['transports'], ['tcp', 'tls']],
      ],
    ],
    ['an IPv6 source', [[['sources', 'signalling', 0], '2001:db8::7']]],
  ])('%s', (_name, changes) => {
    expect(faultsWith(3, ...changes)).toBe('');
  });

  it('the same user in both ways, with one password', () => {
    const user = { username: 'both', password: 'digest-password' };
    const changes: Changes = [
      [['digest'], user],
      [['outbound', 'digest'], user],
    ];
    expect(faultsWith(3, ...changes)).toBe('');
  });
});

describe('a fault of a trunk of the bridge is told with what would be right', () => {
  it.each<[string, Changes, RegExp]>([
    [
      'a digest user without password',
      [[['digest', 0, 'password'], undefined]],
      /digest\[0\]\.password: is not set$/,
    ],
    [
      'a short password',
      [[['digest', 0, 'password'], 'hush']],
      /digest\[0\]\.password: must have at least 8 characters$/,
    ],
    [
      'a short password without a list',
      [[['digest'], { ...USER, password: 'hush' }]],
      /digest\.password: must have at least 8 characters$/,
    ],
    [
      'digest without user',
      [[['digest'], 'digest-password']],
      /trunks\[3\]\.digest: (?!.*digest-password)/,
    ],
    [
      'a user with blanks',
      [[['digest', 0, 'username'], 'two words']],
      /digest\.username: must be 1 to 64 characters of a SIP user name \(got "two words"\)/,
    ],
    [
      'a user twice',
      [[['digest'], [USER, USER]]],
      /digest\[1\]\.username: "carrier" is in the list already/,
    ],
    [
      'two passwords of one user',
      [[['digest'], { ...USER, username: 'patchbay' }]],
      /outbound\.digest\.password: must be the one that user "patchbay" has in patchbay:trunks\[3\]\.digest/,
    ],
    [
      'SRTP without TLS',
      [
        [['transport'], 'tcp'],
        [['transports'], undefined],
      ],
      /mediaEncryption: "allow" wants transport: tls \(got "tcp"\)/,
    ],
    [
      'SRTP that is insisted on where calls may come without TLS',
      [
        [['mediaEncryption'], 'require'],
        [['transports'], ['tcp', 'tls']],
      ],
      /mediaEncryption: "require" wants transports: \[tls\] \(got tcp too\)/,
    ],
    [
      'SRTP that is insisted on where calls go out without TLS',
      [
        [['mediaEncryption'], 'require'],
        [['outbound', 'transport'], 'tcp'],
      ],
      /mediaEncryption: "require" wants outbound\.transport: tls \(got "tcp"\)/,
    ],
    [
      'calls out without a place',
      [[['outbound'], undefined]],
      /outbound: is not set, but direction is both/,
    ],
    [
      'a way out of calls that only come in',
      [[['direction'], 'inbound']],
      /direction: must be outbound or both, because outbound is given \(got "inbound"\)/,
    ],
    [
      'a way out by URL',
      [[['outbound', 'address'], 'sip:example.com']],
      /outbound\.address: must be a host or host:port.*\(got "sip:example\.com"\)/,
    ],
    [
      'a way out with no such port',
      [[['outbound', 'address'], 'example.com:70000']],
      /outbound\.address: must be a host or host:port/,
    ],
    [
      'a way out over SCTP',
      [[['outbound', 'transport'], 'sctp']],
      /outbound\.transport: must be "auto" or "udp" or "tcp" or "tls" \(got "sctp"\)/,
    ],
    [
      'transports without the one that is told',
      [[['transports'], ['udp']]],
      /transports: must have tls, which the carrier is told to call over \(got udp\)/,
    ],
    [
      'a limit of nothing',
      [[['limits', 'calls'], 0]],
      /limits\.calls: must be at least 1 \(got 0\)/,
    ],
    [
      'a rate of nothing',
      [[['limits', 'callsPerSecond'], 0]],
      /limits\.callsPerSecond: must be .*\(got 0\)/,
    ],
    [
      'a codec that is not spoken',
      [[['codecs'], ['G729']]],
      /codecs\[0\]: must be "PCMA" or "PCMU" \(got "G729"\)/,
    ],
    [
      'a number with a typing mistake',
      [[['numbers'], { '+0202555': 'bank' }]],
      /numbers: "\+0202555" must be a phone number in E\.164 form, for example \+12025550187, or a SIP user/,
    ],
    [
      'the number of another trunk without its +',
      [[['numbers'], { '12025550103': 'bank' }]],
      /numbers: 12025550103 is already in patchbay:trunks\[2\]/,
    ],
    [
      'a user of the bridge’s own name for it',
      [[['users'], ['carrier']]],
      /trunks\[3\]\.users: is no key of Patchbay/,
    ],
  ])('%s', (_name, changes, said) => {
    expect(faultsWith(3, ...changes)).toMatch(new RegExp(`^patchbay:trunks\\[3\\].*`));
    expect(faultsWith(3, ...changes)).toMatch(new RegExp(said, 'm'));
  });

  it.each<[string, Changes]>([
    [
      'calls that come over it',
      [
        [['outbound'], undefined],
        [['direction'], undefined],
      ],
    ],
    [
      'a transport that is allowed',
      [
        [['transport'], 'udp'],
        [['transports'], ['udp', 'tls']],
        [['outbound'], undefined],
        [['direction'], undefined],
        [['mediaEncryption'], undefined],
      ],
    ],
    [
      'calls that go out over it',
      [
        [['transport'], 'udp'],
        [['transports'], undefined],
        [['outbound', 'transport'], 'tls'],
        [['mediaEncryption'], undefined],
      ],
    ],
  ])('TLS without a certificate: %s', (_name, changes) => {
    const config = prodConfig();
    put(config, ['bridge', 'tlsSecret'], undefined);
    for (const [path, value] of changes) put(config, ['trunks', 3, ...path], value);
    expect(faultsOf(config)).toEqual([
      'patchbay:bridge.tlsSecret: is not set: trunk "exchange" uses TLS, which wants a certificate. ' +
        'Name a Secret with tls.crt and tls.key in namespace patchbay-media',
    ]);
  });

  it('all of them are told at once, and no password', () => {
    const config = prodConfig();
    put(config, ['bridge', 'tlsSecret'], undefined);
    put(config, ['trunks', 3, 'mediaEncryption'], 'require');
    put(config, ['trunks', 3, 'transports'], ['udp', 'tls']);
    put(config, ['trunks', 3, 'direction'], 'inbound');
    put(config, ['trunks', 3, 'digest'], [USER, USER]);
    put(config, ['trunks', 3, 'outbound', 'digest'], { ...USER, password: 'another-password' });
    const said = faultsOf(config);
    expect(said.map((line) => line.split(': ')[0])).toEqual([
      'patchbay:trunks[3].direction',
      'patchbay:trunks[3].mediaEncryption',
      'patchbay:trunks[3].digest[1].username',
      'patchbay:trunks[3].outbound.digest.password',
      'patchbay:bridge.tlsSecret',
    ]);
    expect(said.join()).not.toMatch(/digest-password|another-password/);
  });
});

describe('a trunk through LiveKit SIP', () => {
  it.each<[string, Path, unknown, RegExp]>([
    ['has no direction', ['direction'], 'both', /direction: works with through: bridge only/],
    [
      'narrows no transports',
      ['transports'],
      ['udp'],
      /transports: works with through: bridge only/,
    ],
    [
      'has no host of its own',
      ['host'],
      'sip.example.com',
      /host: works with through: bridge only; here patchbay:livekitSip\.host/,
    ],
    ['has no codecs of its own', ['codecs'], ['PCMU'], /codecs: works with through: bridge only/],
    ['has no limits', ['limits'], { calls: 3 }, /limits: works with through: bridge only/],
    [
      'has no domain of its own',
      ['outbound', 'domain'],
      'example.com',
      /outbound\.domain: works with through: bridge only/,
    ],
    [
      'has one digest user at most',
      ['digest'],
      [USER, { ...USER, username: 'b' }],
      /digest: has 2 users, but LiveKit SIP takes one a trunk/,
    ],
    [
      'has numbers in E.164 only',
      ['numbers'],
      { reception: 'bank' },
      /numbers: "reception" must be a phone number in E\.164 form/,
    ],
    [
      'still wants a certificate for TLS',
      ['transport'],
      'tls',
      /livekitSip\.tlsSecret: is not set: trunk "office" uses TLS/,
    ],
  ])('%s', (_name, path, value, said) => {
    expect(faultsWith(2, [path, value])).toMatch(said);
  });

  it.each<[string, Path, unknown]>([
    ['one digest user', ['digest'], USER],
    ['one digest user in a list', ['digest'], [USER]],
    ['SRTP that is insisted on', ['mediaEncryption'], 'require'],
    ['SRTP that is offered', ['mediaEncryption'], 'allow'],
  ])('may have %s', (_name, path, value) => {
    expect(faultsWith(2, [path, value])).toBe('');
  });

  it('needs no certificate of ours where LiveKit is somebody else’s', () => {
    const config = cloudConfig();
    put(config, ['trunks', 2, 'transport'], 'tls');
    expect(faultsOf(config)).toEqual([]);
  });
});

describe('an Exotel trunk', () => {
  it.each<[string, Changes]>([
    ['may call out by its edge', [[['outbound'], { address: 'in.voip.exotel.com:5070' }]]],
    ['may have limits', [[['limits'], { calls: 10 }]]],
  ])('%s', (_name, changes) => {
    expect(faultsWith(0, ...changes)).toBe('');
  });

  it.each<[string, Changes, RegExp]>([
    [
      'calls out over no UDP',
      [[['outbound'], { address: 'a.example.com', transport: 'udp' }]],
      /outbound\.transport: must be "auto" or "tcp" or "tls" \(got "udp"\)/,
    ],
    [
      'has its digest under exotel',
      [[['outbound'], { address: 'a.example.com', digest: USER }]],
      /outbound\.digest: is no key of Patchbay/,
    ],
    [
      'asks Exotel for no digest',
      [[['digest'], USER]],
      /trunks\[0\]\.digest: is no key of Patchbay/,
    ],
    [
      'has a place to call',
      [[['direction'], 'both']],
      /outbound: is not set, but direction is both/,
    ],
  ])('%s', (_name, changes, said) => {
    expect(faultsWith(0, ...changes)).toMatch(said);
  });
});
