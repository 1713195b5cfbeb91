import { z } from 'zod';

const name = z
  .string()
  .max(40, 'must have at most 40 characters')
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes');

/** A way out that calls can take, by the name that orders give as `via`. */
export const viaSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    name,
    /** Through a trunk of the bridge: docs/decisions/0005. */
    kind: z.literal('bridge'),
    /** The bridges' door for calls out; every address of its name is a bridge. */
    url: z.url({ protocol: /^https?$/, error: 'must start with http:// or https://' }),
    /** The bridge's name of the trunk; its only one by default. */
    trunk: z.string().min(1).optional(),
  }),
  z.strictObject({
    name,
    /** Through LiveKit SIP. */
    kind: z.literal('livekit'),
    /** Name of the outbound trunk at LiveKit. */
    trunk: z.string().min(1),
  }),
]);
export type Via = z.output<typeof viaSchema>;
