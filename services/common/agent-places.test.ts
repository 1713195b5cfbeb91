import { expect, it } from 'vitest';
import type { AgentSnapshot } from './agent-directory.ts';
import { AgentPlaces } from './agent-places.ts';

const snapshot = (askedAtMs: number, active: number) =>
  ({ askedAtMs, catalog: { capacity: { max: 2, active } } }) as unknown as AgentSnapshot;

/** Two places, and one call that came at 1,000 ms. */
function oneCall() {
  let now = 1_000;
  const places = new AgentPlaces({ staleMs: 15_000, now: () => now });
  places.take('a');
  places.joined('a');
  return { places, at: (ms: number) => void (now = ms) };
}

it('promises the second place while the first call still waits for its agent', () => {
  const { places } = oneCall();
  expect(places.free(snapshot(900, 0))).toBe(1);
});

it('counts a call once, not twice, as soon as its agent is there and the agents were asked again', () => {
  const { places, at } = oneCall();
  at(2_000);
  places.served('a');
  expect(places.free(snapshot(1_900, 0))).toBe(1);
  expect(places.free(snapshot(2_100, 1))).toBe(1);
});

it('counts a call whose agent was never told of by the agents’ own count after four seconds', () => {
  const { places } = oneCall();
  expect(places.free(snapshot(4_900, 1))).toBe(0);
  expect(places.free(snapshot(5_100, 1))).toBe(1);
});
