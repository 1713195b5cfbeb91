import {
  ReadableStream,
  type ReadableStreamDefaultController,
  type ReadableStreamDefaultReader,
} from 'node:stream/web';
import { voice } from '@livekit/agents';
import {
  AudioStream,
  RoomEvent,
  TrackSource,
  type AudioFrame,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  type Room,
} from '@livekit/rtc-node';

/** What voice detection and recognisers take, so that nothing has to be resampled. */
const SAMPLE_RATE_HZ = 16_000;
/** One window of the voice detection: 512 samples. */
const FRAME_MS = 32;

type FrameReader = Pick<ReadableStreamDefaultReader<AudioFrame>, 'read' | 'cancel'>;

function openTrack(track: RemoteTrack): FrameReader {
  const audio: ReadableStream<AudioFrame> = new AudioStream(track, {
    sampleRate: SAMPLE_RATE_HZ,
    numChannels: 1,
    frameSizeMs: FRAME_MS,
  });
  return audio.getReader();
}

/**
 * The caller's microphone as the session's input. The framework's own input gives frames of 10 ms at
 * 24 kHz through four streams, and each of its consumers resamples them; without that the
 * thread of a call has half as much to do.
 */
export class CallerAudio extends voice.AudioInput {
  readonly #room: Room;
  readonly #identity: string;
  readonly #onFault: (error: unknown) => void;
  readonly #open: (track: RemoteTrack) => FrameReader;
  readonly #stream: ReadableStream<AudioFrame>;
  #controller: ReadableStreamDefaultController<AudioFrame> | undefined;
  #source: { track: RemoteTrack; cancel: () => void } | undefined;
  #attached = true;
  #held = false;

  /**
   * @param onFault the caller can't be heard any more
   * @param open gives the frames of a track, in the form above
   */
  constructor(
    room: Room,
    participant: RemoteParticipant,
    onFault: (error: unknown) => void,
    open: (track: RemoteTrack) => FrameReader = openTrack,
  ) {
    super();
    this.#room = room;
    this.#onFault = onFault;
    this.#open = open;
    this.#identity = participant.identity;
    this.#stream = new ReadableStream<AudioFrame>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.close(),
    });
    room.on(RoomEvent.TrackSubscribed, this.#onSubscribed);
    room.on(RoomEvent.TrackUnsubscribed, this.#onUnsubscribed);
    for (const publication of participant.trackPublications.values()) {
      if (publication.track) this.#onSubscribed(publication.track, publication, participant);
    }
  }

  override get stream(): ReadableStream<AudioFrame> {
    return this.#stream;
  }

  /** While not attached what the caller says is dropped. */
  override setAttached(attached: boolean): void {
    this.#attached = attached;
  }

  /**
   * A held line is a silent line: it may carry music or announcements, which are nobody's words. What
   * the caller was saying comes to its end, as by a pause.
   */
  onHold(held: boolean): void {
    this.#held = held;
  }

  override async close(): Promise<void> {
    this.#room.off(RoomEvent.TrackSubscribed, this.#onSubscribed);
    this.#room.off(RoomEvent.TrackUnsubscribed, this.#onUnsubscribed);
    this.#source?.cancel();
    this.#source = undefined;
    const controller = this.#controller;
    this.#controller = undefined;
    try {
      controller?.close();
    } catch {
      // Cancelled by its reader already.
    }
    await super.close();
  }

  readonly #onSubscribed = (
    track: RemoteTrack,
    publication: RemoteTrackPublication,
    participant: RemoteParticipant,
  ): void => {
    if (participant.identity !== this.#identity) return;
    if (publication.source !== TrackSource.SOURCE_MICROPHONE || this.#source?.track === track)
      return;
    this.#source?.cancel();
    const reader = this.#open(track);
    this.#source = { track, cancel: () => void reader.cancel().catch(() => undefined) };
    this.#pump(reader).catch((error: unknown) => {
      // What a track that was given up still tells concerns nobody.
      if (this.#source?.track === track) this.#onFault(error);
    });
  };

  readonly #onUnsubscribed = (track: RemoteTrack): void => {
    if (this.#source?.track !== track) return;
    this.#source.cancel();
    this.#source = undefined;
  };

  async #pump(reader: FrameReader): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (this.#held) value.data.fill(0);
      if (this.#attached) this.#controller?.enqueue(value);
    }
  }
}
