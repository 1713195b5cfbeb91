import type { RoomEngineName } from '../room/engines.ts';
import type { JoinOptions, RoomGone, RpcMethod } from '../room/link.ts';
import type { LatchRule } from '../rtp/latch.ts';
import type { RtpProgress, RtpSessionStats } from '../rtp/session.ts';
import type { MediaAgreement } from '../sip/sdp.ts';
import type { SeatSettings } from './seat.ts';
import type { RtpReport } from './tally.ts';
import type { WorkerUsage } from './worker-usage.ts';

/**
 * What the signalling process and its media workers say to each other: control only, no audio. Each
 * seat has a number, given by the signalling process and the same for its whole life.
 */

export interface WorkerSettings {
  engine: RoomEngineName;
  /** Local address of the RTP sockets. */
  bindAddress: string;
  latch: LatchRule;
  log: { level: string; personalData: boolean };
}

/** What a seat is asked, and answers. */
export type SeatAsk =
  | { do: 'bind'; port: number }
  | { do: 'finish' }
  | { do: 'end' }
  | { do: 'join'; options: JoinOptions }
  | { do: 'publish' }
  | { do: 'leave' };

/** What a seat is told; there is no answer. */
export type SeatOrder =
  | { do: 'begin'; settings: SeatSettings; before?: RtpProgress }
  | { do: 'open' }
  | { do: 'send' }
  | { do: 'update'; agreement: MediaAgreement }
  | { do: 'press'; key: string }
  | { do: 'close' }
  | { do: 'give-up-join' }
  | { do: 'attributes'; attributes: Readonly<Record<string, string>> }
  | { do: 'room-key'; digit: string };

export type ToWorker =
  | { kind: 'settings'; settings: WorkerSettings }
  | { kind: 'ask'; id: number; seat: number; ask: SeatAsk }
  | { kind: 'tell'; seat: number; order: SeatOrder }
  | { kind: 'rpc-answer'; id: number; answer: RpcAnswer }
  | { kind: 'close' };

export type RpcAnswer = { value: string } | { code: number | undefined; message: string };

/** What happens at a seat. */
export type SeatNews =
  | { what: 'key'; key: string }
  | { what: 'timeout' }
  | { what: 'heard' }
  | { what: 'alone' }
  | { what: 'data'; topic: string; payload: Uint8Array }
  | { what: 'dtmf'; digit: string }
  | { what: 'gone'; reason: RoomGone };

export type SeatAnswer =
  | { family: 4 | 6 }
  | { stats: RtpSessionStats | undefined }
  | { participantSid: string | undefined }
  | undefined;
/** `RoomEndedError` says that the room we were in is no more. */
export interface SeatFault {
  name: string;
  message: string;
}

/** How far a seat is, so that another worker can go on from there. */
export interface SeatPlace {
  seat: number;
  rtp: RtpProgress;
  /** Who we are in the room, as the server calls it. */
  participantSid: string | undefined;
}

export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'answer'; id: number; answer: SeatAnswer }
  | { kind: 'fault'; id: number; fault: SeatFault }
  | { kind: 'news'; seat: number; news: SeatNews }
  | { kind: 'rpc'; seat: number; id: number; method: RpcMethod; payload: string }
  | { kind: 'progress'; seats: SeatPlace[]; report: RtpReport }
  | { kind: 'usage'; usage: WorkerUsage };
