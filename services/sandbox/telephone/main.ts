import { createLogger } from '@patchbay/common/logger';
import { resample } from '../audio/resample.ts';
import { writeWav } from '../audio/wav.ts';
import { speak } from '../speech/espeak.ts';
import { replyGrammar } from '../speech/grammars.ts';
import { recognize } from '../speech/pocketsphinx.ts';
import { USAGE, UsageError, parseCommandLine, type PhoneCommand } from './command-line.ts';
import type { Utterance } from './hearing.ts';
import type { PhoneCall } from './phone-call.ts';
import { PhoneError } from './phone-error.ts';
import { Telephone } from './telephone.ts';

const LINE_HZ = 8_000;
/** What {@link recognize} takes. */
const RECOGNISER_HZ = 16_000;

process.exitCode = await main(process.argv.slice(2));

/** @returns the exit status: 0 the call went well, 1 it did not, 2 the command line is wrong */
async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommandLine(args);
    if (command === 'help') {
      process.stdout.write(USAGE);
      return 0;
    }
    return await telephone(command);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
}

async function telephone(command: PhoneCommand): Promise<number> {
  const log = createLogger({ service: 'telephone', level: 'warn', personalData: false });
  // Made before the call: a caller who thinks for a second is heard as slow.
  const sentences = await Promise.all(
    command.say.map(async (text) => ({
      text,
      samples: await speak(text, { sampleRateHz: LINE_HZ }),
    })),
  );
  const phone = await Telephone.open({ transport: command.transport, host: command.host, log });
  process.once('SIGINT', () => void phone.close());
  try {
    const { to, from, server } = command;
    const call = phone.call({ to, from, server });
    const result = await converse(call, command, sentences);
    if (command.record !== undefined) {
      await writeWav(command.record, call.recordingWav());
      say(call, `recording: ${command.record}`);
    }
    return result;
  } finally {
    await phone.close();
  }
}

async function converse(
  call: PhoneCall,
  command: PhoneCommand,
  sentences: readonly { text: string; samples: Int16Array }[],
): Promise<number> {
  let unsaid = sentences.length;
  try {
    call.ringing.then(
      () => say(call, 'ringing'),
      () => undefined,
    );
    await call.answered;
    say(call, 'answered');
    if (command.dtmf !== undefined) {
      say(call, `we press: ${command.dtmf}`);
      await call.sendDtmf(command.dtmf);
    }
    await listen(call, command);
    for (const { text, samples } of sentences) {
      say(call, `we say: ${text}`);
      const { lastLoudAtMs } = await call.play(samples);
      unsaid--;
      await listen(call, command, lastLoudAtMs);
    }
    await call.hangup();
  } catch (error) {
    if (!(error instanceof PhoneError)) throw error;
    await call.hangup();
    const end = await call.ended;
    say(call, end.by === 'peer' ? 'they hung up' : error.message);
    if (end.by !== 'peer' || unsaid > 0) return 1;
  }
  const { received, lost, jitterMs } = call.stats;
  say(call, `over: ${received} packets received, ${lost} lost, jitter ${jitterMs.toFixed(1)} ms`);
  return 0;
}

/** Wait for the other side to speak and to finish. */
async function listen(call: PhoneCall, command: PhoneCommand, spokenAtMs?: number): Promise<void> {
  const after = spokenAtMs === undefined ? {} : { afterMs: spokenAtMs };
  const startedAtMs = await call.waitForSpeechStart({ ...after, timeoutMs: command.patienceMs });
  const pause = spokenAtMs === undefined ? '' : ` after ${Math.round(startedAtMs - spokenAtMs)} ms`;
  const heard = await call.nextUtterance({ afterMs: startedAtMs, timeoutMs: 60_000 });
  const length = ((heard.endedAtMs - heard.startedAtMs) / 1_000).toFixed(1);
  const words = command.words ? `: ${await wordsOf(heard)}` : '';
  say(call, `they speak for ${length} s${pause}${words}`);
}

async function wordsOf(heard: Utterance): Promise<string> {
  const samples = resample(heard.samples, LINE_HZ, RECOGNISER_HZ);
  return (await recognize(samples, replyGrammar)) || '(not understood)';
}

function say(call: PhoneCall, text: string): void {
  const begin = call.times.invite ?? performance.timeOrigin + performance.now();
  const seconds = (performance.timeOrigin + performance.now() - begin) / 1_000;
  process.stdout.write(`${seconds.toFixed(2).padStart(7)} s  ${text}\n`);
}
