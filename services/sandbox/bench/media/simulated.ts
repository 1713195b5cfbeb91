import { PCMU, encodeG711 } from '@patchbay/common/g711';
import { buildRtp } from '@patchbay/common/rtp-packet';
import { RtpReceiver } from '../../../bridge/rtp/receiver.ts';
import { fates, type NetworkProfile } from './profiles.ts';
import { rate, type Rated } from './rating.ts';

const PACKET_SAMPLES = 160;
const PACKET_MS = 20;
const PHONE = { address: '192.0.2.1', port: 4_000 };

/** One stream through a network made of numbers, on a clock made of numbers. */
export function simulate(
  profile: NetworkProfile,
  speech: Int16Array,
): Rated & { heard: Int16Array } {
  const packets = Math.floor(speech.length / PACKET_SAMPLES);
  const arrivals = fates(profile, packets)
    .map((lateMs, n) => ({ n, atMs: n * PACKET_MS + (lateMs ?? NaN) }))
    .filter(({ atMs }) => !Number.isNaN(atMs))
    .sort((a, b) => a.atMs - b.atMs);
  let nowMs = 0;
  const heard: Int16Array[] = [];
  const receiver = new RtpReceiver({
    format: { payloadType: PCMU, telephoneEvent: undefined, g711: PCMU },
    signalled: PHONE,
    latch: 'signalled-address',
    events: {
      audio: (samples) => void heard.push(samples),
      dtmf: () => undefined,
      discarded: () => undefined,
      delay: () => undefined,
    },
    now: () => nowMs,
  });
  receiver.start();
  let next = 0;
  for (let tickMs = 7; tickMs < packets * PACKET_MS + 200; tickMs += PACKET_MS) {
    for (; next < arrivals.length && (arrivals[next]?.atMs ?? Infinity) <= tickMs; next++) {
      const { n, atMs } = arrivals[next] as { n: number; atMs: number };
      nowMs = atMs;
      receiver.receive(packetOf(speech, n), PHONE);
    }
    nowMs = tickMs;
    receiver.tick(nowMs);
  }
  return { ...rate(profile.name, packets, receiver.stats), heard: joined(heard) };
}

/** Packet n of the speech, as a phone sends it. */
export function packetOf(speech: Int16Array, n: number): Buffer {
  const from = n * PACKET_SAMPLES;
  return buildRtp({
    payloadType: PCMU,
    marker: n === 0,
    sequence: n & 0xffff,
    timestamp: from,
    ssrc: 0x1234,
    payload: encodeG711(PCMU, speech.subarray(from, from + PACKET_SAMPLES)),
  });
}

function joined(frames: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const frame of frames) {
    all.set(frame, at);
    at += frame.length;
  }
  return all;
}
