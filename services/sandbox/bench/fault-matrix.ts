import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PCMU } from '@patchbay/common/g711';
import { createLogger } from '@patchbay/common/logger';
import { parseRoomName } from '@patchbay/common/room-contract';
import { writeWav } from '../audio/wav.ts';
import { BALANCE_QUESTION, hearGreeting } from '../demo/conversation.ts';
import { understand } from '../speech/ear.ts';
import { startLocalStack } from '../demo/setup.ts';
import { tellsBalance } from '../e2e/calls.ts';
import { speak } from '../speech/espeak.ts';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { disposeObservers, Observer, waitForRoom } from '../stack/observer.ts';
import { clearProviderFaults, setProviderFault } from '../stack/provider-faults.ts';
import { LOCAL_NUMBERS } from '../stack/stack.ts';
import type { Utterance } from '../telephone/hearing.ts';
import type { PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';
import {
  cellLine,
  cells,
  longestSilenceMs,
  MATRIX_FAULTS,
  MATRIX_MOMENTS,
  MATRIX_PROVIDERS,
  SILENCE_LIMIT_MS,
  type Cell,
  type CellResult,
  type MatrixProvider,
} from './fault-cells.ts';

// A phone call for each cell: greeting, one question during which a provider breaks, what is heard.
const LINE_RATE_HZ = 8_000;
const ROOM_TIMEOUT_MS = 10_000;
/** Whoever has heard no answer by then gets none. */
const ANSWER_LIMIT_MS = 12_000;
/** The rest of an answer comes sooner than this after its last sound. */
const REST_LIMIT_MS = 2_500;

const list = (value: string | undefined) => value?.split(',').map((name) => name.trim()) ?? [];
const { values: flags } = parseArgs({
  options: {
    json: { type: 'string' },
    /** Comma-separated parts of the matrix; all of it by default. */
    providers: { type: 'string' },
    faults: { type: 'string' },
    moments: { type: 'string' },
    /** Keep each call's sound in this folder: the caller left, the agent right. */
    wav: { type: 'string' },
    /** Stop after this many seconds, with what was measured so far. */
    'limit-s': { type: 'string', default: '2400' },
  },
});
const log = createLogger({ service: 'telephone', level: 'warn', personalData: false });
const wanted = cells({
  providers: list(flags.providers),
  faults: list(flags.faults),
  moments: list(flags.moments),
});
const deadline = Date.now() + Number(flags['limit-s']) * 1_000;
const { stack } = await startLocalStack({ name: 'fault-matrix', print: console.log });
const question = await speak(BALANCE_QUESTION, { sampleRateHz: LINE_RATE_HZ });
const results: CellResult[] = [];
if (flags.wav !== undefined) await mkdir(flags.wav, { recursive: true });
try {
  for (const cell of wanted) {
    if (Date.now() > deadline) {
      console.log(`Stopped by --limit-s after ${results.length} of ${wanted.length} cells.`);
      break;
    }
    const result = await measure(cell);
    results.push(result);
    console.log(`  ${String(results.length).padStart(3)}/${wanted.length} ${cellLine(result)}`);
  }
  summarise();
  if (flags.json !== undefined) {
    await writeFile(flags.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  process.exitCode = results.every(({ answered }) => answered) ? 0 : 1;
} finally {
  await stack.close();
  await disposeObservers();
}

function summarise(): void {
  const answered = results.filter((result) => result.answered).length;
  const silences = results.map((result) => result.longestSilenceMs);
  const within = silences.filter((ms) => ms <= SILENCE_LIMIT_MS).length;
  console.log(
    `\n${answered} of ${results.length} answered rightly; silence at most ${SILENCE_LIMIT_MS} ms in ` +
      `${within}, longest ${Math.max(0, ...silences)} ms`,
  );
}

async function measure(cell: Cell): Promise<CellResult> {
  const { other, first } = MATRIX_PROVIDERS[cell.provider];
  const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log });
  let observer: Observer | undefined;
  try {
    await clearProviderFaults(stack);
    // One that stands by is at work only when the other has failed.
    if (!first) await setProviderFault(stack, { provider: other, status: 500 });
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
    if (!first) {
      await askAround(call);
      await clearProviderFaults(stack);
    }
    return { ...cell, ...(await askDuring(cell, call, observer)) };
  } finally {
    await observer?.close();
    await phone.close();
    await clearProviderFaults(stack);
  }
}

/** Have one who stands by take over, with a question that is not measured. */
async function askAround(call: PhoneCall): Promise<void> {
  const { lastLoudAtMs } = await call.play(question);
  await hearAnswer(call, lastLoudAtMs);
}

async function askDuring(
  cell: Cell,
  call: PhoneCall,
  observer: Observer,
): Promise<Pick<CellResult, 'heard' | 'answered' | 'longestSilenceMs' | 'answeredBy' | 'written'>> {
  const lengthMs = (question.length / LINE_RATE_HZ) * 1_000;
  const breaking = delay(lengthMs * MATRIX_MOMENTS[cell.moment]).then(() =>
    setProviderFault(stack, { provider: cell.provider, ...MATRIX_FAULTS[cell.fault] }),
  );
  if (cell.moment === 'beginning') await breaking;
  const { lastLoudAtMs } = await call.play(question);
  await breaking;
  const { heard, sounds } = await hearAnswer(call, lastLoudAtMs);
  await call.hangup();
  if (flags.wav !== undefined) {
    const name = `${Object.values(cell).join(' ').replaceAll(' ', '-')}.wav`;
    await writeWav(join(flags.wav, name), call.recordingWav());
  }
  const { stage } = MATRIX_PROVIDERS[cell.provider];
  const taken = observer.turns
    .flatMap(({ switches }) => switches ?? [])
    .findLast((change) => change.stage === stage);
  return {
    heard,
    answered: tellsBalance(heard) && heard.split('dollars').length === 2,
    longestSilenceMs: longestSilenceMs(lastLoudAtMs, sounds),
    answeredBy: taken?.to ?? firstOf(cell.provider),
    written: observer.lines.map(({ who, text }) => `${who}: ${text}`),
  };
}

function firstOf(provider: MatrixProvider): string {
  const { other, first } = MATRIX_PROVIDERS[provider];
  return first ? provider : other;
}

/** Everything that is said until the amount was told or the call is over. */
async function hearAnswer(
  call: PhoneCall,
  afterMs: number,
): Promise<{ heard: string; sounds: Utterance[] }> {
  const sounds: Utterance[] = [];
  const heard: string[] = [];
  const endMs = afterMs + ANSWER_LIMIT_MS;
  for (;;) {
    const told = heard.some((words) => heardAmountMinor(words) !== undefined);
    const timeoutMs = told ? REST_LIMIT_MS : endMs - Date.now();
    if (timeoutMs <= 0) break;
    const from = sounds.at(-1)?.endedAtMs ?? afterMs;
    const utterance = await call.nextUtterance({ afterMs: from, timeoutMs }).catch(() => undefined);
    if (!utterance) break;
    sounds.push(utterance);
    heard.push(await understand(utterance.samples));
  }
  return { heard: heard.filter((words) => words !== '').join(' / '), sounds };
}
