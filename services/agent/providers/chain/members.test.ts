import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Members } from './members.ts';
import { AnswerFault, switchReasonOf, type ProviderSwitch } from './switches.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function chain(probe: (name: string) => Promise<void> = () => Promise.resolve()) {
  const switches: ProviderSwitch[] = [];
  const members = new Members<string>({
    stage: 'llm',
    members: ['openai', 'groq'].map((name) => ({ name, model: name, timeoutMs: 1_000 })),
    probe,
    onSwitch: (change) => switches.push(change),
  });
  const [first, second] = members.all;
  return { members, switches, first: first!, second: second! };
}

describe('the providers of a stage', () => {
  it('are asked in their order, one that failed last', () => {
    const { members, first } = chain();
    expect(members.order.map(({ name }) => name)).toEqual(['openai', 'groq']);
    members.failed(first, new AnswerFault('cut'));
    expect(members.order.map(({ name }) => name)).toEqual(['groq', 'openai']);
    members.close();
  });

  it('switch when another has answered, which is told once with its reason', () => {
    const { members, switches, first, second } = chain();
    members.answered(first);
    members.failed(first, new AnswerFault('timeout'));
    expect(switches).toEqual([]);
    members.answered(second);
    members.answered(second);
    expect(switches).toEqual([{ stage: 'llm', from: 'openai', to: 'groq', reason: 'timeout' }]);
    members.close();
  });

  it('switch back when the first is probed and works', async () => {
    const { members, switches, first, second } = chain();
    members.failed(first, new AnswerFault('cut'));
    members.answered(second);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(members.order[0]).toBe(first);
    members.answered(first);
    expect(switches.at(-1)).toEqual({
      stage: 'llm',
      from: 'groq',
      to: 'openai',
      reason: 'recovered',
    });
    members.close();
  });

  it('are probed ever less often while they fail, and not after the call', async () => {
    let probes = 0;
    const { members, first } = chain(() => {
      probes += 1;
      return Promise.reject(new Error('still down'));
    });
    members.failed(first, new Error('down'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(probes).toBe(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(probes).toBe(2);
    expect(members.isUp(first)).toBe(false);
    members.close();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(probes).toBe(2);
  });
});

describe('the reason of a switch', () => {
  it.each([
    ['Unexpected server response: 401', 'key-refused'],
    ['Sarvam TTS WS connection error: Unexpected server response: 429', 'rate-limited'],
    ['Sarvam STT API error 403: {}', 'key-refused'],
    ['Cartesia WebSocket closed mid-generation (code=1006)', 'cut'],
    ['Deepgram WebSocket closed unexpectedly', 'cut'],
    ['something else', 'failed'],
  ])('is read from %j as %s', (message, reason) => {
    expect(switchReasonOf(new Error(message))).toBe(reason);
  });
});
