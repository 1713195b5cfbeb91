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
  /** @returns undefined if LiveKit answers and takes our keys */
  probe(): Promise<ProbeFault | undefined>;
}

export interface ProbeFault {
  /** In words that tell what to do. */
  message: string;
  reason: string;
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
        const refused = error instanceof ServerError && [401, 403].includes(error.status);
        const message = refused
          ? 'LiveKit refused our keys: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET; trying again'
          : 'LiveKit can not be reached: check LIVEKIT_URL; trying again';
        return { message, reason: reasonOf(error) };
      }
    },
  };
}

/** fetch hides what happened in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? String(cause.code) : cause.message;
}

export interface LiveKitWatchOptions {
  /** For the log. */
  url: string;
  admin: Pick<RoomAdmin, 'probe'>;
  log: Logger;
  onChange: (ready: boolean) => void;
  /** Pause between two looks while LiveKit is away; 3,000 by default. */
  retryMs?: number;
  /** Pause between two looks while it is there; 10,000 by default. */
  checkMs?: number;
}

/** Keep asking LiveKit whether it is there, and say so in the log whenever the answer changes. */
export function watchLiveKit(options: LiveKitWatchOptions): { close(): void } {
  const { url, admin, log, retryMs = 3_000, checkMs = 10_000 } = options;
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
      log.warn({ livekitUrl: url, reason: fault.reason }, fault.message);
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
