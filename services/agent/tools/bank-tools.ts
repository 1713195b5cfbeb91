import { llm } from '@livekit/agents';
import { z } from 'zod';
import { BankActions, UnknownCustomerError } from './bank-actions.ts';
import { BankApi, BankApiError } from './bank-api.ts';
import { bankWords } from './bank-words.ts';
import type { CallTool, CallToolsContext } from './call-tools.ts';
import { costingTool } from './costing-tool.ts';
import { endCallTool } from './end-call.ts';
import { verifyCallerTool } from './verify-caller.ts';

/** Of a card's number, its end is what a caller is asked for. */
const CARD_DIGITS = 4;

/** The tools of the bank's agent, bound to one call. */
export function bankTools(context: CallToolsContext): CallTool[] {
  const words = bankWords(context.language);
  const bank = new BankActions({
    api: new BankApi({ baseUrl: context.bankApiUrl }),
    customerPhone: context.customerPhone,
    callId: context.callId,
    words,
  });
  const ask = <Answer>(tool: string, answer: Promise<Answer>): Promise<Answer> =>
    answer.catch((error: unknown) => {
      context.log.warn({ err: error, tool }, 'bank tool failed');
      throw new llm.ToolError(wordsFor(error));
    });
  return [
    llm.tool({
      name: 'get_balance',
      description: "The balance of the caller's account. Say the words of `spoken`.",
      execute: () => ask('get_balance', bank.balance()),
    }),
    llm.tool({
      name: 'get_recent_transactions',
      description:
        "The latest transactions of the caller's account, newest first. Say the words of `spoken`.",
      parameters: z.object({
        limit: z.number().int().min(1).max(10).optional().describe('How many; 3 if not given'),
      }),
      execute: ({ limit }) => ask('get_recent_transactions', bank.recentTransactions(limit ?? 3)),
    }),
    costingTool(context, {
      name: 'block_card',
      description: "Block the caller's card for good. Say the words of `spoken`, if there are any.",
      prepare: async () => {
        const act = await ask('block_card', bank.blockingOfCard());
        return { ...act, perform: () => ask('block_card', act.perform()) };
      },
    }),
    verifyCallerTool({
      secret: context.secret,
      ask: context.ask,
      length: CARD_DIGITS,
      words: words.verification,
      expected: () => ask('verify_caller', bank.cardDigits()),
    }),
    endCallTool(context),
  ];
}

/** What the model is told, so that it can say something true. Nothing internal in it. */
function wordsFor(error: unknown): string {
  if (error instanceof UnknownCustomerError) return 'The caller is not a known customer.';
  if (error instanceof BankApiError && error.kind === 'not-found') {
    return 'There is no account for this caller.';
  }
  return 'The bank system is not available right now. Apologise and offer to try again later.';
}
