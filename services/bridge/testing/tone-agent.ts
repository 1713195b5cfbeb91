import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
  type RemoteTrack,
} from '@livekit/rtc-node';
import { AccessToken } from 'livekit-server-sdk';
import { tone } from '../../sandbox/audio/tone.ts';
import type { LiveKitKeys } from '../room/admin.ts';

/** Rate of what it hums and hears. */
export const AGENT_RATE_HZ = 16_000;
const FRAME_SAMPLES = AGENT_RATE_HZ / 100;
/** rtc-node slows down steeply with the frames on their way. */
const MOST_IN_FLIGHT = 10;
const LEAVE_WAIT_MS = 3_000;
const COMPANY_WAIT_MS = 3_000;

export interface ToneAgentOptions {
  frequencyHz?: number;
  /** Sets it apart from another in the room. */
  identity?: string;
  /** Hum; true by default. Without it the agent has no track. */
  publish?: boolean;
  /** Leave as soon as nobody else is in the room, as real agents do; false by default. */
  leaveWhenAlone?: boolean;
}

/** Stands in for an agent: a participant that hums one tone and keeps what it hears. */
export class ToneAgent {
  readonly dtmf: string[] = [];
  readonly #room = new Room();
  readonly #source = new AudioSource(AGENT_RATE_HZ, 1, 0);
  readonly #heard: Int16Array[] = [];
  #humming: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Join a room and begin to hum. */
  static async join(
    keys: LiveKitKeys,
    room: string,
    options: ToneAgentOptions = {},
  ): Promise<ToneAgent> {
    const agent = new ToneAgent();
    const token = new AccessToken(keys.apiKey, keys.apiSecret, {
      identity: options.identity ?? `agent-${room}`,
    });
    token.kind = 'agent';
    token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true, agent: true });
    try {
      await agent.#join(keys.url, await token.toJwt(), options);
    } catch (error) {
      await agent.close();
      throw error;
    }
    return agent;
  }

  /** The last of what it heard. */
  heard(lastMs: number): Int16Array {
    const frames = this.#heard.slice(-lastMs / 10);
    const samples = new Int16Array(frames.length * FRAME_SAMPLES);
    frames.forEach((frame, index) => samples.set(frame, index * FRAME_SAMPLES));
    return samples;
  }

  get heardMs(): number {
    return this.#heard.length * 10;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  async send(topic: string, value: unknown): Promise<void> {
    const payload = Buffer.from(JSON.stringify(value));
    await this.#room.localParticipant?.publishData(payload, { reliable: true, topic });
  }

  /** Press a key for the phone to hear. */
  async press(digit: string): Promise<void> {
    await this.#room.localParticipant?.publishDtmf('0123456789*#ABCD'.indexOf(digit), digit);
  }

  /** @throws what the other side refuses the call with */
  async callRpc(destinationIdentity: string, method: string, payload: string): Promise<string> {
    const call = { destinationIdentity, method, payload };
    return (await this.#room.localParticipant?.performRpc(call)) ?? '';
  }

  /** Attributes of a participant in the room. */
  attributesOf(identity: string): Readonly<Record<string, string>> {
    return this.#room.remoteParticipants.get(identity)?.attributes ?? {};
  }

  /** Identities of the others in the room. */
  get others(): string[] {
    return [...this.#room.remoteParticipants.keys()];
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A room that was deleted just now may never confirm that we left it.
    await Promise.race([this.#room.disconnect(), delay(LEAVE_WAIT_MS, undefined, { ref: false })]);
    await this.#humming;
    await this.#source.close();
  }

  async #join(url: string, token: string, options: ToneAgentOptions): Promise<void> {
    const { frequencyHz = 440, publish = true, leaveWhenAlone = false } = options;
    const room = this.#room;
    const leaveIfAlone = () => {
      if (leaveWhenAlone && room.remoteParticipants.size === 0) void this.close();
    };
    // A caller whose connection broke comes back, and real agents wait for that.
    const leaveIfAloneForLong = () => void this.#untilCompany().then(leaveIfAlone);
    room.on(RoomEvent.TrackSubscribed, (track) => this.#listen(track));
    room.on(RoomEvent.DtmfReceived, (_code, digit) => void this.dtmf.push(digit));
    if (leaveWhenAlone) room.on(RoomEvent.ParticipantDisconnected, leaveIfAloneForLong);
    room.on(RoomEvent.Disconnected, () => void this.close());
    await room.connect(url, token, { autoSubscribe: true, dynacast: false });
    if (leaveWhenAlone) await this.#untilCompany();
    leaveIfAlone();
    if (!publish || this.closed) return;
    const track = LocalAudioTrack.createAudioTrack('hum', this.#source);
    const publishOptions = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
    await room.localParticipant?.publishTrack(track, publishOptions);
    this.#humming = this.#hum(frequencyHz);
  }

  /** LiveKit lists a room before the one who makes it can be seen in it. */
  async #untilCompany(): Promise<void> {
    if (this.#room.remoteParticipants.size > 0) return;
    const over = new AbortController();
    const { signal } = over;
    await Promise.race([
      once(this.#room, RoomEvent.ParticipantConnected, { signal }),
      once(this.#room, RoomEvent.Disconnected, { signal }),
      delay(COMPANY_WAIT_MS, undefined, { signal }),
    ]);
    over.abort();
  }

  async #hum(frequencyHz: number): Promise<void> {
    const second = tone({
      frequencyHz,
      durationMs: 1_000,
      sampleRateHz: AGENT_RATE_HZ,
      amplitude: 0.25,
    });
    const startedMs = performance.now();
    let inFlight = 0;
    for (let frame = 0; !this.closed;) {
      const due = Math.floor((performance.now() - startedMs) / 10);
      for (; frame < due && !this.closed; frame++) {
        const from = (frame % 100) * FRAME_SAMPLES;
        const data = second.slice(from, from + FRAME_SAMPLES);
        if (inFlight >= MOST_IN_FLIGHT) continue;
        inFlight += 1;
        const audio = new AudioFrame(data, AGENT_RATE_HZ, 1, FRAME_SAMPLES);
        this.#source
          .captureFrame(audio)
          .catch(() => undefined)
          .finally(() => (inFlight -= 1));
      }
      await delay(10);
    }
  }

  /** @throws if the track is gone already: the room catches it, and there is nothing to hear */
  #listen(track: RemoteTrack): void {
    const stream = new AudioStream(track, { sampleRate: AGENT_RATE_HZ, numChannels: 1 });
    void this.#hear(stream);
  }

  async #hear(stream: AudioStream): Promise<void> {
    for await (const frame of stream) this.#heard.push(frame.data);
  }
}
