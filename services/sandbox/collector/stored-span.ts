import { z } from 'zod';

const valueSchema = z.union([z.string(), z.number(), z.boolean()]);
const attributesSchema = z.record(z.string(), valueSchema);

/** A span as the collector keeps it: one line of JSON each. Times are Unix ms with fractions. */
export const storedSpanSchema = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits'),
  spanId: z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits'),
  parentSpanId: z.string().optional(),
  /** `service.name` of the process that made it. */
  service: z.string(),
  name: z.string(),
  client: z.boolean(),
  startMs: z.number(),
  endMs: z.number(),
  attributes: attributesSchema,
  events: z.array(z.object({ name: z.string(), atMs: z.number(), attributes: attributesSchema })),
  /** What went wrong, if the span says that something did. */
  error: z.string().optional(),
});
export type StoredSpan = z.output<typeof storedSpanSchema>;
export type AttributeValue = z.output<typeof valueSchema>;
