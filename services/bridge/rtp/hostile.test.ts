import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PHONE, rtpFromPhone, rtpScene } from '../testing/rtp-scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const STRANGER = { ...PHONE, address: '203.0.113.9' };
const SIGNALLED = { ...PHONE, address: '192.0.2.1', port: 61_000 };

function samplesOf(frames: Int16Array[]): number {
  return frames.reduce((sum, { length }) => sum + length, 0);
}

describe('packets of a stranger', () => {
  it.each(['before', 'after'])(
    '%s the first of the phone are neither heard nor followed',
    async (when) => {
      const { session, pair, heard, discarded } = rtpScene({ latch: 'signalled-address' });
      session.open();
      session.startSending();
      const flood = () => {
        for (let i = 0; i < 200; i++) pair.listener?.(rtpFromPhone({ sequence: i }), STRANGER);
      };
      if (when === 'before') flood();
      pair.listener?.(rtpFromPhone({ sequence: 1 }), SIGNALLED);
      if (when === 'after') flood();
      await vi.advanceTimersByTimeAsync(20);
      expect(samplesOf(heard)).toBe(160);
      expect(discarded).toHaveLength(200);
      expect(session.stats.in.strangers).toBe(200);
      expect(pair.sent.at(-1)?.to).toBe('192.0.2.1:61000');
      session.close();
    },
  );

  it('with the SSRC and the numbers of the phone are not heard either', async () => {
    const { session, pair, heard } = rtpScene({ latch: 'signalled-address' });
    session.open();
    for (let n = 0; n < 100; n++) {
      const timestamp = n * 160;
      pair.listener?.(rtpFromPhone({ sequence: n, timestamp }), SIGNALLED);
      pair.listener?.(rtpFromPhone({ sequence: n + 1, timestamp: timestamp + 160 }), STRANGER);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(samplesOf(heard)).toBe(100 * 160);
    expect([session.stats.in.duplicate, session.stats.in.lost]).toEqual([0, 0]);
    session.close();
  });

  it('at ten times the rate leave the call as it is', async () => {
    const { session, pair, heard, discarded } = rtpScene({ latch: 'signalled-address' });
    session.open();
    const noise = rtpFromPhone({ sequence: 40_000, ssrc: 666 });
    for (let n = 0; n < 1_000; n++) {
      for (let i = 0; i < 10; i++) pair.listener?.(noise, STRANGER);
      pair.listener?.(rtpFromPhone({ sequence: n, timestamp: n * 160 }), SIGNALLED);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(samplesOf(heard)).toBe(1_000 * 160);
    expect(new Set(discarded)).toEqual(new Set(['stranger']));
    const { strangers, lost, late, holdMs } = session.stats.in;
    expect([strangers, lost, late, holdMs]).toEqual([10_000, 0, 0, 0]);
    session.close();
  });
});

describe('packets that are not what they should be', () => {
  const good = rtpFromPhone({ sequence: 1 });
  const changed = (at: number, value: number, length = good.length) => {
    const data = Buffer.from(good.subarray(0, length));
    data[at] = value;
    return data;
  };
  it.each([
    ['of nothing', Buffer.alloc(0), 'too-short'],
    ['of eleven bytes', good.subarray(0, 11), 'too-short'],
    ['of 1501 bytes', Buffer.alloc(1_501, 0x80), 'too-long'],
    ['of version 1', changed(0, 0x40), 'bad-version'],
    ['of version 3', changed(0, 0xc0), 'bad-version'],
    ['that claim fifteen sources they have not', changed(0, 0x8f, 40), 'too-short'],
    ['that claim an extension they have not', changed(0, 0x90, 14), 'bad-extension'],
    ['whose extension is longer than they are', changed(0, 0x90), 'bad-extension'],
    ['with more padding than there is', Buffer.from([...changed(0, 0xa0), 250]), 'bad-padding'],
    ['of RTCP', changed(1, 200), 'rtcp'],
    ['of another payload type', rtpFromPhone({ payloadType: 18 }), 'payload-type'],
    ['without audio', rtpFromPhone({ payload: new Uint8Array(0) }), 'empty'],
  ])('%s are counted, and nobody is learnt from them', (_what, data, reason) => {
    const { session, pair, heard, discarded } = rtpScene();
    session.open();
    pair.listener?.(data, STRANGER);
    expect(discarded).toEqual([reason]);
    pair.listener?.(rtpFromPhone({ sequence: 1 }), PHONE);
    expect(discarded).toHaveLength(1);
    expect(samplesOf(heard)).toBe(160);
    session.close();
  });

  it('of any bytes neither throw nor make the room hear more than time has passed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            bytes: fc.uint8Array({ maxLength: 200 }),
            header: fc.boolean(),
            type: fc.constantFrom(8, 13, 96, 8 | 0x80),
          }),
          { maxLength: 60 },
        ),
        async (packets) => {
          const { session, pair, heard } = rtpScene();
          session.open();
          for (const { bytes, header, type } of packets) {
            // Half of them look like RTP, with any numbers.
            if (header && bytes.length > 1) bytes.set([0x80, type]);
            pair.listener?.(Buffer.from(bytes), PHONE);
            pair.rtcpListener?.(Buffer.from(bytes), PHONE);
            await vi.advanceTimersByTimeAsync(20);
          }
          expect(heard.every(({ length }) => length % 80 === 0)).toBe(true);
          expect(samplesOf(heard)).toBeLessThan(packets.length * 400 + 4_000);
          session.close();
          expect(vi.getTimerCount()).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a phone that moves', () => {
  it('is followed only when signalling says so; its old address is a stranger then', async () => {
    const scene = rtpScene({ latch: 'signalled-address' });
    const { session, pair, discarded } = scene;
    session.open();
    session.startSending();
    pair.listener?.(rtpFromPhone({ sequence: 1 }), SIGNALLED);
    const elsewhere = { ...PHONE, address: '192.0.2.77', port: 7_000 };
    pair.listener?.(rtpFromPhone({ sequence: 2 }), elsewhere);
    expect(discarded).toEqual(['stranger']);
    session.update({
      codec: 'PCMA',
      payloadType: 8,
      telephoneEvent: 96,
      remote: { address: '192.0.2.77', port: 7_000 },
      direction: 'sendrecv',
    });
    pair.listener?.(rtpFromPhone({ sequence: 3 }), SIGNALLED);
    pair.listener?.(rtpFromPhone({ sequence: 3 }), elsewhere);
    expect(discarded).toEqual(['stranger', 'stranger']);
    await vi.advanceTimersByTimeAsync(20);
    expect(pair.sent.at(-1)?.to).toBe('192.0.2.77:7000');
    session.close();
  });
});
