import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Negotiator } from './negotiator.ts';

function negotiation() {
  let offers = 0;
  const done: string[] = [];
  const negotiator = new Negotiator(() => (offers += 1));
  const request = (name: string) => void negotiator.request().then(() => done.push(name));
  return { negotiator, request, done, offers: () => offers };
}

/** One whose connection stands. */
function connected() {
  const one = negotiation();
  one.negotiator.connected();
  return one;
}

it('what is new at the same time goes into one offer', async () => {
  const { negotiator, request, done, offers } = negotiation();
  request('voice');
  request('line');
  await turn();
  expect([offers(), done]).toEqual([1, []]);
  negotiator.answered();
  await turn();
  expect([offers(), done]).toEqual([1, ['voice', 'line']]);
});

it('what comes while an offer is out is offered after its answer', async () => {
  const { negotiator, request, done, offers } = connected();
  request('first');
  await turn();
  request('second');
  await turn();
  expect(offers()).toBe(1);
  negotiator.answered();
  await turn();
  expect([offers(), done]).toEqual([2, ['first']]);
  negotiator.answered();
  await turn();
  expect(done).toEqual(['first', 'second']);
});

it('a second offer waits until the server has begun to connect', async () => {
  const { negotiator, request, done, offers } = negotiation();
  request('first');
  await turn();
  negotiator.answered();
  request('second');
  await turn();
  expect([offers(), done]).toEqual([1, ['first']]);
  negotiator.connected();
  await turn();
  expect(offers()).toBe(2);
});

it('an answer to no offer changes nothing', async () => {
  const { negotiator, request, done, offers } = negotiation();
  negotiator.answered();
  request('first');
  negotiator.answered();
  await turn();
  expect([offers(), done]).toEqual([1, []]);
});

it('a closed connection offers nothing any more', async () => {
  const { negotiator, request, offers } = negotiation();
  request('first');
  negotiator.close();
  request('second');
  await turn();
  expect(offers()).toBe(0);
});
