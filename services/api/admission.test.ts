import { describe, expect, it } from 'vitest';
import { Admission } from './admission.ts';
import type { AgentSnapshot } from '@patchbay/common/agent-directory';
import { ApiError } from './errors.ts';

function setUp(max: number) {
  const clock = { ms: 1_000_000 };
  const admission = new Admission({ maxCallsPerCaller: 2, staleMs: 15_000, now: () => clock.ms });
  const seen = (active: number): AgentSnapshot => ({
    askedAtMs: clock.ms,
    catalog: { agents: [], capacity: { active, max } },
  });
  const refusal = (act: () => void) => {
    try {
      act();
    } catch (error) {
      if (error instanceof ApiError) return error.code;
      throw error;
    }
    return undefined;
  };
  return { clock, admission, seen, refusal };
}

describe('admission', () => {
  it('counts a promised place until the agent counts the call itself', () => {
    const { clock, admission, seen, refusal } = setUp(2);
    admission.admit(seen(0), 'a', undefined);
    admission.admit(seen(0), 'b', undefined);
    expect(refusal(() => admission.admit(seen(0), 'c', undefined))).toBe('no-capacity');
    clock.ms += 4_000;
    expect(refusal(() => admission.admit(seen(2), 'c', undefined))).toBe('no-capacity');
    expect(admission.freePlaces(seen(1))).toBe(1);
  });

  it('counts from the join, when the caller took their time', () => {
    const { clock, admission, seen } = setUp(2);
    admission.admit(seen(0), 'a', undefined);
    clock.ms += 10_000;
    admission.joined('a');
    expect(admission.freePlaces(seen(0))).toBe(1);
    clock.ms += 4_000;
    expect(admission.freePlaces(seen(1))).toBe(1);
  });

  it('gives the place back when the call ends', () => {
    const { admission, seen, refusal } = setUp(10);
    admission.admit(seen(0), 'a', 'me');
    admission.admit(seen(0), 'b', 'me');
    expect(refusal(() => admission.admit(seen(0), 'c', 'me'))).toBe('too-many-calls');
    admission.ended('a');
    expect(refusal(() => admission.admit(seen(0), 'c', 'me'))).toBeUndefined();
    expect(refusal(() => admission.admit(seen(0), 'd', 'someone else'))).toBeUndefined();
  });

  it('forgets a token nobody used, and a call whose end was never told', () => {
    const { clock, admission, seen, refusal } = setUp(10);
    admission.admit(seen(0), 'a', 'me');
    admission.admit(seen(0), 'b', 'me');
    admission.joined('b');
    clock.ms += 20_001;
    expect(admission.open).toBe(1);
    expect(refusal(() => admission.admit(seen(0), 'c', 'me'))).toBeUndefined();
    clock.ms += 24 * 3_600_000;
    expect(admission.open).toBe(0);
  });

  it('admits nobody on stale news', () => {
    const { clock, admission, seen, refusal } = setUp(10);
    const old = seen(0);
    clock.ms += 15_001;
    expect(refusal(() => admission.admit(old, 'a', undefined))).toBe('agents-away');
    expect(refusal(() => void admission.known(undefined))).toBe('agents-unknown');
  });
});
