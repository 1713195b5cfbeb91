import {
  AddTrackRequest,
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  ParticipantTracks,
  SessionDescription,
  SignalTarget,
  TrackSource,
  TrackType,
  TrickleRequest,
  UpdateParticipantMetadata,
  UpdateSubscription,
} from '@livekit/protocol';
import { candidateInit, loopbackCopy } from './ice.ts';
import type { TrackOfOther } from './roster.ts';
import type { SignalSocket } from './signal-socket.ts';

/** What a session asks of LiveKit, as its signalling has it. */
export class SignalRequests {
  readonly #socket: Pick<SignalSocket, 'send'>;
  readonly #onLoopback: boolean;
  #requests = 0;
  #offers = 0;

  /** @param onLoopback LiveKit is on this machine: it is told our loopback address too */
  constructor(socket: Pick<SignalSocket, 'send'>, onLoopback: boolean) {
    this.#socket = socket;
    this.#onLoopback = onLoopback;
  }

  /** @returns the id by which LiveKit will confirm it */
  addTrack(name: string): string {
    const cid = `caller-${(this.#requests += 1)}`;
    this.#socket.send({
      case: 'addTrack',
      value: new AddTrackRequest({
        cid,
        name,
        type: TrackType.AUDIO,
        source: TrackSource.MICROPHONE,
        // With DTX the room would hear nothing between words, and RED doubles the bytes.
        disableDtx: true,
        disableRed: true,
      }),
    });
    return cid;
  }

  subscribe(tracks: readonly TrackOfOther[]): void {
    if (tracks.length === 0) return;
    const trackSids = tracks.map(({ trackSid }) => trackSid);
    const participantTracks = tracks.map(
      ({ participantSid, trackSid }) =>
        new ParticipantTracks({ participantSid, trackSids: [trackSid] }),
    );
    this.#socket.send({
      case: 'subscription',
      value: new UpdateSubscription({ trackSids, subscribe: true, participantTracks }),
    });
  }

  setAttributes(attributes: Readonly<Record<string, string>>): void {
    const requestId = (this.#requests += 1);
    this.#socket.send({
      case: 'updateMetadata',
      value: new UpdateParticipantMetadata({ attributes: { ...attributes }, requestId }),
    });
  }

  offer(sdp: string): void {
    const id = (this.#offers += 1);
    this.#socket.send({
      case: 'offer',
      value: new SessionDescription({ type: 'offer', sdp, id }),
    });
  }

  /** Is an answer with this id one to the last offer? 0 is a server that does not count. */
  answersLastOffer(id: number): boolean {
    return id === 0 || id === this.#offers;
  }

  trickle(candidate: string, mid: string): void {
    const copy = this.#onLoopback ? loopbackCopy(candidate) : undefined;
    for (const one of copy === undefined ? [candidate] : [copy, candidate]) {
      const value = new TrickleRequest({
        target: SignalTarget.PUBLISHER,
        candidateInit: candidateInit(one, mid),
      });
      this.#socket.send({ case: 'trickle', value });
    }
  }

  leave(): void {
    this.#socket.send({
      case: 'leave',
      value: new LeaveRequest({
        reason: DisconnectReason.CLIENT_INITIATED,
        action: LeaveRequest_Action.DISCONNECT,
      }),
    });
  }
}
