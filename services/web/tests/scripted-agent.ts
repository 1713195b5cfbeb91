import { once } from 'node:events';
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import {
  END_TOPIC,
  TRANSCRIPTION_TOPIC,
  TURN_TOPIC,
  type EndReport,
  type TurnReport,
} from '@patchbay/common/room-contract';
import type { LiveKit } from '@patchbay/sandbox/stack/livekit-server';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';

const RATE_HZ = 48_000;
const FRAME_SAMPLES = RATE_HZ / 50;

/** An agent that does what a test tells it, in a real room: LiveKit's own agents look the same. */
export class ScriptedAgent {
  readonly room = new Room();
  readonly #livekit: LiveKit;
  readonly roomName: string;
  readonly #voice = new AudioSource(RATE_HZ, 1, 200);
  #talking: Promise<void> | undefined;
  #loudness = 0.02;
  #closed = false;

  private constructor(livekit: LiveKit, roomName: string) {
    this.#livekit = livekit;
    this.roomName = roomName;
  }

  static async join(livekit: LiveKit, roomName: string): Promise<ScriptedAgent> {
    const agent = new ScriptedAgent(livekit, roomName);
    const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity: 'agent-test' });
    token.kind = 'agent';
    token.addGrant({ roomJoin: true, room: roomName, agent: true, canUpdateOwnMetadata: true });
    await agent.room.connect(livekit.url, await token.toJwt());
    return agent;
  }

  get caller(): string {
    const [identity] = this.room.remoteParticipants.keys();
    if (identity === undefined) throw new Error('there is no caller in the room');
    return identity;
  }

  /** Publish a voice: from now on the caller counts the agent as there. */
  async speak(): Promise<void> {
    const track = LocalAudioTrack.createAudioTrack('voice', this.#voice);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
    await this.#participant.publishTrack(track, options);
    this.#talking ??= this.#hum();
  }

  /** Resolves when the caller's microphone is heard; at once if it is already. */
  async hearsCaller(): Promise<void> {
    const heard = () =>
      [...this.room.remoteParticipants.values()].some((participant) =>
        [...participant.trackPublications.values()].some(({ track }) => track !== undefined),
      );
    while (!heard()) await once(this.room as never, RoomEvent.TrackSubscribed);
  }

  async setState(state: 'listening' | 'thinking' | 'speaking'): Promise<void> {
    this.#loudness = state === 'speaking' ? 0.4 : 0;
    await this.#participant.setAttributes({ 'lk.agent.state': state });
  }

  /** The agent's words: one stream that grows. Call the result to end it. */
  async say(segmentId: string, ...pieces: string[]): Promise<() => Promise<void>> {
    const writer = await this.#participant.streamText({
      topic: TRANSCRIPTION_TOPIC,
      attributes: { 'lk.segment_id': segmentId, 'lk.transcription_final': 'false' },
    });
    for (const piece of pieces) await writer.write(piece);
    return () => writer.close();
  }

  /** What was understood of the caller: one stream per guess, in the caller's name. */
  async understand(segmentId: string, text: string, final: boolean): Promise<void> {
    const writer = await this.#participant.streamText({
      topic: TRANSCRIPTION_TOPIC,
      senderIdentity: this.caller,
      attributes: { 'lk.segment_id': segmentId, 'lk.transcription_final': String(final) },
    });
    await writer.write(text);
    await writer.close();
  }

  reportTurn(stagesMs: TurnReport['stagesMs']): Promise<void> {
    const report: TurnReport = {
      turn: 1,
      atMs: Date.now(),
      stagesMs,
      tools: [],
      interrupted: false,
    };
    return this.#publish(TURN_TOPIC, report);
  }

  /** Say why the call will end, as agents do before their last words. */
  announceEnd(cause: EndReport['cause']): Promise<void> {
    return this.#publish(END_TOPIC, { cause } satisfies EndReport);
  }

  /** The agent's way to hang up. */
  async closeRoom(): Promise<void> {
    const { httpUrl, apiKey, apiSecret } = this.#livekit;
    await new RoomServiceClient(httpUrl, apiKey, apiSecret).deleteRoom(this.roomName);
  }

  /** Resolves when the caller has left the room. */
  callerGone(): Promise<unknown> {
    if (this.room.remoteParticipants.size === 0) return Promise.resolve();
    return once(this.room as never, RoomEvent.ParticipantDisconnected);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.room.disconnect();
    await this.#voice.close();
    await this.#talking?.catch(() => undefined);
  }

  get #participant() {
    const participant = this.room.localParticipant;
    if (!participant) throw new Error('the agent is not in the room');
    return participant;
  }

  async #publish(topic: string, report: object): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(report));
    await this.#participant.publishData(bytes, { reliable: true, topic });
  }

  async #hum(): Promise<void> {
    let phase = 0;
    while (!this.#closed) {
      const samples = Int16Array.from({ length: FRAME_SAMPLES }, () => {
        phase += (2 * Math.PI * 220) / RATE_HZ;
        return Math.round(Math.sin(phase) * this.#loudness * 32_767);
      });
      await this.#voice.captureFrame(new AudioFrame(samples, RATE_HZ, 1, FRAME_SAMPLES));
    }
  }
}
