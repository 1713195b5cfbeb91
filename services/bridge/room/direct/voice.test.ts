import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { tone, tonePart } from '../../../sandbox/audio/tone.ts';
import { audioLevel, Microphone, OPUS_PAYLOAD_TYPE } from './microphone.ts';
import { FRAME_SAMPLES, VoiceDecoder, VoiceEncoder } from './opus.ts';
import { buildRed } from '../../testing/red-payload.ts';
import { Speaker } from './speaker.ts';

const RED = 63;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function hz(frequencyHz: number, durationMs = 1_000): Int16Array {
  return tone({ frequencyHz, durationMs, sampleRateHz: 8_000, amplitude: 0.3 });
}

/** What a microphone sends for a sound, one packet for each 20 ms of it. */
function sent(samples: Int16Array): Buffer[] {
  const packets: Buffer[] = [];
  let nowMs = 0;
  const microphone = new Microphone({
    ssrc: 7,
    send: (packet) => void packets.push(packet),
    now: () => nowMs,
  });
  for (let at = 0; at < samples.length; at += FRAME_SAMPLES) {
    microphone.write(samples.subarray(at, at + FRAME_SAMPLES));
    nowMs += 20;
  }
  return packets;
}

function listen(red?: number) {
  const frames: Int16Array[] = [];
  const feedback: Buffer[] = [];
  const speaker = new Speaker({
    payloads: { opus: OPUS_PAYLOAD_TYPE, red },
    audio: (samples) => void frames.push(samples),
    feedback: (packet) => void feedback.push(packet),
  });
  return {
    speaker,
    feedback,
    heard: () => Int16Array.from(frames.flatMap((frame) => [...frame])),
  };
}

/** The least pure tenth of a second after the first: a click or a hole anywhere shows. */
function worst(samples: Int16Array, frequencyHz: number): number {
  let least = 1;
  for (let at = 800; at + 800 <= samples.length; at += 400) {
    least = Math.min(least, tonePart(samples.subarray(at, at + 800), frequencyHz, 8_000));
  }
  return least;
}

const asRtp = (data: Uint8Array) => parseRtp(data) as RtpPacket;

describe('the caller’s voice', () => {
  it('is one Opus packet for 20 ms, numbered and timed, with its level', () => {
    const packets = sent(hz(400, 100)).map(asRtp);
    expect(packets).toHaveLength(5);
    packets.forEach((packet, index) => {
      const before = packets[index - 1];
      expect(packet).toMatchObject({ payloadType: 111, ssrc: 7, marker: index === 0 });
      if (!before) return;
      expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
      expect(packet.timestamp - before.timestamp).toBe(960);
    });
  });

  it('in pieces of 10 or 30 ms is the same', () => {
    const packets: Buffer[] = [];
    const microphone = new Microphone({ ssrc: 1, send: (p) => void packets.push(p), now: () => 0 });
    for (const length of [80, 240, 80, 240]) microphone.write(new Int16Array(length));
    expect(packets).toHaveLength(4);
  });

  it('after a pause says so by its timestamp, and never because clocks drift', () => {
    const packets: RtpPacket[] = [];
    let nowMs = 0;
    const send = (packet: Buffer) => void packets.push(asRtp(packet));
    const microphone = new Microphone({ ssrc: 1, send, now: () => nowMs });
    // A hundred times the drift of a bad clock, as long as adds up to two pauses.
    for (let frame = 0; frame < 1_000; frame++) {
      nowMs += 20.4;
      microphone.write(new Int16Array(FRAME_SAMPLES));
    }
    nowMs += 1_000;
    microphone.write(new Int16Array(FRAME_SAMPLES));
    const steps = packets
      .slice(1)
      .map((packet, i) => packet.timestamp - (packets[i]?.timestamp ?? 0));
    expect(steps.filter((step) => step !== 960)).toEqual([960 * 51]);
  });

  it.each([
    [127, new Int16Array(160)],
    [0, new Int16Array(160).fill(-32_768)],
    [13, hz(500, 20)],
  ])('has a level of −%d dBov', (level, frame) => {
    expect(audioLevel(frame)).toBe(level);
  });
});

describe('a track of the room', () => {
  it('is heard whole, without a click or a hole', () => {
    const { speaker, heard } = listen();
    for (const packet of sent(hz(440))) speaker.receive(packet);
    expect(heard()).toHaveLength(8_000);
    expect(worst(heard(), 440)).toBeGreaterThan(0.98);
  });

  it('with packets that changed places is heard the same', () => {
    const { speaker, heard } = listen();
    const packets = sent(hz(440));
    speaker.receive(packets[0]!);
    for (let at = 1; at + 1 < packets.length; at += 2) {
      speaker.receive(packets[at + 1]!);
      speaker.receive(packets[at]!);
    }
    vi.runAllTimers();
    expect(worst(heard(), 440)).toBeGreaterThan(0.98);
  });

  it('whose packets get lost keeps its length, goes on sounding, and asks for them', () => {
    const { speaker, heard, feedback } = listen();
    sent(hz(440)).forEach((packet, index) => {
      if (index % 10 === 5) return;
      speaker.receive(packet);
      vi.advanceTimersByTime(20);
    });
    expect(heard()).toHaveLength(8_000);
    for (let at = 800; at < 8_000; at += 160) {
      expect(Math.max(...heard().subarray(at, at + 160))).toBeGreaterThan(1_000);
    }
    expect(speaker.stats.concealed).toBe(5);
    expect(feedback).toHaveLength(5);
    expect(feedback[0]?.subarray(0, 2)).toEqual(Buffer.from([0x81, 205]));
  });

  it('with redundancy is mended when every other packet gets lost', () => {
    const { speaker, heard, feedback } = listen(RED);
    const packets = sent(hz(440)).map(asRtp);
    packets.forEach((packet, index) => {
      if (index % 2 === 1) return;
      const before = packets.slice(Math.max(0, index - 1), index);
      const again = before.map(({ payload }) => ({ offset: 960, data: [...payload] }));
      const payload = buildRed(again, [...packet.payload]);
      const header = Buffer.alloc(12);
      header[0] = 0x80;
      header[1] = RED;
      header.writeUInt16BE(packet.sequence, 2);
      header.writeUInt32BE(packet.timestamp, 4);
      speaker.receive(Buffer.concat([header, payload]));
    });
    expect(speaker.stats).toMatchObject({ mended: 24, concealed: 0 });
    expect(worst(heard(), 440)).toBeGreaterThan(0.98);
    expect(feedback).toEqual([]);
  });

  it('that is silent for a while leaves the silence out', () => {
    const { speaker, heard } = listen();
    const packets = sent(hz(440, 200));
    packets.forEach((packet, index) => {
      if (index >= 5) packet.writeUInt32BE((packet.readUInt32BE(4) + 48_000) >>> 0, 4);
      speaker.receive(packet);
    });
    expect(heard()).toHaveLength(1_600);
  });

  it('of another sender on the same line is heard from its first packet', () => {
    const { speaker, heard } = listen();
    for (const packet of sent(hz(440, 100))) speaker.receive(packet);
    for (const packet of sent(hz(880, 500))) {
      packet.writeUInt32BE(99, 8);
      speaker.receive(packet);
    }
    expect(heard()).toHaveLength(4_800);
    expect(worst(heard().subarray(800), 880)).toBeGreaterThan(0.95);
  });

  it('whatever it is sent throws nothing, and says nothing once it is closed', () => {
    const genuine = sent(hz(440, 60))[1]!;
    const spoilt = fc
      .tuple(fc.nat(genuine.length - 1), fc.nat(255), fc.nat(genuine.length))
      .map(([at, byte, length]) => {
        const packet = Buffer.from(genuine);
        packet[at] = byte;
        return packet.subarray(0, length);
      });
    const { speaker, heard } = listen(RED);
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 1_600 })), (packet) => {
        speaker.receive(packet);
      }),
      { numRuns: 2_000 },
    );
    vi.runAllTimers();
    speaker.close();
    const before = heard().length;
    speaker.receive(genuine);
    expect(heard()).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('the decoder takes no packet for audio that is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (packet) => {
      const decoder = new VoiceDecoder();
      expect(decoder.decode(packet)?.length ?? 0).toBeLessThanOrEqual(960);
    }),
    { numRuns: 300 },
  );
  expect(new VoiceDecoder().conceal()).toBeUndefined();
});

it('a call that gets the codecs of one before it hears and says nothing of that call', () => {
  const speech = Array.from({ length: 10 }, (_, n) =>
    Int16Array.from(
      { length: FRAME_SAMPLES },
      (_, i) => 9_000 * Math.sin((n * 160 + i) ** 2 / 900),
    ),
  );
  const say = () => {
    const encoder = new VoiceEncoder();
    const decoder = new VoiceDecoder();
    const packets = speech.map((frame) => Buffer.from(encoder.encode(frame)));
    const heard = packets.map((packet) => Array.from(decoder.decode(packet) ?? []));
    encoder.close();
    decoder.close();
    return { packets, heard, encoder, decoder };
  };
  const first = say();
  const second = say();
  expect(second.packets).toEqual(first.packets);
  expect(second.heard).toEqual(first.heard);
  // Closing twice must not give one codec to two calls.
  first.encoder.close();
  first.decoder.close();
  const [one, other] = [new VoiceEncoder(), new VoiceEncoder()];
  one.encode(speech[0]!);
  expect(Buffer.from(other.encode(speech[0]!))).toEqual(first.packets[0]);
  expect(() => first.encoder.encode(speech[0]!)).toThrow('the encoder is closed');
  expect(first.decoder.decode(first.packets[0]!)).toBeUndefined();
  expect(first.decoder.conceal()).toBeUndefined();
});

it('a decoder that was reset has nothing to go on from', () => {
  const decoder = new VoiceDecoder();
  decoder.decode(new VoiceEncoder().encode(new Int16Array(FRAME_SAMPLES)));
  expect(decoder.conceal()).toHaveLength(FRAME_SAMPLES);
  decoder.reset();
  expect(decoder.conceal()).toBeUndefined();
});
