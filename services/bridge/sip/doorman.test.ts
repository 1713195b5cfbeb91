import { describe, expect, it } from 'vitest';
import { Doorman, type DoormanOptions, type Visitor } from './doorman.ts';
import { trunkSchema } from './trunk.ts';

const EXOTEL = trunkSchema.parse({
  name: 'exotel',
  numbers: { '+918012345678': 'bank' },
  sources: ['182.76.143.61', '2001:db8::/32'],
  transports: ['tcp', 'tls'],
});
const OFFICE = trunkSchema.parse({
  name: 'office',
  numbers: { '1000': 'support' },
  users: ['pbx'],
});

function visitor(changes: Partial<Visitor> = {}): Visitor {
  return {
    method: 'INVITE',
    address: '182.76.143.61',
    transport: 'tcp',
    userAgent: 'Exotel',
    calledUser: '+918012345678',
    authorization: '',
    ...changes,
  };
}

function doorman(changes: Partial<DoormanOptions> = {}): Doorman {
  return new Doorman({
    trunks: [EXOTEL],
    passwords: { office: { pbx: 'secret' } },
    unknownSource: 'drop',
    callsPerSecond: 5,
    realm: 'patchbay',
    now: () => 0,
    ...changes,
  });
}

describe('the doorman', () => {
  it.each([{}, { address: '2001:db8::7' }, { transport: 'TLS' }, { calledUser: 'nobody' }])(
    'lets in who comes from a trunk’s sources, %o',
    (changes) => {
      expect(doorman().invite(visitor(changes))).toEqual({ kind: 'in', trunks: [EXOTEL] });
    },
  );

  it.each([{ address: '198.51.100.1' }, { transport: 'udp' }, { address: '' }])(
    'says nothing to others, %o',
    (changes) => {
      const silence = { kind: 'silence', reason: 'unknown-source' };
      expect(doorman().invite(visitor(changes))).toEqual(silence);
      expect(doorman().greet(visitor({ ...changes, method: 'OPTIONS' }))).toEqual(silence);
    },
  );

  it('refuses others with 403 if told so', () => {
    const strict = doorman({ unknownSource: 'refuse' });
    expect(strict.invite(visitor({ address: '198.51.100.1' }))).toMatchObject({
      kind: 'refuse',
      status: 403,
    });
  });

  it.each(['friendly-scanner', 'SIPVicious 0.3', 'sipcli/v1.8'])(
    'says nothing to %s, wherever it comes from',
    (userAgent) => {
      const silence = { kind: 'silence', reason: 'scanner' };
      expect(doorman().invite(visitor({ userAgent }))).toEqual(silence);
    },
  );

  it('lets one address call no faster than allowed', () => {
    const strict = doorman();
    const verdicts = Array.from({ length: 7 }, () => strict.invite(visitor()));
    expect(verdicts.filter(({ kind }) => kind === 'in')).toHaveLength(5);
    expect(verdicts[6]).toMatchObject({
      kind: 'refuse',
      reason: 'rate',
      status: 503,
      headers: { 'Retry-After': '1' },
    });
    expect(strict.invite(visitor({ address: '2001:db8::7' })).kind).toBe('in');
  });

  it('lets nobody in through a trunk for calls out', () => {
    const out = trunkSchema.parse({
      name: 'out',
      direction: 'outbound',
      numbers: {},
      outbound: { host: 'sip.example.com' },
    });
    expect(doorman({ trunks: [out] }).invite(visitor()).kind).toBe('silence');
  });
});

describe('a trunk with digest users', () => {
  const both = () => doorman({ trunks: [EXOTEL, OFFICE] });

  it('asks for credentials when its number is called', () => {
    expect(both().invite(visitor({ calledUser: '1000' }))).toMatchObject({
      kind: 'refuse',
      reason: 'no-credentials',
      status: 401,
    });
  });

  it('leaves calls to other trunks’ numbers alone', () => {
    expect(both().invite(visitor())).toEqual({ kind: 'in', trunks: [EXOTEL, OFFICE] });
  });

  it('tells a stranger nothing about which numbers there are', () => {
    const stranger = { address: '198.51.100.1', transport: 'udp' };
    const right = both().invite(visitor({ ...stranger, calledUser: '1000' }));
    const wrong = both().invite(visitor({ ...stranger, calledUser: '2000' }));
    expect(right).toMatchObject({ status: 401 });
    expect(wrong).toMatchObject({ status: 401 });
  });

  it('refuses wrong credentials with 403', () => {
    const door = both();
    const asked = door.invite(visitor({ calledUser: '1000' }));
    const nonce = /nonce="([^"]+)"/.exec(JSON.stringify(asked).replaceAll('\\"', '"'))?.[1];
    const authorization =
      `Digest username="pbx", realm="patchbay", nonce="${nonce}", uri="sip:x", ` +
      'response="00000000000000000000000000000000"';
    expect(door.invite(visitor({ calledUser: '1000', authorization }))).toMatchObject({
      reason: 'bad-credentials',
      status: 403,
    });
  });
});
