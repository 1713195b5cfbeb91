import { z } from 'zod';

/** What a tool gave back, as far as a voice can use it. */
export interface ToolResult {
  /** Words ready to say. */
  spoken?: string;
  /** `spoken` of each entry of the first list in it. */
  entries?: string[];
  /** The tool failed, in its own words. */
  failure?: string;
}

const objectSchema = z.record(z.string(), z.unknown());
const spokenSchema = z.looseObject({ spoken: z.string() });

/**
 * Read the content of a tool message. Frameworks encode it as JSON, some twice; a failed tool gives a
 * plain sentence.
 */
export function readToolResult(content: string): ToolResult {
  let value: unknown = content;
  for (let depth = 0; typeof value === 'string' && depth < 3; depth++) {
    const decoded = parseJson(value);
    if (decoded === undefined) break;
    value = decoded;
  }
  const fields = objectSchema.safeParse(value);
  if (!fields.success) return { failure: typeof value === 'string' ? value : content };
  const { spoken, error } = fields.data;
  if (typeof error === 'string') return { failure: error };
  const list = Object.values(fields.data).find(Array.isArray);
  const entries = (list as unknown[] | undefined)?.flatMap((entry) => {
    const parsed = spokenSchema.safeParse(entry);
    return parsed.success ? [parsed.data.spoken] : [];
  });
  return {
    ...(typeof spoken === 'string' && { spoken }),
    ...(entries && { entries }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
