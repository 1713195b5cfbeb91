import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  RoomEvent,
  Room,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  type RemoteParticipant,
  type RemoteTrack,
} from '@livekit/rtc-node';
import {
  AccessToken,
  RoomAgentDispatch,
  RoomConfiguration,
  RoomServiceClient,
  ServerError,
} from 'livekit-server-sdk';
import {
  AGENT_WORKER_NAME,
  CALL_ID_ATTRIBUTE,
  dispatchMetadata,
  DOOR_ATTRIBUTE,
  END_TOPIC,
  endReportSchema,
  newCallId,
  roomName,
  TRANSCRIPTION_TOPIC,
  TURN_TOPIC,
  turnReportSchema,
  type EndReport,
  type TurnReport,
} from '@patchbay/common/room-contract';

export const CALLER_RATE_HZ = 16_000;
const FRAME_MS = 10;
const FRAME_SAMPLES = (CALLER_RATE_HZ * FRAME_MS) / 1_000;
/** A window of 10 ms counts as sound from this peak on; the codec's noise stays below. */
const LOUD = 500;
/** By their event codes (RFC 4733 §3.2). */
const DTMF_CODES = '0123456789*#';

export interface CallerOptions {
  url: string;
  apiKey: string;
  apiSecret: string;
  agent: string;
  /** `phone` joins as a SIP participant that still rings. */
  kind: 'web' | 'phone';
  phoneNumber?: string;
}

/** One window of what the caller heard. */
interface Window {
  atMs: number;
  samples: Int16Array;
  loud: boolean;
}

/** A caller in a room: speaks samples, keeps all it hears, sees the agent's packets. */
export class TestCaller {
  readonly room = new Room();
  readonly roomName: string;
  readonly callId = newCallId();
  readonly turns: TurnReport[] = [];
  readonly ends: EndReport[] = [];
  readonly captions: { who: string; text: string }[] = [];
  readonly heard: Window[] = [];
  /** Resolves when the room is over for this caller. */
  readonly disconnected: Promise<void>;
  /** Unix ms at which the agent's track was subscribed. */
  agentTrackAtMs: number | undefined;
  readonly #source = new AudioSource(CALLER_RATE_HZ, 1, 200);
  readonly #options: CallerOptions;
  #speech: Int16Array[] = [];
  #closed = false;
  #pacing: Promise<void> | undefined;
  #speechEnd: ((atMs: number) => void) | undefined;

  private constructor(options: CallerOptions) {
    this.#options = options;
    const door = options.kind === 'web' ? 'web' : 'reach';
    this.roomName = roomName(door, 'test', this.callId);
    this.disconnected = new Promise((resolve) => {
      this.room.on(RoomEvent.Disconnected, () => resolve());
    });
  }

  static async join(options: CallerOptions): Promise<TestCaller> {
    const caller = new TestCaller(options);
    await caller.#connect();
    return caller;
  }

  async #connect(): Promise<void> {
    const { apiKey, apiSecret, kind, agent, phoneNumber = '+12025550187' } = this.#options;
    const isPhone = kind === 'phone';
    const token = new AccessToken(apiKey, apiSecret, {
      identity: isPhone ? `sip_${phoneNumber}` : 'visitor',
      attributes: {
        [DOOR_ATTRIBUTE]: isPhone ? 'reach' : 'web',
        [CALL_ID_ATTRIBUTE]: this.callId,
        ...(isPhone
          ? {
              'sip.phoneNumber': phoneNumber,
              'sip.callStatus': 'ringing',
              'sip.ruleID': 'SDR_test',
            }
          : {}),
      },
    });
    token.addGrant({
      roomJoin: true,
      room: this.roomName,
      canPublish: true,
      canSubscribe: true,
      canUpdateOwnMetadata: true,
    });
    if (isPhone) token.kind = 'sip';
    token.roomConfig = new RoomConfiguration({
      name: this.roomName,
      emptyTimeout: 30,
      agents: [
        new RoomAgentDispatch({ agentName: AGENT_WORKER_NAME, metadata: dispatchMetadata(agent) }),
      ],
    });
    this.room.on(RoomEvent.TrackSubscribed, (track) => this.#onTrack(track));
    this.room.on(RoomEvent.DataReceived, (data, _participant, _kind, topic) => {
      const json: unknown = JSON.parse(new TextDecoder().decode(data));
      if (topic === TURN_TOPIC) this.turns.push(turnReportSchema.parse(json));
      if (topic === END_TOPIC) this.ends.push(endReportSchema.parse(json));
    });
    this.room.registerTextStreamHandler(TRANSCRIPTION_TOPIC, (reader, { identity }) => {
      // A caption that the end of the room cuts off is lost, as it is for a real caller.
      void reader.readAll().then(
        (text) => this.captions.push({ who: identity, text }),
        () => undefined,
      );
    });
    await this.room.connect(this.#options.url, await token.toJwt(), {
      autoSubscribe: true,
      dynacast: false,
    });
    const track = LocalAudioTrack.createAudioTrack('microphone', this.#source);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
    await this.room.localParticipant?.publishTrack(track, options);
    this.#pacing = this.#pace();
  }

  /** The other side picks up. */
  async answer(): Promise<void> {
    await this.room.localParticipant?.setAttributes({ 'sip.callStatus': 'active' });
  }

  /** Speak. @returns Unix ms at which the last loud sample was handed over */
  say(samples: Int16Array): Promise<number> {
    this.#speech.push(samples);
    return new Promise((resolve) => (this.#speechEnd = resolve));
  }

  /** Press keys of the telephone. @returns Unix ms of the last */
  async press(keys: string): Promise<number> {
    for (const key of keys) {
      await this.room.localParticipant?.publishDtmf(DTMF_CODES.indexOf(key), key);
    }
    return Date.now();
  }

  /** Frames in real time from the first to the last moment, silence when nothing is said. */
  async #pace(): Promise<void> {
    const start = performance.now();
    for (let n = 0; !this.#closed; n++) {
      const due = start + n * FRAME_MS - performance.now();
      if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
      const frame = new Int16Array(FRAME_SAMPLES);
      const [speech] = this.#speech;
      if (speech) {
        frame.set(speech.subarray(0, FRAME_SAMPLES));
        const rest = speech.subarray(FRAME_SAMPLES);
        if (rest.some((sample) => Math.abs(sample) > LOUD)) this.#speech[0] = rest;
        else {
          this.#speech.shift();
          this.#speechEnd?.(Date.now());
        }
      }
      await this.#source
        .captureFrame(new AudioFrame(frame, CALLER_RATE_HZ, 1, FRAME_SAMPLES))
        .catch(() => undefined);
    }
  }

  #onTrack(track: RemoteTrack): void {
    if (track.kind !== TrackKind.KIND_AUDIO) return;
    this.agentTrackAtMs = Date.now();
    // Throws if the track is gone already: the room catches it, and there is nothing to hear.
    const stream = new AudioStream(track, {
      sampleRate: CALLER_RATE_HZ,
      numChannels: 1,
      frameSizeMs: 10,
    });
    void this.#listen(stream);
  }

  async #listen(stream: AsyncIterable<AudioFrame>): Promise<void> {
    for await (const { data } of stream) {
      const samples = Int16Array.from(data);
      const loud = samples.some((sample) => Math.abs(sample) > LOUD);
      this.heard.push({ atMs: Date.now(), samples, loud });
    }
  }

  get agent(): RemoteParticipant | undefined {
    return [...this.room.remoteParticipants.values()][0];
  }

  /** Unix ms of the first loud moment after the given one. */
  async firstSoundAfter(atMs: number, limitMs = 20_000): Promise<number> {
    return until(
      'sound from the agent',
      () => this.heard.find((window) => window.loud && window.atMs > atMs)?.atMs,
      limitMs,
    );
  }

  /** What is heard from a moment on until the agent has been silent for a while. */
  async utteranceAfter(atMs: number, silenceMs = 900, limitMs = 25_000): Promise<Int16Array> {
    const first = await this.firstSoundAfter(atMs, limitMs);
    await until(
      'the agent to finish',
      () => {
        const last = this.heard.findLast((window) => window.loud)?.atMs ?? 0;
        return this.#isOver || Date.now() - last > silenceMs ? true : undefined;
      },
      limitMs,
    );
    return join(this.heard.filter((window) => window.atMs >= first - 200));
  }

  /** What was heard last, from the last long silence on. */
  lastUtterance(silenceMs = 1_200): Int16Array {
    let from = 0;
    let lastLoudMs: number | undefined;
    this.heard.forEach((window, index) => {
      if (!window.loud) return;
      if (lastLoudMs === undefined || window.atMs - lastLoudMs > silenceMs) from = index;
      lastLoudMs = window.atMs;
    });
    return join(this.heard.slice(Math.max(0, from - 20)));
  }

  get #isOver(): boolean {
    return !this.room.isConnected;
  }

  /** Wait until something holds. */
  until<T>(what: string, probe: () => T | undefined, limitMs = 20_000): Promise<T> {
    return until(what, probe, limitMs);
  }

  /** Leave; the room of a phone is deleted, as the bridge does. */
  async hangUp(): Promise<void> {
    await this.room.disconnect();
    if (this.#options.kind === 'web') return;
    const { url, apiKey, apiSecret } = this.#options;
    const rooms = new RoomServiceClient(url.replace('ws', 'http'), apiKey, apiSecret);
    await rooms.deleteRoom(this.roomName).catch((error: unknown) => {
      // The agent was hanging up, too.
      if (!(error instanceof ServerError && error.status === 404)) throw error;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pacing;
    await this.room.disconnect();
    await this.#source.close();
  }
}

function join(windows: readonly Window[]): Int16Array {
  const all = new Int16Array(windows.reduce((sum, { samples }) => sum + samples.length, 0));
  let at = 0;
  for (const { samples } of windows) {
    all.set(samples, at);
    at += samples.length;
  }
  return all;
}

/** Ask every 20 ms until the probe answers. @throws when the time is up */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  limitMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
