import { RoomServiceClient, ServerError } from 'livekit-server-sdk';
import type { Logger } from '@patchbay/common/logger';

export interface LiveKitKeys {
  url: string;
  apiKey: string;
  apiSecret: string;
}

/** LiveKit's server API, as far as the bridge needs it. */
export interface RoomAdmin {
  /** Delete a room, which ends its agent's job. Never rejects, takes a bounded time. */
  deleteRoom(room: string): Promise<void>;
  /** @returns undefined if LiveKit answers and takes our keys, else what is wrong */
  probe(): Promise<string | undefined>;
}

const REQUEST_TIMEOUT_S = 3;

export function createRoomAdmin(keys: LiveKitKeys, log: Logger): RoomAdmin {
  const client = new RoomServiceClient(keys.url, keys.apiKey, keys.apiSecret, {
    requestTimeout: REQUEST_TIMEOUT_S,
  });
  return {
    deleteRoom: async (room) => {
      try {
        await client.deleteRoom(room);
      } catch (error) {
        if (error instanceof ServerError && error.status === 404) return;
        log.warn(
          { err: error, room },
          'a room could not be deleted; LiveKit sweeps it when it is empty',
        );
      }
    },
    probe: async () => {
      try {
        // A name nobody has: the answer is short however many rooms there are.
        await client.listRooms(['patchbay-probe']);
        return undefined;
      } catch (error) {
        if (error instanceof ServerError && (error.status === 401 || error.status === 403)) {
          return `LiveKit at ${keys.url} refused our keys: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET`;
        }
        return `LiveKit at ${keys.url} can not be reached: ${reasonOf(error)}`;
      }
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.message;
}

export interface LiveKitWatchOptions {
  admin: RoomAdmin;
  log: Logger;
  onChange: (ready: boolean) => void;
  /** Pause between two looks while LiveKit is away; 3,000 by default. */
  retryMs?: number;
  /** Pause between two looks while it is there; 10,000 by default. */
  checkMs?: number;
}

/** Keep asking LiveKit whether it is there, and say so in the log whenever the answer changes. */
export function watchLiveKit(options: LiveKitWatchOptions): { close(): void } {
  const { admin, log, retryMs = 3_000, checkMs = 10_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let ready: boolean | undefined;
  let faults = 0;

  const look = async () => {
    const fault = await admin.probe();
    if (closed) return;
    if (fault === undefined) {
      if (ready !== true) log.info('LiveKit is there');
      faults = 0;
      ready = true;
    } else {
      faults += 1;
      log.warn(`${fault}; trying again`);
      // One lost request of a server that was there is not yet an outage.
      if (ready !== true || faults > 1) ready = false;
    }
    options.onChange(ready);
    timer = setTimeout(() => void look(), fault === undefined ? checkMs : retryMs);
  };
  void look();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
