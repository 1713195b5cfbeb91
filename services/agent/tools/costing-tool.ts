import { llm } from '@livekit/agents';
import type { CallTool, CallToolsContext } from './call-tools.ts';
import type { Act } from './confirmations.ts';

/** What the model is told. */
type ToolResult = Readonly<Record<string, unknown>>;

/** An act with what the caller is asked and how it is done. */
export interface CostingAct {
  /** Id of what it is done to. */
  object: string;
  /** What the caller is asked; a whole question in the caller's language. */
  question: string;
  /** The same for a caller who said neither yes nor no. */
  questionAgain: string;
  /** What the model is told if the caller said no. */
  refused: ToolResult;
  /** Nothing to do, so nobody has to be asked: what the model is told. */
  already?: ToolResult | undefined;
  /** Do it. Must be safe to repeat. Rejects if it was surely not done. */
  perform(): Promise<ToolResult>;
}

/**
 * A tool whose act costs the caller something. It acts only with the caller's own consent to this
 * very act ({@link Confirmations}); until then it has the caller asked, in its own words and not in
 * the model's, and does nothing. Calls at the same time act once.
 */
export function costingTool(
  context: Pick<CallToolsContext, 'confirmations' | 'ask'>,
  options: {
    name: string;
    description: string;
    /** What is meant, by what the bank knows and not by what the model says. */
    prepare: () => Promise<CostingAct>;
  },
): CallTool {
  const running = new Map<string, Promise<ToolResult>>();
  const once = (act: Act, perform: () => Promise<ToolResult>) => {
    const doing =
      running.get(act.object) ??
      perform().finally(() => {
        running.delete(act.object);
      });
    running.set(act.object, doing);
    return doing;
  };
  const { confirmations } = context;

  return llm.tool({
    name: options.name,
    description:
      `${options.description} The caller is asked for consent by itself: call it again once the ` +
      'caller has answered yes, and never ask by yourself.',
    execute: async (_args, { ctx }) => {
      const prepared = await options.prepare();
      if (prepared.already) return prepared.already;
      const act: Act = { name: options.name, object: prepared.object };
      const consent = confirmations.consent(act);
      switch (consent) {
        case 'given': {
          const result = await once(act, () => prepared.perform());
          confirmations.done(act);
          return result;
        }
        case 'refused':
          return prepared.refused;
        case 'awaited':
          // Without a result the model has nothing to say; the question is being said.
          return undefined;
        case 'missing':
        case 'unclear': {
          confirmations.asking(act);
          const { question, questionAgain } = prepared;
          const asked = context.ask(
            consent === 'missing' ? question : questionAgain,
            ctx.speechHandle,
          );
          asked.addDoneCallback(() => confirmations.asked(act, !asked.interrupted));
          return undefined;
        }
      }
    },
  });
}
