import type { Room } from '@livekit/rtc-node';
import type { Logger } from '@patchbay/common/logger';
import { atMost } from '@patchbay/common/retry';
import {
  AGENT_ATTRIBUTE,
  END_TOPIC,
  SUMMARY_ATTRIBUTE,
  TURN_TOPIC,
  type EndReport,
  type TurnReport,
} from '@patchbay/common/room-contract';
import { SummaryOfCall } from './agent-summary.ts';

/** Longest that the end of a call waits for its summary. */
const SUMMARY_LIMIT_MS = 1_000;

/**
 * What the agent tells its room: each turn, why it ends the call, and who serves the caller. A door
 * hears it as it happens, or, if it is not in the room, in one attribute at the end. Nothing here
 * throws or rejects: a call goes on without its reports.
 */
export class RoomReports {
  readonly #room: Pick<Room, 'localParticipant' | 'isConnected'>;
  readonly #log: Logger;
  #summary: SummaryOfCall | undefined;

  constructor(room: Pick<Room, 'localParticipant' | 'isConnected'>, log: Logger) {
    this.#room = room;
    this.#log = log;
  }

  /** The door is not in the room: keep what is told for {@link tellSummary}. */
  keepSummary(): void {
    this.#summary ??= new SummaryOfCall();
  }

  /** A turn was answered. */
  turn(report: TurnReport): void {
    this.#publish(TURN_TOPIC, report);
    this.#summary?.addTurn(report);
  }

  /** The agent ends the call. */
  end(report: EndReport): void {
    this.#publish(END_TOPIC, report);
    this.#summary?.setEnd(report);
  }

  /** Another agent serves the caller from now on. */
  servedBy(agent: string): void {
    const participant = this.#room.localParticipant;
    participant?.setAttributes({ [AGENT_ATTRIBUTE]: agent }).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'the room could not be told who serves the caller');
    });
  }

  /** LiveKit tells it to the door with the event that the agent has left. */
  async tellSummary(): Promise<void> {
    const summary = this.#summary?.json;
    const participant = this.#room.localParticipant;
    if (summary === undefined || !participant || !this.#room.isConnected) return;
    const set = participant
      .setAttributes({ [SUMMARY_ATTRIBUTE]: summary })
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, 'the door could not be told of the turns');
      });
    await atMost(SUMMARY_LIMIT_MS, set);
  }

  #publish(topic: string, body: EndReport | TurnReport): void {
    const participant = this.#room.localParticipant;
    if (!participant || !this.#room.isConnected) return;
    const data = new TextEncoder().encode(JSON.stringify(body));
    participant.publishData(data, { reliable: true, topic }).catch((error: unknown) => {
      this.#log.warn({ err: error, topic }, 'data packet could not be sent');
    });
  }
}
