import { describe, expect, it } from 'vitest';
import { loadBridgeConfig } from './config.ts';

const GOOD = {
  LIVEKIT_URL: 'ws://127.0.0.1:7880',
  LIVEKIT_API_KEY: 'key',
  LIVEKIT_API_SECRET: 'x'.repeat(32),
  DRACHTIO_SECRET: 'secret',
  BRIDGE_TRUNKS: '[{"name":"local","numbers":{"+12025550101":"bank"}}]',
  BRIDGE_RTP_BIND: '127.0.0.1',
};

function faultOf(changes: Record<string, string>): string {
  try {
    loadBridgeConfig({ ...GOOD, ...changes });
  } catch (error) {
    return String(error);
  }
  return '';
}

describe('the bridge configuration', () => {
  it('needs little and has defaults for the rest', () => {
    const config = loadBridgeConfig(GOOD);
    expect(config.rtp).toEqual({
      bindAddress: '127.0.0.1',
      advertisedAddress: '127.0.0.1',
      portMin: 20_000,
      portMax: 29_999,
      restMs: 30_000,
      latch: 'signalled-address',
    });
    expect(config.trunks[0]?.codecs).toEqual(['PCMA', 'PCMU']);
    expect(config.drachtio.port).toBe(9022);
  });

  it('names every variable that is wrong, at once', () => {
    const fault = faultOf({ BRIDGE_TRUNKS: 'x', DRACHTIO_PORT: 'y', BRIDGE_RTP_BIND: 'localhost' });
    expect(fault).toContain('BRIDGE_TRUNKS: must be valid JSON');
    expect(fault).toContain('DRACHTIO_PORT');
    expect(fault).toContain('BRIDGE_RTP_BIND: must be an IPv4 or IPv6 address');
  });

  it('wants an advertised address when it listens on all', () => {
    expect(faultOf({ BRIDGE_RTP_BIND: '0.0.0.0' })).toContain('BRIDGE_RTP_ADVERTISED');
    expect(faultOf({ BRIDGE_RTP_BIND: '0.0.0.0', BRIDGE_RTP_ADVERTISED: '192.0.2.1' })).toBe('');
  });

  it('refuses a port range that holds no pair', () => {
    expect(faultOf({ BRIDGE_RTP_PORT_MAX: '20000' })).toContain(
      'BRIDGE_RTP_PORT_MAX: must be greater than BRIDGE_RTP_PORT_MIN (20000)',
    );
  });

  it('refuses a number that leads to two agents, and an agent with a bad name', () => {
    const twice =
      '[{"name":"a","numbers":{"+1202":"bank"}},{"name":"b","numbers":{"1202":"support"}}]';
    expect(faultOf({ BRIDGE_TRUNKS: twice })).toContain(
      'number 1202 of trunk b is already in trunk a',
    );
    const badName = '[{"name":"a","numbers":{"+1202":"Bank Agent"}}]';
    expect(faultOf({ BRIDGE_TRUNKS: badName })).toContain('at 0.numbers.+1202');
  });
});

describe('the trunks in the configuration', () => {
  it('are checked whole: every fault is told at once', () => {
    const trunks = [
      { name: 'a', numbers: { '+1202': 'bank' }, sources: ['nowhere'], users: ['x y'] },
      { name: 'b', numbers: { '+1203': 'bank' }, direction: 'both', limits: { calls: 0 } },
    ];
    const fault = faultOf({
      BRIDGE_TRUNKS: JSON.stringify(trunks),
      BRIDGE_UNKNOWN_SOURCE: 'shout',
    });
    for (const place of ['0.sources.0', '0.users.0', '1.outbound', '1.limits.calls']) {
      expect(fault).toContain(`BRIDGE_TRUNKS: at ${place}`);
    }
    expect(fault).toContain('BRIDGE_UNKNOWN_SOURCE');
  });

  it('have their passwords in a variable of their own, which is never shown', () => {
    const trunks = JSON.stringify([
      { name: 'a', numbers: { '+1202': 'bank' }, users: ['carrier'] },
    ]);
    const config = loadBridgeConfig({
      ...GOOD,
      BRIDGE_TRUNKS: trunks,
      BRIDGE_TRUNK_PASSWORDS: '{"a":{"carrier":"secret"}}',
    });
    expect(config.trunkPasswords).toEqual({ a: { carrier: 'secret' } });
    const fault = faultOf({
      BRIDGE_TRUNKS: trunks,
      BRIDGE_TRUNK_PASSWORDS: '{"a":{"another":"hush-hush"}}',
    });
    expect(fault).toContain('BRIDGE_TRUNK_PASSWORDS: must have a password for user carrier');
    expect(fault).not.toContain('hush-hush');
  });
});
