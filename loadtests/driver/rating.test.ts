import { expect, it } from 'vitest';
import { rateNetwork } from './rating.ts';

it('rates a call without loss as the best G.711 can be', () => {
  expect(rateNetwork({ sent: 500, received: 500, lost: 0, jitterMs: 0 })).toMatchObject({
    lostPct: 0,
    mos: 4.4,
  });
});

it('rates loss and jitter lower', () => {
  const lossy = rateNetwork({ sent: 500, received: 475, lost: 25, jitterMs: 30 });
  expect(lossy.lostPct).toBe(5);
  expect(lossy.mos).toBeLessThan(4);
});

it('rates a call in which nothing came as the worst', () => {
  expect(rateNetwork({ sent: 500, received: 0, lost: 0, jitterMs: 0 }).mos).toBeLessThan(2);
});
