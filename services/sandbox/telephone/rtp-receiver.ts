import { PCMA, PCMU, decodeG711 } from '@patchbay/common/g711';
import { parseRtp, sequenceDistance, type RtpPacket } from '@patchbay/common/rtp-packet';

const SAMPLES_PER_MS = 8;
/** A packet this far behind its time is late; further behind, the sender's clock paused. */
const MAX_LATE = 1_000 * SAMPLES_PER_MS;
/** A packet can't come before its time but for the delay of the first one; beyond, timestamps jumped. */
const MAX_EARLY = 250 * SAMPLES_PER_MS;
/** At a packet that says that speech begins anew (marker), pauses this long are believed. */
const MARKER_JUMP = 60 * SAMPLES_PER_MS;
/** How many packets back a copy of one is recognised. */
const WINDOW = 512;
/** A number further away is of a sender that began again, RFC 3550 appendix A.1. */
const MAX_STEP = 3_000;

export interface ReceiverStats {
  /** Packets of voice, copies left out. */
  received: number;
  /** Sequence numbers that never came. */
  lost: number;
  duplicates: number;
  /** Came after one with a higher number. */
  reordered: number;
  /** Not RTP, or not G.711. */
  other: number;
  /** How often the sender's SSRC changed. */
  sourceChanges: number;
  /** RFC 3550 §6.4.1, last value. */
  jitterMs: number;
}

/** Voice, with its place in the recording and when it came. */
export interface HeardFrame {
  samples: Int16Array;
  /** In samples from the recording's begin, by RTP timestamp. */
  position: number;
  arrivedAtMs: number;
  /** Not overtaken by a later one. */
  inOrder: boolean;
}

/** Takes the packets of one call: places them in time by their timestamps, and counts. */
export class RtpReceiver {
  readonly #originMs: (nowMs: number) => number;
  readonly #onFrame: (frame: HeardFrame) => void;
  readonly #seen = new Int32Array(WINDOW).fill(-1);
  readonly #counts = { received: 0, duplicates: 0, reordered: 0, other: 0, sourceChanges: 0 };
  #lostBefore = 0;
  #ssrc: number | undefined;
  /** Sequence numbers counted on past 65535. */
  #first = 0;
  #highest = 0;
  #receivedOfSource = 0;
  #anchor = { timestamp: 0, position: 0 };
  #end = 0;
  #transit: number | undefined;
  #jitter = 0;

  /**
   * @param options.originMs when the recording begins, epoch ms, asked with the time of a packet
   */
  constructor(options: {
    originMs: (nowMs: number) => number;
    onFrame: (frame: HeardFrame) => void;
  }) {
    this.#originMs = options.originMs;
    this.#onFrame = options.onFrame;
  }

  get stats(): ReceiverStats {
    const lost = this.#lostBefore + this.#lostOfSource();
    return { ...this.#counts, lost, jitterMs: this.#jitter / SAMPLES_PER_MS };
  }

  /** @param nowMs when the datagram came, epoch ms */
  receive(data: Uint8Array, nowMs: number): void {
    const packet = parseRtp(data);
    if (typeof packet === 'string') return void this.#counts.other++;
    const { payloadType } = packet;
    // Other payloads (comfort noise, events) have numbers too, so they count against loss.
    const order = this.#order(packet);
    if (order === 'duplicate') return void this.#counts.duplicates++;
    this.#receivedOfSource++;
    if (payloadType !== PCMA && payloadType !== PCMU) return void this.#counts.other++;
    this.#counts.received++;
    const arrival = Math.round((nowMs - this.#originMs(nowMs)) * SAMPLES_PER_MS);
    this.#measureJitter(packet.timestamp, arrival);
    const position = this.#place(packet, arrival);
    const samples = decodeG711(payloadType, packet.payload);
    this.#end = Math.max(this.#end, position + samples.length);
    this.#onFrame({ samples, position, arrivedAtMs: nowMs, inOrder: order === 'next' });
  }

  #order(packet: RtpPacket): 'next' | 'reordered' | 'duplicate' {
    const step = sequenceDistance(this.#highest & 0xffff, packet.sequence);
    if (packet.ssrc !== this.#ssrc || Math.abs(step) > MAX_STEP) {
      this.#newSource(packet);
      return 'next';
    }
    const number = this.#highest + step;
    const slot = number & (WINDOW - 1);
    if (step <= -WINDOW || this.#seen[slot] === number) return 'duplicate';
    this.#seen[slot] = number;
    if (step < 0) {
      this.#first = Math.min(this.#first, number);
      this.#counts.reordered++;
      return 'reordered';
    }
    this.#highest = number;
    return 'next';
  }

  #newSource(packet: RtpPacket): void {
    if (this.#ssrc !== undefined && this.#ssrc !== packet.ssrc) this.#counts.sourceChanges++;
    this.#lostBefore += this.#lostOfSource();
    this.#ssrc = packet.ssrc;
    // One circle up, so that earlier packets that come late have positive numbers.
    this.#first = this.#highest = packet.sequence + 0x10000;
    this.#receivedOfSource = 0;
    this.#seen.fill(-1);
    this.#seen[this.#first & (WINDOW - 1)] = this.#first;
    this.#transit = undefined;
    this.#anchor = { timestamp: packet.timestamp, position: -Infinity };
  }

  #lostOfSource(): number {
    if (this.#ssrc === undefined) return 0;
    return Math.max(0, this.#highest - this.#first + 1 - this.#receivedOfSource);
  }

  #place(packet: RtpPacket, arrival: number): number {
    const step = (packet.timestamp - this.#anchor.timestamp) | 0;
    const position = this.#anchor.position + step;
    const late = arrival - position;
    const jumped =
      late > MAX_LATE || late < -MAX_EARLY || (packet.marker && Math.abs(late) > MARKER_JUMP);
    if (!jumped) return position;
    this.#anchor = { timestamp: packet.timestamp, position: Math.max(arrival, this.#end) };
    return this.#anchor.position;
  }

  #measureJitter(timestamp: number, arrival: number): void {
    const transit = (arrival - timestamp) | 0;
    if (this.#transit !== undefined) {
      const change = Math.abs((transit - this.#transit) | 0);
      this.#jitter += (change - this.#jitter) / 16;
    }
    this.#transit = transit;
  }
}
