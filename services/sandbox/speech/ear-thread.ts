import { parentPort } from 'node:worker_threads';
import { resample } from '../audio/resample.ts';
import type { EarAnswer, EarQuestion } from './ear.ts';
import { replyGrammar } from './grammars.ts';
import { recognize } from './pocketsphinx.ts';
import { RECOGNISER_RATE_HZ } from './recognition.ts';

/** The thread in which `understand` hears. */

const LINE_RATE_HZ = 8_000;

async function hear({ id, samples }: EarQuestion): Promise<EarAnswer> {
  try {
    const heard = await recognize(
      resample(samples, LINE_RATE_HZ, RECOGNISER_RATE_HZ),
      replyGrammar,
    );
    return { id, heard };
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (question: EarQuestion) => {
  void hear(question).then((answer) => parentPort?.postMessage(answer));
});
