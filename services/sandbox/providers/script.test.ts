import { describe, expect, test } from 'vitest';
import type { ChatMessage } from './chat-schema.ts';
import { scriptedAnswer } from './script.ts';

const BANK = ['get_balance', 'get_recent_transactions', 'block_card', 'end_call'];
const SUPPORT = ['get_service_status', 'end_call'];

const system: ChatMessage = { role: 'system', content: 'You work at a bank.' };
const user = (content: string): ChatMessage => ({ role: 'user', content });
const said = (content: string): ChatMessage => ({ role: 'assistant', content });

/** A call of a tool and what it gave back, encoded as often as frameworks do. */
function used(name: string, result: unknown, args = '{}'): ChatMessage[] {
  const id = `call_${name}`;
  const call = { id, type: 'function' as const, function: { name, arguments: args } };
  const content = typeof result === 'string' ? result : JSON.stringify(result);
  return [
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: id, content },
  ];
}

const CARD = 'the card ending in four two four two';
const QUESTION = `Do you want me to block ${CARD}?`;
/** The agent asks by itself; the model's tool gives nothing. */
const askedForCard = [user('Block my card.'), ...used('block_card', ''), said(QUESTION)];

describe('at the bank', () => {
  test('a question about the balance calls the tool, and the answer has its words', () => {
    const question = [system, user('What is my account balance?')];
    expect(scriptedAnswer(question, BANK)).toEqual({
      call: { name: 'get_balance', arguments: {} },
    });
    const spoken = 'two thousand four hundred fifty dollars';
    const answered = [...question, ...used('get_balance', { balance_minor: 245_000, spoken })];
    expect(scriptedAnswer(answered, BANK)).toEqual({ say: `Your account balance is ${spoken}.` });
  });

  test('a result that is JSON inside JSON is read all the same', () => {
    const twice = JSON.stringify(JSON.stringify({ spoken: 'nine dollars' }));
    expect(scriptedAnswer([user('my balance'), ...used('get_balance', twice)], BANK)).toEqual({
      say: 'Your account balance is nine dollars.',
    });
  });

  test('transactions are told one sentence each', () => {
    const transactions = [
      { spoken: 'November twentieth, coffee shop, four dollars paid' },
      { spoken: 'November first, monthly salary, three thousand dollars received' },
    ];
    const history = [user('my transactions'), ...used('get_recent_transactions', { transactions })];
    expect(scriptedAnswer(history, BANK)).toEqual({
      say:
        'Here are your latest transactions. November twentieth, coffee shop, four dollars paid. ' +
        'November first, monthly salary, three thousand dollars received.',
    });
  });

  test('no transactions are said to be none', () => {
    const history = [
      user('transactions'),
      ...used('get_recent_transactions', { transactions: [] }),
    ];
    expect(scriptedAnswer(history, BANK)).toEqual({ say: 'There are no transactions yet.' });
  });

  test('a card is blocked only after the caller was asked and said yes', () => {
    const block = { call: { name: 'block_card', arguments: {} } };
    expect(scriptedAnswer([user('Block my card.')], BANK)).toEqual(block);
    expect(scriptedAnswer([...askedForCard, user('Yes.')], BANK)).toEqual(block);
    const again = said(`Please say yes or no. ${QUESTION}`);
    expect(scriptedAnswer([...askedForCard.slice(0, 3), again, user('Yes.')], BANK)).toEqual(block);
    const blocked = used('block_card', { status: 'blocked', spoken: `${CARD} is blocked` });
    expect(scriptedAnswer([...askedForCard, user('Yes.'), ...blocked], BANK)).toEqual({
      say: 'The card ending in four two four two is blocked.',
    });
  });

  test('a no leaves the card alone, and a later yes does not block it', () => {
    const refused = [...askedForCard, user('No, thank you.')];
    const answer = { say: `All right, I have not blocked ${CARD}.` };
    expect(scriptedAnswer(refused, BANK)).toEqual(answer);
    expect(scriptedAnswer([...refused, said(answer.say), user('Yes.')], BANK)).not.toHaveProperty(
      'call',
    );
  });

  test('a yes out of nowhere blocks nothing', () => {
    expect(scriptedAnswer([said('Welcome to the bank.'), user('yes please')], BANK)).toEqual({
      say: 'You can ask for your balance, or your recent transactions, or to block your card.',
    });
  });

  test('a caller who wants to be verified is, once they have keyed in the digits', () => {
    const verify = { call: { name: 'verify_caller', arguments: {} } };
    const tools = [...BANK, 'verify_caller'];
    const asked = [
      user('Please verify me.'),
      ...used('verify_caller', ''),
      said('Please key in or say the last four digits of your card.'),
      user('I have keyed in the digits.'),
    ];
    expect(scriptedAnswer(asked.slice(0, 1), tools)).toEqual(verify);
    expect(scriptedAnswer(asked, tools)).toEqual(verify);
    const verified = { status: 'verified', spoken: 'thank you, you are verified' };
    expect(scriptedAnswer([...asked, ...used('verify_caller', verified)], tools)).toEqual({
      say: 'Thank you, you are verified.',
    });
  });

  test('a goodbye calls end_call first and is answered after it', () => {
    expect(scriptedAnswer([user('Thank you, goodbye.')], BANK)).toEqual({
      call: { name: 'end_call', arguments: {} },
    });
    const ended = [user('Goodbye.'), ...used('end_call', { status: 'ending' })];
    expect(scriptedAnswer(ended, BANK)).toEqual({ say: 'Thank you for calling. Goodbye.' });
  });

  test('what it does not understand it says so, and what can be asked', () => {
    expect(scriptedAnswer([user('What is the weather today?')], BANK)).toEqual({
      say: 'I am sorry, I did not understand that. You can ask for your balance, or your recent transactions, or to block your card.',
    });
  });

  test('it repeats what it said last', () => {
    const history = [said('Your account balance is nine dollars.'), user('Please say that again.')];
    expect(scriptedAnswer(history, BANK)).toEqual({ say: 'Your account balance is nine dollars.' });
  });

  test.each([
    [
      'An internal error occurred',
      'I am sorry, I can not do that right now. Please try again later.',
    ],
    [
      '"The bank system is not available right now."',
      'I am sorry, I can not do that right now. Please try again later.',
    ],
    ['The caller is not a known customer.', 'I am sorry, I could not find an account for you.'],
    [{ error: 'timeout' }, 'I am sorry, I can not do that right now. Please try again later.'],
    [{ balance_minor: 5 }, 'I am sorry, I can not do that right now. Please try again later.'],
  ])('a tool that gives %j is followed by an apology', (result, say) => {
    expect(scriptedAnswer([user('balance'), ...used('get_balance', result)], BANK)).toEqual({
      say,
    });
  });
});

describe('at the support desk', () => {
  test('a question about an outage calls the tool, and the answer is its sentence', () => {
    const question = user('Is there an outage?');
    expect(scriptedAnswer([question], SUPPORT)).toEqual({
      call: { name: 'get_service_status', arguments: {} },
    });
    const status = used('get_service_status', {
      status: 'operational',
      spoken: 'all services are running',
    });
    expect(scriptedAnswer([question, ...status], SUPPORT)).toEqual({
      say: 'All services are running.',
    });
  });

  test('a question for the bank is not understood, whatever the caller wants', () => {
    expect(scriptedAnswer([user('What is my balance?')], SUPPORT)).toEqual({
      say: 'I am sorry, I did not understand that. You can ask me whether the service is working.',
    });
  });
});

describe('at the concierge', () => {
  const CONCIERGE = ['connect_to', 'end_call'];

  test.each([
    ['What is my account balance?', 'bank'],
    ['I lost my card.', 'bank'],
    ['The bank, please.', 'bank'],
    ['Is there an outage?', 'support'],
    ['Connect me to the support desk.', 'support'],
  ])('%j is for %s', (words, agent) => {
    expect(scriptedAnswer([user(words)], CONCIERGE)).toEqual({
      call: { name: 'connect_to', arguments: { agent } },
    });
  });

  test('whoever has been connected without saying what they want is asked', () => {
    expect(scriptedAnswer([user('The bank, please.')], BANK)).toEqual({
      say: 'How can I help you?',
    });
  });
});

test('without tools it still greets and says goodbye', () => {
  expect(scriptedAnswer([system], [])).toEqual({ say: 'Hello. How can I help you?' });
  expect(scriptedAnswer([user('goodbye')], [])).toEqual({ say: 'Goodbye.' });
});

test('text in parts is read like text in one piece', () => {
  const parts: ChatMessage = {
    role: 'user',
    content: [{ type: 'text', text: 'What is my balance?' }],
  };
  expect(scriptedAnswer([parts], BANK)).toEqual({ call: { name: 'get_balance', arguments: {} } });
});

describe('with instructions to speak Hindi', () => {
  const hindi: ChatMessage = { role: 'system', content: 'Speak Hindi, in Devanagari.' };

  test('a balance is told in Hindi', () => {
    const spoken = 'दो हज़ार डॉलर';
    expect(
      scriptedAnswer([hindi, user('मेरा बैलेंस बताइए।'), ...used('get_balance', { spoken })], BANK),
    ).toEqual({ say: 'आपके खाते में दो हज़ार डॉलर हैं।' });
  });

  test('transactions are told one sentence each, with a full stop of its own', () => {
    const transactions = [{ spoken: 'बीस नवंबर, coffee shop, चार डॉलर दिए गए' }];
    const history = [hindi, user('लेनदेन'), ...used('get_recent_transactions', { transactions })];
    expect(scriptedAnswer(history, BANK)).toEqual({
      say: 'ये आपके पिछले लेनदेन हैं। बीस नवंबर, coffee shop, चार डॉलर दिए गए।',
    });
  });

  test('a card is blocked only by a yes to the question, and a no is answered', () => {
    const card = 'चार दो चार दो पर खत्म होने वाला कार्ड';
    const asked = [
      hindi,
      user('मेरा कार्ड खो गया है।'),
      ...used('block_card', ''),
      said(`क्या मैं ${card} ब्लॉक कर दूँ?`),
    ];
    expect(scriptedAnswer([...asked, user('हाँ।')], BANK)).toEqual({
      call: { name: 'block_card', arguments: {} },
    });
    expect(scriptedAnswer([...asked, user('नहीं।')], BANK)).toEqual({
      say: `ठीक है, ${card} ब्लॉक नहीं किया गया है।`,
    });
  });

  test('what it does not understand it says so in Hindi', () => {
    expect(scriptedAnswer([hindi, user('आज मौसम कैसा है?')], BANK)).toEqual({
      say: expect.stringMatching(/^माफ़ कीजिए, मैं यह समझ नहीं पाई।/) as string,
    });
  });
});
