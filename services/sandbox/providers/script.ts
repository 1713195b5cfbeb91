import { hasDevanagari } from '../speech/devanagari.ts';
import { textOf, type ChatMessage } from './chat-schema.ts';
import { intentOf, type Intent } from './intent.ts';
import { ENGLISH, HINDI, type ScriptWords } from './script-words.ts';
import { readToolResult } from './tool-results.ts';

export interface ScriptedCall {
  name: string;
  arguments: Readonly<Record<string, unknown>>;
}

/** What the model answers: words to say, or a tool to call. */
export type ScriptedAnswer = { say: string } | { call: ScriptedCall };

/** The bank's agent asks it by itself, before its tool acts. */
const CARD_QUESTION = /(?:Do you want me to block|क्या मैं) (.+?)(?: ब्लॉक कर दूँ)?\?$/;
/** How an agent's instructions ask for Hindi. */
const IN_HINDI = /\bspeak hindi\b/i;
/** The tool of the framework's test for answering machines. */
const MACHINE_TEST = 'save_prediction';

/**
 * The stand-in for a language model: it reads the conversation and the tools on offer, and calls
 * tools or speaks. It knows no figures: whatever it tells comes from a tool's result.
 *
 * @param tools names of the tools on offer
 */
export function scriptedAnswer(
  messages: readonly ChatMessage[],
  tools: readonly string[],
): ScriptedAnswer {
  const last = messages.findLast((message) => message.role === 'user' || message.role === 'tool');
  const words = wordsFor(messages);
  if (!last) return { say: words.greeting };
  if (last.role === 'tool') return { say: afterTool(messages, last, words) };
  const intent = intentOf(textOf(last));
  if (tools.includes(MACHINE_TEST)) return { call: judgement(intent) };
  return afterUser(intent, messages, tools, words);
}

/** In the language that its instructions ask for. */
function wordsFor(messages: readonly ChatMessage[]): ScriptWords {
  const isAsked = (message: ChatMessage) =>
    (message.role === 'system' || message.role === 'developer') && IN_HINDI.test(textOf(message));
  return messages.some(isAsked) ? HINDI : ENGLISH;
}

/** What the agents' framework asks a model when it has called somebody: who picked up? */
function judgement(intent: Intent): ScriptedCall {
  const label = intent === 'answering-machine' ? 'machine-vm' : 'human';
  return { name: MACHINE_TEST, arguments: { label } };
}

function afterUser(
  intent: Intent,
  messages: readonly ChatMessage[],
  tools: readonly string[],
  words: ScriptWords,
): ScriptedAnswer {
  const offer = (name: string, args: ScriptedCall['arguments'] = {}): ScriptedAnswer =>
    tools.includes(name)
      ? { call: { name, arguments: args } }
      : { say: words.notUnderstood(helpFor(tools, words)) };
  const forAgent = (agent: string, own: () => ScriptedAnswer): ScriptedAnswer =>
    tools.includes('connect_to') ? offer('connect_to', { agent }) : own();
  const card = cardAwaitingConfirmation(messages);
  switch (intent) {
    case 'balance':
      return forAgent('bank', () => offer('get_balance'));
    case 'transactions':
      return forAgent('bank', () => offer('get_recent_transactions', { limit: 3 }));
    case 'block-card':
      return forAgent('bank', () => offer('block_card'));
    case 'verify':
      return forAgent('bank', () => offer('verify_caller'));
    case 'service-status':
      return forAgent('support', () => offer('get_service_status'));
    case 'bank':
    case 'support':
      return forAgent(intent, () => ({ say: words.howCanIHelp }));
    case 'human':
      return offer('transfer_call');
    case 'goodbye':
      return tools.includes('end_call') ? offer('end_call') : { say: 'Goodbye.' };
    case 'yes':
      return card === undefined ? { say: helpFor(tools, words) } : offer('block_card');
    case 'no':
      if (card === undefined) return { say: helpFor(tools, words) };
      return { say: words.notBlocked(card) };
    case 'greeting':
      return { say: words.greeting };
    case 'help':
      return { say: helpFor(tools, words) };
    case 'repeat':
      return { say: lastSaid(messages) ?? helpFor(tools, words) };
    case 'answering-machine':
    case 'acknowledge':
      return { say: words.anythingElse };
    case 'unknown':
      return { say: words.notUnderstood(helpFor(tools, words)) };
  }
}

function afterTool(
  messages: readonly ChatMessage[],
  result: ChatMessage,
  words: ScriptWords,
): string {
  const name = toolNameOf(messages, result);
  const { failure, spoken, entries } = readToolResult(textOf(result));
  if (failure !== undefined) {
    return /not a known customer|no account/i.test(failure) ? words.unknownCaller : words.apology;
  }
  switch (name) {
    case 'get_balance':
      return spoken === undefined ? words.apology : words.balance(spoken);
    case 'get_recent_transactions':
      if (entries === undefined) return words.apology;
      if (entries.length === 0) return words.noTransactions;
      return words.transactions(entries.map(sentence));
    case 'end_call':
      return words.goodbye;
    default:
      return spoken === undefined ? words.apology : sentence(spoken);
  }
}

/**
 * The card the caller was last asked about, in words, if nothing was said since but the caller's
 * present answer.
 */
function cardAwaitingConfirmation(messages: readonly ChatMessage[]): string | undefined {
  const before = messages.findLastIndex((message) => message.role === 'user');
  const previousUser = messages
    .slice(0, before)
    .findLastIndex((message) => message.role === 'user');
  const between = messages.slice(previousUser + 1, before);
  const asked = between.findLast(
    (message) => message.role === 'assistant' && textOf(message) !== '',
  );
  return asked && CARD_QUESTION.exec(textOf(asked))?.[1];
}

function toolNameOf(messages: readonly ChatMessage[], result: ChatMessage): string | undefined {
  if (result.role !== 'tool') return undefined;
  const calls = messages.flatMap((message) =>
    message.role === 'assistant' ? (message.tool_calls ?? []) : [],
  );
  return calls.findLast((call) => call.id === result.tool_call_id)?.function.name;
}

function lastSaid(messages: readonly ChatMessage[]): string | undefined {
  const said = messages.findLast(
    (message) => message.role === 'assistant' && textOf(message) !== '',
  );
  return said && textOf(said);
}

function helpFor(tools: readonly string[], words: ScriptWords): string {
  if (tools.includes('connect_to')) return words.help.concierge;
  if (tools.includes('get_balance')) return words.help.bank;
  if (tools.includes('get_service_status')) return words.help.support;
  return words.howCanIHelp;
}

/** Words that a tool gave, as a sentence of their own. */
function sentence(words: string): string {
  const capital = words.charAt(0).toUpperCase() + words.slice(1);
  if (/[.!?।]$/.test(capital)) return capital;
  return `${capital}${hasDevanagari(capital) ? '।' : '.'}`;
}
