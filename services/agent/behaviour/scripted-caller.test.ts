import { describe, expect, it } from 'vitest';
import { amount, anyAmount, cardEnd, transaction, words } from './facts.ts';
import { faultsOf } from './scripted-caller.ts';

const BALANCE = { calls: ['get_balance'], hears: [amount(245_000)] };
const RIGHT = 'your account balance is two thousand four hundred fifty dollars';

describe('an agent', () => {
  it('that calls the right tool and tells the right amount has no fault', () => {
    expect(faultsOf(BALANCE, { tools: ['get_balance'], heard: RIGHT })).toEqual([]);
  });

  it.each([
    [['get_balance'], 'your account balance is two thousand four hundred fifteen dollars'],
    [['get_balance'], 'one moment please'],
    [['get_balance'], ''],
    [[], RIGHT],
    [['get_balance', 'block_card'], RIGHT],
  ])('that calls %j and is heard to say "%s" has one', (tools, heard) => {
    expect(faultsOf(BALANCE, { tools, heard })).toHaveLength(1);
  });

  it('that does both wrong is told both, with what would be right', () => {
    expect(faultsOf(BALANCE, { tools: ['end_call'], heard: 'goodbye' })).toEqual([
      'called end_call, which should have been get_balance',
      'did not tell the amount $2450.00, but “goodbye”',
    ]);
  });

  it('that tells what it never should is found out', () => {
    const stranger = { calls: [], hears: [words('could not find')], neverHears: [anyAmount] };
    const heard = 'i could not find an account but there are two dollars';
    expect(faultsOf(stranger, { tools: [], heard })).toEqual([
      `told an amount of money, which it never should: “${heard}”`,
    ]);
  });
});

describe('a transaction', () => {
  const coffee = transaction({ date: '2026-11-20', description: 'coffee shop', amountMinor: -450 });
  const story = (day: string, shop: string, money: string, way: string) =>
    `here are your latest transactions november first monthly salary nine dollars received ` +
    `november ${day} ${shop} ${money} ${way} november third book store two dollars paid`;

  it('is found among others', () => {
    const heard = story('twentieth', 'coffee shop', 'four dollars and fifty cents', 'paid');
    expect(coffee.isIn(heard)).toBe(true);
  });

  it.each([
    ['twenty first', 'coffee shop', 'four dollars and fifty cents', 'paid'],
    ['twentieth', 'grocery store', 'four dollars and fifty cents', 'paid'],
    ['twentieth', 'coffee shop', 'four dollars and fifteen cents', 'paid'],
    ['twentieth', 'coffee shop', 'four dollars and fifty cents', 'received'],
  ])('is not when it was told as %s, %s, %s %s', (day, shop, money, way) => {
    expect(coffee.isIn(story(day, shop, money, way))).toBe(false);
  });
});

it('a transaction told in Hindi is found by day, reason, amount and way', () => {
  const grocery = transaction(
    { date: '2026-09-30', description: 'grocery store', amountMinor: -700 },
    'hi',
  );
  const heard = 'ये आपके पिछले लेनदेन हैं तीस सितंबर grocery store सात डॉलर';
  expect(grocery.isIn(`${heard} दिए गए`)).toBe(true);
  expect(grocery.isIn(`${heard} मिले`)).toBe(false);
  expect(grocery.isIn(`${heard}`)).toBe(false);
  expect(grocery.isIn(heard.replace('तीस', 'बीस').concat(' दिए गए'))).toBe(false);
});

it('a card is known by its last digits, each of them', () => {
  expect(cardEnd('4242').isIn('the card ending in four two four two is blocked')).toBe(true);
  expect(cardEnd('4242').isIn('the card ending in four two four three is blocked')).toBe(false);
  expect(cardEnd('9071').isIn('नौ शून्य सात एक पर खत्म होने वाला कार्ड ब्लॉक हो गया है')).toBe(true);
});
