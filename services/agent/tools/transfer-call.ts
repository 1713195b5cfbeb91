import { llm } from '@livekit/agents';
import { z } from 'zod';
import { phrasesOf } from '../phrases.ts';
import type { TransferOutcome } from '../phone/transfer.ts';
import { untilSpoken } from '../speaking.ts';
import type { Ask, CallTool } from './call-tools.ts';

export interface TransferToolOptions {
  /** Department → number (E.164), as the agent's file has it. */
  departments: Readonly<Record<string, string>>;
  /** BCP 47, of the agent. */
  language: string;
  ask: Ask;
  transfer: (to: string) => Promise<TransferOutcome>;
}

/**
 * `transfer_call`: the caller is given to a human. Only to numbers of the agent's own file: whatever
 * a caller says, no other number is ever dialled.
 */
export function transferTool(options: TransferToolOptions): CallTool {
  const { departments, language, ask, transfer } = options;
  const names = Object.keys(departments);
  const phrases = phrasesOf(language);
  const described = z
    .enum(names)
    .optional()
    .describe(`To whom; ${names[0] ?? ''} if the caller did not say`);
  return llm.tool({
    name: 'transfer_call',
    description:
      'Transfer the caller to a human. Use it when the caller asks for one, or when you can not ' +
      `help. ${names.length > 1 ? `Departments: ${names.join(', ')}. ` : ''}` +
      'Say nothing before you call it, and afterwards the words of `spoken`, if there are any.',
    parameters: z.object({ department: described }),
    execute: async ({ department }, { ctx }) => {
      const to = departments[department ?? names[0] ?? ''];
      if (to === undefined) throw new llm.ToolError('There is nobody to transfer the caller to.');
      // Who is not told would take the ringing for a dead line.
      await untilSpoken(ask(phrases.transferring, ctx.speechHandle));
      const outcome = await transfer(to);
      switch (outcome.kind) {
        case 'done':
          // The caller is gone.
          return undefined;
        case 'failed':
          return { status: 'failed', spoken: phrases.transferFailed };
        case 'not-a-phone':
          return { status: 'not-possible', spoken: phrases.transferByPhoneOnly };
      }
    },
  });
}
