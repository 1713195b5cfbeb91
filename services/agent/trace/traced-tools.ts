import { aroundTools } from '../tools/around-tools.ts';
import type { CallTool } from '../tools/call-tools.ts';

/** Told which speech calls which tool; the result is called when that has come to its end. */
export type OnTool = (name: string, speechId: string) => (failed: boolean) => void;

/** The same tools, told of as they run. What they are given and give back is not told. */
export function tracedTools(tools: readonly CallTool[], onTool: OnTool): CallTool[] {
  return aroundTools(tools, async (name, work, speechId) => {
    const over = onTool(name, speechId);
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
