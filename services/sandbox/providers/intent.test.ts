import { expect, test } from 'vitest';
import { CALLER_SENTENCES } from '../speech/grammars.ts';
import { HINDI_CALLER_SENTENCES } from '../speech/hindi-grammars.ts';
import { intentOf, type Intent } from './intent.ts';

test.each<[Intent, string[]]>([
  [
    'balance',
    ['What is my account balance?', 'How much money is in my account?', 'how much do I have'],
  ],
  [
    'transactions',
    ['What are my recent transactions?', 'show me my last transactions', 'my payments'],
  ],
  [
    'block-card',
    ['Block my card.', 'I lost my card', 'my card was stolen', 'someone stole my card'],
  ],
  ['service-status', ['Is the service down?', 'Is there an outage?', 'is it working']],
  ['goodbye', ['Goodbye.', 'Thank you, goodbye.', 'That is all, thank you.']],
  ['yes', ['Yes.', 'yes please', 'Yes, block it.']],
  ['acknowledge', ['Okay.', 'Mhm.']],
  ['bank', ['The bank, please.', 'Connect me to the bank.']],
  ['support', ['Connect me to the support desk.']],
  ['no', ['No.', 'No, thank you.', "don't block my card"]],
  ['greeting', ['Good morning.', 'hello']],
  ['help', ['Can you help me?', 'What can you do?']],
  ['repeat', ['Please say that again.']],
  ['balance', ['मेरे खाते में कितने पैसे हैं?', 'मेरा बैलेंस बताइए।']],
  ['block-card', ['मेरा कार्ड ब्लॉक कर दीजिए।', 'मेरा कार्ड खो गया है।']],
  ['yes', ['हाँ।', 'जी हाँ, कर दीजिए।']],
  ['no', ['नहीं।', 'जी नहीं, रहने दीजिए।']],
  ['unknown', ['What is the weather today?', 'I want to order a pizza', '', '🙂']],
])('%s', (intent, sentences) => {
  for (const sentence of sentences)
    expect([sentence, intentOf(sentence)]).toEqual([sentence, intent]);
});

test('of all that callers may say only the two foreign questions are not understood', () => {
  expect(CALLER_SENTENCES.filter((sentence) => intentOf(sentence) === 'unknown')).toEqual([
    'what is the weather today',
    'i want to order a pizza',
  ]);
});

test('of what callers say in Hindi only the weather is not understood', () => {
  expect(HINDI_CALLER_SENTENCES.filter((sentence) => intentOf(sentence) === 'unknown')).toEqual([
    'आज मौसम कैसा है',
  ]);
});
