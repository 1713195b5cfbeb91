/** What the stand-in for a language model says, in one language. Figures come from tools alone. */
export interface ScriptWords {
  balance(spoken: string): string;
  /** @param entries one sentence each */
  transactions(entries: readonly string[]): string;
  noTransactions: string;
  /** @param card in words, as the agent called it when it asked */
  notBlocked(card: string): string;
  goodbye: string;
  apology: string;
  unknownCaller: string;
  greeting: string;
  howCanIHelp: string;
  anythingElse: string;
  /** @param help what can be asked instead */
  notUnderstood(help: string): string;
  help: { concierge: string; bank: string; support: string };
}

export const ENGLISH: ScriptWords = {
  balance: (spoken) => `Your account balance is ${spoken}.`,
  transactions: (entries) => `Here are your latest transactions. ${entries.join(' ')}`,
  noTransactions: 'There are no transactions yet.',
  notBlocked: (card) => `All right, I have not blocked ${card}.`,
  goodbye: 'Thank you for calling. Goodbye.',
  apology: 'I am sorry, I can not do that right now. Please try again later.',
  unknownCaller: 'I am sorry, I could not find an account for you.',
  greeting: 'Hello. How can I help you?',
  howCanIHelp: 'How can I help you?',
  anythingElse: 'Is there anything else?',
  notUnderstood: (help) => `I am sorry, I did not understand that. ${help}`,
  help: {
    concierge: 'I can connect you with the bank or with the support desk.',
    bank: 'You can ask for your balance, or your recent transactions, or to block your card.',
    support: 'You can ask me whether the service is working.',
  },
};

export const HINDI: ScriptWords = {
  balance: (spoken) => `आपके खाते में ${spoken} हैं।`,
  transactions: (entries) => `ये आपके पिछले लेनदेन हैं। ${entries.join(' ')}`,
  noTransactions: 'अभी तक कोई लेनदेन नहीं है।',
  notBlocked: (card) => `ठीक है, ${card} ब्लॉक नहीं किया गया है।`,
  goodbye: 'फ़ोन करने के लिए धन्यवाद। नमस्ते।',
  apology: 'माफ़ कीजिए, अभी यह नहीं हो सकता। कृपया बाद में फिर कोशिश कीजिए।',
  unknownCaller: 'माफ़ कीजिए, आपका कोई खाता नहीं मिला।',
  greeting: 'नमस्ते। मैं आपकी क्या मदद कर सकती हूँ?',
  howCanIHelp: 'मैं आपकी क्या मदद कर सकती हूँ?',
  anythingElse: 'क्या मैं आपकी और कोई मदद कर सकती हूँ?',
  notUnderstood: (help) => `माफ़ कीजिए, मैं यह समझ नहीं पाई। ${help}`,
  help: {
    concierge: 'मैं आपको बैंक या सहायता केंद्र से जोड़ सकती हूँ।',
    bank: 'आप अपना बैलेंस या पिछले लेनदेन पूछ सकते हैं, या कार्ड ब्लॉक करा सकते हैं।',
    support: 'आप पूछ सकते हैं कि सेवा चल रही है या नहीं।',
  },
};
