import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  Room,
  RoomEvent,
  RpcError,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  type LocalParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
} from '@livekit/rtc-node';
import type { Logger } from '@patchbay/common/logger';
import { callFields } from '@patchbay/common/tracing/trace-id';
import {
  DTMF_KEYS,
  goneBy,
  isDtmfKey,
  ROOM_SAMPLE_RATE_HZ,
  RoomRpcError,
  RPC_METHODS,
  type JoinOptions,
  type RoomEngine,
  type RoomEvents,
  type RoomLink,
  type RpcMethod,
} from './link.ts';
import { within } from './within.ts';

/** libwebrtc takes exactly 10 ms at a time when the source has no queue of its own. */
const FRAME_SAMPLES = ROOM_SAMPLE_RATE_HZ / 100;
const CONNECT_WAIT_MS = 20_000;
const LEAVE_WAIT_MS = 3_000;
/**
 * Frames that may be on their way into the room at once; normally it is one. rtc-node offers every
 * event to every waiting frame, so a process that falls behind would never catch up again.
 */
const MOST_IN_FLIGHT = 50;

/** Rooms on @livekit/rtc-node: the reference engine, and the one for networks that need TURN or TCP. */
export function createSdkEngine(log: Logger): RoomEngine {
  return {
    name: 'sdk',
    join: async (options, events, signal) => {
      signal.throwIfAborted();
      const ofCall = log.child(callFields(options));
      const link = new SdkLink(options, events, ofCall);
      await link.connect();
      if (!signal.aborted) return link;
      // The native connect can't be stopped half-way.
      await link.leave();
      throw new Error('joining the room was given up');
    },
  };
}

class SdkLink implements RoomLink {
  readonly #options: JoinOptions;
  readonly #events: RoomEvents;
  readonly #log: Logger;
  readonly #room = new Room();
  readonly #streams = new Map<string, ReadableStreamDefaultReader<AudioFrame>>();
  #source: AudioSource | undefined;
  #leaving: Promise<void> | undefined;
  #inFlight = 0;
  /** One line a call, not one a frame. */
  #captureFailed = false;

  constructor(options: JoinOptions, events: RoomEvents, log: Logger) {
    this.#options = options;
    this.#events = events;
    this.#log = log;
  }

  async connect(): Promise<void> {
    const room = this.#room;
    room.on(RoomEvent.TrackPublished, (publication) => this.#subscribe(publication));
    room.on(RoomEvent.TrackSubscribed, (track) => this.#play(track));
    room.on(RoomEvent.TrackUnsubscribed, (track) => this.#stop(track.sid ?? ''));
    room.on(RoomEvent.DataReceived, (payload, _participant, _kind, topic) => {
      if (!this.#leaving) this.#events.data(topic ?? '', payload);
    });
    room.on(RoomEvent.DtmfReceived, (_code, digit) => {
      if (!this.#leaving && isDtmfKey(digit)) this.#events.dtmf(digit);
    });
    room.on(RoomEvent.ParticipantDisconnected, () => {
      if (!this.#leaving && room.remoteParticipants.size === 0) this.#events.alone();
    });
    room.on(RoomEvent.Disconnected, (reason) => {
      if (!this.#leaving) this.#events.gone(goneBy(reason));
    });
    const connecting = room.connect(this.#options.url, this.#options.token, {
      autoSubscribe: false,
      dynacast: false,
    });
    if (!(await within(connecting, CONNECT_WAIT_MS))) {
      // Should it come about after all, nobody waits for it any more.
      connecting.then(
        () => this.leave(),
        () => undefined,
      );
      throw new Error(`LiveKit did not answer the join within ${CONNECT_WAIT_MS} ms`);
    }
    await connecting;
    for (const method of RPC_METHODS) {
      this.#participant().registerRpcMethod(method, ({ payload }) => this.#rpc(method, payload));
    }
    for (const participant of room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values()) {
        this.#subscribe(publication);
      }
    }
  }

  async publishTrack(): Promise<void> {
    // A queue of 0 hands frames on at once; the default of 1 s would add to every call's delay.
    const source = new AudioSource(ROOM_SAMPLE_RATE_HZ, 1, 0);
    this.#source = source;
    const track = LocalAudioTrack.createAudioTrack(this.#options.trackName, source);
    // With DTX the room would hear nothing between words, and RED doubles the bytes.
    const options = new TrackPublishOptions({
      source: TrackSource.SOURCE_MICROPHONE,
      dtx: false,
      red: false,
    });
    await this.#participant().publishTrack(track, options);
  }

  publish(samples: Int16Array): void {
    const source = this.#source;
    if (!source || this.#leaving) return;
    for (let start = 0; start + FRAME_SAMPLES <= samples.length; start += FRAME_SAMPLES) {
      if (this.#inFlight >= MOST_IN_FLIGHT) return this.#captureFault();
      // rtc-node ignores byteOffset, so each frame needs memory of its own.
      const data = samples.slice(start, start + FRAME_SAMPLES);
      const frame = new AudioFrame(data, ROOM_SAMPLE_RATE_HZ, 1, FRAME_SAMPLES);
      this.#inFlight += 1;
      source
        .captureFrame(frame)
        .catch((error: unknown) => this.#captureFault(error))
        .finally(() => (this.#inFlight -= 1));
    }
  }

  sendDtmf(digit: string): void {
    const code = DTMF_KEYS.indexOf(digit);
    if (code < 0 || this.#leaving) return;
    this.#participant()
      .publishDtmf(code, digit)
      .catch((error: unknown) => this.#log.warn({ err: error }, 'a DTMF digit was not published'));
  }

  setAttributes(attributes: Readonly<Record<string, string>>): void {
    if (this.#leaving) return;
    this.#participant()
      .setAttributes({ ...attributes })
      .catch((error: unknown) => this.#log.warn({ err: error }, 'attributes were not set'));
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    for (const sid of [...this.#streams.keys()]) this.#stop(sid);
    try {
      const disconnecting = this.#room.disconnect();
      if (!(await within(disconnecting, LEAVE_WAIT_MS))) {
        disconnecting.catch(() => undefined);
        this.#log.warn('LiveKit did not confirm that we left the room');
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'leaving the room failed');
    }
    this.#room.removeAllListeners();
    await this.#source?.close();
    this.#source = undefined;
  }

  async #rpc(method: RpcMethod, payload: string): Promise<string> {
    try {
      return await this.#events.rpc(method, payload);
    } catch (error) {
      if (error instanceof RoomRpcError) throw new RpcError(error.code, error.message);
      throw error;
    }
  }

  #subscribe(publication: RemoteTrackPublication): void {
    if (publication.kind === TrackKind.KIND_AUDIO) publication.setSubscribed(true);
  }

  #play(track: RemoteTrack): void {
    if (track.kind !== TrackKind.KIND_AUDIO || this.#leaving) return;
    const source = track.sid ?? '';
    const stream = new AudioStream(track, { sampleRate: ROOM_SAMPLE_RATE_HZ, numChannels: 1 });
    const reader: ReadableStreamDefaultReader<AudioFrame> = stream.getReader();
    this.#streams.set(source, reader);
    void this.#read(source, reader);
    this.#events.heard();
  }

  async #read(source: string, reader: ReadableStreamDefaultReader<AudioFrame>): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (!this.#leaving) this.#events.audio(source, value.data);
      }
    } catch (error) {
      if (!this.#leaving) this.#log.warn({ err: error }, 'a track of the room can not be read');
    }
  }

  #stop(source: string): void {
    const reader = this.#streams.get(source);
    if (!reader) return;
    this.#streams.delete(source);
    reader.cancel().catch(() => undefined);
    if (!this.#leaving) this.#events.silent(source);
  }

  #participant(): LocalParticipant {
    const participant = this.#room.localParticipant;
    if (!participant) throw new Error('the room is not connected');
    return participant;
  }

  #captureFault(error?: unknown): void {
    if (this.#captureFailed || this.#leaving) return;
    this.#captureFailed = true;
    this.#log.warn(
      { err: error, inFlight: this.#inFlight },
      "some of the caller's audio was not taken by the room",
    );
  }
}
