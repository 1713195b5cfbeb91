import type { AgentDefinition } from './agent-definition.ts';
import { baseLanguage } from './providers/provider.ts';

/** What every agent says of its own accord, if its file has no other words. */
export interface Phrases {
  /** To a caller who is silent: first these, one after the other, then `silenceGoodbye`. */
  stillThere: readonly string[];
  silenceGoodbye: string;
  /** To a caller who spoke and was not understood. */
  notUnderstood: string;
  /** By an agent that goes on with the call of a lost one. */
  resumption: string;
  /** To a caller who is back from a hold. */
  backFromHold: string;
  /** To a caller who is being given to a human. */
  transferring: string;
  /** No human answered. */
  transferFailed: string;
  /** To a caller in a browser, who can't be given to anybody. */
  transferByPhoneOnly: string;
}

const PHRASES: Readonly<Record<string, Phrases>> = {
  en: {
    stillThere: ['Are you still there?', 'I can not hear you. Are you still there?'],
    silenceGoodbye: 'I can not hear you, so I will hang up now. Goodbye.',
    notUnderstood: 'I am sorry, I did not understand that. Please say it again.',
    resumption: 'Sorry, we were cut off for a moment. Please go on.',
    backFromHold: 'I am still here. Please go on.',
    transferring: 'I am connecting you with a colleague now.',
    transferFailed: 'I am sorry, nobody could be reached. How else can I help you?',
    transferByPhoneOnly: 'I can transfer calls only by phone. Please call us by phone.',
  },
  hi: {
    stillThere: ['क्या आप लाइन पर हैं?', 'मुझे आपकी आवाज़ नहीं आ रही है। क्या आप लाइन पर हैं?'],
    silenceGoodbye: 'मुझे आपकी आवाज़ नहीं आ रही है, इसलिए मैं फ़ोन रख रही हूँ। नमस्ते।',
    notUnderstood: 'माफ़ कीजिए, मैं समझ नहीं पाई। कृपया फिर से कहिए।',
    resumption: 'माफ़ कीजिए, बीच में आवाज़ कट गई थी। कृपया आगे कहिए।',
    backFromHold: 'मैं लाइन पर हूँ। कृपया आगे कहिए।',
    transferring: 'मैं आपको अभी एक सहकर्मी से जोड़ रही हूँ।',
    transferFailed: 'माफ़ कीजिए, किसी से बात नहीं हो पाई। मैं और क्या मदद कर सकती हूँ?',
    transferByPhoneOnly: 'मैं केवल फ़ोन की कॉल आगे जोड़ सकती हूँ। कृपया हमें फ़ोन कीजिए।',
  },
};

/** @param language BCP 47; English for one that has no phrases */
export function phrasesOf(language: string): Phrases {
  return PHRASES[baseLanguage(language)] ?? (PHRASES['en'] as Phrases);
}

/** What this agent says of its own accord: the words of its file, or else of its language. */
export function phrasesFor(agent: AgentDefinition): Phrases {
  const usual = phrasesOf(agent.language);
  return {
    ...usual,
    stillThere: agent.stillThere ?? usual.stillThere,
    silenceGoodbye: agent.silenceGoodbye ?? usual.silenceGoodbye,
    notUnderstood: agent.notUnderstood ?? usual.notUnderstood,
    resumption: agent.resumption ?? usual.resumption,
  };
}
