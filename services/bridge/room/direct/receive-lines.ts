import type { Logger } from '@patchbay/common/logger';
import { answeredAudio, type AnsweredAudio } from './answer.ts';
import { OPUS_PAYLOAD_TYPE } from './microphone.ts';
import { Audio, guarded, OPUS_PARAMETERS, type PeerConnection, type Track } from './native.ts';
import { Speaker } from './speaker.ts';

/** Redundant audio (RFC 2198), as LiveKit's own clients number it. */
const RED_PAYLOAD_TYPE = 63;
/** A phone call with so many voices at once is none. */
const MOST_LINES = 16;

export interface VoiceEvents {
  /** A track is there and would be heard. */
  heard(trackSid: string): void;
  audio(trackSid: string, samples: Int16Array): void;
  /** A track that was heard is gone. */
  silent(trackSid: string): void;
}

interface Line {
  track: Track;
  /** Whose voice is on it, if anybody's. */
  voice?: { trackSid: string; speaker: Speaker } | undefined;
}

/**
 * The lines of a connection on which others are heard. There is always one more than there are
 * voices, so that the next voice needs no line of its own first.
 */
export class ReceiveLines {
  readonly #peer: PeerConnection;
  readonly #firstMid: number;
  readonly #log: Logger;
  readonly #events: VoiceEvents;
  readonly #lines = new Map<string, Line>();
  #wanted: ReadonlySet<string> = new Set();
  #connected = false;
  #closed = false;

  /** @param firstMid number of the first line; the others count on from it */
  constructor(peer: PeerConnection, firstMid: number, log: Logger, events: VoiceEvents) {
    this.#peer = peer;
    this.#firstMid = firstMid;
    this.#log = log;
    this.#events = events;
    this.add(1);
  }

  /** The tracks that are heard now. */
  get heard(): string[] {
    return this.#connected ? this.#voices : [];
  }

  /** True while a voice that is wanted is on no line. */
  get incomplete(): boolean {
    const there = this.#voices;
    return [...this.#wanted].some((trackSid) => !there.includes(trackSid));
  }

  get #voices(): string[] {
    return [...this.#lines.values()].flatMap(({ voice }) => voice?.trackSid ?? []);
  }

  /** These tracks are to be heard, and no others. Lines may have been added, to be offered. */
  want(trackSids: ReadonlySet<string>): void {
    this.#wanted = trackSids;
    for (const line of this.#lines.values()) {
      if (line.voice && !trackSids.has(line.voice.trackSid)) this.#silence(line);
    }
    this.add(trackSids.size + 1 - this.#lines.size);
  }

  /** Lines to be offered, so many more. */
  add(count: number): void {
    for (let left = count; left > 0 && this.#lines.size < MOST_LINES; left--) {
      const mid = String(this.#firstMid + this.#lines.size);
      const media = new Audio(mid, 'RecvOnly');
      media.addAudioCodec(
        RED_PAYLOAD_TYPE,
        'red/48000/2',
        `${OPUS_PAYLOAD_TYPE}/${OPUS_PAYLOAD_TYPE}`,
      );
      media.addOpusCodec(OPUS_PAYLOAD_TYPE, OPUS_PARAMETERS);
      media.parseSdpLine(`a=rtcp-fb:${OPUS_PAYLOAD_TYPE} nack`);
      const line: Line = { track: this.#peer.addTrack(media) };
      line.track.onMessage(
        guarded(this.#log, 'packet', (packet: Buffer) => {
          if (!this.#closed) line.voice?.speaker.receive(packet);
        }),
      );
      this.#lines.set(mid, line);
    }
  }

  /** The server has told in an answer which voice is on which line. */
  answered(sdp: string, midToTrackId: Readonly<Record<string, string>>): void {
    for (const answered of answeredAudio(sdp, midToTrackId)) {
      const line = this.#lines.get(answered.mid);
      if (line) this.#setVoice(line, answered);
    }
  }

  /** The connection stands for the first time. */
  connected(): void {
    if (this.#closed || this.#connected) return;
    this.#connected = true;
    for (const trackSid of this.#voices) this.#events.heard(trackSid);
  }

  /** Nothing is told any more from here on. */
  close(): void {
    this.#closed = true;
    for (const { track, voice } of this.#lines.values()) {
      voice?.speaker.close();
      track.close();
    }
  }

  #setVoice(line: Line, { trackSid, payloads }: AnsweredAudio): void {
    if (line.voice?.trackSid === trackSid) return;
    if (line.voice) this.#silence(line);
    // An answer may still name one that has gone meanwhile.
    if (trackSid === undefined || !this.#wanted.has(trackSid)) return;
    const speaker = new Speaker({
      payloads,
      audio: (samples) => this.#events.audio(trackSid, samples),
      feedback: (packet) => {
        if (!this.#closed && line.track.isOpen()) line.track.sendMessageBinary(packet);
      },
    });
    line.voice = { trackSid, speaker };
    if (this.#connected) this.#events.heard(trackSid);
  }

  #silence(line: Line): void {
    const { voice } = line;
    if (!voice) return;
    line.voice = undefined;
    voice.speaker.close();
    const { trackSid, speaker } = voice;
    this.#log.debug({ source: trackSid, ...speaker.stats }, 'a track of the room has ended');
    if (this.#connected) this.#events.silent(trackSid);
  }
}
