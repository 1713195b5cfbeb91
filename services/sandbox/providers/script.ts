import { textOf, type ChatMessage } from './chat-schema.ts';
import { intentOf, type Intent } from './intent.ts';
import { readToolResult } from './tool-results.ts';

export interface ScriptedCall {
  name: string;
  arguments: Readonly<Record<string, unknown>>;
}

/** What the model answers: words to say, or a tool to call. */
export type ScriptedAnswer = { say: string } | { call: ScriptedCall };

const APOLOGY = 'I am sorry, I can not do that right now. Please try again later.';
/** The bank's agent asks it by itself, before its tool acts. */
const CARD_QUESTION = /(?:Do you want me to block|क्या मैं) (.+?)(?: ब्लॉक कर दूँ)?\?$/;
const HINDI = /\p{Script=Devanagari}/u;
/** The tool of the framework's test for answering machines. */
const MACHINE_TEST = 'save_prediction';
const UNKNOWN_CALLER = 'I am sorry, I could not find an account for you.';

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
  if (!last) return { say: 'Hello. How can I help you?' };
  if (last.role === 'tool') return { say: afterTool(messages, last) };
  const intent = intentOf(textOf(last));
  if (tools.includes(MACHINE_TEST)) return { call: judgement(intent) };
  return afterUser(intent, messages, tools);
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
): ScriptedAnswer {
  const offer = (name: string, args: ScriptedCall['arguments'] = {}): ScriptedAnswer =>
    tools.includes(name) ? { call: { name, arguments: args } } : { say: notUnderstood(tools) };
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
      return forAgent(intent, () => ({ say: 'How can I help you?' }));
    case 'human':
      return offer('transfer_call');
    case 'goodbye':
      return tools.includes('end_call') ? offer('end_call') : { say: 'Goodbye.' };
    case 'yes':
      return card === undefined ? { say: helpFor(tools) } : offer('block_card');
    case 'no':
      if (card === undefined) return { say: helpFor(tools) };
      return { say: `All right, I have not blocked ${card}.` };
    case 'greeting':
      return { say: 'Hello. How can I help you?' };
    case 'help':
      return { say: helpFor(tools) };
    case 'repeat':
      return { say: lastSaid(messages) ?? helpFor(tools) };
    case 'answering-machine':
    case 'acknowledge':
      return { say: 'Is there anything else?' };
    case 'unknown':
      return { say: notUnderstood(tools) };
  }
}

function afterTool(messages: readonly ChatMessage[], result: ChatMessage): string {
  const name = toolNameOf(messages, result);
  const { failure, spoken, entries } = readToolResult(textOf(result));
  if (failure !== undefined) return failureWords(failure);
  switch (name) {
    case 'get_balance':
      if (spoken === undefined) return APOLOGY;
      // The tools of a Hindi agent give Hindi words.
      if (HINDI.test(spoken)) return `आपके खाते में ${spoken} हैं।`;
      return `Your account balance is ${spoken}.`;
    case 'get_recent_transactions':
      if (entries === undefined) return APOLOGY;
      if (entries.length === 0) return 'There are no transactions yet.';
      return `Here are your latest transactions. ${entries.map(sentence).join(' ')}`;
    case 'end_call':
      return 'Thank you for calling. Goodbye.';
    default:
      return spoken === undefined ? APOLOGY : sentence(spoken);
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

function failureWords(failure: string): string {
  return /not a known customer|no account/i.test(failure) ? UNKNOWN_CALLER : APOLOGY;
}

function notUnderstood(tools: readonly string[]): string {
  return `I am sorry, I did not understand that. ${helpFor(tools)}`;
}

function helpFor(tools: readonly string[]): string {
  if (tools.includes('connect_to')) {
    return 'I can connect you with the bank or with the support desk.';
  }
  if (tools.includes('get_balance')) {
    return 'You can ask for your balance, or your recent transactions, or to block your card.';
  }
  if (tools.includes('get_service_status')) {
    return 'You can ask me whether the service is working.';
  }
  return 'How can I help you?';
}

/** Words that a tool gave, as a sentence of their own. */
function sentence(words: string): string {
  const capital = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
