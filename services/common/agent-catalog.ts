import { z } from 'zod';
import { agentNameSchema } from './room-contract.ts';

/** What the agent worker serves at `GET /agents` and the API serves to browsers. */
export const agentCatalogSchema = z.object({
  agents: z.array(
    z.object({
      name: agentNameSchema,
      title: z.string(),
      description: z.string(),
      /** BCP 47, for example `en-US`. */
      language: z.string(),
    }),
  ),
  /** Calls this worker holds and the most it takes; from the API, those of all workers together. */
  capacity: z.object({ active: z.number().int(), max: z.number().int() }),
});
export type AgentCatalog = z.infer<typeof agentCatalogSchema>;
