import { RoomServiceClient } from 'livekit-server-sdk';
import type { Logger } from '@patchbay/common/logger';
import { again, reasonOf } from '@patchbay/common/retry';

export interface LiveKitProbeOptions {
  url: string;
  apiKey: string;
  apiSecret: string;
  intervalMs: number;
  log: Logger;
  onState: (reachable: boolean) => void;
}

const TIMEOUT_SECONDS = 3;
const LOG_EVERY_MS = 5_000;
/** One slow answer is not an outage. */
const FAILURES_BEFORE_AWAY = 2;

/** Asks LiveKit every few seconds for a room that does not exist: reachable, and our key is right. */
export class LiveKitProbe {
  readonly #options: LiveKitProbeOptions;
  readonly #rooms: RoomServiceClient;
  readonly #stopped = new AbortController();
  #loop: Promise<void> | undefined;
  #reachable: boolean | undefined;
  #failures = 0;
  #loggedAtMs = 0;

  constructor(options: LiveKitProbeOptions) {
    this.#options = options;
    this.#rooms = new RoomServiceClient(options.url, options.apiKey, options.apiSecret, {
      requestTimeout: TIMEOUT_SECONDS,
      failover: false,
    });
  }

  start(): void {
    this.#loop ??= again(() => this.#ask(), this.#options.intervalMs, this.#stopped.signal);
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  /** Never rejects. */
  async #ask(): Promise<void> {
    try {
      await this.#rooms.listRooms(['patchbay-probe']);
      this.#answered();
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#silent(error);
    }
  }

  #answered(): void {
    if (!this.#reachable) this.#options.log.info({ url: this.#options.url }, 'LiveKit answers');
    this.#reachable = true;
    this.#failures = 0;
    this.#options.onState(true);
  }

  #silent(error: unknown): void {
    this.#failures++;
    if (this.#reachable && this.#failures < FAILURES_BEFORE_AWAY) return;
    const now = Date.now();
    if (this.#reachable !== false || now - this.#loggedAtMs >= LOG_EVERY_MS) {
      this.#loggedAtMs = now;
      const status = (error as { status?: unknown }).status;
      const refused = status === 401 || status === 403;
      this.#options.log.warn(
        { url: this.#options.url, reason: reasonOf(error) },
        refused
          ? 'LiveKit refuses our key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET; trying again'
          : 'LiveKit does not answer; trying again',
      );
    }
    this.#reachable = false;
    this.#options.onState(false);
  }
}
