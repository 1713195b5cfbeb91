import { ParticipantKind, Room, RoomEvent, dispose } from '@livekit/rtc-node';
import {
  TRANSCRIPTION_TOPIC,
  TURN_TOPIC,
  turnReportSchema,
  type TurnReport,
} from '@patchbay/common/room-contract';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import type { LiveKit } from './livekit-server.ts';

/** Something said in a call, as the agent's captions have it. */
export interface SpokenLine {
  who: 'caller' | 'agent';
  text: string;
  /** Unix ms at which the line was complete. */
  atMs: number;
}

const LOOK_EVERY_MS = 50;

/** Wait for a room that was not there before. @throws Error when none appears in time */
export async function waitForRoom(
  livekit: LiveKit,
  isIt: (name: string) => boolean,
  timeoutMs: number,
): Promise<string> {
  const rooms = new RoomServiceClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const found = (await rooms.listRooms()).find((room) => isIt(room.name));
    if (found) return found.name;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`no such room within ${timeoutMs / 1000} s`);
}

/**
 * Watches a call from inside its room as a hidden participant: captions and turn reports. Callers
 * and agents don't see it, and it hears no audio.
 */
export class Observer {
  readonly lines: SpokenLine[] = [];
  readonly turns: TurnReport[] = [];
  /** Keys that the caller pressed, in order. */
  digits = '';
  readonly #room = new Room();
  readonly #pending = new Set<Promise<void>>();
  readonly #onLine: (line: SpokenLine) => void;

  private constructor(onLine: (line: SpokenLine) => void) {
    this.#onLine = onLine;
  }

  static async join(
    livekit: LiveKit,
    roomName: string,
    onLine: (line: SpokenLine) => void = () => undefined,
  ): Promise<Observer> {
    const observer = new Observer(onLine);
    const token = new AccessToken(livekit.apiKey, livekit.apiSecret, {
      identity: `observer-${process.pid}`,
      ttl: '1h',
    });
    token.addGrant({
      room: roomName,
      roomJoin: true,
      hidden: true,
      canPublish: false,
      canSubscribe: true,
    });
    observer.#listen();
    await observer.#room.connect(livekit.url, await token.toJwt(), {
      autoSubscribe: false,
      dynacast: false,
    });
    return observer;
  }

  /** Resolves when the room is gone or this observer was closed, with every caption complete. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => void Promise.allSettled(this.#pending).then(() => resolve());
      if (!this.#room.isConnected) return settle();
      this.#room.once(RoomEvent.Disconnected, settle);
    });
  }

  async close(): Promise<void> {
    await this.#room.disconnect();
  }

  #listen(): void {
    this.#room.registerTextStreamHandler(TRANSCRIPTION_TOPIC, (reader, sender) => {
      const reading = this.#read(reader, sender.identity).catch(() => undefined);
      this.#pending.add(reading);
      void reading.then(() => this.#pending.delete(reading));
    });
    this.#room.on(RoomEvent.DtmfReceived, (_code, digit) => {
      this.digits += digit;
    });
    this.#room.on(RoomEvent.DataReceived, (payload, _participant, _kind, topic) => {
      if (topic !== TURN_TOPIC) return;
      this.turns.push(turnReportSchema.parse(JSON.parse(new TextDecoder().decode(payload))));
    });
  }

  async #read(
    reader: { readAll(): Promise<string>; info: { attributes?: Record<string, string> } },
    identity: string,
  ): Promise<void> {
    const text = (await reader.readAll()).trim();
    const speaker = this.#room.remoteParticipants.get(identity);
    const who = speaker?.kind === ParticipantKind.AGENT ? 'agent' : 'caller';
    // The caller's words come again and again until they are final; the agent's come once, as a stream.
    if (who === 'caller' && reader.info.attributes?.['lk.transcription_final'] !== 'true') return;
    if (text === '') return;
    const line: SpokenLine = { who, text, atMs: Date.now() };
    this.lines.push(line);
    this.#onLine(line);
  }
}

/** Let go of the native WebRTC library, once, at the end of the process. */
export async function disposeObservers(): Promise<void> {
  await dispose();
}
