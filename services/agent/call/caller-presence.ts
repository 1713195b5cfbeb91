import { DisconnectReason, RoomEvent, type RemoteParticipant, type Room } from '@livekit/rtc-node';
import type { Logger } from '@patchbay/common/logger';

/** A door that lost its connection is back by then, or has given up. */
const RETURN_MS = 3_000;

export interface PresenceOptions {
  room: Pick<Room, 'remoteParticipants' | 'on' | 'off'>;
  /** The caller's. */
  identity: string;
  log: Logger;
  /** They have left for good; called once. */
  onLeft: () => void;
}

/**
 * Watch whether the caller is there. One who goes without a goodbye may have lost the connection,
 * and comes back under the same name.
 */
export function watchPresence({ room, identity, log, onLeft }: PresenceOptions): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const left = () => {
    close();
    onLeft();
  };
  const onDisconnected = (participant: RemoteParticipant) => {
    if (participant.identity !== identity) return;
    const { disconnectReason: reason } = participant;
    if (reason === DisconnectReason.CLIENT_INITIATED) return left();
    log.info({ reason }, 'the caller is away');
    clearTimeout(timer);
    timer = setTimeout(left, RETURN_MS);
  };
  const onConnected = (participant: RemoteParticipant) => {
    if (participant.identity === identity) clearTimeout(timer);
  };
  const close = () => {
    clearTimeout(timer);
    room.off(RoomEvent.ParticipantDisconnected, onDisconnected);
    room.off(RoomEvent.ParticipantConnected, onConnected);
  };
  room.on(RoomEvent.ParticipantDisconnected, onDisconnected);
  room.on(RoomEvent.ParticipantConnected, onConnected);
  // They may have gone while somebody was waiting for something else.
  if (!room.remoteParticipants.has(identity)) left();
  return { close };
}
