import { PCMU } from '@patchbay/common/g711';
import type { RtpPair } from '../../../bridge/rtp/socket.ts';
import type { TickListener } from '../../../bridge/rtp/clock.ts';
import { Outbox } from '../../../bridge/rtp/outbox.ts';
import { RtpSession, type RtpSessionOptions } from '../../../bridge/rtp/session.ts';
import { packetOf } from './simulated.ts';

const CALLS = 50;
const WARM_UP_PACKETS = 500;
const PACKETS = 3_000;
const PHONE = { address: '192.0.2.1', port: 4_000 };
const STRANGER = { address: '203.0.113.9', port: 4_000 };

export interface CostCase {
  name: string;
  /** Every so many packets one is lost; 0 for none. */
  lostEvery: number;
  /** Packets of a stranger for each of the phone's. */
  strangers: number;
}

export const COST_CASES: readonly CostCase[] = [
  { name: 'clean', lostEvery: 0, strangers: 0 },
  { name: 'loss 3 %', lostEvery: 33, strangers: 0 },
  { name: 'strangers at ten times the rate', lostEvery: 0, strangers: 10 },
];

/**
 * Processor time of the bridge's RTP path both ways, without sockets and room.
 * @returns ms per call-minute
 */
export function costOf({ lostEvery, strangers }: CostCase, speech: Int16Array): number {
  let nowMs = 0;
  const ticks = new Set<TickListener>();
  const clock: RtpSessionOptions['clock'] = {
    toPhones: new Outbox(),
    listen: (listener) => {
      ticks.add(listener);
      return { shift: () => undefined, stop: () => void ticks.delete(listener) };
    },
  };
  const calls = Array.from({ length: CALLS }, () => startCall(clock, () => nowMs));
  const frame = speech.slice(0, 160);
  const run = (from: number, packets: number) => {
    for (let n = from; n < from + packets; n++) {
      nowMs = n * 20;
      for (const { session, receive } of calls) {
        const packet = packetOf(speech, n % Math.floor(speech.length / 160));
        packet.writeUInt16BE(n & 0xffff, 2);
        packet.writeUInt32BE(n * 160, 4);
        for (let i = 0; i < strangers; i++) receive(packet, STRANGER);
        if (lostEvery === 0 || n % lostEvery !== 0) receive(packet, PHONE);
        session.play('agent', frame.slice());
      }
      nowMs += 10;
      for (const tick of ticks) tick(n, nowMs);
    }
  };
  run(0, WARM_UP_PACKETS);
  const before = process.cpuUsage();
  run(WARM_UP_PACKETS, PACKETS);
  const { user, system } = process.cpuUsage(before);
  for (const { session } of calls) session.close();
  return (user + system) / 1_000 / CALLS / ((PACKETS * 20) / 60_000);
}

type Receive = (data: Buffer, from: { address: string; port: number }) => void;

function startCall(clock: RtpSessionOptions['clock'], now: () => number) {
  const nothing = () => undefined;
  let receive: Receive = nothing;
  const pair: RtpPair = {
    port: 20_000,
    family: 4,
    sendErrors: 0,
    setListener: (listener) => (receive = (listener as Receive | undefined) ?? nothing),
    setRtcpListener: nothing,
    send: nothing,
    sendRtcp: nothing,
    close: nothing,
  };
  const key = Buffer.alloc(30, 1);
  const session = new RtpSession({
    pair,
    agreement: {
      codec: 'PCMU',
      payloadType: PCMU,
      telephoneEvent: 101,
      remote: PHONE,
      direction: 'sendrecv',
    },
    clock,
    counters: {
      received: nothing,
      sent: nothing,
      discarded: nothing,
      delayIn: nothing,
      delayOut: nothing,
      stretch: nothing,
      oneWay: nothing,
    },
    latch: 'signalled-address',
    srtpKey: key,
    startTimeoutMs: Infinity,
    timeoutMs: Infinity,
    events: { audio: nothing, dtmf: nothing, timeout: nothing },
    now,
  });
  session.open();
  session.startSending();
  return { session, receive: ((data, from) => receive(data, from)) as Receive };
}
