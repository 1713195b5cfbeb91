import {
  ParticipantKind,
  RoomEvent,
  type Participant,
  type RemoteParticipant,
  type Room,
} from '@livekit/rtc-node';
import {
  ATTENDANT_PREFIX,
  CALL_ID_ATTRIBUTE,
  DIRECTION_ATTRIBUTE,
  DOOR_ATTRIBUTE,
  DOORS,
  parseRoomName,
  type Door,
} from '@patchbay/common/room-contract';

/** Attribute of SIP participants, as LiveKit SIP sets it: `ringing`, then `active`. */
const CALL_STATUS = 'sip.callStatus';
const PHONE_NUMBER = 'sip.phoneNumber';

/** Who is calling, as far as the door says. */
export interface Caller {
  door: Door;
  callId: string;
  /** E.164, for callers by phone. */
  phone: string | undefined;
  /** It was us who called. */
  wasCalled: boolean;
}

/** Read what the door wrote on the caller; the room's name fills in what is missing. */
export function describeCaller(
  participant: Pick<RemoteParticipant, 'attributes' | 'info'>,
  roomName: string,
): Caller {
  const { attributes } = participant;
  const room = parseRoomName(roomName);
  const isPhone = participant.info.kind === ParticipantKind.SIP;
  const door = DOORS.find((known) => known === attributes[DOOR_ATTRIBUTE]);
  return {
    door: door ?? room?.door ?? (isPhone ? 'trunk' : 'web'),
    callId: attributes[CALL_ID_ATTRIBUTE] ?? room?.callId ?? roomName,
    phone: attributes[PHONE_NUMBER] || undefined,
    wasCalled: attributes[DIRECTION_ATTRIBUTE] === 'outbound',
  };
}

/**
 * The first caller in the room, or why there is none: nobody came in time, or the call was over
 * before the agent came. Then its room was deleted, and the agent has made it anew by joining.
 *
 * @param sid of the room that the agent was sent to; each new room has another
 */
export async function waitForCaller(
  room: Pick<Room, 'remoteParticipants' | 'on' | 'off' | 'getSid'>,
  { limitMs, sid }: { limitMs: number; sid: string | undefined },
): Promise<RemoteParticipant | 'late' | 'over'> {
  const isCaller = (participant: RemoteParticipant) =>
    participant.info.kind !== ParticipantKind.AGENT;
  const present = [...room.remoteParticipants.values()].find(isCaller);
  if (present) return present;
  return new Promise((resolve) => {
    const finish = (found: RemoteParticipant | 'late' | 'over') => {
      clearTimeout(timer);
      room.off(RoomEvent.ParticipantConnected, onConnected);
      room.off(RoomEvent.Disconnected, onDisconnected);
      resolve(found);
    };
    const onConnected = (participant: RemoteParticipant) => {
      if (isCaller(participant)) finish(participant);
    };
    const onDisconnected = () => finish('over');
    const timer = setTimeout(() => finish('late'), limitMs);
    room.on(RoomEvent.ParticipantConnected, onConnected);
    room.on(RoomEvent.Disconnected, onDisconnected);
    if (!sid) return;
    room.getSid().then(
      (now) => now !== sid && finish('over'),
      // The room ended before it had one.
      () => finish('over'),
    );
  });
}

/**
 * Resolves when the caller can hear: at once in a browser, when the call has been answered on the
 * phone. A phone that says nothing about its status counts as answered.
 */
export async function untilAnswered(
  room: Pick<Room, 'remoteParticipants' | 'on' | 'off'>,
  caller: Pick<RemoteParticipant, 'identity' | 'attributes' | 'info'>,
  gone: AbortSignal,
): Promise<void> {
  const { identity } = caller;
  // A door that lost its connection comes back as a new participant of the same name.
  const answered = () => {
    const { attributes } = room.remoteParticipants.get(identity) ?? caller;
    const status = attributes[CALL_STATUS];
    return status === undefined || status === 'active';
  };
  if (caller.info.kind !== ParticipantKind.SIP || answered() || gone.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      room.off(RoomEvent.ParticipantAttributesChanged, onChanged);
      room.off(RoomEvent.ParticipantConnected, onConnected);
      gone.removeEventListener('abort', finish);
      resolve();
    };
    const onConnected = (participant: Participant) => {
      if (participant.identity === identity && answered()) finish();
    };
    const onChanged = (_changed: Record<string, string>, participant: Participant) =>
      onConnected(participant);
    room.on(RoomEvent.ParticipantAttributesChanged, onChanged);
    room.on(RoomEvent.ParticipantConnected, onConnected);
    gone.addEventListener('abort', finish);
  });
}

/** Whether another agent serves this room already. */
export function isServed(room: Room): boolean {
  return [...room.remoteParticipants.values()].some(
    ({ info, identity }) =>
      info.kind === ParticipantKind.AGENT && !identity.startsWith(ATTENDANT_PREFIX),
  );
}
