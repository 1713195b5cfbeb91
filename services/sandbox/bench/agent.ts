import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { BUDGET, type StageName } from '@patchbay/common/budget';
import { startLocalStack } from '../demo/setup.ts';
import { disposeObservers } from '../stack/observer.ts';
import { listenAgain } from '../stack/told-words.ts';
import { PhoneError } from '../telephone/phone-error.ts';
import { measureBargeIns } from './agent-barge-in.ts';
import { costOfCalls, type AgentCost } from './agent-cost.ts';
import {
  ANSWERS,
  DELAYS_MS,
  doors,
  QUESTIONS,
  setDelays,
  type Answer,
  type BenchDoor,
  type BenchTurn,
  type Delays,
} from './agent-calls.ts';
import { spread, type Spread } from './percentile.ts';

/**
 * How long callers wait for the agent: end of their speech → first sound of the answer at their ear,
 * by door, with providers that answer at once and with such that take their usual time.
 */

const { values: flags } = parseArgs({
  options: {
    doors: { type: 'string', default: 'reach,web' },
    providers: { type: 'string', default: 'instant,typical' },
    turns: { type: 'string', default: '20' },
    /** How many calls at once the agent's own cost is measured at. */
    cost: { type: 'string', default: '' },
    /** How often the caller speaks into the agent's words, by phone. */
    'barge-ins': { type: 'string', default: '0' },
    json: { type: 'string' },
  },
});
/** A caller who is not listened to for longer begins again. */
const MOST_BARGE_IN_MS = 350;
/** Turns are spread over calls: within a call latency is nearly constant (phase of the clocks). */
const TURNS_PER_CALL = 4;

interface Waits {
  n: number;
  understood: number;
  endToFirstAudioMs: Spread | undefined;
  /** The same without what the providers were told to take. */
  oursMs: Spread | undefined;
  stagesMs: Partial<Record<StageName, Spread>>;
  /** What of it the browser's jitter buffer holds the answer for; at the web door. */
  browserHeldMs?: Spread | undefined;
}

interface NotCarried {
  calls: number;
  /** What a caller met with. */
  notCarried: string;
}

interface Figures extends Waits {
  door: BenchDoor;
  providers: Delays;
  /** The same for each kind of answer. */
  answers: Record<Answer, Waits>;
}

const calls = Math.ceil(Number(flags.turns) / TURNS_PER_CALL);
const costAt = flags.cost === '' ? [] : flags.cost.split(',').map(Number);
const { stack } = await startLocalStack({
  name: 'bench-agent',
  print: console.log,
  env: {
    agent: {
      // Jobs of the step before may still be on their way out.
      AGENT_MAX_CALLS: String(2 * Math.max(10, ...costAt)),
      AGENT_IDLE_PROCESSES: String(Math.min(20, Math.max(2, ...costAt))),
    },
  },
});
const report: object[] = [];
try {
  const all: Figures[] = [];
  for (const providers of flags.providers.split(',').filter(Boolean) as Delays[]) {
    await setDelays(stack, providers);
    for (const door of flags.doors.split(',') as BenchDoor[]) {
      const figures = await measure(door, providers);
      all.push(figures);
      await keep(figures);
    }
  }
  await setDelays(stack, 'instant');
  await listenAgain(stack);
  const bargeInMs = await bargeIns(Number(flags['barge-ins']));
  if (bargeInMs) await keep({ bargeInMs });
  for (const count of costAt) await keep(await cost(count));
  process.exitCode = all.every(({ n, understood }) => n === understood) ? 0 : 1;
} finally {
  await stack.close();
  await disposeObservers();
}

/** An hour's figures are not lost with a step that fails after them. */
async function keep(figures: object): Promise<void> {
  report.push(figures);
  if (flags.json === undefined) return;
  await writeFile(flags.json, `${JSON.stringify(report, null, 2)}\n`);
}

/** More calls than this machine carries are a result, not a fault. */
async function cost(calls: number): Promise<AgentCost | NotCarried> {
  const what = `  ${String(calls).padStart(2)} calls at once:`;
  try {
    const found = await costOfCalls(stack, calls);
    const { cpuSecPerCallMinute, restCpuSecPerMinute, rssMb, restMb } = found;
    console.log(
      `${what} ${cpuSecPerCallMinute} CPU s per call-minute, ${rssMb} MB (at rest ${restCpuSecPerMinute} CPU s a minute, ${restMb} MB)`,
    );
    return found;
  } catch (error) {
    if (!(error instanceof PhoneError)) throw error;
    console.log(`${what} more than this machine carries, ${error.message}`);
    return { calls, notCarried: error.message };
  }
}

async function bargeIns(count: number): Promise<({ n: number } & Spread) | undefined> {
  if (count === 0) return undefined;
  const stoppedMs = await measureBargeIns(stack, count, console.log);
  const found = spread(stoppedMs);
  if (!found) throw new Error('the agent was never spoken into');
  console.log(
    `\nThe caller's first sound → the agent is silent at the caller, by phone: ${stoppedMs.length} barge-ins, wanted p95 ≤ ${MOST_BARGE_IN_MS} ms`,
  );
  console.log(
    `  p50 ${found.p50} ms   p95 ${found.p95} ms   longest ${Math.max(...stoppedMs).toFixed()} ms\n`,
  );
  return { n: stoppedMs.length, ...found };
}

async function measure(door: BenchDoor, providers: Delays): Promise<Figures> {
  const turns: BenchTurn[] = [];
  for (let n = 1; n <= calls; n++) {
    const found = await doors[door](stack, TURNS_PER_CALL);
    turns.push(...found);
    const times = found.map(({ stagesMs }) => Math.round(stagesMs.mouthToEar ?? 0)).join(', ');
    console.log(`  ${door}, ${providers} providers, call ${n} of ${calls}: ${times} ms`);
    for (const { answer, heard } of found.filter((turn) => !isRight(turn)))
      console.log(`    "${QUESTIONS[answer].question}" was answered "${heard}"`);
  }
  const answers = Object.fromEntries(
    ANSWERS.map((answer) => [
      answer,
      waitsOf(
        turns.filter((turn) => turn.answer === answer),
        providers,
      ),
    ]),
  ) as Figures['answers'];
  const figures = { door, providers, ...waitsOf(turns, providers), answers };
  print(figures);
  return figures;
}

function waitsOf(turns: readonly BenchTurn[], providers: Delays): Waits {
  const stagesMs: Waits['stagesMs'] = {};
  for (const stage of Object.keys(BUDGET) as StageName[]) {
    const found = spread(turns.flatMap((turn) => turn.stagesMs[stage] ?? []));
    if (found) stagesMs[stage] = found;
  }
  const { mouthToEar, ...stages } = stagesMs;
  const { llmMs, ttsMs } = DELAYS_MS[providers];
  const oursMs = turns.flatMap(({ answer, stagesMs: { mouthToEar: ms } }) =>
    ms === undefined ? [] : ms - QUESTIONS[answer].llmRequests * llmMs - ttsMs,
  );
  return {
    n: turns.length,
    understood: turns.filter(isRight).length,
    endToFirstAudioMs: mouthToEar,
    oursMs: spread(oursMs),
    stagesMs: stages,
    browserHeldMs: spread(turns.flatMap(({ heldMs }) => heldMs ?? [])),
  };
}

function isRight({ answer, heard }: BenchTurn): boolean {
  return QUESTIONS[answer].isRight(heard);
}

function print(figures: Figures): void {
  const { door, providers, n, understood, stagesMs, answers } = figures;
  console.log(
    `\nEnd of the caller's speech → first agent audio, door ${door}, ${providers} providers: ${n} turns, ${understood} answered rightly`,
  );
  const line = (title: string, found: Spread | undefined) => {
    if (!found) return;
    const [p50, p95] = [String(found.p50).padStart(5), String(found.p95).padStart(5)];
    console.log(`  ${title.padEnd(22)} p50 ${p50} ms   p95 ${p95} ms`);
  };
  for (const [stage, ms] of Object.entries(stagesMs)) line(BUDGET[stage as StageName].title, ms);
  line('Held by the browser', figures.browserHeldMs);
  line(BUDGET.mouthToEar.title, figures.endToFirstAudioMs);
  for (const answer of ANSWERS) line(`  ${answer}`, answers[answer].endToFirstAudioMs);
  if (providers === 'typical') line('Without the providers', figures.oursMs);
  console.log();
}
