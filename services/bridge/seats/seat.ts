import type { BoundPair } from '../ports.ts';
import type { JoinOptions, RoomEvents, RoomLink } from '../room/link.ts';
import type { RtpSessionStats } from '../rtp/session.ts';
import type { MediaAgreement } from '../sip/sdp.ts';

/** What the audio of a call needs to begin. */
export interface SeatSettings {
  agreement: MediaAgreement;
  /** Master key and salt of what we send, where the agreement asks for protection. */
  srtpKey: Buffer;
  /** Limit for the first packet of the phone, and between two of them. */
  startTimeoutMs: number;
  timeoutMs: number;
}

/** What happens to the audio. None of these may throw. */
export interface SeatEvents {
  /** The caller pressed a key. */
  key(key: string): void;
  /** The caller has sent nothing for too long. */
  timeout(): void;
  /** The audio is gone for good; nothing else is told after it. */
  lost(reason: string): void;
}

/** What happens in the room but its audio, which goes to the phone by itself. */
export type SeatRoomEvents = Omit<RoomEvents, 'audio' | 'silent'>;
export type SeatRoom = Omit<RoomLink, 'publish'>;

/**
 * Where the packets of one call are handled: a bound RTP port, and a place in a room, joined to each
 * other. It is in this process, or in a media worker. After {@link end} it is still bound, until it
 * is closed. Nothing but `join` and what it gives may reject; nothing may throw.
 */
export interface MediaSeat extends BoundPair {
  readonly family: 4 | 6;
  begin(settings: SeatSettings, events: SeatEvents): void;
  /** Begin to receive: the answer is on its way. */
  open(): void;
  /** Begin to send: the call is answered. */
  startSending(): void;
  /** A re-INVITE was answered with another agreement. */
  update(agreement: MediaAgreement): void;
  /** Let the phone hear a key, if it takes telephone events. */
  press(key: string): void;
  /** Let the caller hear what is on its way, at most a few frames. */
  finish(): Promise<void>;
  /** Stop. @returns what there was; undefined if nothing began, or it is lost */
  end(): Promise<RtpSessionStats | undefined>;
  /**
   * Join a room; its audio is the phone's from then on, and the phone's the room's.
   * @throws as {@link RoomEngine.join} does
   */
  join(options: JoinOptions, events: SeatRoomEvents, signal: AbortSignal): Promise<SeatRoom>;
}
