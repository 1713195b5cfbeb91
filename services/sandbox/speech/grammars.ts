import { defineGrammar, type Grammar } from './grammar.ts';

/**
 * Every sentence a caller may say offline. Whole sentences only: a grammar of loose words was
 * never heard right.
 */
export const CALLER_SENTENCES = [
  // any agent
  'good morning',
  'okay',
  'can you help me',
  'what can you do',
  'please say that again',
  'yes',
  'yes please',
  'no',
  'no thank you',
  'goodbye',
  'thank you goodbye',
  'that is all thank you',
  // bank
  'what is my account balance',
  'what is my balance',
  'how much money is in my account',
  'how much money do i have',
  'please tell me my account balance',
  'what are my recent transactions',
  'what were my last transactions',
  'show me my last transactions',
  'block my card',
  'please block my card',
  'i want to block my card',
  'i lost my card',
  'my card was stolen',
  'yes block it',
  'please verify me',
  // support
  'is the service down',
  'is there an outage',
  'is the service working',
  'what is the service status',
  // a colleague, and who picks up a phone that an agent calls
  'i want to talk to a human',
  'hello',
  'i am not at home please leave a message after the tone',
  // concierge
  'the bank please',
  'connect me to the bank',
  'connect me to the support desk',
  // nobody's business
  'what is the weather today',
  'i want to order a pizza',
] as const;

/** Sentences that callers may say with a pause in the middle: both parts are heard alone, too. */
export const PAUSED_SENTENCES = [
  ['i want to know', 'what is my balance'],
  ['what is the balance of', 'my account'],
  ['please tell me', 'what is my account balance'],
  ['how much money do i have in', 'my account'],
  ['could you please', 'tell me my account balance'],
  ['can you show me my', 'last transactions'],
  ['what were my', 'recent transactions'],
  ['i lost my card and', 'i want to block it'],
  ['i would like to', 'block my card'],
  ['is the service', 'working today'],
] as const;

/** Everything that is heard as one piece: whole sentences, and the parts of those with a pause. */
export const CALLER_PIECES: readonly string[] = [
  ...new Set([...CALLER_SENTENCES, ...PAUSED_SENTENCES.flat()]),
];

/** What callers may say. */
export const callerGrammar: Grammar = defineGrammar(
  'caller',
  `public <sentence> = ${CALLER_PIECES.join(' | ')};`,
);

// Numbers as Americans say them, 0 to 999,999. One way to say each: where "dollar" or an "and" could
// stand anywhere, the recogniser put them anywhere.
const NUMBERS = `
<digit> = one | two | three | four | five | six | seven | eight | nine;
<figure> = zero | <digit>;
<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<tens> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<below-hundred> = <digit> | <teen> | <tens> [<digit>];
<below-thousand> = <below-hundred> | <digit> hundred [<below-hundred>];
<number> = zero | <below-thousand> | <below-thousand> thousand [<below-thousand>];
<cents> = one cent | <below-hundred> cents;
<dollars> = one dollar | <number> dollars;
<money> = [minus] (<dollars> [and <cents>] | <cents>);
`;

const DATES = `
<month> = january | february | march | april | may | june | july | august | september | october | november | december;
<small-ordinal> = first | second | third | fourth | fifth | sixth | seventh | eighth | ninth;
<ordinal> = <small-ordinal> | tenth | eleventh | twelfth | thirteenth | fourteenth | fifteenth
  | sixteenth | seventeenth | eighteenth | nineteenth | twentieth | twenty <small-ordinal>
  | thirtieth | thirty first;
<day> = <month> <ordinal>;
`;

/** What agents may answer, with slots for amounts, days, merchants and card numbers. */
export const replyGrammar: Grammar = defineGrammar(
  'reply',
  `
${NUMBERS}
${DATES}
<greeting> = welcome to the bank how can i help you | this is the support desk how can i help you
  | good day do you want to talk to the bank or to the support desk;
<takeover> = this is the bank | this is the support desk;
<balance> = your account balance is <money>;
<merchant> = coffee shop | grocery store | book store | train ticket | electric company | monthly salary;
<transaction> = <day> <merchant> <money> (paid | received);
<transactions> = here are your latest transactions <transaction>+ | there are no transactions yet;
<card> = the card ending in <figure> <figure> <figure> <figure>;
<card-question> = [please say yes or no] do you want me to block <card>;
<card-reply> = <card-question> | <card> is blocked
  | all right i have not blocked <card> | all right nothing was blocked;
<verification> = please key in or say the last four digits of your card | thank you you are verified
  | those digits are not right please try again;
<message> = good day this is your bank (how can i help you | please call us back goodbye);
<connecting> = i am connecting you with a colleague now;
<no-transfer> = i am sorry nobody could be reached how else can i help you
  | i can transfer calls only by phone please call us by phone;
<transfer> = <connecting> [<no-transfer>] | <no-transfer>;
<status> = all services are running;
<help> = <bank-help> | <support-help> | <concierge-help>;
<concierge-help> = i can connect you with the bank or with the support desk;
<bank-help> = you can ask for your balance or your recent transactions or to block your card;
<support-help> = you can ask me whether the service is working;
<not-understood> = i am sorry i did not understand that <help>;
<apology> = i am sorry (i can not do that right now please try again later
  | i could not find an account for you)
  | sorry i can't help you right now please call again later goodbye;
<silence> = are you still there | i can not hear you are you still there
  | i can not hear you so i will hang up now goodbye;
<again> = i am sorry i did not understand that please say it again;
<filler> = one moment please;
<begun-filler> = one [moment];
<other> = you are welcome | hello how can i help you | is there anything else;
<goodbye> = thank you for calling goodbye | goodbye;
public <sentence> = <greeting> | [<takeover> | <filler> | <begun-filler>] <balance>
  | <takeover> (how can i help you | <status> | <transactions> | <card-question>)
  | <silence> | <transfer> | <again> | <filler> | <transactions> | <card-reply> | <status> | <help>
  | <verification> | <message> | <not-understood> | <apology> | <other> | <goodbye>;
`,
);
