import type { CallResult } from '../driver/result.ts';
import type { DriverClient } from './driver-client.ts';

const LOOK_EVERY_MS = 1_000;

/** Show each call as it ends, and keep what is known should the driver go away. */
export function watchCalls(
  driver: DriverClient,
  sinceMs: number,
  print: (line: string) => void,
): { stop(): Promise<CallResult[]> } {
  let known: CallResult[] = [];
  const shown = new Set<string>();
  const look = async () => {
    const calls = await driver.calls().catch(() => undefined);
    if (!calls) return;
    known = calls.filter(({ startedAtMs }) => startedAtMs >= sinceMs);
    for (const call of known) {
      if (call.state !== 'done' || shown.has(call.id)) continue;
      shown.add(call.id);
      print(callLine(call, sinceMs));
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await look();
      return known;
    },
  };
}

function callLine(call: CallResult, sinceMs: number): string {
  const seconds = Math.round(((call.endedAtMs ?? 0) - sinceMs) / 1_000);
  const answers = call.turns.map(({ mouthToEarMs }) => Math.round(mouthToEarMs)).join(', ');
  const what = call.failure
    ? `failed at ${call.failure.step}: ${call.failure.reason}`
    : call.understood
      ? `answered ${answers === '' ? '' : `after ${answers} ms`}`
      : `misunderstood: "${call.turns.find(({ right }) => !right)?.heard ?? ''}"`;
  return `  ${String(seconds).padStart(4)} s  ${call.ok ? '✓' : '✗'} ${call.budgetDoor.padEnd(5)} ${call.atOnce} at once, ${what}`;
}
