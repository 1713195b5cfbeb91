import { PCMA, encodeG711 } from '@patchbay/common/g711';
import { buildRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { MediaClock } from '../rtp/clock.ts';
import type { LatchRule } from '../rtp/latch.ts';
import type { Direction, StretchQuality } from '../rtp/quality-watch.ts';
import { RtpSession } from '../rtp/session.ts';
import type { MediaAgreement } from '../sip/sdp.ts';
import { FakePair } from './fake-pair.ts';

export const AGREEMENT: MediaAgreement = {
  codec: 'PCMA',
  payloadType: 8,
  telephoneEvent: 96,
  remote: { address: '192.0.2.1', port: 4_000 },
  direction: 'sendrecv',
};
export const PHONE = { address: '198.51.100.7', port: 5_000, family: 'IPv4' as const, size: 0 };

/** What the bridge protects its packets with, if the agreement asks for it. */
export const OUR_KEY = Buffer.alloc(30, 1);

export interface RtpSceneOptions {
  latch?: LatchRule;
  agreement?: Partial<MediaAgreement>;
}

/** The audio of one call between made-up sockets and a made-up room. Needs vitest's fake timers. */
export function rtpScene(options: RtpSceneOptions = {}) {
  const pair = new FakePair(20_000);
  const heard: Int16Array[] = [];
  const keys: string[] = [];
  const discarded: string[] = [];
  const stretches: StretchQuality[] = [];
  const oneWay: Direction[] = [];
  let timedOut = 0;
  const session = new RtpSession({
    pair,
    agreement: { ...AGREEMENT, ...options.agreement },
    clock: new MediaClock(),
    counters: {
      received: () => undefined,
      sent: () => undefined,
      discarded: (reason) => void discarded.push(reason),
      delayIn: () => undefined,
      delayOut: () => undefined,
      stretch: (quality) => void stretches.push(quality),
      oneWay: (direction) => void oneWay.push(direction),
    },
    srtpKey: OUR_KEY,
    latch: options.latch ?? 'first-packet',
    startTimeoutMs: 30_000,
    timeoutMs: 15_000,
    events: {
      audio: (samples) => void heard.push(samples),
      dtmf: (key) => void keys.push(key),
      timeout: () => (timedOut += 1),
    },
  });
  const receive = (packet: Partial<RtpPacket>, from = PHONE) => {
    pair.listener?.(rtpFromPhone(packet), from);
  };
  return {
    pair,
    heard,
    keys,
    discarded,
    stretches,
    oneWay,
    session,
    receive,
    timedOut: () => timedOut,
  };
}

/** A packet of a loud tone; sequence and timestamp 0 unless given. */
export function rtpFromPhone(packet: Partial<RtpPacket>): Buffer {
  return buildRtp({
    payloadType: 8,
    marker: false,
    sequence: 0,
    timestamp: 0,
    ssrc: 7,
    payload: encodeG711(PCMA, new Int16Array(160).fill(8_000)),
    ...packet,
  });
}
