import type { CallTool } from './call-tools.ts';

/**
 * The same tools, with something done around each call of one.
 *
 * @param around given the tool's name, its work, and the id of the speech that calls it; what it
 * resolves to is the tool's result
 */
export function aroundTools(
  tools: readonly CallTool[],
  around: (name: string, work: () => Promise<unknown>, speechId: string) => Promise<unknown>,
): CallTool[] {
  return tools.map((entry): CallTool => {
    if (!('execute' in entry)) return entry;
    const execute = (...given: Parameters<typeof entry.execute>): Promise<unknown> =>
      around(entry.name, () => entry.execute(...given), given[1].ctx.speechHandle.id);
    return { ...entry, execute };
  });
}
