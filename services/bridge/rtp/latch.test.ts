import { describe, expect, it } from 'vitest';
import { SourceLatch } from './latch.ts';

const SIGNALLED = { address: '192.0.2.1', port: 4_000 };

describe('the source of the audio', () => {
  it('is the signalled address, from whichever port comes first', () => {
    const latch = new SourceLatch('signalled-address', SIGNALLED);
    const natted = { ...SIGNALLED, port: 61_000 };
    expect(latch.admits({ address: '203.0.113.9', port: 4_000 })).toBe(false);
    expect(latch.admits(natted)).toBe(true);
    expect(latch.source).toBeUndefined();
    latch.learn(natted);
    expect(latch.source).toEqual(natted);
    // Not even the signalled port any more: one phone has one.
    expect(latch.admits(SIGNALLED)).toBe(false);
    latch.learn(SIGNALLED);
    expect(latch.source).toEqual(natted);
  });

  it('is whoever comes first, if it is configured so, and nobody after them', () => {
    const latch = new SourceLatch('first-packet', SIGNALLED);
    const first = { address: '203.0.113.9', port: 9 };
    expect(latch.admits(first)).toBe(true);
    latch.learn(first);
    expect(latch.admits(SIGNALLED)).toBe(false);
  });

  it('is learnt anew when signalling says that the phone has moved, and only there', () => {
    const latch = new SourceLatch('signalled-address', SIGNALLED);
    latch.learn(SIGNALLED);
    latch.expect({ address: '192.0.2.2', port: 4_000 });
    expect(latch.source).toBeUndefined();
    expect(latch.admits(SIGNALLED)).toBe(false);
    expect(latch.admits({ address: '192.0.2.2', port: 1 })).toBe(true);
  });

  it('may be anybody if signalling gave a host name', () => {
    expect(new SourceLatch('signalled-address', undefined).admits(SIGNALLED)).toBe(true);
  });

  it('is the same however its IPv6 address is written', () => {
    const latch = new SourceLatch('signalled-address', { address: '2001:DB8:0:0::0001', port: 1 });
    expect(latch.admits({ address: '2001:db8::1', port: 2 })).toBe(true);
  });
});
