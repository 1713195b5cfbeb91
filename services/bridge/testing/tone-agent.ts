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
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import type { LiveKitKeys } from '../room/admin.ts';

const RATE_HZ = 48_000;
const FRAME_SAMPLES = RATE_HZ / 100;

/** Stands in for an agent: a participant that hums one tone and keeps what it hears. */
export class ToneAgent {
  readonly dtmf: string[] = [];
  readonly #room = new Room();
  readonly #source = new AudioSource(RATE_HZ, 1, 0);
  readonly #heard: Int16Array[] = [];
  #humming: Promise<void> | undefined;
  #closed = false;
  #muted = false;

  /** Join a room and begin to hum. `publish: false` stays silent and without a track. */
  static async join(
    keys: LiveKitKeys,
    room: string,
    options: { frequencyHz?: number; publish?: boolean } = {},
  ): Promise<ToneAgent> {
    const agent = new ToneAgent();
    const token = new AccessToken(keys.apiKey, keys.apiSecret, { identity: `agent-${room}` });
    token.kind = 'agent';
    token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true, agent: true });
    await agent.#join(keys.url, await token.toJwt(), options);
    return agent;
  }

  /** The last of what it heard, at 48 kHz. */
  heard(lastMs: number): Int16Array {
    const frames = this.#heard.slice(-lastMs / 10);
    const samples = new Int16Array(frames.length * FRAME_SAMPLES);
    frames.forEach((frame, index) => samples.set(frame, index * FRAME_SAMPLES));
    return samples;
  }

  get heardMs(): number {
    return this.#heard.length * 10;
  }

  mute(muted: boolean): void {
    this.#muted = muted;
  }

  async send(topic: string, value: unknown): Promise<void> {
    const payload = Buffer.from(JSON.stringify(value));
    await this.#room.localParticipant?.publishData(payload, { reliable: true, topic });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#humming;
    await this.#room.disconnect();
    await this.#source.close();
  }

  async #join(
    url: string,
    token: string,
    { frequencyHz = 440, publish = true }: { frequencyHz?: number; publish?: boolean },
  ): Promise<void> {
    this.#room.on(RoomEvent.TrackSubscribed, (track) => void this.#listen(track));
    this.#room.on(RoomEvent.DtmfReceived, (_code, digit) => void this.dtmf.push(digit));
    await this.#room.connect(url, token, { autoSubscribe: true, dynacast: false });
    if (!publish) return;
    const track = LocalAudioTrack.createAudioTrack('hum', this.#source);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
    await this.#room.localParticipant?.publishTrack(track, options);
    this.#humming = this.#hum(frequencyHz);
  }

  async #hum(frequencyHz: number): Promise<void> {
    const startedMs = performance.now();
    const step = (2 * Math.PI * frequencyHz) / RATE_HZ;
    for (let frame = 0; !this.#closed;) {
      const due = Math.floor((performance.now() - startedMs) / 10);
      for (; frame < due && !this.#closed; frame++) {
        const data = new Int16Array(FRAME_SAMPLES);
        const amplitude = this.#muted ? 0 : 8_000;
        for (let i = 0; i < FRAME_SAMPLES; i++) {
          data[i] = amplitude * Math.sin(step * (frame * FRAME_SAMPLES + i));
        }
        const audio = new AudioFrame(data, RATE_HZ, 1, FRAME_SAMPLES);
        this.#source.captureFrame(audio).catch(() => undefined);
      }
      await delay(5);
    }
  }

  async #listen(track: RemoteTrack): Promise<void> {
    const stream = new AudioStream(track, { sampleRate: RATE_HZ, numChannels: 1 });
    for await (const frame of stream) this.#heard.push(frame.data);
  }
}

/** Wait for the next room of the bridge, not one of those known. */
export async function nextRoom(keys: LiveKitKeys, known: Set<string>): Promise<string> {
  const client = new RoomServiceClient(keys.url, keys.apiKey, keys.apiSecret);
  for (;;) {
    const rooms = await client.listRooms();
    const room = rooms.find(({ name }) => !known.has(name));
    if (room) {
      known.add(room.name);
      return room.name;
    }
    await delay(20);
  }
}
