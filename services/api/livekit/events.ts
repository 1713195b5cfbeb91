import { WebhookReceiver } from 'livekit-server-sdk';
import { z } from 'zod';

/** One of LiveKit's events about a room, in the few fields used here. */
const eventSchema = z.object({
  event: z.string(),
  id: z.string().default(''),
  room: z
    .object({ name: z.string().default(''), creationTimeMs: z.coerce.number().optional() })
    .optional(),
  participant: z
    .object({
      identity: z.string().default(''),
      kind: z.string().default('STANDARD'),
      disconnectReason: z.string().default('UNKNOWN_REASON'),
      attributes: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  track: z.object({ type: z.string().default('AUDIO') }).optional(),
});
export type RoomEvent = z.output<typeof eventSchema>;

/**
 * Check LiveKit's signature over an event and read it.
 * @see https://docs.livekit.io/home/server/webhooks/
 */
export class RoomEventReader {
  readonly #receiver: WebhookReceiver;

  constructor(apiKey: string, apiSecret: string) {
    this.#receiver = new WebhookReceiver(apiKey, apiSecret);
  }

  /** @throws if the signature is missing, expired, of another key or over another body */
  async read(body: string, authorization: string | undefined): Promise<RoomEvent> {
    const event = await this.#receiver.receive(body, authorization);
    return eventSchema.parse(event.toJson());
  }
}
