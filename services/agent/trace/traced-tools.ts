import type { CallTool } from '../tools/call-tools.ts';

/** Told that a tool is called; the result is called when it has come to its end. */
export type OnTool = (name: string) => (failed: boolean) => void;

/** The same tools, told of as they run. What they are given and give back is not told. */
export function tracedTools(tools: readonly CallTool[], onTool: OnTool): CallTool[] {
  return tools.map((entry): CallTool => {
    if (!('execute' in entry)) return entry;
    const execute = async (...given: Parameters<typeof entry.execute>): Promise<unknown> => {
      const over = onTool(entry.name);
      try {
        const result: unknown = await entry.execute(...given);
        over(false);
        return result;
      } catch (error) {
        over(true);
        throw error;
      }
    };
    return { ...entry, execute };
  });
}
