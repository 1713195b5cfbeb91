import { normalizeSentence } from '../speech/grammar.ts';

/** What a caller may want. */
export type Intent =
  | 'balance'
  | 'transactions'
  | 'block-card'
  | 'verify'
  | 'service-status'
  | 'bank'
  | 'support'
  | 'human'
  | 'answering-machine'
  | 'goodbye'
  | 'yes'
  | 'no'
  | 'greeting'
  | 'help'
  | 'repeat'
  | 'acknowledge'
  | 'unknown';

// In order, English before Hindi: the first that fits wins, so "yes block it" is a yes and "no thank you" a no.
const PATTERNS: readonly (readonly [Intent, RegExp])[] = [
  ['goodbye', /\b(goodbye|good bye|bye|hang up|that is all|that's all|nothing else)\b/],
  ['yes', /^(yes|yeah|yep|sure|correct|please do|go ahead)\b/],
  ['no', /^(no|nope|do not|don't|cancel)\b/],
  [
    'block-card',
    /\bblock\b.*\bcard\b|\b(lost|stole|stolen)\b.*\bcard\b|\bcard\b.*\b(lost|stolen)\b/,
  ],
  // The second is what the agent tells the model of digits that only a tool may see.
  ['verify', /\bverify\b|\bkeyed in the digits\b/],
  ['transactions', /\b(transactions?|payments?|spend|spent|statement)\b/],
  ['balance', /\bbalance\b|\bhow much\b.*\b(money|account|have)\b/],
  ['service-status', /\b(outage|service|services|status|down|working)\b/],
  ['answering-machine', /\b(leave a message|after the tone)\b/],
  ['human', /\b(human|person|colleague|somebody|operator)\b/],
  ['bank', /\bbank\b/],
  ['support', /\bsupport\b/],
  ['repeat', /\b(repeat|say that again|pardon|come again)\b/],
  ['acknowledge', /^(okay|ok|all right|mhm)$/],
  ['help', /\b(help|what can you do|what can i (say|ask))\b/],
  ['greeting', /^(hello|hi|hey|good (morning|afternoon|evening))\b/],
  ['goodbye', /धन्यवाद नमस्ते|अलविदा/],
  ['yes', /^(जी )?हाँ/],
  ['no', /^(जी )?नहीं/],
  ['block-card', /कार्ड.*(ब्लॉक|खो गया|चोरी)/],
  ['verify', /पुष्टि/],
  ['transactions', /लेनदेन/],
  ['balance', /बैलेंस|कितने पैसे/],
  ['repeat', /फिर से कहिए/],
  ['help', /क्या कर सकती हैं/],
  ['greeting', /^नमस्ते/],
];

/** What these words ask for. */
export function intentOf(words: string): Intent {
  const sentence = normalizeSentence(words);
  return PATTERNS.find(([, pattern]) => pattern.test(sentence))?.[0] ?? 'unknown';
}
