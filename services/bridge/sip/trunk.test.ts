import { describe, expect, it } from 'vitest';
import { TrunkPlaces } from './trunk-places.ts';
import { passwordFaults, trunkFaults, trunkSchema } from './trunk.ts';

const LEAST = { name: 'local', numbers: { '+12025550101': 'bank' } };

function faultsOf(changes: Record<string, unknown>): string[] {
  const result = trunkSchema.safeParse({ ...LEAST, ...changes });
  return result.success ? [] : result.error.issues.map(({ path }) => path.map(String).join('.'));
}

describe('a trunk', () => {
  it('needs a name and numbers; the rest has defaults', () => {
    expect(trunkSchema.parse(LEAST)).toEqual({
      ...LEAST,
      direction: 'inbound',
      codecs: ['PCMA', 'PCMU'],
      transports: ['udp', 'tcp', 'tls'],
      mediaEncryption: 'allow',
      sources: [],
      users: [],
      limits: {},
    });
  });

  it.each([
    [{ sources: ['10.0.0.0/8', 'carrier.example.com', '1.2.3.4/40'] }, ['sources.1', 'sources.2']],
    [{ direction: 'both' }, ['outbound']],
    [{ outbound: { host: 'sip.example.com' } }, ['direction']],
    [
      { direction: 'outbound', outbound: { host: 'a b', port: 0 } },
      ['outbound.host', 'outbound.port'],
    ],
    [{ limits: { calls: 0, callsPerSecond: -1 } }, ['limits.calls', 'limits.callsPerSecond']],
    [{ users: ['a"b'] }, ['users.0']],
    [{ transports: ['sctp'], codecs: [] }, ['codecs', 'transports.0']],
    [{ mediaEncryption: 'require' }, ['transports']],
    [
      {
        mediaEncryption: 'require',
        direction: 'both',
        transports: ['tls'],
        outbound: { host: 'sip.example.com', transport: 'tcp' },
      },
      ['outbound.transport'],
    ],
    [{ mediaEncryption: 'require', transports: ['tls'] }, []],
    [{ souces: [] }, ['']],
  ])('with %o is told what is wrong', (changes, paths) => {
    expect(faultsOf(changes)).toEqual(paths);
  });
});

it('trunks together have names and numbers of their own', () => {
  const trunks = [LEAST, LEAST].map((trunk) => trunkSchema.parse(trunk));
  expect(trunkFaults(trunks)).toEqual([
    'two trunks have the name local',
    'number +12025550101 of trunk local is already in trunk local',
  ]);
});

it('each digest user needs a password, and each password a user', () => {
  const trunk = trunkSchema.parse({
    ...LEAST,
    direction: 'both',
    users: ['in'],
    outbound: { host: 'sip.example.com', user: 'out' },
  });
  expect(passwordFaults([trunk], { local: { in: 'x', out: 'y' } })).toEqual([]);
  expect(passwordFaults([trunk], { local: { in: 'x', old: 'z' }, gone: { a: 'b' } })).toEqual([
    'must have a password for user out of trunk local',
    'has a password for user old of trunk local, which no trunk asks for',
    'has a password for user a of trunk gone, which no trunk asks for',
  ]);
});

describe('the places of a trunk', () => {
  const trunks = [
    trunkSchema.parse({ ...LEAST, limits: { calls: 2, callsPerSecond: 3 } }),
    trunkSchema.parse({ name: 'open', numbers: {} }),
  ];

  it('are as many as its limit, and free again when given back, once', () => {
    const places = new TrunkPlaces(trunks, () => 0);
    const first = places.take('local');
    places.take('local');
    expect(places.take('local')).toBe('calls');
    if (typeof first === 'function') {
      first();
      first();
    }
    expect(places.active.get('local')).toBe(1);
    expect(places.take('local')).toBeTypeOf('function');
  });

  it('are not given faster than its rate', () => {
    const places = new TrunkPlaces(trunks, () => 0);
    const taken = [1, 2, 3, 4].map(() => {
      const place = places.take('local');
      if (typeof place === 'function') place();
      return typeof place === 'function' ? 'in' : place;
    });
    expect(taken).toEqual(['in', 'in', 'in', 'rate']);
    for (let i = 0; i < 100; i++) expect(places.take('open')).toBeTypeOf('function');
  });
});
