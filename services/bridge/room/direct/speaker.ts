import { parseRtp } from '@patchbay/common/rtp-packet';
import { FRAME_SAMPLES, VoiceDecoder } from './opus.ts';
import { PacketOrder, type OrderedPacket } from './packet-order.ts';
import { parseRed } from './red.ts';
import { nack } from './rtcp.ts';

/** Longer holes are left as they are: what the decoder would make of them is silence anyway. */
const MOST_CONCEALED = 5;
/** RTP clock of Opus, 48 kHz (RFC 7587 §4.1), in our samples. */
const TICKS_PER_SAMPLE = 6;

export interface SpeakerPayloads {
  opus: number;
  /** Payload type of redundant audio, if it was agreed. */
  red: number | undefined;
}

export interface SpeakerOptions {
  payloads: SpeakerPayloads;
  audio: (samples: Int16Array) => void;
  /** Send RTCP to the room. */
  feedback: (packet: Buffer) => void;
}

export interface SpeakerStats {
  packets: number;
  /** Packets that nothing could be made of. */
  malformed: number;
  /** Packets that came again within a later one (RED). */
  mended: number;
  concealed: number;
  late: number;
}

/** One track of the room: RTP in, samples out. Takes whatever comes and never throws. */
export class Speaker {
  readonly #options: SpeakerOptions;
  readonly #order: PacketOrder<OrderedPacket>;
  readonly #decoder = new VoiceDecoder();
  #ssrc: number | undefined;
  /** Timestamp behind the last sample that was passed on. */
  #nextTimestamp = 0;
  #packets = 0;
  #malformed = 0;
  #mended = 0;
  #concealed = 0;
  #closed = false;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    this.#order = new PacketOrder({
      next: (packet, lost) => this.#play(packet, lost),
      missing: (from, count) => this.#ask(from, count),
    });
  }

  get stats(): SpeakerStats {
    return {
      packets: this.#packets,
      malformed: this.#malformed,
      mended: this.#mended,
      concealed: this.#concealed,
      late: this.#order.late,
    };
  }

  /** A datagram of the track: RTP, or RTCP, which is passed over. */
  receive(data: Uint8Array): void {
    if (this.#closed) return;
    const packet = parseRtp(data);
    if (typeof packet === 'string') {
      if (packet !== 'rtcp') this.#malformed += 1;
      return;
    }
    const { opus, red } = this.#options.payloads;
    if (packet.payloadType !== opus && packet.payloadType !== red) {
      this.#malformed += 1;
      return;
    }
    // Padding alone: the server probes the line with it.
    if (packet.payload.length === 0) return;
    if (packet.ssrc !== this.#ssrc) this.#begin(packet.ssrc);
    this.#packets += 1;
    if (packet.payloadType === opus) this.#order.push(packet);
    else this.#takeRed(packet);
  }

  close(): void {
    this.#closed = true;
    this.#order.reset();
    this.#decoder.close();
  }

  #begin(ssrc: number): void {
    if (this.#ssrc !== undefined) this.#decoder.reset();
    this.#ssrc = ssrc;
    this.#order.reset();
  }

  #takeRed(packet: OrderedPacket): void {
    const blocks = parseRed(packet.payload);
    const own = blocks?.at(-1);
    if (!blocks || own?.payloadType !== this.#options.payloads.opus || own.data.length === 0) {
      this.#malformed += 1;
      return;
    }
    for (const [index, block] of blocks.entries()) {
      const back = blocks.length - 1 - index;
      const sequence = (packet.sequence - back) & 0xffff;
      if (back > 0 && (block.data.length === 0 || !this.#order.wants(sequence))) continue;
      if (back > 0) this.#mended += 1;
      this.#order.push({
        sequence,
        timestamp: (packet.timestamp - block.timestampOffset) >>> 0,
        payload: block.data,
      });
    }
  }

  #play(packet: OrderedPacket, lost: number): void {
    if (lost > 0) this.#conceal(packet.timestamp, lost);
    const samples = this.#decoder.decode(packet.payload) ?? this.#broken();
    if (!samples) return;
    this.#nextTimestamp = (packet.timestamp + samples.length * TICKS_PER_SAMPLE) >>> 0;
    this.#options.audio(samples);
  }

  /** What can't be decoded is as good as lost. */
  #broken(): Int16Array | undefined {
    this.#malformed += 1;
    return this.#decoder.conceal();
  }

  #conceal(timestamp: number, lost: number): void {
    // Lost packets may have been pauses that the sender did not fill; the timestamps tell.
    const hole = ((timestamp - this.#nextTimestamp) | 0) / TICKS_PER_SAMPLE;
    const most = Math.min(lost, MOST_CONCEALED) * FRAME_SAMPLES;
    for (let filled = 0; filled < Math.min(hole, most);) {
      const samples = this.#decoder.conceal();
      if (!samples || samples.length === 0) return;
      filled += samples.length;
      this.#concealed += 1;
      this.#options.audio(samples);
    }
  }

  #ask(from: number, count: number): void {
    // Redundant packets bring what is missing themselves, and the server keeps none of them.
    if (this.#options.payloads.red !== undefined || this.#ssrc === undefined) return;
    this.#options.feedback(nack(this.#ssrc, from, count));
  }
}
