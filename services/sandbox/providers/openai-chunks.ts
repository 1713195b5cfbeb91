import type { ChatRequest } from './chat-schema.ts';
import { textOf } from './chat-schema.ts';
import type { ScriptedAnswer } from './script.ts';

/** What every part of one completion carries. */
export interface Completion {
  id: string;
  /** Unix seconds. */
  created: number;
  model: string;
  /** Id of the tool call, if it makes one. */
  callId: string;
}

interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
}

/** About four characters a token, as for English text. */
export function usageOf(request: ChatRequest, answer: ScriptedAnswer): Usage {
  const tokens = (text: string) => Math.ceil(text.length / 4);
  const prompt = request.messages.reduce((sum, message) => sum + tokens(textOf(message)), 0);
  const completion = tokens('say' in answer ? answer.say : JSON.stringify(answer.call));
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0 },
  };
}

/** The answer in one piece, for `stream: false`. */
export function wholeCompletion(completion: Completion, answer: ScriptedAnswer, usage: Usage) {
  const called = 'call' in answer;
  return {
    id: completion.id,
    object: 'chat.completion',
    created: completion.created,
    model: completion.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: called ? null : answer.say,
          refusal: null,
          ...(called && { tool_calls: [toolCall(completion, answer.call)] }),
        },
        logprobs: null,
        finish_reason: called ? 'tool_calls' : 'stop',
      },
    ],
    usage,
  };
}

/**
 * The answer in the pieces in which the real service streams it: words a few characters at a time,
 * a tool call's name first and its arguments after.
 *
 * @param usage sent in a last chunk without choices, if given
 */
export function* completionChunks(completion: Completion, answer: ScriptedAnswer, usage?: Usage) {
  const chunk = (choices: unknown[], last?: Usage) => ({
    id: completion.id,
    object: 'chat.completion.chunk',
    created: completion.created,
    model: completion.model,
    system_fingerprint: null,
    choices,
    ...(usage && { usage: last ?? null }),
  });
  const delta = (fields: unknown, finish: string | null = null) =>
    chunk([{ index: 0, delta: fields, logprobs: null, finish_reason: finish }]);
  if ('call' in answer) {
    const call = toolCall(completion, answer.call);
    const opening = { ...call, index: 0, function: { ...call.function, arguments: '' } };
    yield delta({ role: 'assistant', content: null, tool_calls: [opening] });
    for (const piece of call.function.arguments.match(/.{1,8}/gs) ?? []) {
      yield delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
    }
    yield delta({}, 'tool_calls');
  } else {
    yield delta({ role: 'assistant', content: '', refusal: null });
    for (const piece of answer.say.match(/\s*\S+/g) ?? []) yield delta({ content: piece });
    yield delta({}, 'stop');
  }
  if (usage) yield chunk([], usage);
}

function toolCall(completion: Completion, call: { name: string; arguments: unknown }) {
  return {
    id: completion.callId,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  };
}
