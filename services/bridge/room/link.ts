import { DisconnectReason } from '@livekit/protocol';

/**
 * What a call needs of a LiveKit room, and nothing else. An engine is one way to give it:
 * `sdk` runs on @livekit/rtc-node. Audio on this interface is mono, 16 bits, 8 kHz.
 */
export const ROOM_SAMPLE_RATE_HZ = 8_000;

export interface JoinOptions {
  /** LiveKit's address, `ws://` or `wss://`. */
  url: string;
  token: string;
  /** Name of the track the caller is heard on. */
  trackName: string;
  /** Name of the room, for the log; the token says which it is. */
  room?: string;
  /**
   * We were in the room, in a process that is no more: join only if the server still knows us there.
   * The `sdk` engine joins in any case.
   */
  returning?: { participantSid: string };
}

/** Whoever returns finds that the room was deleted, or its participant removed. */
export class RoomEndedError extends Error {
  constructor() {
    super('the room is over');
    this.name = 'RoomEndedError';
  }
}

/** Why a room was lost. */
export type RoomGone =
  /** Somebody deleted it. */
  | 'deleted'
  /** Our participant was removed, or so it seems; the room may still be there. */
  | 'removed'
  /** The connection could not be kept. */
  | 'failed';

/**
 * RPC methods that our participant answers. Two are LiveKit SIP's own (livekit/sip pkg/sip/rpc.go);
 * a transfer goes there by LiveKit's server API, which reaches LiveKit SIP only.
 */
export const RPC_METHODS = [
  'lk.sip.GetRemoteHeaders',
  'lk.sip.EndCall',
  'patchbay.sip.TransferCall',
] as const;
export type RpcMethod = (typeof RPC_METHODS)[number];

/** What an RPC call is refused with: told to the caller as it is, code from 2000 up. */
export class RoomRpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'RoomRpcError';
    this.code = code;
  }
}

/** What happens in the room. None of these may throw; none is called after `leave` was. */
export interface RoomEvents {
  /** An audio track of somebody else is subscribed: the caller would hear them now. Once for each. */
  heard(): void;
  /** Nobody else is in the room any more. */
  alone(): void;
  /** Audio to play to the caller. `source` tells several speakers apart; frames are 10 or 20 ms. */
  audio(source: string, samples: Int16Array): void;
  /** A source has ended. */
  silent(source: string): void;
  /** A data packet. */
  data(topic: string, payload: Uint8Array): void;
  /** A key that somebody in the room presses for the phone to hear (0–9, *, #, A–D). */
  dtmf(digit: string): void;
  /**
   * Somebody in the room calls one of {@link RPC_METHODS}.
   * @throws {RoomRpcError} to refuse it; may reject
   */
  rpc(method: RpcMethod, payload: string): Promise<string>;
  gone(reason: RoomGone): void;
}

/** One participant in one room. */
export interface RoomLink {
  /** Who we are to the server at the moment, for {@link JoinOptions.returning}. */
  readonly participantSid?: string | undefined;
  /** Make the caller's audio track known to the room. */
  publishTrack(): Promise<void>;
  /** Hand over audio of the caller, in multiples of 10 ms. Never throws, never waits. */
  publish(samples: Int16Array): void;
  /** Tell the room that the caller pressed a key (0–9, *, #, A–D). Never throws. */
  sendDtmf(digit: string): void;
  /** Change attributes of our participant. Never throws. */
  setAttributes(attributes: Readonly<Record<string, string>>): void;
  /** Leave the room. Never rejects, takes a bounded time, may be called twice. */
  leave(): Promise<void>;
}

const GONE_BY = new Map<number, RoomGone>([
  [DisconnectReason.ROOM_DELETED, 'deleted'],
  [DisconnectReason.ROOM_CLOSED, 'deleted'],
  [DisconnectReason.PARTICIPANT_REMOVED, 'removed'],
]);

/** @param reason why LiveKit sent us away, a DisconnectReason of either of its packages */
export function goneBy(reason: number): RoomGone {
  return GONE_BY.get(reason) ?? 'failed';
}

export interface RoomEngine {
  readonly name: string;
  /**
   * Join a room.
   * @param signal says that the room is not wanted any more. The promise then rejects, as soon as
   *   nothing of the join is left.
   * @throws if the room can't be joined
   */
  join(options: JoinOptions, events: RoomEvents, signal: AbortSignal): Promise<RoomLink>;
}

/** RFC 4733 §3.2, table 3: event codes of the sixteen keys are their index here. */
export const DTMF_KEYS = '0123456789*#ABCD';

export function isDtmfKey(text: string): boolean {
  return text.length === 1 && DTMF_KEYS.includes(text);
}
