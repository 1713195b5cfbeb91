import { EventEmitter } from 'node:events';
import { silentLogger } from '@patchbay/common/logger';
import type Srf from 'drachtio-srf';
import { expect, it } from 'vitest';
import { InboundLeg } from './inbound.ts';
import type { LegEvents } from './leg.ts';

/** A leg whose answer drachtio-srf takes as the test says. */
function leg() {
  const request = Object.assign(new EventEmitter(), {
    uri: 'sip:+12025550100@192.0.2.1',
    headers: {},
    get: () => '',
    has: () => true,
    getParsedHeader: () => ({ uri: 'sip:+12025550187@192.0.2.2' }),
  });
  const answer = Promise.withResolvers<(error: unknown) => void>();
  const srf = {
    createUAS: (_request: unknown, _response: unknown, _options: unknown, done: unknown) =>
      answer.resolve(done as (error: unknown) => void),
  };
  const events: string[] = [];
  const inbound = new InboundLeg({
    srf: srf as unknown as Srf,
    request: request as unknown as Srf.SrfRequest,
    response: { send: () => undefined } as unknown as Srf.SrfResponse,
    trunks: [],
    log: silentLogger(),
  });
  inbound.listen({ cancelled: () => void events.push('cancelled') } as unknown as LegEvents);
  return { inbound, request, answered: answer.promise, events };
}

it('a caller who gives up while our answer is on its way has given up', async () => {
  const { inbound, answered, events } = leg();
  const answering = inbound.answer('v=0');
  (await answered)('Response not sent due to unknown transaction');
  await expect(answering).rejects.toThrow('unknown transaction');
  expect(events).toEqual(['cancelled']);
  expect(await inbound.end({ status: 500 })).toBe(487);
});

it('an answer that fails otherwise is no caller who gave up', async () => {
  const { inbound, answered, events } = leg();
  const answering = inbound.answer('v=0');
  (await answered)(new Error('no dialog'));
  await expect(answering).rejects.toThrow('no dialog');
  expect(events).toEqual([]);
  expect(await inbound.end({ status: 500 })).toBeUndefined();
});

it('a caller who gives up is told of once', async () => {
  const { inbound, request, answered, events } = leg();
  const answering = inbound.answer('v=0');
  request.emit('cancel');
  (await answered)('Response not sent due to unknown transaction');
  await expect(answering).rejects.toThrow();
  expect(events).toEqual(['cancelled']);
});
