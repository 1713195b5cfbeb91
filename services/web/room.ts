import { END_TOPIC, TRANSCRIPTION_TOPIC, TURN_TOPIC } from '@patchbay/common/topics';
import {
  createAudioAnalyser,
  createLocalAudioTrack,
  DisconnectReason,
  isBrowserSupported,
  type LocalAudioTrack,
  type LocalTrack,
  MediaDeviceFailure,
  type Participant,
  type RemoteParticipant,
  type RemoteTrack,
  RemoteAudioTrack,
  Room,
  RoomEvent,
  type TextStreamReader,
  Track,
  TrackEvent,
} from 'livekit-client';
import type { Ticket } from './api.ts';
import type { CaptionWriter } from './captions.ts';
import { Problem } from './problems.ts';
import { readEndCause, readTurnReport, type TurnTimes } from './turn-report.ts';

/** The only file that knows livekit-client. */

/** What happens in a room, as far as a call cares. */
export type RoomNews =
  | { kind: 'agent-heard' }
  | { kind: 'agent-state'; state: string }
  | { kind: 'agent-left' }
  | { kind: 'agent-ends'; cause: string }
  | { kind: 'turn'; times: TurnTimes }
  | { kind: 'link'; up: boolean }
  | { kind: 'sound'; blocked: boolean }
  | { kind: 'microphone'; working: boolean }
  | { kind: 'closed'; by: 'caller' | 'agent' | 'loss' };

export interface Microphone {
  stop(): void;
}

export interface CallRoom {
  /** Join and speak. @throws {Problem} connect-failed */
  join(ticket: Ticket): Promise<void>;
  /** Works before {@link join} is done too. */
  setMuted(muted: boolean): Promise<void>;
  /** Play what the browser held back; only from a click. */
  startSound(): Promise<void>;
  /** Loudness 0–1 now, for the eye. */
  levels(): { you: number; agent: number };
  /** Leave, or give up joining. */
  leave(): Promise<void>;
}

export interface RoomOptions {
  microphone: Microphone;
  onNews: (news: RoomNews) => void;
  openCaption: (segmentId: string | undefined, who: 'you' | 'agent') => CaptionWriter;
}

const AGENT_STATE_ATTRIBUTE = 'lk.agent.state';
const SEGMENT_ATTRIBUTE = 'lk.segment_id';
const FINAL_ATTRIBUTE = 'lk.transcription_final';

/** @throws {Problem} telling why there is no microphone */
export async function openMicrophone(): Promise<Microphone> {
  if (!isBrowserSupported()) throw new Problem('browser-too-old');
  // Browsers hide the whole API on pages that did not come over https.
  if (!navigator.mediaDevices) throw new Problem('insecure-page');
  try {
    return await createLocalAudioTrack({
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
    });
  } catch (cause) {
    throw new Problem(microphoneProblem(cause), { cause });
  }
}

function microphoneProblem(cause: unknown) {
  switch (MediaDeviceFailure.getFailure(cause)) {
    case MediaDeviceFailure.PermissionDenied:
      return 'microphone-refused';
    case MediaDeviceFailure.NotFound:
      return 'microphone-missing';
    default:
      return 'microphone-busy';
  }
}

/** A room to be joined. It must be left, whether joining worked or not. */
export function openRoom(options: RoomOptions): CallRoom {
  const { onNews } = options;
  const microphone = options.microphone as LocalAudioTrack;
  const room = new Room({ disconnectOnPageLeave: true });
  const meters = new Meters();
  // livekit-client tells the server nothing of a toggle that comes while the track is being
  // published (it has no id yet): everyone else would go on seeing an open microphone.
  let published = false;
  let toggled = false;
  const tellServer = () =>
    microphone.emit(microphone.isMuted ? TrackEvent.Muted : TrackEvent.Unmuted, microphone);
  listen(room, meters, options);
  microphone.on(TrackEvent.Ended, () => onNews({ kind: 'microphone', working: false }));
  microphone.on(TrackEvent.Restarted, () => onNews({ kind: 'microphone', working: true }));
  return {
    join: async ({ serverUrl, token }) => {
      try {
        await room.connect(serverUrl, token);
        await room.localParticipant.publishTrack(microphone as LocalTrack, {
          source: Track.Source.Microphone,
        });
      } catch (cause) {
        throw new Problem('connect-failed', { cause });
      }
      published = true;
      if (toggled) tellServer();
      meters.watch('you', microphone);
      if (!room.canPlaybackAudio) onNews({ kind: 'sound', blocked: true });
    },
    setMuted: async (muted) => {
      toggled ||= !published;
      await (muted ? microphone.mute() : microphone.unmute());
    },
    startSound: () => room.startAudio(),
    levels: () => meters.read(),
    leave: async () => {
      meters.close();
      await room.disconnect();
    },
  };
}

function listen(room: Room, meters: Meters, { onNews, openCaption }: RoomOptions): void {
  room
    .on(RoomEvent.TrackSubscribed, (track: RemoteTrack, _publication, from: RemoteParticipant) => {
      if (!from.isAgent || !(track instanceof RemoteAudioTrack)) return;
      document.body.append(track.attach());
      meters.watch('agent', track);
      tellState(from);
      onNews({ kind: 'agent-heard' });
    })
    .on(RoomEvent.TrackUnsubscribed, (track) => {
      for (const element of track.detach()) element.remove();
    })
    .on(RoomEvent.ParticipantAttributesChanged, (_changed, from: Participant) => tellState(from))
    .on(RoomEvent.ParticipantDisconnected, (from) => {
      if (from.isAgent) onNews({ kind: 'agent-left' });
    })
    .on(RoomEvent.DataReceived, (payload, from, _kind, topic) => {
      if (!from?.isAgent) return;
      if (topic === TURN_TOPIC) {
        const times = readTurnReport(payload);
        if (times) onNews({ kind: 'turn', times });
      } else if (topic === END_TOPIC) {
        const cause = readEndCause(payload);
        if (cause !== undefined) onNews({ kind: 'agent-ends', cause });
      }
    })
    .on(RoomEvent.SignalReconnecting, () => onNews({ kind: 'link', up: false }))
    .on(RoomEvent.Reconnecting, () => onNews({ kind: 'link', up: false }))
    .on(RoomEvent.Reconnected, () => onNews({ kind: 'link', up: true }))
    .on(RoomEvent.AudioPlaybackStatusChanged, () =>
      onNews({ kind: 'sound', blocked: !room.canPlaybackAudio }),
    )
    .on(RoomEvent.Disconnected, (reason) => {
      meters.close();
      onNews({ kind: 'closed', by: whoClosed(reason) });
    });
  room.registerTextStreamHandler(TRANSCRIPTION_TOPIC, (reader, { identity }) => {
    const who = identity === room.localParticipant.identity ? 'you' : 'agent';
    const attributes = reader.info.attributes ?? {};
    void readCaption(reader, who, attributes, openCaption(attributes[SEGMENT_ATTRIBUTE], who));
  });

  const tellState = (from: Participant) => {
    const state = from.attributes[AGENT_STATE_ATTRIBUTE];
    if (from.isAgent && state !== undefined) onNews({ kind: 'agent-state', state });
  };
}

async function readCaption(
  reader: TextStreamReader,
  who: 'you' | 'agent',
  attributes: Record<string, string>,
  writer: CaptionWriter,
): Promise<void> {
  try {
    for await (const piece of reader) writer.add(piece);
  } catch {
    // The speaker was cut off or the connection broke: what was heard stays.
  }
  // The agent's stream is over when its segment is; only guesses about the caller say what they are.
  writer.end(who === 'agent' || attributes[FINAL_ATTRIBUTE] === 'true');
}

function whoClosed(reason: DisconnectReason | undefined): 'caller' | 'agent' | 'loss' {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return 'caller';
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
    case DisconnectReason.PARTICIPANT_REMOVED:
      return 'agent';
    default:
      return 'loss';
  }
}

type Meter = ReturnType<typeof createAudioAnalyser>;

/** Loudness of both sides, for the picture only: a browser without it shows a still picture. */
class Meters {
  readonly #meters = new Map<'you' | 'agent', Meter>();

  watch(who: 'you' | 'agent', track: LocalAudioTrack | RemoteAudioTrack): void {
    try {
      void this.#meters.get(who)?.cleanup();
      this.#meters.set(
        who,
        createAudioAnalyser(track, { fftSize: 256, smoothingTimeConstant: 0.6 }),
      );
    } catch {
      this.#meters.delete(who);
    }
  }

  read(): { you: number; agent: number } {
    const level = (who: 'you' | 'agent') => this.#meters.get(who)?.calculateVolume() ?? 0;
    return { you: level('you'), agent: level('agent') };
  }

  close(): void {
    for (const meter of this.#meters.values()) void meter.cleanup();
    this.#meters.clear();
  }
}
