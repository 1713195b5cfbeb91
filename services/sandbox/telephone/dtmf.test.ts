import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digitOf, dtmfSteps, encodeEvent, parseEvent } from './dtmf.ts';

describe('a telephone event', () => {
  it('survives the wire', () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.boolean(),
        fc.nat(63),
        fc.nat(65_535),
        (event, end, volume, duration) => {
          const wanted = { event, end, volume, duration };
          expect(parseEvent(encodeEvent(wanted))).toEqual(wanted);
        },
      ),
    );
  });

  it('has the bytes of RFC 4733 §2.3', () => {
    const bytes = encodeEvent({ event: 11, end: true, volume: 10, duration: 960 });
    expect([...bytes]).toEqual([11, 0x8a, 0x03, 0xc0]);
    expect(parseEvent(bytes.subarray(0, 3))).toBeUndefined();
    expect(digitOf(11)).toBe('#');
    expect(digitOf(16)).toBeUndefined();
  });
});

describe('keys', () => {
  it('are held with growing duration and end three times', () => {
    const steps = dtmfSteps('5', { toneMs: 60, gapMs: 40 });
    const events = steps.flatMap((step) => (step.kind === 'event' ? [step] : []));
    expect(events.map(({ first }) => first)).toEqual([true, false, false, false, false]);
    expect(events.map(({ payload }) => parseEvent(payload))).toEqual([
      { event: 5, end: false, volume: 10, duration: 160 },
      { event: 5, end: false, volume: 10, duration: 320 },
      { event: 5, end: true, volume: 10, duration: 480 },
      { event: 5, end: true, volume: 10, duration: 480 },
      { event: 5, end: true, volume: 10, duration: 480 },
    ]);
    expect(steps.slice(5)).toEqual([{ kind: 'gap' }, { kind: 'gap' }]);
  });

  it('may be as short as one frame, and letters small', () => {
    const [first] = dtmfSteps('a', { toneMs: 1 });
    expect(first).toMatchObject({ first: true });
    expect(dtmfSteps('')).toEqual([]);
  });

  it('are refused by name when there is no such key', () => {
    expect(() => dtmfSteps('12x')).toThrow(/got "X", keys are 0123456789\*#ABCD/);
  });
});
