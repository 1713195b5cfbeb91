import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../driver/json.ts';
import { UsageError } from './options.ts';

/** What is read of an earlier report; it may be of an earlier version of the script. */
const baselineSchema = z.object({
  version: z.literal(1),
  script: z.string(),
  startedAt: z.string(),
  budget: z.array(
    z.object({ stage: z.string(), door: z.string(), p50Ms: z.number(), p95Ms: z.number() }),
  ),
  calls: z.object({ placed: z.number(), understood: z.number(), failed: z.number() }),
});

export type Baseline = z.output<typeof baselineSchema>;

/** An earlier report to compare with. @throws {UsageError} if it can't be read or is none */
export async function loadBaseline(file: string): Promise<Baseline> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`BASELINE=${file} can't be read: ${(error as Error).message}`);
  }
  const parsed = baselineSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new UsageError(`BASELINE=${file} is no report of a load test (JSON=<file> writes one)`);
  }
  return parsed.data;
}
