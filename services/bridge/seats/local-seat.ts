import type { JoinOptions, RoomEngine, RoomLink } from '../room/link.ts';
import type { MediaClock } from '../rtp/clock.ts';
import type { LatchRule } from '../rtp/latch.ts';
import {
  RtpSession,
  type RtpCounters,
  type RtpProgress,
  type RtpSessionStats,
} from '../rtp/session.ts';
import type { RtpPair } from '../rtp/socket.ts';
import type { MediaAgreement } from '../sip/sdp.ts';
import { Inlet } from './inlet.ts';
import type { MediaSeat, SeatEvents, SeatRoom, SeatRoomEvents, SeatSettings } from './seat.ts';

/** What all seats of a process share. */
export interface SeatSurroundings {
  engine: RoomEngine;
  clock: MediaClock;
  counters: RtpCounters;
  /** Who may become the source of a caller's audio. */
  latch: LatchRule;
}

/** A seat in this process. */
export class LocalSeat implements MediaSeat {
  readonly #pair: RtpPair;
  readonly #around: SeatSurroundings;
  #session: RtpSession | undefined;
  #link: RoomLink | undefined;
  #inlet: Inlet | undefined;

  constructor(pair: RtpPair, around: SeatSurroundings) {
    this.#pair = pair;
    this.#around = around;
  }

  get port(): number {
    return this.#pair.port;
  }

  get family(): 4 | 6 {
    return this.#pair.family;
  }

  /** How far the audio has come; undefined before it began. */
  get progress(): RtpProgress | undefined {
    return this.#session?.progress;
  }

  /** @param before where it was in a process that is no more */
  begin(settings: SeatSettings, events: SeatEvents, before?: RtpProgress): void {
    const { clock, counters, latch } = this.#around;
    const inlet = new Inlet(clock, {
      audio: (samples) => this.#link?.publish(samples),
      delay: counters.delayIn,
    });
    this.#inlet = inlet;
    this.#session = new RtpSession({
      ...settings,
      pair: this.#pair,
      clock,
      counters: { ...counters, delayIn: (ms) => inlet.held(ms, performance.now()) },
      latch,
      ...(before ? { before } : {}),
      events: {
        audio: (samples) => inlet.push(samples, performance.now()),
        dtmf: (key) => events.key(key),
        timeout: () => events.timeout(),
      },
    });
  }

  open(): void {
    this.#session?.open();
  }

  startSending(): void {
    this.#session?.startSending();
  }

  update(agreement: MediaAgreement): void {
    this.#session?.update(agreement);
  }

  press(key: string): void {
    this.#session?.sendDtmf(key);
  }

  async finish(): Promise<void> {
    await this.#session?.finish();
  }

  end(): Promise<RtpSessionStats | undefined> {
    this.#session?.close();
    const stats = this.#session?.stats;
    if (stats) stats.in.delayMs = this.#inlet?.delayMs ?? stats.in.delayMs;
    this.#inlet?.close();
    this.#session = undefined;
    this.#pair.setListener(undefined);
    return Promise.resolve(stats);
  }

  async join(options: JoinOptions, events: SeatRoomEvents, signal: AbortSignal): Promise<SeatRoom> {
    const link = await this.#around.engine.join(
      options,
      {
        ...events,
        audio: (source, samples) => this.#session?.play(source, samples),
        silent: (source) => this.#session?.endSource(source),
      },
      signal,
    );
    this.#link = link;
    return {
      get participantSid() {
        return link.participantSid;
      },
      publishTrack: () => link.publishTrack(),
      sendDtmf: (digit) => link.sendDtmf(digit),
      setAttributes: (attributes) => link.setAttributes(attributes),
      leave: () => {
        this.#link = undefined;
        return link.leave();
      },
    };
  }

  close(): void {
    void this.end();
    this.#pair.close();
  }
}
