import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { BUDGET, type StageName } from '@patchbay/common/budget';
import { PCMU } from '@patchbay/common/g711';
import { createLogger } from '@patchbay/common/logger';
import { parseRoomName } from '@patchbay/common/room-contract';
import { ask, BALANCE_QUESTION, hearGreeting, type HeardTurn } from '../demo/conversation.ts';
import { stagesOf, type StagesMs } from '../demo/door-report.ts';
import { startLocalStack } from '../demo/setup.ts';
import { disposeObservers, Observer, waitForRoom } from '../stack/observer.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { Telephone } from '../telephone/telephone.ts';
import { spread } from './percentile.ts';

/** Turns are spread over calls: within a call latency is nearly constant (phase of the clocks). */
const CALLS = 5;
const TURNS_PER_CALL = 4;
const ROOM_TIMEOUT_MS = 10_000;

const { values: flags } = parseArgs({ options: { json: { type: 'string' } } });
const log = createLogger({ service: 'telephone', level: 'warn', personalData: false });
const { stack } = await startLocalStack({ name: 'bench-turns', print: console.log });
try {
  const turns: StagesMs[] = [];
  let understood = 0;
  for (let n = 1; n <= CALLS; n++) {
    const call = await oneCall(stack);
    turns.push(...call.stages);
    understood += call.understood;
    console.log(
      `  call ${n} of ${CALLS}: ${call.stages.map((s) => Math.round(s.mouthToEar ?? 0)).join(', ')} ms`,
    );
  }
  const stages = Object.keys(BUDGET) as StageName[];
  console.log(
    `\nEnd of the caller's speech → first agent audio at the phone, ${turns.length} turns, ${understood} answered rightly`,
  );
  const figures: Partial<Record<StageName, { p50: number; p95: number }>> = {};
  for (const stage of stages) {
    const values = turns.map((turn) => turn[stage]).filter((value) => value !== undefined);
    const found = spread(values);
    if (!found) continue;
    figures[stage] = found;
    console.log(
      `  ${BUDGET[stage].title.padEnd(22)} p50 ${String(found.p50).padStart(5)} ms   p95 ${String(found.p95).padStart(5)} ms`,
    );
  }
  if (flags.json !== undefined) {
    const { mouthToEar: endToFirstAudioMs, ...stagesMs } = figures;
    const report = [
      {
        door: 'reach',
        providers: 'instant',
        n: turns.length,
        understood,
        endToFirstAudioMs,
        stagesMs,
      },
    ];
    await writeFile(flags.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  process.exitCode = understood === turns.length ? 0 : 1;
} finally {
  await stack.close();
  await disposeObservers();
}

async function oneCall(stack: Stack): Promise<{ stages: StagesMs[]; understood: number }> {
  const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log });
  let observer: Observer | undefined;
  try {
    const roomComes = waitForRoom(
      stack.livekit,
      (name) => parseRoomName(name)?.door === 'reach',
      ROOM_TIMEOUT_MS,
    );
    const call = phone.call({
      to: LOCAL_NUMBERS.bank,
      from: LOCAL_NUMBERS.caller,
      server: stack.sip,
      payloadTypes: [PCMU],
    });
    const [room] = await Promise.all([roomComes, call.answered]);
    observer = await Observer.join(stack.livekit, room);
    await hearGreeting(call);
    const turns: HeardTurn[] = [];
    for (let n = 0; n < TURNS_PER_CALL; n++) turns.push(await ask(call, BALANCE_QUESTION));
    await call.hangup();
    const callId = parseRoomName(room)?.callId;
    const record = await stack.records.next((r) => r.callId === callId, ROOM_TIMEOUT_MS);
    return {
      stages: stagesOf(turns, observer.turns, record).map(({ stagesMs }) => stagesMs),
      understood: turns.filter(({ heard }) => heardAmountMinor(heard) !== undefined).length,
    };
  } finally {
    await observer?.close();
    await phone.close();
  }
}
