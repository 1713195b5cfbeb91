import { expect, it } from 'vitest';
import { Health } from './health.ts';

it('is ready only when every named condition holds', () => {
  const health = new Health(['livekit', 'drachtio']);
  expect(health.ready).toBe(false);
  expect(health.missing()).toEqual(['livekit', 'drachtio']);
  health.set('livekit', true);
  expect(health.missing()).toEqual(['drachtio']);
  health.set('drachtio', true);
  expect(health.ready).toBe(true);
  health.set('livekit', false);
  expect(health.ready).toBe(false);
});

it('is ready at once without conditions', () => {
  expect(new Health().ready).toBe(true);
});

it('is never ready again once it drains', () => {
  const health = new Health(['livekit']);
  health.drain();
  health.set('livekit', true);
  expect(health).toMatchObject({ draining: true, ready: false });
});
