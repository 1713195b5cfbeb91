import { RoomEvent, type Participant, type RemoteParticipant, type Room } from '@livekit/rtc-node';
import { HOLD_ATTRIBUTE } from '@patchbay/common/room-contract';

export interface HoldOptions {
  room: Pick<Room, 'remoteParticipants' | 'on' | 'off'>;
  caller: Pick<RemoteParticipant, 'identity' | 'attributes'>;
  /** Their phone holds the call, or is back; called only on a change. */
  onHold: (held: boolean) => void;
}

/** Watch whether the caller's phone holds the call, as far as the door says. */
export function watchHold({ room, caller, onHold }: HoldOptions): { close(): void } {
  const { identity } = caller;
  let held = false;
  const look = ({ [HOLD_ATTRIBUTE]: word }: Readonly<Record<string, string>>) => {
    // A door that lost its connection comes back without the attribute, and says the same again.
    if (word === undefined || (word === 'yes') === held) return;
    held = word === 'yes';
    onHold(held);
  };
  const onChanged = (changed: Record<string, string>, participant: Participant) => {
    if (participant.identity === identity) look(changed);
  };
  const onConnected = (participant: RemoteParticipant) => {
    if (participant.identity === identity) look(participant.attributes);
  };
  room.on(RoomEvent.ParticipantAttributesChanged, onChanged);
  room.on(RoomEvent.ParticipantConnected, onConnected);
  look((room.remoteParticipants.get(identity) ?? caller).attributes);
  return {
    close: () => {
      room.off(RoomEvent.ParticipantAttributesChanged, onChanged);
      room.off(RoomEvent.ParticipantConnected, onConnected);
    },
  };
}
