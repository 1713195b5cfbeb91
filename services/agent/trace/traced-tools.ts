import { aroundTools } from '../tools/around-tools.ts';
import type { CallTool } from '../tools/call-tools.ts';

/** Told that a tool is called; the result is called when it has come to its end. */
export type OnTool = (name: string) => (failed: boolean) => void;

/** The same tools, told of as they run. What they are given and give back is not told. */
export function tracedTools(tools: readonly CallTool[], onTool: OnTool): CallTool[] {
  return aroundTools(tools, async (name, work) => {
    const over = onTool(name);
    try {
      const result = await work();
      over(false);
      return result;
    } catch (error) {
      over(true);
      throw error;
    }
  });
}
