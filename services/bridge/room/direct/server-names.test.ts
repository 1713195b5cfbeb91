import { expect, it } from 'vitest';
import { ServerNames } from './server-names.ts';

interface Question {
  name: string;
  answer: PromiseWithResolvers<string>;
}

function setUp() {
  const questions: Question[] = [];
  const clock = { ms: 0 };
  const names = new ServerNames({
    lookup: (name) => {
      const answer = Promise.withResolvers<string>();
      questions.push({ name, answer });
      return answer.promise;
    },
    now: () => clock.ms,
  });
  return { names, questions, clock };
}

/** Let what was answered get there. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('a name is asked for once, and known to all who ask later', async () => {
  const { names, questions } = setUp();
  expect(names.addressOf('stun.example')).toBeUndefined();
  expect(names.addressOf('stun.example')).toBeUndefined();
  expect(questions.map(({ name }) => name)).toEqual(['stun.example']);
  questions[0]?.answer.resolve('192.0.2.1');
  await settled();
  expect(names.addressOf('stun.example')).toBe('192.0.2.1');
  expect(questions).toHaveLength(1);
});

it.each(['192.0.2.7', '2001:db8::1'])('the address %s is not asked for', (address) => {
  const { names, questions } = setUp();
  expect(names.addressOf(address)).toBe(address);
  expect(questions).toEqual([]);
});

it('an old address serves until a newer one is here', async () => {
  const { names, questions, clock } = setUp();
  names.addressOf('turn.example');
  questions[0]?.answer.resolve('192.0.2.1');
  await settled();
  clock.ms = 5 * 60_000;
  expect(names.addressOf('turn.example')).toBe('192.0.2.1');
  expect(questions).toHaveLength(2);
  questions[1]?.answer.resolve('192.0.2.2');
  await settled();
  expect(names.addressOf('turn.example')).toBe('192.0.2.2');
});

it('a name without an address is asked for again after half a minute', async () => {
  const { names, questions, clock } = setUp();
  names.addressOf('stun.example');
  questions[0]?.answer.reject(new Error('ENOTFOUND'));
  await settled();
  expect(names.addressOf('stun.example')).toBeNull();
  clock.ms = 29_999;
  names.addressOf('stun.example');
  expect(questions).toHaveLength(1);
  clock.ms = 30_000;
  expect(names.addressOf('stun.example')).toBeNull();
  expect(questions).toHaveLength(2);
});
