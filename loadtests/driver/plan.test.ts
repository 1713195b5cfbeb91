import { describe, expect, it } from 'vitest';
import { parsePlan } from './plan.ts';

const phone = { door: 'phone', agent: 'bank' };

describe('ordering a call from the driver', () => {
  it('needs no more than a door and an agent', () => {
    expect(parsePlan(phone)).toEqual({
      plan: {
        ...phone,
        steps: [],
        hangUp: 'steps',
        codec: 'PCMA',
        callLimitMs: 120_000,
      },
    });
  });

  it('takes everything a caller can do on a bad line', () => {
    const order = {
      ...phone,
      from: '+12025550187',
      steps: [
        {
          do: 'say',
          text: 'what is my balance',
          expect: { that: 'amount', minor: 5 },
          bargeInMs: 500,
        },
        { do: 'silence', ms: 1_000 },
        { do: 'keys', digits: '12#' },
      ],
      impairments: { loss: 0.02, jitterMs: 30 },
      noiseDb: -20,
    };
    expect(parsePlan(order)).toMatchObject({
      plan: {
        impairments: { loss: 0.02, burst: 1, delayMs: 0, jitterMs: 30, reorder: 0, seed: 1 },
      },
    });
  });

  it.each([
    ['no object', undefined, '(body)'],
    ['an unknown door', { ...phone, door: 'trunk' }, 'door'],
    ['no agent', { door: 'phone' }, 'agent'],
    ['a name that is no agent name', { ...phone, agent: 'Bank!' }, 'agent'],
    ['a field that does not exist', { ...phone, tuns: [] }, '(body)'],
    ['a step that does not exist', { ...phone, steps: [{ do: 'sing' }] }, 'steps.0.do'],
    ['a sentence without words', { ...phone, steps: [{ do: 'say', text: '' }] }, 'steps.0.text'],
    [
      'keys that no phone has',
      { ...phone, steps: [{ do: 'keys', digits: 'x' }] },
      'steps.0.digits',
    ],
    ['more loss than there is', { ...phone, impairments: { loss: 2 } }, 'impairments.loss'],
    ['a number nobody has', { ...phone, from: '0049' }, 'from'],
    ['a call without end', { ...phone, callLimitMs: 9_999_999 }, 'callLimitMs'],
    ['a bad line at the web door', { door: 'web', agent: 'bank', impairments: {} }, 'impairments'],
    [
      'keys at the web door',
      { door: 'web', agent: 'bank', steps: [{ do: 'keys', digits: '1' }] },
      'steps',
    ],
    ['ringing at the web door', { door: 'web', agent: 'bank', hangUp: 'ringing' }, 'hangUp'],
  ])('refuses %s and names the field', (_what, order, field) => {
    const parsed = parsePlan(order);
    expect('faults' in parsed && parsed.faults[0]).toMatch(`${field}: `);
  });
});
