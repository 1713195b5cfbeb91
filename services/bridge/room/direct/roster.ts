import { ParticipantInfo_State, TrackType, type ParticipantInfo } from '@livekit/protocol';

export interface TrackOfOther {
  participantSid: string;
  trackSid: string;
}

export interface RosterChange {
  /** Audio tracks that have come, to be subscribed to. */
  subscribe: TrackOfOther[];
  /** All audio tracks that are there now. */
  tracks: ReadonlySet<string>;
  /** The last of the others has left. */
  alone: boolean;
}

/** Who else is in the room, and which audio tracks they have. */
export class Roster {
  readonly #ownSid: string;
  /** Tracks by participant sid. */
  readonly #others = new Map<string, Set<string>>();

  constructor(ownSid: string) {
    this.#ownSid = ownSid;
  }

  get size(): number {
    return this.#others.size;
  }

  /** Take in what LiveKit says of some participants. */
  update(participants: readonly ParticipantInfo[]): RosterChange {
    const before = this.#others.size;
    const subscribe: RosterChange['subscribe'] = [];
    for (const { sid, state, tracks } of participants) {
      if (sid === this.#ownSid) continue;
      if (state === ParticipantInfo_State.DISCONNECTED) {
        this.#others.delete(sid);
        continue;
      }
      const known = this.#others.get(sid) ?? new Set();
      const audio = tracks.filter(({ type }) => type === TrackType.AUDIO).map((track) => track.sid);
      for (const trackSid of audio) {
        if (!known.has(trackSid)) subscribe.push({ participantSid: sid, trackSid });
      }
      this.#others.set(sid, new Set(audio));
    }
    const tracks = new Set([...this.#others.values()].flatMap((one) => [...one]));
    return { subscribe, tracks, alone: before > 0 && this.#others.size === 0 };
  }
}
