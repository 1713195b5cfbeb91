import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createLogger } from '@patchbay/common/logger';
import { hearGreeting } from '../demo/conversation.ts';
import { startLocalStack } from '../demo/setup.ts';
import { speak } from '../speech/espeak.ts';
import { PAUSED_SENTENCES } from '../speech/grammars.ts';
import { trimSilence } from '../speech/silence.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { SilenceError } from '../telephone/phone-error.ts';
import type { PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';
import { spread } from './percentile.ts';

/** Forty sentences spoken by telephone with a pause in the middle: how many the agent speaks into. */

const PAUSES_MS = [300, 500, 700, 900] as const;
const TURNS_PER_CALL = 5;
const CALLS_AT_ONCE = 2;
const RATE_HZ = 8_000;
/** The agent has finished when nothing came for this long. */
const QUIET_MS = 1_500;

interface Turn {
  said: string;
  pauseMs: number;
  cutOff: boolean;
  /** End of the caller's sentence → first sound of the answer; absent if none came. */
  endToFirstAudioMs: number | undefined;
}

const { values: flags } = parseArgs({ options: { json: { type: 'string' } } });
const log = createLogger({ service: 'telephone', level: 'warn', personalData: false });
const { stack } = await startLocalStack({
  name: 'bench-pauses',
  print: console.log,
  env: { agent: { AGENT_IDLE_PROCESSES: String(CALLS_AT_ONCE) } },
});
try {
  const wanted = PAUSES_MS.flatMap((pauseMs) =>
    PAUSED_SENTENCES.map((parts) => ({ parts, pauseMs })),
  );
  const turns: Turn[] = [];
  const oneLine = async () => {
    while (wanted.length > 0) {
      for (const turn of await oneCall(stack, wanted.splice(0, TURNS_PER_CALL))) {
        turns.push(turn);
        const { said, pauseMs, cutOff, endToFirstAudioMs: ms } = turn;
        const answered = ms === undefined ? 'no answer' : `answer after ${Math.round(ms)} ms`;
        console.log(`  ${pauseMs} ms, "${said}": ${cutOff ? 'CUT OFF, ' : ''}${answered}`);
      }
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, oneLine));
  const byPause = PAUSES_MS.map((pauseMs) => {
    const of = turns.filter((turn) => turn.pauseMs === pauseMs);
    return { pauseMs, turns: of.length, cutOff: of.filter(({ cutOff }) => cutOff).length };
  });
  console.log('\nSentences with a pause inside, by telephone');
  for (const { pauseMs, turns: of, cutOff } of byPause) {
    console.log(`  ${pauseMs} ms   cut off ${cutOff} of ${of}`);
  }
  const cutOff = turns.filter((turn) => turn.cutOff).length;
  const latency = spread(
    turns.flatMap(({ endToFirstAudioMs: ms }) => (ms === undefined ? [] : [ms])),
  );
  console.log(`  in all   cut off ${cutOff} of ${turns.length}`);
  if (latency) {
    console.log(`  end of speech → first audio   p50 ${latency.p50} ms   p95 ${latency.p95} ms`);
  }
  if (flags.json !== undefined) {
    const figures = { turns: turns.length, cutOff, byPause, endToFirstAudioMs: latency };
    await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
} finally {
  await stack.close();
}

async function oneCall(
  { sip }: Stack,
  wanted: readonly { parts: readonly [string, string]; pauseMs: number }[],
): Promise<Turn[]> {
  const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log });
  try {
    const { bank: to, caller: from } = LOCAL_NUMBERS;
    const call = phone.call({ to, from, server: sip });
    await call.answered;
    await hearGreeting(call);
    const turns: Turn[] = [];
    for (const { parts, pauseMs } of wanted) {
      await untilQuiet(call);
      const { startedAtMs, lastLoudAtMs } = await call.play(await withPause(parts, pauseMs));
      const first = await answerAfter(call, startedAtMs);
      const cutOff = first !== undefined && first < lastLoudAtMs;
      const answer = cutOff ? await answerAfter(call, lastLoudAtMs) : first;
      const endToFirstAudioMs = answer === undefined ? undefined : answer - lastLoudAtMs;
      turns.push({ said: parts.join(' … '), pauseMs, cutOff, endToFirstAudioMs });
    }
    await call.hangup();
    return turns;
  } finally {
    await phone.close();
  }
}

async function withPause(parts: readonly [string, string], pauseMs: number): Promise<Int16Array> {
  const [before, after] = await Promise.all(
    parts.map(async (part) =>
      trimSilence(await speak(part, { sampleRateHz: RATE_HZ }), {
        sampleRateHz: RATE_HZ,
        keepBeforeMs: 0,
        keepAfterMs: 0,
      }),
    ),
  );
  const silence = new Int16Array((RATE_HZ / 1000) * pauseMs);
  return Int16Array.of(...(before ?? []), ...silence, ...(after ?? []));
}

async function untilQuiet(call: PhoneCall): Promise<void> {
  for (;;) {
    const spoke = await call.nextUtterance({ timeoutMs: QUIET_MS }).catch(unlessSilence);
    if (!spoke) return;
  }
}

/** When the agent began to speak, epoch ms; undefined if it did not. */
function answerAfter(call: PhoneCall, afterMs: number): Promise<number | undefined> {
  return call.waitForSpeechStart({ afterMs, timeoutMs: 10_000 }).catch(unlessSilence);
}

function unlessSilence(error: unknown): undefined {
  if (error instanceof SilenceError) return undefined;
  throw error;
}
