import { EventEmitter } from 'node:events';
import {
  ParticipantKind,
  RoomEvent,
  type DisconnectReason,
  type RemoteParticipant,
  type Room,
} from '@livekit/rtc-node';

/** A room whose events a unit test tells. */
export class ToldRoom extends EventEmitter {
  readonly remoteParticipants = new Map<string, RemoteParticipant>();

  /** As parts of a call take it. */
  get room(): Room {
    return this as unknown as Room;
  }

  /** Somebody joins, as a phone by default. */
  joins(
    identity: string,
    attributes: Record<string, string> = {},
    kind: ParticipantKind = ParticipantKind.SIP,
  ): RemoteParticipant {
    const participant = { identity, attributes, info: { kind } } as unknown as RemoteParticipant;
    this.remoteParticipants.set(identity, participant);
    this.emit(RoomEvent.ParticipantConnected, participant);
    return participant;
  }

  leaves(identity: string, disconnectReason: DisconnectReason): void {
    const participant = this.remoteParticipants.get(identity);
    this.remoteParticipants.delete(identity);
    Object.assign(participant ?? {}, { disconnectReason });
    this.emit(RoomEvent.ParticipantDisconnected, participant);
  }

  /** Attributes of somebody change. */
  becomes(identity: string, attributes: Record<string, string>): void {
    const participant = this.remoteParticipants.get(identity);
    Object.assign(participant?.attributes ?? {}, attributes);
    this.emit(RoomEvent.ParticipantAttributesChanged, attributes, participant);
  }

  /** How many listeners there are, of whatever. */
  get watchers(): number {
    return this.eventNames().reduce((sum, name) => sum + this.listenerCount(name), 0);
  }
}
