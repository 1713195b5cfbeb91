import { describe, expect, it } from 'vitest';
import { PCMA, PCMU, SILENCE_BYTE, decodeG711 } from '@patchbay/common/g711';
import { parseRtp, sequenceDistance, type RtpPacket } from '@patchbay/common/rtp-packet';
import { tone, tonePart } from '../audio/tone.ts';
import { parseEvent } from './dtmf.ts';
import { PhoneError } from './phone-error.ts';
import { RtpSender } from './rtp-sender.ts';

function sender(options: { payloadType?: 0 | 8; dtmfPayloadType?: number } = {}) {
  const spoken: { atMs: number; samples: Int16Array }[] = [];
  const made = new RtpSender({
    payloadType: PCMA,
    ...options,
    onSpoken: (samples, atMs) => spoken.push({ samples, atMs }),
  });
  let dueMs = 1_000;
  const tick = (count: number): RtpPacket[] =>
    Array.from({ length: count }, () => {
      const packet = parseRtp(made.tick(dueMs));
      dueMs += 20;
      if (typeof packet === 'string') throw new Error(packet);
      return packet;
    });
  return { made, spoken, tick, skip: (ms: number) => void (dueMs += ms) };
}

const ms = (durationMs: number) => tone({ frequencyHz: 1_000, durationMs, sampleRateHz: 8_000 });

describe('what a telephone sends', () => {
  it('is an unbroken row of packets, silence when there is nothing to say', () => {
    const { tick } = sender({ payloadType: PCMU });
    const packets = tick(50);
    packets.forEach((packet, i) => {
      expect(packet.marker).toBe(i === 0);
      expect(sequenceDistance(packets[0]!.sequence, packet.sequence)).toBe(i);
      expect((packet.timestamp - packets[0]!.timestamp) >>> 0).toBe(i * 160);
      expect(packet.ssrc).toBe(packets[0]!.ssrc);
      expect([...new Set(packet.payload)]).toEqual([SILENCE_BYTE[PCMU]]);
      expect(packet.payload).toHaveLength(160);
    });
  });

  it('moves its timestamps with the clock when frames were skipped', () => {
    const { tick, skip } = sender();
    const [before] = tick(1);
    skip(3_000);
    const [after] = tick(1);
    expect((after!.timestamp - before!.timestamp) >>> 0).toBe(3_020 * 8);
  });

  it('is the sound that is played, sounds behind each other without a gap', async () => {
    const { made, tick, spoken } = sender();
    tick(1);
    const both = Promise.all([made.play(ms(50)), made.play(ms(110))]);
    const packets = tick(8);
    const heard = decodeG711(PCMA, Buffer.concat(packets.map(({ payload }) => payload)));
    expect(tonePart(heard, 1_000, 8_000)).toBeGreaterThan(0.95);
    expect([...new Set(tick(1)[0]!.payload)]).toEqual([SILENCE_BYTE[PCMA]]);
    const [first, second] = await both;
    // The second packet leaves at 1020 and holds what was spoken from 1000 on.
    expect(first).toEqual({
      startedAtMs: 1_000,
      endedAtMs: 1_050,
      firstLoudAtMs: 1_000,
      lastLoudAtMs: 1_050,
    });
    expect(second).toMatchObject({ startedAtMs: 1_050, endedAtMs: 1_160 });
    expect(spoken.map(({ atMs }) => atMs)).toEqual([
      1000, 1020, 1040, 1060, 1080, 1100, 1120, 1140,
    ]);
  });

  it('tells when the sound was last loud, without the silence at its end', async () => {
    const { made, tick } = sender();
    const sound = new Int16Array(8_000);
    sound.set(ms(200), 1_600);
    const played = made.play(sound);
    tick(50);
    expect(await played).toEqual({
      startedAtMs: 980,
      endedAtMs: 1_980,
      firstLoudAtMs: 1_180,
      lastLoudAtMs: 1_380,
    });
  });

  it('waits for nobody when a sound is empty', async () => {
    const { made, tick } = sender();
    const played = made.play(new Int16Array(0));
    tick(1);
    expect(await played).toMatchObject({ startedAtMs: 980, endedAtMs: 980 });
  });
});

describe('keys', () => {
  it('go out in the negotiated payload type, with the timestamp of their begin and three ends', async () => {
    const { made, tick } = sender({ dtmfPayloadType: 96 });
    tick(1);
    const pressed = made.sendDtmf('1#', { toneMs: 60, gapMs: 40 });
    const packets = tick(14);
    await pressed;
    const events = packets.filter(({ payloadType }) => payloadType === 96);
    expect(events.map(({ payload }) => parseEvent(payload)!.event)).toEqual([
      1, 1, 1, 1, 1, 11, 11, 11, 11, 11,
    ]);
    expect(events.filter(({ payload }) => parseEvent(payload)!.end)).toHaveLength(6);
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(2);
    expect(events.map(({ marker }) => marker).filter(Boolean)).toHaveLength(2);
    packets.forEach((packet, i) => {
      expect(sequenceDistance(packets[0]!.sequence, packet.sequence)).toBe(i);
    });
  });

  it('let speech wait and go on behind them', async () => {
    const { made, tick } = sender({ dtmfPayloadType: 101 });
    const played = made.play(ms(100));
    tick(2);
    const pressed = made.sendDtmf('1', { toneMs: 20, gapMs: 20 });
    expect(tick(4).map(({ payloadType }) => payloadType)).toEqual([101, 101, 101, PCMA]);
    await pressed;
    expect(tick(1)[0]).toMatchObject({ payloadType: PCMA, marker: false });
    tick(2);
    await played;
  });

  it('are refused when the peer takes none, and when there is no such key', async () => {
    await expect(sender().made.sendDtmf('1')).rejects.toThrow(/no telephone-event/);
    await expect(sender({ dtmfPayloadType: 96 }).made.sendDtmf('z')).rejects.toThrow(/got "Z"/);
  });
});

it('fails everybody who waits when the call ends', async () => {
  const { made } = sender({ dtmfPayloadType: 96 });
  const waiting = [made.play(ms(20)), made.sendDtmf('1')].map((promise) =>
    promise.catch((e: unknown) => e),
  );
  made.close(new PhoneError('the peer hung up'));
  const late = made.play(ms(20)).catch((e: unknown) => e);
  for (const error of await Promise.all([...waiting, late])) {
    expect(error).toMatchObject({ name: 'PhoneError', message: 'the peer hung up' });
  }
});
