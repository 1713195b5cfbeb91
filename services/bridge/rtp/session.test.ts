import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PCMA, decodeG711, encodeG711 } from '@patchbay/common/g711';
import { buildRtp, parseRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { AGREEMENT, PHONE, rtpScene } from '../testing/rtp-scene.ts';
import { RtpReceiver } from './receiver.ts';

function sampleCount(frames: Int16Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('audio from the phone', () => {
  it('is decoded and handed on at once', () => {
    const { session, receive, heard } = rtpScene();
    session.open();
    receive({ sequence: 1 });
    expect(sampleCount(heard)).toBe(160);
    expect(Math.abs((heard[0]?.[0] ?? 0) - 8_000)).toBeLessThan(300);
    session.close();
  });

  it('comes from the first who sends; strangers are counted and never followed', async () => {
    const { session, receive, heard, discarded, pair } = rtpScene();
    session.open();
    session.startSending();
    await vi.advanceTimersByTimeAsync(20);
    expect(pair.sent.at(-1)?.to).toBe('192.0.2.1:4000');
    receive({ sequence: 1 });
    receive({ sequence: 2 }, { ...PHONE, port: 6_666 });
    receive({ sequence: 2 }, { ...PHONE, address: '203.0.113.9' });
    expect(discarded).toEqual(['stranger', 'stranger']);
    expect(sampleCount(heard)).toBe(160);
    await vi.advanceTimersByTimeAsync(20);
    expect(pair.sent.at(-1)?.to).toBe('198.51.100.7:5000');
    session.close();
  });

  it('is not latched by a packet that is not ours to play', () => {
    const { session, receive, discarded, pair } = rtpScene();
    session.open();
    pair.listener?.(Buffer.from('hello there, this is no RTP'), { ...PHONE, port: 1 });
    receive({ payloadType: 18 }, { ...PHONE, port: 2 });
    receive({ sequence: 1 });
    expect(discarded).toEqual(['bad-version', 'payload-type']);
    expect(session.stats.in.packets).toBe(1);
    session.close();
  });

  it('that was lost is concealed, so that the room hears as much as was said', async () => {
    const { session, receive, heard } = rtpScene();
    session.open();
    for (const n of [0, 1, 3, 4, 5]) {
      receive({ sequence: n, timestamp: n * 160 });
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(sampleCount(heard)).toBe(6 * 160);
    expect(session.stats.in.lost).toBe(1);
    const concealed = heard.find((frame) => (frame[0] ?? 0) !== 0 && frame[159] !== frame[0]);
    expect(concealed).toBeDefined();
    session.close();
  });

  it('that pauses is filled with silence at the pace of the clock', async () => {
    const { session, receive, heard } = rtpScene();
    session.open();
    receive({ sequence: 0 });
    await vi.advanceTimersByTimeAsync(1_000);
    const filled = sampleCount(heard);
    expect(filled).toBeGreaterThanOrEqual(8_000 - 320);
    expect(filled).toBeLessThanOrEqual(8_000 + 160);
    expect(heard.at(-1)?.every((sample) => sample === 0)).toBe(true);
    // The phone's own clock says that a second passed: nothing is filled twice.
    receive({ sequence: 1, timestamp: 8_000 });
    expect(sampleCount(heard)).toBeLessThanOrEqual(8_000 + 480);
    session.close();
  });

  it('is not made up for the time it rang', async () => {
    const { session, heard } = rtpScene();
    await vi.advanceTimersByTimeAsync(15_000);
    session.open();
    await vi.advanceTimersByTimeAsync(200);
    expect(sampleCount(heard)).toBeLessThanOrEqual(200 * 8);
    session.close();
  });

  it.each([true, false])(
    'that waited while this process was stalled is played, and nothing is put in its place',
    (tickFirst) => {
      vi.useRealTimers();
      let nowMs = 0;
      const heard: Int16Array[] = [];
      const receiver = new RtpReceiver({
        format: { payloadType: 8, telephoneEvent: undefined, g711: PCMA },
        signalled: undefined,
        latch: 'first-packet',
        events: {
          audio: (samples) => void heard.push(samples),
          dtmf: () => undefined,
          discarded: () => undefined,
          delay: () => undefined,
        },
        now: () => nowMs,
      });
      receiver.tick(0);
      for (let n = 0; n < 50; n++) {
        // From the tenth to the thirtieth packet nothing runs here; then everything comes at once,
        // before the clock ticks or after it.
        const stalled = n >= 10 && n < 30;
        nowMs = stalled ? 590 : n * 20;
        if (!stalled || (tickFirst && n === 10)) receiver.tick(nowMs + 5);
        const payload = encodeG711(PCMA, new Int16Array(160).fill(8_000));
        receiver.receive(
          buildRtp({
            payloadType: 8,
            marker: false,
            sequence: n,
            timestamp: n * 160,
            ssrc: 1,
            payload,
          }),
          PHONE,
        );
      }
      expect(sampleCount(heard)).toBe(50 * 160);
      expect(heard.every((frame) => (frame[0] ?? 0) > 4_000)).toBe(true);
    },
  );

  it('in packets of 30 ms or 5 ms reaches the room in frames of 10 ms', () => {
    const { session, receive, heard } = rtpScene();
    session.open();
    let timestamp = 0;
    [240, 40, 40, 40, 160, 120].forEach((length, sequence) => {
      receive({ sequence, timestamp, payload: new Uint8Array(length) });
      timestamp += length;
    });
    expect(heard.every((frame) => frame.length % 80 === 0)).toBe(true);
    expect(sampleCount(heard)).toBe(640);
    session.close();
  });

  it('may carry keys, which are not taken for loss', () => {
    const { session, receive, keys } = rtpScene();
    session.open();
    receive({ sequence: 1 });
    const payload = Uint8Array.of(7, 10, 0, 160);
    for (const sequence of [2, 3, 4])
      receive({ sequence, payloadType: 96, timestamp: 160, payload });
    receive({ sequence: 5, timestamp: 640 });
    expect(keys).toEqual(['7']);
    expect(session.stats.in.lost).toBe(0);
    session.close();
  });
});

describe('audio to the phone', () => {
  it('leaves as one packet every 20 ms, with silence when the room says nothing', async () => {
    const { session, pair } = rtpScene();
    session.open();
    session.startSending();
    await vi.advanceTimersByTimeAsync(20);
    for (let i = 0; i < 6; i++) session.play('agent', new Int16Array(80).fill(8_000));
    await vi.advanceTimersByTimeAsync(180);
    const packets = pair.sent.map(({ data }) => parseRtp(data) as RtpPacket);
    expect(packets).toHaveLength(10);
    expect(packets.map(({ marker }) => marker).filter(Boolean)).toHaveLength(1);
    for (const [index, packet] of packets.slice(1).entries()) {
      expect((packet.sequence - packets[index]!.sequence) & 0xffff).toBe(1);
      expect((packet.timestamp - packets[index]!.timestamp) >>> 0).toBe(160);
    }
    const loud = packets.filter(({ payload }) => (decodeG711(PCMA, payload)[80] ?? 0) > 4_000);
    // Three from the room, and one made up because the next might only have been late.
    expect(loud).toHaveLength(4);
    session.close();
  });

  it('begins with what the room says now, not with what it said while it rang', async () => {
    const { session, pair } = rtpScene();
    session.open();
    for (let i = 1; i <= 20; i++) session.play('agent', new Int16Array(80).fill(i * 1_000));
    session.startSending();
    await vi.advanceTimersByTimeAsync(20);
    const first = parseRtp(pair.sent[0]!.data) as RtpPacket;
    expect(decodeG711(PCMA, first.payload)[0]).toBeGreaterThan(17_000);
    session.close();
  });

  it('stops when the phone puts us on hold, and goes on with the right timestamp', async () => {
    const { session, pair } = rtpScene();
    session.open();
    session.startSending();
    await vi.advanceTimersByTimeAsync(100);
    session.update({ ...AGREEMENT, direction: 'inactive' });
    await vi.advanceTimersByTimeAsync(100);
    expect(pair.sent).toHaveLength(5);
    session.update(AGREEMENT);
    await vi.advanceTimersByTimeAsync(20);
    const [last, next] = pair.sent.slice(-2).map(({ data }) => parseRtp(data) as RtpPacket);
    expect((next!.timestamp - last!.timestamp) >>> 0).toBe(6 * 160);
    session.close();
  });

  it('follows the phone to where a re-INVITE says it is now', async () => {
    const { session, receive, pair, discarded } = rtpScene();
    session.open();
    session.startSending();
    receive({ sequence: 1 });
    session.update({ ...AGREEMENT, remote: { address: '192.0.2.2', port: 4_444 } });
    await vi.advanceTimersByTimeAsync(20);
    expect(pair.sent.at(-1)?.to).toBe('192.0.2.2:4444');
    receive({ sequence: 2 }, { ...PHONE, address: '192.0.2.2', port: 4_444 });
    expect(discarded).toEqual([]);
    session.close();
  });

  it('is played to the end when the room is over', async () => {
    const { session, pair } = rtpScene();
    session.open();
    session.startSending();
    await vi.advanceTimersByTimeAsync(20);
    for (let i = 0; i < 5; i++) session.play('agent', new Int16Array(80).fill(8_000));
    const finished = session.finish();
    await vi.advanceTimersByTimeAsync(200);
    await finished;
    const loud = pair.sent.filter(
      ({ data }) => decodeG711(PCMA, (parseRtp(data) as RtpPacket).payload)[0]! > 4_000,
    );
    expect(loud).toHaveLength(3);
    session.close();
  });
});

describe('the watch over the phone', () => {
  it('times out once when nothing comes, and when it stops coming', async () => {
    const { session, receive, timedOut } = rtpScene();
    session.open();
    session.startSending();
    await vi.advanceTimersByTimeAsync(29_000);
    receive({ sequence: 1 });
    await vi.advanceTimersByTimeAsync(14_000);
    expect(timedOut()).toBe(0);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(timedOut()).toBe(1);
    session.close();
  });

  it('leaves no timer behind', () => {
    const { session, pair } = rtpScene();
    session.open();
    session.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(pair.listener).toBeUndefined();
  });
});
